//! The table `activity`: uses by day, principal and action, as partial sums that readers add up.

use std::sync::Arc;

use arrow::array::{
    Array, AsArray, BooleanArray, Date32Builder, Int64Builder, RecordBatch, StringViewArray,
    TimestampMicrosecondBuilder,
};
use arrow::compute::interleave;
use arrow::datatypes::{Date32Type, Int64Type, TimestampMicrosecondType};
use hashbrown::HashTable;

use crate::error::Error;
use crate::schema::Table;

/// The text columns that a use is counted by, beside its day.
pub(crate) const KEYS: [&str; 10] = [
    "account",
    "principal",
    "caller",
    "accesskeyid",
    "eventsource",
    "eventname",
    "region",
    "network",
    "agent",
    "outcome",
];

/// One use's count and span, and where the values that it is counted by stand.
#[derive(Debug)]
struct Sum {
    hash: u64,
    batch: u32,
    row: u32,
    day: Option<i32>,
    count: i64,
    first: Option<i64>,
    last: Option<i64>,
}

/// The columns of [`KEYS`] of one batch.
type Texts = [StringViewArray; 10];

/// Adds up uses of many batches.
#[derive(Debug, Default)]
pub struct Activity {
    batches: Vec<Texts>,
    sums: Vec<Sum>,
    index: HashTable<u32>,
    hasher: ahash::RandomState,
}

/// The columns of [`KEYS`] that uses are hashed by: the others follow from them, or have few values.
const HASHED: [usize; 4] = [1, 5, 7, 8];
/// The longest text that a view holds itself, in bytes (Arrow's format).
const INLINE: u32 = 12;

/// Whether two rows have the same text. Null and empty are two.
fn same(texts: &StringViewArray, row: usize, others: &StringViewArray, other: usize) -> bool {
    if texts.is_null(row) || others.is_null(other) {
        return texts.is_null(row) && others.is_null(other);
    }
    // A view begins with the length and the first four bytes, so most that differ are told by half of it.
    let (one, two) = (texts.views()[row], others.views()[other]);
    one as u64 == two as u64 && (one == two || (one as u32 > INLINE && texts.value(row) == others.value(other)))
}

impl Activity {
    /// Counts the events of `batch`, which has the columns of `cloudtrail`.
    pub fn add_events(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let identity = column(batch, "useridentity")?.as_struct();
        let keys = identity.column_by_name("accesskeyid").ok_or_else(|| missing("useridentity.accesskeyid"))?;
        let text = |name| Ok::<_, Error>(column(batch, name)?.as_string_view().clone());
        let texts = [
            text("recipientaccountid")?,
            text("principal")?,
            text("caller")?,
            long_lived(keys.as_string_view(), identity.nulls()),
            text("eventsource")?,
            text("eventname")?,
            text("awsregion")?,
            text("network")?,
            text("agent")?,
            outcomes(column(batch, "denied")?.as_boolean(), column(batch, "errorcode")?.as_string_view()),
        ];
        let times = column(batch, "eventtime")?.as_primitive::<TimestampMicrosecondType>().clone();
        self.add(texts, |row| {
            let time = times.is_valid(row).then(|| times.value(row));
            (time.and_then(crate::day::of), 1, time, time)
        });
        Ok(())
    }

    /// Adds the sums of `batch`, which has the columns of `activity`.
    pub fn add_partials(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let texts = KEYS.map(|name| batch.column_by_name(name).map(|column| column.as_string_view().clone()));
        let mut found = Vec::with_capacity(KEYS.len());
        for (name, texts) in KEYS.iter().zip(texts) {
            found.push(texts.ok_or_else(|| missing(name))?);
        }
        let texts: Texts = found.try_into().map_err(|_| missing("day"))?;
        let days = column(batch, "day")?.as_primitive::<Date32Type>().clone();
        let counts = column(batch, "count")?.as_primitive::<Int64Type>().clone();
        let firsts = column(batch, "first")?.as_primitive::<TimestampMicrosecondType>().clone();
        let lasts = column(batch, "last")?.as_primitive::<TimestampMicrosecondType>().clone();
        self.add(texts, |row| {
            let day = days.is_valid(row).then(|| days.value(row));
            let first = firsts.is_valid(row).then(|| firsts.value(row));
            let last = lasts.is_valid(row).then(|| lasts.value(row));
            (day, counts.value(row), first, last)
        });
        Ok(())
    }

    fn add(&mut self, texts: Texts, of: impl Fn(usize) -> (Option<i32>, i64, Option<i64>, Option<i64>)) {
        let number = self.batches.len() as u32;
        let rows = texts[0].len();
        self.batches.push(texts);
        let Self { batches, sums, index, hasher } = self;
        let texts = &batches[number as usize];
        let mut hashes = vec![0u64; rows];
        for column in HASHED.map(|column| &texts[column]) {
            for (row, hash) in hashes.iter_mut().enumerate() {
                let view = column.views()[row];
                *hash = match view as u32 {
                    _ if column.is_null(row) => hash.rotate_left(17),
                    0..=INLINE => hasher.hash_one((*hash, view)),
                    _ => hasher.hash_one((*hash, column.value(row).as_bytes())),
                };
            }
        }
        for (row, hash) in hashes.into_iter().enumerate() {
            let (day, count, first, last) = of(row);
            let hash = hasher.hash_one((hash, day));
            let found = index.find(hash, |&at| {
                let sum = &sums[at as usize];
                let others = &batches[sum.batch as usize];
                let equal = |(one, other)| same(one, row, other, sum.row as usize);
                sum.hash == hash && sum.day == day && texts.iter().zip(others).all(equal)
            });
            let at = found.copied().unwrap_or_else(|| {
                let at = sums.len() as u32;
                sums.push(Sum { hash, batch: number, row: row as u32, day, count: 0, first: None, last: None });
                index.insert_unique(hash, at, |&at| sums[at as usize].hash);
                at
            });
            let sum = &mut sums[at as usize];
            sum.count += count;
            sum.first = sum.first.into_iter().chain(first).min();
            sum.last = sum.last.max(last);
        }
    }

    /// Puts the sums in the order of day, account, principal and action, in which compacted files have them.
    pub(crate) fn sort(&mut self) {
        let batches = &self.batches;
        let text = |sum: &Sum, column: usize| {
            let (column, row) = (&batches[sum.batch as usize][column], sum.row as usize);
            column.is_valid(row).then(|| column.value(row))
        };
        self.sums.sort_by(|a, b| {
            let key = |sum| [0, 1, 4, 5].map(|column| text(sum, column));
            a.day.cmp(&b.day).then_with(|| key(a).cmp(&key(b)))
        });
    }

    /// The sums as rows of `activity`, which hold on to nothing of the batches that they come from.
    pub fn finish(self) -> Result<RecordBatch, Error> {
        let mut days = Date32Builder::with_capacity(self.sums.len());
        let mut counts = Int64Builder::with_capacity(self.sums.len());
        let mut firsts = TimestampMicrosecondBuilder::with_capacity(self.sums.len());
        let mut lasts = TimestampMicrosecondBuilder::with_capacity(self.sums.len());
        for sum in &self.sums {
            days.append_option(sum.day);
            counts.append_value(sum.count);
            firsts.append_option(sum.first);
            lasts.append_option(sum.last);
        }
        if self.batches.is_empty() {
            return Ok(RecordBatch::new_empty(Table::Activity.schema()));
        }
        let rows: Vec<_> = self.sums.iter().map(|sum| (sum.batch as usize, sum.row as usize)).collect();
        let mut columns: Vec<Arc<dyn Array>> = vec![Arc::new(days.finish())];
        for column in 0..KEYS.len() {
            let texts: Vec<&dyn Array> = self.batches.iter().map(|texts| &texts[column] as &dyn Array).collect();
            // Without this the few texts that are left would keep all of the objects in memory that they were found in.
            columns.push(Arc::new(interleave(&texts, &rows)?.as_string_view().gc()));
        }
        columns.push(Arc::new(counts.finish()));
        columns.push(Arc::new(firsts.finish().with_timezone("UTC")));
        columns.push(Arc::new(lasts.finish().with_timezone("UTC")));
        Ok(RecordBatch::try_new(Table::Activity.schema(), columns)?)
    }
}

pub(crate) fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a Arc<dyn Array>, Error> {
    batch.column_by_name(name).ok_or_else(|| missing(name))
}

fn missing(name: &str) -> Error {
    Error::Rows { table: Table::CloudTrail.name(), reason: format!("there is no column `{name}`") }
}

/// Access key ids that are not of a session: those beginning with AKIA.
fn long_lived(keys: &StringViewArray, outer: Option<&arrow::buffer::NullBuffer>) -> StringViewArray {
    let kept = BooleanArray::from_unary(keys, |key| key.starts_with("AKIA"));
    let nulls = arrow::buffer::NullBuffer::union(keys.nulls(), outer);
    let nulls =
        arrow::buffer::NullBuffer::union(nulls.as_ref(), Some(&arrow::buffer::NullBuffer::new(kept.values().clone())));
    StringViewArray::new(keys.views().clone(), keys.data_buffers().to_vec(), nulls)
}

/// How each use went: `ok`, `denied` or `error`.
fn outcomes(denied: &BooleanArray, errors: &StringViewArray) -> StringViewArray {
    (0..errors.len())
        .map(|row| match (denied.is_valid(row) && denied.value(row), errors.is_valid(row)) {
            (true, _) => Some("denied"),
            (false, true) => Some("error"),
            (false, false) => Some("ok"),
        })
        .collect()
}
