//! A finding: what was detected, how bad it is, who did it, and the events that show it.

use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::rule::Kind;
use crate::severity::Severity;

/// How many event ids a finding names.
pub const MAX_EVENT_IDS: usize = 100;

/// One thing that somebody may have to look at. A finding that is seen again keeps its `id` and is an update.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// Fingerprint in hex: the detection, the values it groups by, and the day.
    pub id: String,
    /// The detection's id.
    pub detection: String,
    /// Topic numbers that the detection covers.
    pub topics: Vec<i32>,
    /// The highest severity among the rows.
    pub severity: Severity,
    /// One line for people.
    pub title: String,
    /// The stable key of who did it; a role, not its session.
    pub principal: Option<String>,
    /// The account whose trail recorded it.
    pub account: Option<String>,
    /// The region of the first event.
    pub region: Option<String>,
    /// Time of the first event, microseconds since 1970.
    #[serde(serialize_with = "iso")]
    pub first: Option<i64>,
    /// Time of the last event, microseconds since 1970.
    #[serde(serialize_with = "iso")]
    pub last: Option<i64>,
    /// How many events (or rows of the rule's result) it stands for.
    pub count: i64,
    /// At most [`MAX_EVENT_IDS`] of the events, for looking them up.
    pub event_ids: Vec<String>,
    /// What else the detection found out, by column name.
    pub details: Map<String, Value>,
    /// How the detection looks at events.
    pub kind: Kind,
}

fn iso<S: serde::Serializer>(time: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
    match time.and_then(|us| jiff::Timestamp::from_microsecond(us).ok()) {
        Some(time) => serializer.collect_str(&time),
        None => serializer.serialize_none(),
    }
}

/// A stable name for a finding: no two different lists of parts give the same text to hash.
pub fn fingerprint<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
