//! The way in: each notice is stored once, and joins or opens a delivery on each of its channels.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};

use super::{Outbox, OutboxError, Submitted, millis};
use crate::filter::Fate;
use crate::identity;
use crate::notice::Notice;

/// More notices of one group than this are not put into one delivery: memory and message sizes stay bounded in a storm.
pub(super) const MAX_NOTICES: i64 = 1_000;

/// When groups are sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Windows {
    pub(crate) window: Duration,
    pub(crate) interval: Duration,
}

impl Outbox {
    /// Stores notices with their fates in one transaction.
    pub(crate) async fn submit(
        &self,
        notices: Vec<(Notice, Fate)>,
        windows: Windows,
        now: Timestamp,
    ) -> Result<Submitted, OutboxError> {
        self.run(move |tx| {
            let mut result = Submitted::default();
            for (notice, fate) in &notices {
                submit_one(tx, notice, fate, windows, now.as_millisecond(), &mut result)?;
            }
            Ok(result)
        })
        .await
    }

    /// Whether the outbox has been told what had been found before it was made.
    pub(crate) async fn is_seeded(&self) -> Result<bool, OutboxError> {
        self.run(|tx| tx.query_row("SELECT EXISTS (SELECT 1 FROM seeded)", [], |row| row.get(0))).await
    }

    /// Takes the ids for known without telling anybody, and remembers that it was asked to; returns how many were new.
    pub(crate) async fn seed(&self, ids: Vec<String>, now: Timestamp) -> Result<u64, OutboxError> {
        self.run(move |tx| {
            let mut new = 0;
            for id in &ids {
                let sql = "INSERT INTO notice (id, fate, submitted) VALUES (?1, 'known', ?2) ON CONFLICT DO NOTHING";
                new += tx.prepare_cached(sql)?.execute(params![id, now.as_millisecond()])? as u64;
            }
            tx.execute(
                "INSERT INTO seeded (at) SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM seeded)",
                [now.as_millisecond()],
            )?;
            Ok(new)
        })
        .await
    }
}

fn submit_one(
    tx: &Transaction<'_>,
    notice: &Notice,
    fate: &Fate,
    windows: Windows,
    now: i64,
    result: &mut Submitted,
) -> Result<(), rusqlite::Error> {
    let (name, channels): (_, &[String]) = match fate {
        Fate::Routed(channels) => ("routed", channels),
        Fate::Silenced => ("silenced", &[]),
        Fate::Unrouted => ("unrouted", &[]),
    };
    let body = match channels {
        [] => None,
        _ => Some(serde_json::to_string(notice).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?),
    };
    let sql = "INSERT INTO notice (id, fate, submitted, body) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
    if tx.prepare_cached(sql)?.execute(params![notice.id, name, now, body])? == 0 {
        result.known += 1;
        return Ok(());
    }
    match fate {
        Fate::Routed(_) => result.queued += 1,
        Fate::Silenced => result.silenced += 1,
        Fate::Unrouted => result.unrouted += 1,
    }
    for channel in channels {
        let delivery = open_delivery(tx, notice, channel, windows, now)?;
        let sql = "INSERT INTO member (notice, channel, delivery, position)
                   SELECT ?1, ?2, id, notices FROM delivery WHERE id = ?3";
        tx.prepare_cached(sql)?.execute(params![notice.id, channel, delivery])?;
        let sql = "UPDATE delivery SET notices = notices + 1, severity = max(severity, ?2) WHERE id = ?1";
        tx.prepare_cached(sql)?.execute(params![delivery, notice.severity as i64])?;
    }
    if !channels.is_empty() {
        let sql = "INSERT INTO attachment (notice, position, name, mime, bytes) VALUES (?1, ?2, ?3, ?4, ?5)";
        for (n, file) in notice.attachments.iter().enumerate() {
            tx.prepare_cached(sql)?.execute(params![notice.id, n as i64, file.name, file.mime, file.bytes])?;
        }
    }
    Ok(())
}

/// The delivery of this group that still takes notices, or a new one.
fn open_delivery(
    tx: &Transaction<'_>,
    notice: &Notice,
    channel: &str,
    windows: Windows,
    now: i64,
) -> Result<String, rusqlite::Error> {
    let sql = "SELECT id FROM delivery WHERE channel = ?1 AND group_key = ?2 AND state = 'pending' AND closed = 0 AND notices < ?3
               ORDER BY opened LIMIT 1";
    let open = tx
        .prepare_cached(sql)?
        .query_row(params![channel, notice.group_key, MAX_NOTICES], |row| row.get(0))
        .optional()?;
    if let Some(id) = open {
        return Ok(id);
    }
    let sql = "SELECT coalesce(done, next_try) FROM delivery WHERE channel = ?1 AND group_key = ?2 AND closed = 1
               ORDER BY opened DESC LIMIT 1";
    let last: Option<i64> =
        tx.prepare_cached(sql)?.query_row(params![channel, notice.group_key], |row| row.get(0)).optional()?;
    let earliest = now.saturating_add(millis(windows.window));
    let next_try = earliest.max(last.map_or(i64::MIN, |last| last.saturating_add(millis(windows.interval))));
    let id = identity::delivery(channel, &notice.id);
    let sql = "INSERT INTO delivery (id, channel, group_key, severity, state, opened, next_try)
               VALUES (?1, ?2, ?3, ?4, 'pending', ?5, ?6)";
    tx.prepare_cached(sql)?.execute(params![id, channel, notice.group_key, notice.severity as i64, now, next_try])?;
    Ok(id)
}
