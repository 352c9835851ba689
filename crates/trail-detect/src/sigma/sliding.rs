//! Correlations over the events that were set aside for them: one window for each group, moved from event to event.
//!
//! At each event the window holds those of the group within the span before it, that event included. Windows that reach the
//! condition one after the other are one row, and the strongest of them stands for all.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::error::Result;
use datafusion::execution::SessionState;
use datafusion::logical_expr::Expr;
use datafusion::prelude::SessionContext;
use futures::TryStreamExt;
use rsigma_parser::CorrelationType;
use serde_json::Value;

use super::correlation::Correlation;
use crate::error::DetectError;
use crate::group::keep;
use crate::leaves::{Frame, Leaves};
use crate::predicate::{Compiled, prepare};
use crate::row::Row;
use crate::rows::Rows;
use crate::value;

/// What a row tells of who, when and where.
const TOLD: [&str; 5] = ["eventtime", "eventid", "principal", "account", "region"];

/// A correlation ready to run.
pub(crate) struct Prepared {
    correlation: Arc<Correlation>,
    parts: Vec<Part>,
    told: Vec<(String, Compiled)>,
}

struct Part {
    condition: Compiled,
    groups: Vec<Compiled>,
    values: Vec<Compiled>,
}

/// An event of a group.
#[derive(Debug)]
struct Hit {
    time: i64,
    /// Which of the rules it matches.
    parts: Vec<bool>,
    values: Vec<String>,
    number: Option<f64>,
    row: Row,
}

impl Prepared {
    /// Compiles a correlation. `standard` are the columns that every match brings along.
    pub(crate) fn new(
        correlation: &Arc<Correlation>,
        standard: &[(String, Compiled)],
        leaves: &Leaves,
        state: &SessionState,
    ) -> Result<Prepared> {
        let compile = |expr: &Expr| Compiled::new(&prepare(expr.clone(), leaves, state)?, leaves, state);
        let compile_all = |exprs: &[Expr]| exprs.iter().map(compile).collect::<Result<Vec<_>>>();
        let part = |part: &super::correlation::Part| {
            Ok(Part {
                condition: compile(&part.condition)?,
                groups: compile_all(&part.groups)?,
                values: compile_all(&part.values)?,
            })
        };
        Ok(Prepared {
            correlation: correlation.clone(),
            parts: correlation.parts.iter().map(part).collect::<Result<_>>()?,
            told: standard.iter().filter(|(name, _)| TOLD.contains(&name.as_str())).cloned().collect(),
        })
    }

    /// The paths of the fields that it reads.
    pub(crate) fn fields(&self, leaves: &Leaves) -> BTreeSet<String> {
        let parts = self.parts.iter().flat_map(|part| [&part.groups[..], &part.values].concat());
        let conditions = self.parts.iter().map(|part| part.condition.clone());
        let all = parts.chain(conditions).chain(self.told.iter().map(|(_, column)| column.clone()));
        all.flat_map(|column| column.leaves().collect::<Vec<_>>())
            .map(|leaf| leaves.field(leaf).name().clone())
            .collect()
    }

    /// Moves the windows over the rows.
    ///
    /// # Errors
    /// When rows that were set aside cannot be read.
    pub(crate) async fn evaluate(
        &self,
        context: &SessionContext,
        file: &str,
        leaves: &Leaves,
        rows: &mut Rows,
    ) -> Result<Vec<Row>, DetectError> {
        let failed = |error| DetectError::sql(file, error);
        let table = context.read_table(rows.table()?).map_err(failed)?;
        let mut batches = table.execute_stream().await.map_err(failed)?;
        let mut groups: HashMap<Vec<Option<String>>, Vec<Hit>> = HashMap::new();
        while let Some(batch) = batches.try_next().await.map_err(failed)? {
            self.sort_in(&batch, leaves, &mut groups).map_err(failed)?;
        }
        let mut found: Vec<Row> = groups.into_iter().flat_map(|(group, hits)| self.slide(&group, hits)).collect();
        found.sort_by(|a, b| (a.first, &a.event_ids).cmp(&(b.first, &b.event_ids)));
        Ok(found)
    }

    /// Sorts the events of a batch into groups.
    fn sort_in(
        &self,
        batch: &RecordBatch,
        leaves: &Leaves,
        groups: &mut HashMap<Vec<Option<String>>, Vec<Hit>>,
    ) -> Result<()> {
        let batches = std::slice::from_ref(batch);
        let frame = Frame::new(leaves, batches);
        let evaluate = |columns: &[Compiled]| -> Result<Vec<ArrayRef>> {
            columns.iter().map(|column| column.evaluate(&frame, None)).collect()
        };
        let mut parts = Vec::new();
        for part in &self.parts {
            parts.push((part.condition.mask(&frame, None)?, evaluate(&part.groups)?, evaluate(&part.values)?));
        }
        let mut told = Vec::new();
        for (name, column) in &self.told {
            told.push((name, column.evaluate(&frame, None)?));
        }
        for row in 0..batch.num_rows() {
            let mut of_row: Vec<(Vec<Option<String>>, Hit)> = Vec::new();
            for (number, (matched, group, values)) in parts.iter().enumerate() {
                if !matched.value(row) {
                    continue;
                }
                let group: Vec<Option<String>> = group.iter().map(|array| text(array, row)).collect();
                if let Some((_, hit)) = of_row.iter_mut().find(|(own, _)| *own == group) {
                    hit.parts[number] = true;
                    continue;
                }
                let mut who = Row { count: 1, ..Row::default() };
                told.iter().for_each(|(name, array)| who.set(name, array, row));
                let Some(time) = who.first else { continue };
                let values: Option<Vec<String>> = values.iter().map(|array| text(array, row)).collect();
                let values = values.unwrap_or_default();
                let number_of = values.first().and_then(|value| value.trim().parse::<f64>().ok());
                let mut matched = vec![false; self.parts.len()];
                matched[number] = true;
                let number = number_of.filter(|number| number.is_finite());
                of_row.push((group, Hit { time, parts: matched, values, number, row: who }));
            }
            for (group, hit) in of_row {
                groups.entry(group).or_default().push(hit);
            }
        }
        Ok(())
    }

    /// The rows of one group.
    fn slide(&self, group: &[Option<String>], mut hits: Vec<Hit>) -> Vec<Row> {
        hits.sort_by(|a, b| (a.time, &a.row.event_ids).cmp(&(b.time, &b.row.event_ids)));
        let span = i64::try_from(self.correlation.span().as_micros()).unwrap_or(i64::MAX);
        let mut window = Window::new(self.parts.len());
        let mut from = 0;
        let mut rows = Vec::new();
        // The strongest window of those that follow each other.
        let mut best: Option<(f64, usize, usize)> = None;
        for (at, hit) in hits.iter().enumerate() {
            window.add(hit);
            while hit.time - hits[from].time > span {
                window.remove(&hits[from]);
                from += 1;
            }
            // Of events of one moment nobody knows the order: the last of them sees them all.
            if hits.get(at + 1).is_some_and(|next| next.time == hit.time) {
                continue;
            }
            match self.measure(&window, &hits[from..=at]) {
                Some(value) if best.is_none_or(|(most, ..)| value > most) => best = Some((value, from, at)),
                Some(_) => {}
                None => rows.extend(best.take().map(|(value, from, to)| self.row(group, value, &hits[from..=to]))),
            }
        }
        rows.extend(best.take().map(|(value, from, to)| self.row(group, value, &hits[from..=to])));
        rows
    }

    /// What a window measures, if that is what the condition wants.
    fn measure(&self, window: &Window<'_>, hits: &[Hit]) -> Option<f64> {
        use CorrelationType as Type;
        let numbers = || (!window.numbers.is_empty()).then_some(&window.numbers[..]);
        let value = match self.correlation.kind {
            Type::EventCount => window.events as f64,
            Type::ValueCount => window.values.len() as f64,
            Type::ValueSum => numbers()?.iter().sum(),
            Type::ValueAvg => numbers()?.iter().sum::<f64>() / window.numbers.len() as f64,
            Type::ValuePercentile => percentile(numbers()?, self.correlation.percentile),
            Type::ValueMedian => percentile(numbers()?, 50.0),
            Type::Temporal | Type::TemporalOrdered => {
                let seen: Vec<bool> = window.parts.iter().map(|count| *count > 0).collect();
                let ordered = self.correlation.kind == Type::TemporalOrdered;
                let met = self.correlation.has_seen(&seen) && (!ordered || in_order(hits, self.parts.len()));
                return met.then(|| seen.iter().filter(|seen| **seen).count() as f64);
            }
        };
        self.correlation.reached(value).then_some(value)
    }

    fn row(&self, group: &[Option<String>], value: f64, hits: &[Hit]) -> Row {
        let first = &hits[0].row;
        let same = |of: fn(&Row) -> &Option<String>| {
            of(first).clone().filter(|_| hits.iter().all(|hit| of(&hit.row) == of(first)))
        };
        let mut row = Row {
            count: i64::try_from(hits.len()).unwrap_or(i64::MAX),
            first: first.first,
            last: hits.last().and_then(|hit| hit.row.last),
            principal: same(|row| &row.principal),
            account: same(|row| &row.account),
            region: same(|row| &row.region),
            event_ids: hits.iter().flat_map(|hit| hit.row.event_ids.iter().cloned()).collect(),
            ..Row::default()
        };
        keep(&mut row.event_ids);
        for (name, value) in self.correlation.groups().iter().zip(group) {
            row.details.extend(value.clone().map(|value| (name.clone(), Value::from(value))));
        }
        let whole = value.fract() == 0.0 && value.abs() < 1e15;
        let value = if whole { Value::from(value as i64) } else { Value::from(value) };
        row.details.insert(self.correlation.kind.as_str().to_owned(), value);
        row
    }
}

/// What the events in a window add up to.
struct Window<'h> {
    events: usize,
    parts: Vec<usize>,
    values: HashMap<&'h [String], usize>,
    /// In the order of size.
    numbers: Vec<f64>,
}

impl<'h> Window<'h> {
    fn new(parts: usize) -> Window<'h> {
        Window { events: 0, parts: vec![0; parts], values: HashMap::new(), numbers: Vec::new() }
    }

    fn add(&mut self, hit: &'h Hit) {
        self.events += 1;
        self.parts.iter_mut().zip(&hit.parts).for_each(|(count, matched)| *count += usize::from(*matched));
        if !hit.values.is_empty() {
            *self.values.entry(&hit.values).or_default() += 1;
        }
        if let Some(number) = hit.number {
            let place = self.numbers.partition_point(|other| *other < number);
            self.numbers.insert(place, number);
        }
    }

    fn remove(&mut self, hit: &'h Hit) {
        self.events -= 1;
        self.parts.iter_mut().zip(&hit.parts).for_each(|(count, matched)| *count -= usize::from(*matched));
        if let Some(count) = self.values.get_mut(&hit.values[..]) {
            *count -= 1;
            if *count == 0 {
                self.values.remove(&hit.values[..]);
            }
        }
        if let Some(number) = hit.number {
            let place = self.numbers.partition_point(|other| *other < number);
            self.numbers.remove(place);
        }
    }
}

/// Whether some of the events match the rules one after the other. Events of one moment may have come in any order.
fn in_order(hits: &[Hit], parts: usize) -> bool {
    let mut next = 0;
    for moment in hits.chunk_by(|one, other| one.time == other.time) {
        while next < parts && moment.iter().any(|hit| hit.parts[next]) {
            next += 1;
        }
    }
    next == parts
}

/// Between the two nearest of the sorted numbers.
fn percentile(numbers: &[f64], rank: f64) -> f64 {
    let place = rank / 100.0 * (numbers.len() - 1) as f64;
    let (below, above) = (numbers[place.floor() as usize], numbers[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

fn text(array: &ArrayRef, row: usize) -> Option<String> {
    match array.as_string_view_opt() {
        Some(texts) => texts.is_valid(row).then(|| texts.value(row).to_owned()),
        None => value::text(array, row),
    }
}

#[cfg(test)]
mod tests {
    use super::percentile;

    #[test]
    fn percentiles_lie_between() {
        for (numbers, rank, expected) in [
            (&[1.0, 2.0, 4.0][..], 50.0, 2.0),
            (&[1.0, 2.0, 4.0], 75.0, 3.0),
            (&[7.0], 99.0, 7.0),
            (&[1.0, 2.0], 100.0, 2.0),
        ] {
            assert_eq!(percentile(numbers, rank), expected, "{numbers:?} {rank}");
        }
    }
}
