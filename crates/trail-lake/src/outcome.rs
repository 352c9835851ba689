//! What became of a log object, and the note that a commit of `cloudtrail` carries in its commit info: its objects, and the
//! files that the folds are to adopt.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Int64Builder, RecordBatch, StringViewBuilder, TimestampMicrosecondBuilder};
use deltalake_core::kernel::Add;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::schema::Table;

/// How reading a log object went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// All of it was read.
    Read,
    /// Some of it was rejected.
    Partial,
    /// None of it could be read. Such an object is not [seen](crate::Lake::seen), so that it is tried again.
    Failed,
    /// It is a digest, which holds no events.
    Digest,
}

impl State {
    /// Its name in the table `objects`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Digest => "digest",
        }
    }
}

/// What became of a log object. Times are microseconds since 1970, UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Its address: an absolute path or `s3://bucket/key`.
    pub uri: String,
    /// What changes when the object is written again: the ETag, or size and modification time.
    pub version: String,
    /// Its size in bytes as stored.
    pub size: u64,
    /// When it was last written.
    pub modified: Option<i64>,
    /// SHA-256 of its uncompressed bytes in lower-case hex, as CloudTrail's digests take it.
    pub sha256: Option<String>,
    /// How reading it went.
    pub state: State,
    /// Records in it, whether read or rejected.
    pub records: u64,
    /// Events that were new to the lake. The writer counts them.
    pub events: u64,
    /// Events that the lake had already. The writer counts them.
    pub duplicates: u64,
    /// Pieces that could not be read.
    pub rejects: u64,
    /// Time of its first event.
    pub first: Option<i64>,
    /// Time of its last event.
    pub last: Option<i64>,
}

/// The lake's own part of a commit's info, under [`Note::KEY`].
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Note {
    /// Tells this commit from all others, so that a writer who heard no answer finds out whether it landed.
    pub(crate) id: String,
    /// When it was made, in microseconds since 1970.
    pub(crate) made: i64,
    /// The log objects whose rows the commit adds; all of an object's new rows are in the commit that names it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) objects: Vec<Outcome>,
    /// Files written to other tables' folders before the commit, by table. A fold makes them part of their table.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) staged: BTreeMap<String, Vec<Add>>,
}

impl Note {
    pub(crate) const KEY: &'static str = "trailwarden";

    pub(crate) fn new() -> Self {
        Self { id: uuid::Uuid::new_v4().to_string(), made: now(), ..Self::default() }
    }
}

/// Now, in microseconds since 1970.
pub(crate) fn now() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}

/// An outcome with the version and the time of the commit that it was in.
pub(crate) type Landed = (u64, i64, Outcome);

/// Rows of the table `objects`.
pub(crate) fn rows(outcomes: &[Landed]) -> Result<RecordBatch, Error> {
    let text = |of: &dyn Fn(&Outcome) -> Option<&str>| {
        let mut builder = StringViewBuilder::with_capacity(outcomes.len());
        outcomes.iter().for_each(|(_, _, outcome)| builder.append_option(of(outcome)));
        Arc::new(builder.finish()) as _
    };
    let number = |of: &dyn Fn(&Landed) -> u64| {
        let mut builder = Int64Builder::with_capacity(outcomes.len());
        outcomes.iter().for_each(|row| builder.append_value(of(row) as i64));
        Arc::new(builder.finish()) as _
    };
    let time = |of: &dyn Fn(&Landed) -> Option<i64>| {
        let mut builder = TimestampMicrosecondBuilder::with_capacity(outcomes.len());
        outcomes.iter().for_each(|row| builder.append_option(of(row)));
        Arc::new(builder.finish().with_timezone("UTC")) as _
    };
    let columns = vec![
        text(&|outcome| Some(&outcome.uri)),
        text(&|outcome| Some(&outcome.version)),
        number(&|(_, _, outcome)| outcome.size),
        time(&|(_, _, outcome)| outcome.modified),
        text(&|outcome| outcome.sha256.as_deref()),
        text(&|outcome| Some(outcome.state.name())),
        number(&|(_, _, outcome)| outcome.records),
        number(&|(_, _, outcome)| outcome.events),
        number(&|(_, _, outcome)| outcome.duplicates),
        number(&|(_, _, outcome)| outcome.rejects),
        time(&|(_, _, outcome)| outcome.first),
        time(&|(_, _, outcome)| outcome.last),
        number(&|(version, _, _)| *version),
        time(&|(_, made, _)| Some(*made)),
    ];
    Ok(RecordBatch::try_new(Table::Objects.schema(), columns)?)
}
