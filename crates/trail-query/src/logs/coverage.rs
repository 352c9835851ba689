//! What a scan of log objects has and has not seen: the line that stands under every answer from raw logs.

use std::collections::BTreeMap;
use std::fmt;

use jiff::tz::TimeZone;
use trail_event::{Decoded, Kind, Reject};

use crate::write::time;

/// Rejects and failures kept as they are; beyond these they are only counted.
const MAX_KEPT: usize = 1000;
/// Different reasons that are counted one by one.
const MAX_REASONS: usize = 200;

/// Counts of one pass over log objects.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Coverage {
    /// Objects found.
    pub objects: u64,
    /// Objects read to the end, digests and empty ones among them.
    pub read: u64,
    /// Objects of which some records were rejected.
    pub partial: u64,
    /// Objects that gave nothing: unreadable, or no CloudTrail log at all.
    pub failed: u64,
    /// Digest files of CloudTrail's log file validation, which hold no events.
    pub digests: u64,
    /// Events, each once.
    pub events: u64,
    /// Records that were there already.
    pub duplicates: u64,
    /// Records and pieces of objects that could not be read.
    pub rejects: u64,
    /// The first and the last event time, in microseconds since 1970.
    pub span: Option<(i64, i64)>,
    /// How often each reason was given for a reject or an unreadable object.
    pub reasons: BTreeMap<String, u64>,
    /// The first rejects.
    pub samples: Vec<Reject>,
    /// The first objects and places that could not be read, and why.
    pub failures: Vec<(String, String)>,
    /// Places that could not be listed, so that nobody knows what lies there.
    pub unlisted: u64,
    /// Whether the pass came to its end, and saw every place; a LIMIT or an error stops it before.
    pub complete: bool,
}

impl Coverage {
    pub(super) fn add(&mut self, decoded: &Decoded, duplicates: u64) {
        let state = match (decoded.rejects.is_empty(), decoded.records) {
            (true, _) => &mut self.read,
            (false, 0) => &mut self.failed,
            (false, _) => &mut self.partial,
        };
        *state += 1;
        self.digests += u64::from(decoded.kind == Kind::Digest);
        self.duplicates += duplicates;
        self.events += decoded.records.saturating_sub(duplicates);
        self.rejects += decoded.rejected;
        for reject in &decoded.rejects {
            self.count_reason(&reject.reason);
            if self.samples.len() < MAX_KEPT {
                self.samples.push(reject.clone());
            }
        }
        if let Some((first, last)) = decoded.span {
            let (from, to) = self.span.unwrap_or((first, last));
            self.span = Some((from.min(first), to.max(last)));
        }
    }

    pub(super) fn fail(&mut self, place: &str, reason: &str) {
        self.failed += 1;
        self.count_reason(reason);
        if self.failures.len() < MAX_KEPT {
            self.failures.push((place.to_owned(), reason.to_owned()));
        }
    }

    fn count_reason(&mut self, reason: &str) {
        if self.reasons.len() < MAX_REASONS || self.reasons.contains_key(reason) {
            *self.reasons.entry(reason.to_owned()).or_default() += 1;
        }
    }
}

impl Coverage {
    /// The line for people, with times in their zone.
    pub fn in_zone<'a>(&'a self, zone: &'a TimeZone) -> impl fmt::Display + 'a {
        fmt::from_fn(move |f| self.line(f, zone))
    }

    fn line(&self, f: &mut fmt::Formatter<'_>, zone: &TimeZone) -> fmt::Result {
        let Self { objects, read, partial, failed, events, duplicates, rejects, .. } = self;
        write!(f, "{objects} objects: {read} read")?;
        if *partial > 0 {
            write!(f, ", {partial} in part")?;
        }
        if *failed > 0 {
            write!(f, ", {failed} failed")?;
        }
        write!(f, "; {events} events, {duplicates} duplicates, {rejects} rejects")?;
        if let Some((first, last)) = self.span {
            write!(f, "; from {} to {}", time(first, zone), time(last, zone))?;
        }
        if self.unlisted > 0 {
            write!(f, "; {} places could not be listed", self.unlisted)?;
        } else if !self.complete {
            f.write_str("; stopped before the end")?;
        }
        Ok(())
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.line(f, &TimeZone::UTC)
    }
}
