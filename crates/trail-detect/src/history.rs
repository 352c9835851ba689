//! What principals did before: the table `activity`, kept up while events go by.

use arrow::array::RecordBatch;
use trail_lake::{Activity, Table};

use crate::error::DetectError;

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
