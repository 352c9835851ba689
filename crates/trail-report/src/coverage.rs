//! What a report rests on: the log objects read, and what of them could not be.

use jiff::Timestamp;
use serde::Serialize;
use trail_query::{Engine, Logs, QueryError};

use crate::cell::{Cell, rows};
use crate::{Period, ReportError};

/// Where the events come from.
#[derive(Debug, Clone)]
pub enum Coverage {
    /// A lake: its table `objects` tells.
    Lake {
        /// Where the lake is, for the page.
        location: String,
    },
    /// Log objects read directly.
    Logs {
        /// Where they are, for the page.
        location: String,
        /// What has been counted.
        logs: Logs,
    },
}

/// Counts of log objects and records.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Counts {
    pub(crate) location: String,
    pub(crate) objects: i64,
    pub(crate) read: i64,
    pub(crate) partial: i64,
    pub(crate) failed: i64,
    pub(crate) digests: i64,
    pub(crate) events: i64,
    pub(crate) duplicates: i64,
    pub(crate) rejects: i64,
    pub(crate) first: Option<Timestamp>,
    pub(crate) last: Option<Timestamp>,
    /// Hours of the period by the state of their digest, and hours that no digest covers between those that have one; none where
    /// nobody can tell.
    pub(crate) digests_by_hour: Option<Hours>,
    /// Why records and objects were not read, the most frequent first.
    pub(crate) reasons: Vec<(String, i64)>,
}

/// Hours by the state of their digest.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Hours {
    pub(crate) valid: i64,
    pub(crate) invalid: i64,
    pub(crate) unknown: i64,
    pub(crate) holes: i64,
}

const HOURS: &str = "SELECT count(*) FILTER (WHERE digest = 'valid'), count(*) FILTER (WHERE digest = 'invalid'), \
    count(*) FILTER (WHERE digest = 'unknown'), coalesce(sum(hole), 0) FROM coverage";
const OBJECTS: &str = "SELECT count(*), count(*) FILTER (WHERE state IN ('read', 'digest')), count(*) FILTER (WHERE state = 'partial'), \
    count(*) FILTER (WHERE state = 'failed'), count(*) FILTER (WHERE state = 'digest'), coalesce(sum(events), 0), \
    coalesce(sum(duplicates), 0), coalesce(sum(rejects), 0), min(first), max(last) FROM objects";
const REASONS: &str = "SELECT reason, count(*) FROM rejects GROUP BY reason ORDER BY 2 DESC, 1 LIMIT 20";
const MAX_REASONS: usize = 20;

impl Coverage {
    pub(crate) async fn count(&self, engine: &Engine, period: &Period) -> Result<Counts, ReportError> {
        match self {
            Self::Lake { location } => of_lake(engine, location, period).await.map_err(ReportError::query("coverage")),
            Self::Logs { location, logs } => {
                let seen = logs.coverage();
                let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
                let time = |us| Timestamp::from_microsecond(us).ok();
                let mut reasons: Vec<_> = seen.reasons.into_iter().map(|(why, count)| (why, whole(count))).collect();
                reasons.sort_by_key(|(_, count)| -count);
                reasons.truncate(MAX_REASONS);
                Ok(Counts {
                    location: location.clone(),
                    objects: whole(seen.objects),
                    read: whole(seen.read),
                    partial: whole(seen.partial),
                    failed: whole(seen.failed),
                    digests: whole(seen.digests),
                    events: whole(seen.events),
                    duplicates: whole(seen.duplicates),
                    rejects: whole(seen.rejects),
                    first: seen.span.and_then(|(first, _)| time(first)),
                    last: seen.span.and_then(|(_, last)| time(last)),
                    digests_by_hour: None,
                    reasons,
                })
            }
        }
    }
}

async fn of_lake(engine: &Engine, location: &str, period: &Period) -> Result<Counts, QueryError> {
    let wrong = |error: arrow::error::ArrowError| QueryError::Engine(error.to_string());
    let objects = rows(&engine.sql(OBJECTS).await?.one_batch().await?).map_err(wrong)?;
    let reasons = rows(&engine.sql(REASONS).await?.one_batch().await?).map_err(wrong)?;
    let mut counts = Counts { location: location.to_owned(), ..Counts::default() };
    if let Some([objects, read, partial, failed, digests, events, duplicates, rejects, first, last]) =
        objects.first().map(Vec::as_slice)
    {
        let time = |cell: &Cell| if let Cell::Time(time) = cell { Some(*time) } else { None };
        counts.objects = objects.number();
        counts.read = read.number();
        counts.partial = partial.number();
        counts.failed = failed.number();
        counts.digests = digests.number();
        counts.events = events.number();
        counts.duplicates = duplicates.number();
        counts.rejects = rejects.number();
        counts.first = time(first);
        counts.last = time(last);
    }
    // A view of the library, which a folder of somebody's own may have made useless.
    if engine.has_table("coverage") {
        let sql = format!("{HOURS} WHERE hour >= '{}' AND hour < '{}'", period.from, period.until);
        let hours = rows(&engine.sql(&sql).await?.one_batch().await?).map_err(wrong)?;
        if let Some([valid, invalid, unknown, holes]) = hours.first().map(Vec::as_slice) {
            let [valid, invalid, unknown, holes] = [valid, invalid, unknown, holes].map(|cell| cell.number());
            counts.digests_by_hour = Some(Hours { valid, invalid, unknown, holes });
        }
    }
    for row in reasons {
        if let [Cell::Text(reason), count] = row.as_slice() {
            counts.reasons.push((reason.clone(), count.number()));
        }
    }
    Ok(counts)
}
