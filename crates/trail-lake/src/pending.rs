//! Rows that wait for a commit: by day, without duplicates, with the outcomes of their objects.

use std::collections::{BTreeMap, HashSet};
use std::time::Instant;

use arrow::array::{
    Array, ArrayData, ArrayRef, AsArray, BooleanArray, Int32Array, RecordBatch, StringViewArray, UInt64Array,
};
use arrow::compute::filter_record_batch;
use arrow::datatypes::TimestampMicrosecondType;
use trail_event::Reject;

use crate::activity::column;
use crate::digests::DigestRow;
use crate::error::Error;
use crate::key_set::KeySet;
use crate::keys::Keys;
use crate::outcome::Outcome;
use crate::schema::Table;

/// New rows of one object and one day.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    pub(crate) batch: RecordBatch,
    keys: Vec<u128>,
    /// The object's place among the outcomes.
    object: usize,
}

/// What the next commit will hold.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    pub(crate) days: BTreeMap<Option<i32>, Vec<Piece>>,
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) rejects: Vec<Reject>,
    pub(crate) digests: Vec<DigestRow>,
    /// About how much memory the rows hold.
    pub(crate) bytes: usize,
    pub(crate) since: Option<Instant>,
    buffers: HashSet<usize>,
}

/// A batch with the key and the day of each of its rows.
#[derive(Debug)]
pub(crate) struct Keyed {
    batch: RecordBatch,
    keys: Vec<u128>,
    days: Days,
}

/// The days of a batch's rows: mostly it is one.
#[derive(Debug)]
enum Days {
    One(Option<i32>),
    Each(Vec<Option<i32>>),
}

impl Keyed {
    /// Computes the keys and days of `batch`, which has the columns of `cloudtrail`.
    pub(crate) fn new(batch: RecordBatch) -> Result<Self, Error> {
        if batch.schema_ref().fields() != Table::CloudTrail.schema().fields() {
            let reason = "their columns are not those of trail_event::schema()".to_owned();
            return Err(Error::Rows { table: Table::CloudTrail.name(), reason });
        }
        let keys = trail_event::keys(&batch);
        let times = column(&batch, "eventtime")?.as_primitive::<TimestampMicrosecondType>();
        let day = |row: usize| times.is_valid(row).then(|| times.value(row)).and_then(crate::day::of);
        let first = if batch.num_rows() > 0 { day(0) } else { None };
        let days = if (1..batch.num_rows()).all(|row| day(row) == first) {
            Days::One(first)
        } else {
            Days::Each((0..batch.num_rows()).map(day).collect())
        };
        Ok(Self { batch, keys, days })
    }

    /// The days that its rows are of, possibly more than once.
    pub(crate) fn days(&self) -> Vec<Option<i32>> {
        match &self.days {
            Days::One(day) => vec![*day],
            Days::Each(days) => days.clone(),
        }
    }
}

impl Pending {
    /// Takes an object: its rows, less those whose keys are known, and its outcome with the counts of both.
    pub(crate) fn add(
        &mut self,
        known: &mut Keys,
        batches: Vec<Keyed>,
        mut outcome: Outcome,
        rejects: Vec<Reject>,
    ) -> Result<(), Error> {
        let object = self.outcomes.len();
        (outcome.events, outcome.duplicates) = (0, 0);
        outcome.rejects = outcome.rejects.max(rejects.len() as u64);
        for Keyed { batch, keys, days } in batches {
            let rows = batch.num_rows() as u64;
            let new: u64 = match days {
                Days::One(day) => self.add_rows(known, object, day, batch, keys, None)?,
                Days::Each(days) => {
                    let mut distinct = days.clone();
                    distinct.sort_unstable();
                    distinct.dedup();
                    let mut new = 0;
                    for day in distinct {
                        let of_day: Vec<bool> = days.iter().map(|other| *other == day).collect();
                        new += self.add_rows(known, object, day, batch.clone(), keys.clone(), Some(&of_day))?;
                    }
                    new
                }
            };
            outcome.events += new;
            outcome.duplicates += rows - new;
        }
        self.bytes += rejects.iter().map(|reject| 128 + reject.sample.len() + reject.object.len()).sum::<usize>();
        self.bytes += 256 + outcome.uri.len();
        self.outcomes.push(outcome);
        self.rejects.extend(rejects);
        self.since.get_or_insert_with(Instant::now);
        Ok(())
    }

    /// Keeps the new rows of `batch` that are of `day`; how many.
    fn add_rows(
        &mut self,
        known: &mut Keys,
        object: usize,
        day: Option<i32>,
        batch: RecordBatch,
        keys: Vec<u128>,
        of_day: Option<&[bool]>,
    ) -> Result<u64, Error> {
        let new: Vec<bool> = keys
            .iter()
            .enumerate()
            .map(|(row, key)| of_day.is_none_or(|of_day| of_day[row]) && known.insert(day, *key))
            .collect();
        let piece = Piece { batch, keys, object }.filter(&new)?;
        let rows = piece.batch.num_rows();
        if rows > 0 {
            self.bytes += buffers(&piece.batch, &mut self.buffers) + rows * size_of::<u128>();
            self.days.entry(day).or_default().push(piece);
        }
        Ok(rows as u64)
    }

    /// Takes a digest, whose outcome was taken just before.
    pub(crate) fn add_digest(&mut self, digest: DigestRow) {
        self.bytes += digest.bytes();
        self.digests.push(digest);
    }

    /// Takes out rows that another writer committed first; the days that lost some.
    pub(crate) fn drop_duplicates(&mut self, theirs: &KeySet) -> Result<Vec<Option<i32>>, Error> {
        self.retain(|_, key| !theirs.contains(key))
    }

    /// Takes out rows whose keys are known, and makes the keys of the others known; the days that lost some.
    pub(crate) fn settle(&mut self, known: &mut Keys) -> Result<Vec<Option<i32>>, Error> {
        self.retain(|day, key| known.insert(day, key))
    }

    fn retain(&mut self, mut new: impl FnMut(Option<i32>, u128) -> bool) -> Result<Vec<Option<i32>>, Error> {
        let mut changed = Vec::new();
        for (day, pieces) in &mut self.days {
            for piece in pieces.iter_mut() {
                let keep: Vec<bool> = piece.keys.iter().map(|key| new(*day, *key)).collect();
                let lost = keep.iter().filter(|keep| !**keep).count() as u64;
                if lost > 0 {
                    *piece = piece.clone().filter(&keep)?;
                    self.outcomes[piece.object].events -= lost;
                    self.outcomes[piece.object].duplicates += lost;
                    changed.push(*day);
                }
            }
            pieces.retain(|piece| piece.batch.num_rows() > 0);
        }
        changed.dedup();
        self.days.retain(|_, pieces| !pieces.is_empty());
        Ok(changed)
    }

    /// The rows of all days.
    pub(crate) fn batches(&self) -> Vec<RecordBatch> {
        self.days.values().flatten().map(|piece| piece.batch.clone()).collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.outcomes.is_empty()
    }
}

impl Piece {
    fn filter(self, keep: &[bool]) -> Result<Self, Error> {
        if keep.iter().all(|keep| *keep) {
            return Ok(self);
        }
        let batch = filter_record_batch(&self.batch, &BooleanArray::from(keep.to_vec()))?;
        let keys = self.keys.into_iter().zip(keep).filter_map(|(key, keep)| keep.then_some(key)).collect();
        Ok(Self { batch, keys, object: self.object })
    }
}

/// The bytes of a batch's buffers, each counted once however many columns share it: the views of a batch point into the text
/// that it was read from.
fn buffers(batch: &RecordBatch, seen: &mut HashSet<usize>) -> usize {
    fn of(data: &ArrayData, seen: &mut HashSet<usize>) -> usize {
        let own = data.buffers().iter().chain(data.nulls().map(|nulls| nulls.buffer()));
        let own: usize = own.filter(|buffer| seen.insert(buffer.as_ptr() as usize)).map(|buffer| buffer.len()).sum();
        own + data.child_data().iter().map(|child| of(child, seen)).sum::<usize>()
    }
    batch.columns().iter().map(|column: &ArrayRef| of(&column.to_data(), seen)).sum()
}

/// Rows of the table `rejects`.
pub(crate) fn reject_rows(rejects: &[Reject], ingested: i64) -> Result<RecordBatch, Error> {
    let text = |of: fn(&Reject) -> &str| -> ArrayRef {
        std::sync::Arc::new(rejects.iter().map(|reject| Some(of(reject))).collect::<StringViewArray>())
    };
    let records: Int32Array =
        rejects.iter().map(|reject| reject.record.and_then(|number| i32::try_from(number).ok())).collect();
    let offsets: UInt64Array = rejects.iter().map(|reject| Some(reject.offset)).collect();
    let ingested = arrow::array::TimestampMicrosecondArray::from_value(ingested, rejects.len()).with_timezone("UTC");
    let columns: Vec<ArrayRef> = vec![
        text(|reject| &reject.object),
        std::sync::Arc::new(records),
        arrow::compute::cast(&offsets, &arrow::datatypes::DataType::Int64)?,
        text(|reject| &reject.reason),
        text(|reject| &reject.sample),
        std::sync::Arc::new(ingested),
    ];
    Ok(RecordBatch::try_new(Table::Rejects.schema(), columns)?)
}
