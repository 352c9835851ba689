//! What principals did before: the table `activity`, kept up while events go by.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use trail_lake::{Activity, Table};
use trail_query::Engine;

use crate::error::DetectError;
use crate::planned::Planned;
use crate::session::ACTIVITY;

/// Events are summed up after this many, so that their batches can go.
const SUM_AFTER_EVENTS: usize = 16_384;
/// Sums are summed up again after this many.
const SUM_AFTER_SUMS: usize = 65_536;

/// Sums of uses so far.
#[derive(Default)]
pub(crate) struct History {
    fresh: Activity,
    events: usize,
    sums: Vec<RecordBatch>,
    rows: usize,
}

impl History {
    /// Counts the events of a batch.
    pub(crate) fn observe(&mut self, batch: &RecordBatch) -> Result<(), DetectError> {
        self.fresh.add_events(batch)?;
        self.events += batch.num_rows();
        if self.events < SUM_AFTER_EVENTS { Ok(()) } else { self.sum_up() }
    }

    fn sum_up(&mut self) -> Result<(), DetectError> {
        self.events = 0;
        let sums = std::mem::take(&mut self.fresh).finish()?;
        self.rows += sums.num_rows();
        self.sums.push(sums);
        if self.rows < SUM_AFTER_SUMS.max(2 * self.sums[0].num_rows()) {
            return Ok(());
        }
        let mut all = Activity::default();
        self.sums.drain(..).try_for_each(|sums| all.add_partials(&sums))?;
        let all = all.finish()?;
        self.rows = all.num_rows();
        self.sums.push(all);
        Ok(())
    }

    /// Takes over what another history has counted.
    pub(crate) fn absorb(&mut self, mut other: History) -> Result<(), DetectError> {
        other.sum_up()?;
        self.rows += other.rows;
        self.sums.append(&mut other.sums);
        Ok(())
    }

    /// The rows of `activity`, partial sums that readers add up.
    pub(crate) fn finish(mut self) -> Result<Vec<RecordBatch>, DetectError> {
        self.sum_up()?;
        debug_assert!(self.sums.iter().all(|sums| sums.schema().fields() == Table::Activity.schema().fields()));
        Ok(self.sums)
    }
}

impl Planned {
    /// What the engine's table `activity` says of the days that baselines for these days look back on, up to the second of them.
    /// Nothing if no rule asks.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn history(&self, engine: &Engine, from: i32, to: i32) -> Result<Vec<RecordBatch>, DetectError> {
        if !self.reads(ACTIVITY) {
            return Ok(Vec::new());
        }
        let lookback = self.rules.iter().filter_map(|rule| rule.lookback).max().unwrap_or_default();
        let first = from.saturating_sub(i32::try_from(lookback.as_secs() / 86_400).unwrap_or(i32::MAX));
        let sql = format!("SELECT * FROM activity WHERE day BETWEEN DATE '{}' AND DATE '{}'", date(first), date(to));
        let batches = engine.sql(&sql).await?.collect().await?;
        batches.iter().map(|batch| conform(batch, &Table::Activity.schema())).collect()
    }

    /// The rows of a match rule before a time, for a step that compares with what was there.
    pub(crate) async fn earlier(
        &self,
        engine: &Engine,
        rule: usize,
        before_us: i64,
    ) -> Result<Vec<RecordBatch>, DetectError> {
        let rule = &self.rules[rule];
        let sql = rule.sql(self.settings.thresholds.get(&rule.id))?;
        let select = sql.trim_start();
        let (Some(word), Some(columns)) = (select.get(..6), select.get(6..)) else { return Ok(Vec::new()) };
        let before = jiff::Timestamp::from_microsecond(before_us).unwrap_or(jiff::Timestamp::MAX);
        let sql = format!(
            "SELECT * FROM ({word} eventtime, recipientaccountid AS account, {columns}) WHERE eventtime < '{before}' ORDER BY eventtime"
        );
        Ok(engine.sql(&sql).await?.collect().await?)
    }
}

/// A batch with the columns of a schema, whatever kinds of text it has, and nulls for what it lacks.
pub(crate) fn conform(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, DetectError> {
    let column = |field: &arrow::datatypes::FieldRef| {
        let column = batch.column_by_name(field.name()).cloned();
        let column = column.unwrap_or_else(|| arrow::array::new_null_array(field.data_type(), batch.num_rows()));
        arrow::compute::cast(&column, field.data_type())
    };
    let columns: Result<Vec<_>, _> = schema.fields().iter().map(column).collect();
    Ok(RecordBatch::try_new(schema.clone(), columns?)?)
}

/// A day since 1970 as SQL writes it.
fn date(day: i32) -> jiff::civil::Date {
    let epoch = jiff::civil::date(1970, 1, 1);
    epoch.checked_add(jiff::Span::new().days(day)).unwrap_or(if day < 0 {
        jiff::civil::Date::MIN
    } else {
        jiff::civil::Date::MAX
    })
}
