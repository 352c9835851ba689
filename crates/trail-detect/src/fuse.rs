//! Many conditions over one batch in one pass.
//!
//! Conditions are indexed by the event names and sources that they demand, so that a rule is only run on the rows that
//! can match it. Conditions without such a demand run on the whole batch, part by part: each part that several rules
//! share runs once, and a rule stops at the first part that leaves it no row.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};

use arrow::array::{Array, AsArray, BooleanArray, StringViewArray, UInt32Array};
use datafusion::common::Result;
use datafusion::execution::SessionState;
use datafusion::logical_expr::Expr;

use crate::leaves::{Frame, Leaves};
use crate::predicate::{Compiled, allowed, conjuncts};

type Index = hashbrown::HashMap<String, Vec<u32>, ahash::RandomState>;

/// Conditions that are evaluated together; each has the number that [`Fused::add`] gave it.
#[derive(Debug, Default)]
pub(crate) struct Fused {
    parts: Vec<Compiled>,
    known: HashMap<String, u32>,
    conditions: Vec<Vec<u32>>,
    by_name: Index,
    by_source: Index,
    anywhere: Vec<u32>,
}

/// What a batch costs to look through, kept from batch to batch.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    candidates: Vec<Vec<u32>>,
    touched: Vec<u32>,
    /// Room for a value in lower case.
    folded: String,
}

impl Fused {
    /// Adds a prepared condition; its number is the count of those before it.
    pub(crate) fn add(&mut self, condition: Expr, leaves: &Leaves, state: &SessionState) -> Result<u32> {
        let number = self.conditions.len() as u32;
        let names = allowed(&condition, "eventname");
        let sources = allowed(&condition, "eventsource");
        let mut parts = Vec::new();
        for part in conjuncts(condition) {
            let key = part.to_string();
            let at = match self.known.get(&key) {
                Some(at) => *at,
                None => {
                    let at = self.parts.len() as u32;
                    self.parts.push(Compiled::new(&part, leaves, state)?);
                    self.known.insert(key, at);
                    at
                }
            };
            parts.push(at);
        }
        self.conditions.push(parts);
        match (names, sources) {
            (Some(names), _) => file(&mut self.by_name, &names, number),
            (None, Some(sources)) => file(&mut self.by_source, &sources, number),
            (None, None) => self.anywhere.push(number),
        }
        Ok(number)
    }

    /// The leaves that any condition reads.
    pub(crate) fn leaves(&self) -> impl Iterator<Item = usize> + '_ {
        self.parts.iter().flat_map(Compiled::leaves)
    }

    /// Calls `found` with every condition that matches and the rows where it does, in the order of the conditions' index.
    /// A condition that cannot be evaluated on a row (an overflow, say) does not match that row; `failed` is told.
    pub(crate) fn select(
        &self,
        frame: &Frame<'_>,
        leaves: &Leaves,
        scratch: &mut Scratch,
        mut found: impl FnMut(u32, UInt32Array),
        mut failed: impl FnMut(u32, &datafusion::error::DataFusionError),
    ) {
        self.candidates(frame, leaves, scratch);
        let masks = vec![OnceCell::new(); self.parts.len()];
        for number in std::mem::take(&mut scratch.touched) {
            let rows = std::mem::take(&mut scratch.candidates[number as usize]);
            // Most of the batch: looking at all of it is cheaper than picking the rows out first.
            let dense = rows.len() * 2 > frame.rows();
            let rows = UInt32Array::from(rows);
            if let Some(rows) = self.narrow(number, frame, Some(rows), dense, &masks, &mut failed) {
                found(number, rows);
            }
        }
        for number in &self.anywhere {
            if let Some(rows) = self.narrow(*number, frame, None, true, &masks, &mut failed) {
                found(*number, rows);
            }
        }
    }

    /// Sorts the rows of a batch into the conditions whose event name or source they bear.
    fn candidates(&self, frame: &Frame<'_>, leaves: &Leaves, scratch: &mut Scratch) {
        scratch.candidates.resize_with(self.conditions.len(), Vec::new);
        for (index, column) in [(&self.by_name, "eventname"), (&self.by_source, "eventsource")] {
            let Some(leaf) = leaves.get(column) else { continue };
            let Some(values) = frame.array(leaf).as_string_view_opt().filter(|_| !index.is_empty()) else { continue };
            let mut last: (&str, Option<&Vec<u32>>) = ("", None);
            for row in 0..values.len() {
                let Some(value) = value(values, row) else { continue };
                if value != last.0 {
                    last = (value, index.get(folded(value, &mut scratch.folded)));
                }
                for number in last.1.into_iter().flatten() {
                    let rows = &mut scratch.candidates[*number as usize];
                    if rows.is_empty() {
                        scratch.touched.push(*number);
                    }
                    rows.push(row as u32);
                }
            }
        }
    }

    /// Runs the parts of one condition until no row is left or all have held.
    fn narrow(
        &self,
        number: u32,
        frame: &Frame<'_>,
        start: Option<UInt32Array>,
        dense: bool,
        masks: &[OnceCell<Option<BooleanArray>>],
        failed: &mut impl FnMut(u32, &datafusion::error::DataFusionError),
    ) -> Option<UInt32Array> {
        let mut rows = start;
        let mut whole = dense;
        for at in &self.conditions[number as usize] {
            let part = &self.parts[*at as usize];
            if whole {
                let mask = masks[*at as usize].get_or_init(|| part.mask(frame, None).ok());
                if let Some(mask) = mask {
                    rows = Some(match rows {
                        None => mask.values().set_indices_u32().collect::<Vec<u32>>().into(),
                        Some(rows) => rows
                            .values()
                            .iter()
                            .copied()
                            .filter(|row| mask.value(*row as usize))
                            .collect::<Vec<u32>>()
                            .into(),
                    });
                } else {
                    rows = Some(one_by_one(part, frame, rows, |error| failed(number, error)));
                }
            } else if let Some(before) = rows {
                rows = Some(match part.mask(frame, Some(&before)) {
                    Ok(mask) => {
                        mask.values().set_indices_u32().map(|at| before.value(at as usize)).collect::<Vec<u32>>().into()
                    }
                    Err(_) => one_by_one(part, frame, Some(before), |error| failed(number, error)),
                });
            }
            let left = rows.as_ref()?.len();
            if left == 0 {
                return None;
            }
            whole = left * 4 > frame.rows();
        }
        rows.or_else(|| Some((0..frame.rows() as u32).collect::<Vec<u32>>().into())).filter(|rows| !rows.is_empty())
    }
}

/// Sigma knows no case, so the index does not either; what a rule demands in its own case is still asked of the row.
fn file(index: &mut Index, values: &BTreeSet<String>, number: u32) {
    let mut room = String::new();
    let folded: BTreeSet<String> = values.iter().map(|value| folded(value, &mut room).to_owned()).collect();
    for value in folded {
        index.entry(value).or_default().push(number);
    }
}

fn folded<'a>(value: &str, room: &'a mut String) -> &'a str {
    room.clear();
    if value.is_ascii() {
        room.push_str(value);
        room.make_ascii_lowercase();
    } else {
        room.push_str(&crate::sigma::fold(value));
    }
    room
}

fn value(values: &StringViewArray, row: usize) -> Option<&str> {
    values.is_valid(row).then(|| values.value(row))
}

/// A condition failed on a batch: find the rows that it can be told for.
fn one_by_one(
    part: &Compiled,
    frame: &Frame<'_>,
    rows: Option<UInt32Array>,
    mut failed: impl FnMut(&datafusion::error::DataFusionError),
) -> UInt32Array {
    let rows = rows.unwrap_or_else(|| (0..frame.rows() as u32).collect::<Vec<u32>>().into());
    let mut kept = Vec::new();
    for row in rows.values() {
        match part.mask(frame, Some(&UInt32Array::from(vec![*row]))) {
            Ok(mask) if mask.value(0) => kept.push(*row),
            Ok(_) => {}
            Err(error) => failed(&error),
        }
    }
    kept.into()
}
