//! What is wrong with a lake and with the daemons that fill it, each with its name.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use trail_detect::Watch;
use trail_lake::Lake;
use trail_query::Engine;

use crate::condition::Condition;
use crate::evidence::lake::Rows;

/// What lags for less than this is being worked on.
const PATIENCE: SignedDuration = SignedDuration::from_mins(15);
/// A daemon writes its condition every minute.
const SILENCE: SignedDuration = SignedDuration::from_mins(10);
/// Reasons for rejects that are told one by one.
const MOST_REASONS: usize = 20;

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Fault {
    /// What kind of thing, in one word.
    pub fault: &'static str,
    /// What it is about: a source, a part, a table, a reason. From logs in part.
    pub of: String,
    /// How often, or how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// What was said of it. From logs in part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Fault {
    fn new(fault: &'static str, of: impl Into<String>) -> Self {
        Self { fault, of: of.into(), count: None, since: None, reason: None }
    }

    fn counted(self, count: i64, since: Option<Timestamp>) -> Self {
        Self { count: Some(count), since, ..self }
    }

    fn because(self, reason: &str, since: Timestamp) -> Self {
        Self { reason: Some(reason.to_owned()), since: Some(since), ..self }
    }
}

/// Faults of the lake from a time on. The engine has the lake and the library's views.
pub(crate) async fn of_lake(
    lake: &Lake,
    engine: &Engine,
    from: Timestamp,
    until: Timestamp,
    now: Timestamp,
) -> anyhow::Result<Vec<Fault>> {
    let mut faults = Vec::new();
    let sql = format!(
        "SELECT reason, count(*) AS count, min(ingested) AS since FROM rejects WHERE ingested >= '{from}' \
         GROUP BY reason ORDER BY 2 DESC, 1 LIMIT {MOST_REASONS}"
    );
    counted(engine, &sql, |of, count, since| faults.push(Fault::new("rejects", of).counted(count, since))).await?;
    let counts = [
        ("unread", "SELECT 'objects' AS reason, count(*) AS count, min(committed) AS since FROM objects WHERE state = 'failed'".to_owned()),
        ("hole", hours("hole > 0", "sum(hole)", from, until)),
        ("digest", hours("digest = 'invalid'", "count(*)", from, until)),
    ];
    for (name, sql) in counts {
        counted(engine, &sql, |of, count, since| faults.push(Fault::new(name, of).counted(count, since))).await?;
    }
    for behind in lake.unfolded().await? {
        let since = Timestamp::from_microsecond(behind.since).unwrap_or(now);
        if now.duration_since(since) > PATIENCE {
            let count = i64::try_from(behind.commits).unwrap_or(i64::MAX);
            faults.push(Fault::new("fold", behind.table.name()).counted(count, Some(since)));
        }
    }
    for (name, reached) in Watch::cursors(lake).await? {
        // Where no daemon ever watched, none is behind.
        let Some(reached) = reached else { continue };
        let sql = format!(
            "SELECT '{name}' AS reason, count(DISTINCT lake_version) AS count, min(committed) AS since FROM objects_history \
             WHERE lake_version > {reached} AND events > 0"
        );
        counted(engine, &sql, |of, count, since| {
            if since.is_some_and(|since| now.duration_since(since) > PATIENCE) {
                faults.push(Fault::new("cursor", of).counted(count, since));
            }
        })
        .await?;
    }
    Ok(faults)
}

/// Hours of `coverage` by account and region that are as `test` says.
fn hours(test: &str, count: &str, from: Timestamp, until: Timestamp) -> String {
    format!(
        "SELECT account || ' ' || region AS reason, CAST({count} AS BIGINT) AS count, min(hour) AS since FROM coverage \
         WHERE {test} AND hour >= '{from}' AND hour < '{until}' GROUP BY account, region ORDER BY 2 DESC, 1"
    )
}

/// Rows of `reason`, `count` and `since`, but for those that count nothing.
async fn counted(engine: &Engine, sql: &str, mut take: impl FnMut(&str, i64, Option<Timestamp>)) -> anyhow::Result<()> {
    let mut rows = Rows::of(engine, sql).await?;
    while rows.here().await? {
        let count = rows.number("count").unwrap_or_default();
        if count > 0 {
            take(rows.text("reason").unwrap_or_default(), count, rows.time("since"));
        }
        rows.advance();
    }
    Ok(())
}

/// Faults that daemons told of, and of those that fell silent.
pub(crate) fn of_daemons(daemons: &[Condition], now: Timestamp) -> Vec<Fault> {
    let mut faults = Vec::new();
    for daemon in daemons {
        if !daemon.ended && now.duration_since(daemon.written) > SILENCE {
            let fault = Fault::new("daemon", &daemon.name);
            faults.push(fault.because(
                "nothing was heard of it since then: it runs no more, or it cannot write to this lake",
                daemon.written,
            ));
        }
        let failures = daemon.sources.iter().map(|(name, source)| ("source", name, source.failure.as_ref()));
        let channels = daemon.channels.iter().map(|(name, channel)| ("channel", name, channel.failure.as_ref()));
        let failures =
            failures.chain(channels).chain(daemon.failing.iter().map(|(part, failure)| ("part", part, Some(failure))));
        for (kind, of, failure) in failures {
            if let Some(failure) = failure {
                faults.push(Fault::new(kind, of).because(&failure.reason, failure.since));
            }
        }
        for (name, channel) in &daemon.channels {
            if channel.dead > 0 {
                let count = i64::try_from(channel.dead).unwrap_or(i64::MAX);
                faults.push(Fault::new("dead-letters", name).counted(count, None));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::condition::{ChannelCondition, Failure, SourceCondition};

    #[test]
    fn daemons_tell_what_fails() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().expect("a time");
        let failure = |reason: &str| Failure { since: now, reason: reason.to_owned() };
        let fine = Condition { name: "a".to_owned(), written: now, ..Condition::default() };
        assert_eq!(of_daemons(std::slice::from_ref(&fine), now), []);
        let source = SourceCondition { failure: Some(failure("denied")), ..SourceCondition::default() };
        let channel =
            ChannelCondition { waiting: 3, dead: 2, failure: Some(failure("no answer")), ..Default::default() };
        let ill = Condition {
            sources: [("s3://b".to_owned(), source)].into(),
            failing: [("detection".to_owned(), failure("no disk"))].into(),
            channels: [("mail".to_owned(), channel)].into(),
            ..fine.clone()
        };
        let shown = |faults: Vec<Fault>| -> Vec<String> {
            faults.iter().map(|fault| format!("{} {}", fault.fault, fault.of)).collect()
        };
        assert_eq!(
            shown(of_daemons(&[ill], now)),
            ["source s3://b", "channel mail", "part detection", "dead-letters mail"]
        );
        let gone = Condition { written: now - PATIENCE, ..fine };
        assert_eq!(shown(of_daemons(std::slice::from_ref(&gone), now)), ["daemon a"]);
        assert_eq!(of_daemons(&[Condition { ended: true, ..gone }], now), []);
    }
}
