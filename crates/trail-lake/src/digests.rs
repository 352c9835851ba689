//! Rows of `digests` and `proofs`: CloudTrail's digests as they were delivered, and what was found of them since.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringViewArray, TimestampMicrosecondArray};

use crate::error::Error;
use crate::schema::Table;

/// A digest as it was delivered. Times are microseconds since 1970, UTC.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DigestRow {
    /// Its address.
    pub uri: String,
    /// The version of the object.
    pub version: String,
    /// The account whose log files it is about, where its address tells.
    pub account: Option<String>,
    /// Their region.
    pub region: Option<String>,
    /// The trail.
    pub trail: Option<String>,
    /// Whether it came later, as backfill.
    pub backfill: bool,
    /// The beginning of the time that it covers.
    pub starttime: Option<i64>,
    /// The end of it.
    pub endtime: Option<i64>,
    /// How many log files it names.
    pub log_files: Option<i64>,
    /// What the store keeps beside it, as a JSON object; the signature is there.
    pub metadata: String,
    /// Its text; none where it does not inflate.
    pub body: Option<String>,
    /// Why it is no digest, where it is none.
    pub fault: Option<String>,
    /// When it was last written.
    pub modified: Option<i64>,
}

impl DigestRow {
    /// About how much memory it holds.
    pub(crate) fn bytes(&self) -> usize {
        256 + self.uri.len() + self.metadata.len() + self.body.as_ref().map_or(0, String::len)
    }
}

/// What was found of a digest, or of one that is not there. Times are microseconds since 1970, UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofRow {
    /// The digest's address.
    pub uri: String,
    /// The account of its chain.
    pub account: String,
    /// The region.
    pub region: String,
    /// The trail.
    pub trail: String,
    /// Whether it came later, as backfill.
    pub backfill: bool,
    /// The beginning of the time that it covers, where that is known.
    pub starttime: Option<i64>,
    /// The end of it.
    pub endtime: Option<i64>,
    /// `valid`, `invalid` or `unverifiable`.
    pub verdict: &'static str,
    /// What is wrong with it, in one word.
    pub problem: Option<&'static str>,
    /// Log files that it names and that are as they were delivered.
    pub valid: i64,
    /// Those that are not there, or were changed or moved.
    pub invalid: i64,
    /// Those of which nobody can tell.
    pub unverifiable: i64,
}

/// Rows for [`Lake::append_proofs`](crate::Lake::append_proofs); `checked` is the time of the check in microseconds since 1970.
pub fn proofs(rows: &[ProofRow], checked: i64) -> Result<RecordBatch, Error> {
    let columns = vec![
        text(rows, |row| Some(&row.uri)),
        text(rows, |row| Some(&row.account)),
        text(rows, |row| Some(&row.region)),
        text(rows, |row| Some(&row.trail)),
        flag(rows, |row| row.backfill),
        time(rows, |row| row.starttime),
        time(rows, |row| row.endtime),
        text(rows, |row| Some(row.verdict)),
        text(rows, |row| row.problem),
        number(rows, |row| Some(row.valid)),
        number(rows, |row| Some(row.invalid)),
        number(rows, |row| Some(row.unverifiable)),
        time(rows, |_| Some(checked)),
    ];
    Ok(RecordBatch::try_new(Table::Proofs.schema(), columns)?)
}

/// Rows of `digests`.
pub(crate) fn rows(rows: &[DigestRow], ingested: i64) -> Result<RecordBatch, Error> {
    let columns = vec![
        text(rows, |row| Some(&row.uri)),
        text(rows, |row| Some(&row.version)),
        text(rows, |row| row.account.as_deref()),
        text(rows, |row| row.region.as_deref()),
        text(rows, |row| row.trail.as_deref()),
        flag(rows, |row| row.backfill),
        time(rows, |row| row.starttime),
        time(rows, |row| row.endtime),
        number(rows, |row| row.log_files),
        text(rows, |row| Some(&row.metadata)),
        text(rows, |row| row.body.as_deref()),
        text(rows, |row| row.fault.as_deref()),
        time(rows, |row| row.modified),
        time(rows, |_| Some(ingested)),
    ];
    Ok(RecordBatch::try_new(Table::Digests.schema(), columns)?)
}

fn text<R>(rows: &[R], of: impl Fn(&R) -> Option<&str>) -> ArrayRef {
    Arc::new(rows.iter().map(of).collect::<StringViewArray>())
}

fn number<R>(rows: &[R], of: impl Fn(&R) -> Option<i64>) -> ArrayRef {
    Arc::new(rows.iter().map(of).collect::<Int64Array>())
}

fn flag<R>(rows: &[R], of: impl Fn(&R) -> bool) -> ArrayRef {
    Arc::new(rows.iter().map(|row| Some(of(row))).collect::<BooleanArray>())
}

fn time<R>(rows: &[R], of: impl Fn(&R) -> Option<i64>) -> ArrayRef {
    Arc::new(rows.iter().map(of).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}
