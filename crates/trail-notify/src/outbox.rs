//! The outbox: what was submitted, what each channel has taken and what is still to be tried, in one SQLite file.
//!
//! Invariants: a notice is stored once and is in at most one delivery a channel; a delivery's content is fixed before its
//! first try, so that its id means the same content on every try; `sent` is written only after the channel took it.
//! A crash between the two costs a repeat under the same id.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use crate::filter::Fate;
use crate::identity;
use crate::notice::{Attachment, Notice};

/// More notices than this are not put into one delivery: memory and message sizes stay bounded in a storm.
const MAX_NOTICES: i64 = 1_000;

/// Something is wrong with the outbox file.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// SQLite could not do it: no such folder, disk full, file damaged.
    #[error("outbox `{path}`: {source} (if the file is damaged, move it away: the next run builds a new one)")]
    Sqlite {
        /// The file.
        path: String,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The file could not be made or locked.
    #[error("outbox `{path}`: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another process delivers from this file.
    #[error("outbox `{path}` is in use by another process (stop it, or set another `outbox`)")]
    InUse {
        /// The file.
        path: String,
    },
    /// A file of a newer program.
    #[error("outbox `{path}` has version {version}, which this program does not know (update it)")]
    Version {
        /// The file.
        path: String,
        /// Its version.
        version: i64,
    },
    /// The worker thread was lost.
    #[error("outbox worker stopped: {0}")]
    Worker(String),
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Waits for its time or its next try.
    Pending,
    /// Its channel took it.
    Sent,
    /// Given up; it can be sent again.
    Dead,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Sent => "sent",
            State::Dead => "dead",
        }
    }
}

/// One message on one channel, as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The same on every try.
    pub id: String,
    /// The channel's name in the config.
    pub channel: String,
    /// The group of its notices.
    pub group_key: String,
    /// How many notices it carries.
    pub notices: u32,
    /// Tries so far.
    pub attempts: u32,
    /// When its first notice was submitted.
    pub opened: Timestamp,
    /// When it is tried next, if it waits.
    pub next_try: Timestamp,
    /// Why the last try failed.
    pub last_error: Option<String>,
}

/// What became of submitted notices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Submitted {
    /// New, and waiting for at least one channel.
    pub queued: u64,
    /// Known before: nothing happens.
    pub known: u64,
    /// New, and hidden by a silence.
    pub silenced: u64,
    /// New, and no route takes it.
    pub unrouted: u64,
}

/// When groups are sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Windows {
    pub(crate) window: Duration,
    pub(crate) interval: Duration,
}

/// A delivery taken out to be tried.
#[derive(Debug)]
pub(crate) struct Due {
    pub(crate) delivery: Delivery,
    pub(crate) notices: Vec<Notice>,
}

/// The file. Cheap to clone; all work runs on threads that may block, one piece at a time.
#[derive(Clone)]
pub struct Outbox {
    path: Arc<PathBuf>,
    connection: Arc<Mutex<Connection>>,
}

impl Outbox {
    /// Opens or makes the file, to list and re-send; delivering takes a `Notifier`, which also locks it. Blocks.
    ///
    /// # Errors
    /// If the folder is missing, or the file is no outbox of this version.
    pub fn open(path: &Path) -> Result<Self, OutboxError> {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        // It holds what people wrote into logs: nobody else's business.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path).map_err(|source| OutboxError::Io { path: path.display().to_string(), source })?;
        let broken = |source| OutboxError::Sqlite { path: path.display().to_string(), source };
        let mut connection = Connection::open(path).map_err(broken)?;
        let version = prepare(&mut connection).map_err(broken)?;
        if version != 1 {
            return Err(OutboxError::Version { path: path.display().to_string(), version });
        }
        Ok(Self { path: Arc::new(path.to_owned()), connection: Arc::new(Mutex::new(connection)) })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// All deliveries in a state, oldest first, at most `limit`.
    ///
    /// # Errors
    /// If SQLite fails.
    pub async fn list(&self, state: State, limit: u32) -> Result<Vec<Delivery>, OutboxError> {
        self.run(move |tx| {
            let sql = "SELECT id, channel, group_key, notices, attempts, opened, next_try, last_error FROM delivery
                       WHERE state = ?1 ORDER BY opened, id LIMIT ?2";
            tx.prepare(sql)?.query_map(params![state.name(), limit], delivery)?.collect()
        })
        .await
    }

    /// Puts dead letters back into the queue, to be tried at `now`; returns how many of the ids were dead.
    ///
    /// # Errors
    /// If SQLite fails.
    pub async fn resend(&self, ids: Vec<String>, now: Timestamp) -> Result<u64, OutboxError> {
        self.run(move |tx| {
            let mut done = 0;
            for id in &ids {
                let sql = "UPDATE delivery SET state = 'pending', attempts = 0, opened = ?2, next_try = ?2, done = NULL
                           WHERE id = ?1 AND state = 'dead'";
                done += tx.execute(sql, params![id, now.as_millisecond()])? as u64;
            }
            Ok(done)
        })
        .await
    }

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

    /// Takes out the gravest delivery of a channel that is due at `now`, and closes it to further notices.
    pub(crate) async fn due(&self, channel: &str, now: Timestamp) -> Result<Option<Due>, OutboxError> {
        let channel = channel.to_owned();
        self.run(move |tx| {
            loop {
                let sql = "SELECT id, channel, group_key, notices, attempts, opened, next_try, last_error FROM delivery
                           WHERE state = 'pending' AND channel = ?1 AND next_try <= ?2
                           ORDER BY severity DESC, next_try, id LIMIT 1";
                let found =
                    tx.prepare_cached(sql)?.query_row(params![channel, now.as_millisecond()], delivery).optional()?;
                let Some(delivery) = found else { return Ok(None) };
                match members(tx, &delivery.id)? {
                    Ok(notices) => {
                        tx.execute("UPDATE delivery SET closed = 1 WHERE id = ?1 AND closed = 0", [&delivery.id])?;
                        return Ok(Some(Due { delivery, notices }));
                    }
                    // One that nobody can read must not stand in the way of the others.
                    Err(error) => {
                        let sql =
                            "UPDATE delivery SET state = 'dead', closed = 1, last_error = ?2, done = ?3 WHERE id = ?1";
                        let error = format!("a stored notice cannot be read: {error}");
                        tx.execute(sql, params![delivery.id, error, now.as_millisecond()])?;
                    }
                }
            }
        })
        .await
    }

    /// The channel took it. What its notices say is dropped unless another channel still needs it.
    pub(crate) async fn sent(&self, id: &str, now: Timestamp) -> Result<(), OutboxError> {
        let id = id.to_owned();
        self.run(move |tx| {
            let sql = "UPDATE delivery SET state = 'sent', attempts = attempts + 1, done = ?2, last_error = NULL WHERE id = ?1";
            tx.execute(sql, params![id, now.as_millisecond()])?;
            let finished = "SELECT notice FROM member AS m WHERE delivery = ?1 AND NOT EXISTS (
                                SELECT 1 FROM member JOIN delivery ON delivery.id = member.delivery
                                WHERE member.notice = m.notice AND delivery.state <> 'sent')";
            tx.execute(&format!("UPDATE notice SET body = NULL WHERE id IN ({finished})"), [&id])?;
            tx.execute(&format!("DELETE FROM attachment WHERE notice IN ({finished})"), [&id])?;
            Ok(())
        })
        .await
    }

    /// The channel did not take it; it is tried again at `next_try`.
    pub(crate) async fn retry(&self, id: &str, error: &str, next_try: Timestamp) -> Result<(), OutboxError> {
        let (id, error) = (id.to_owned(), error.to_owned());
        self.run(move |tx| {
            let sql = "UPDATE delivery SET attempts = attempts + 1, last_error = ?2, next_try = ?3 WHERE id = ?1";
            tx.execute(sql, params![id, error, next_try.as_millisecond()]).map(drop)
        })
        .await
    }

    /// Given up: a dead letter.
    pub(crate) async fn dead(&self, id: &str, error: &str, now: Timestamp) -> Result<(), OutboxError> {
        let (id, error) = (id.to_owned(), error.to_owned());
        self.run(move |tx| {
            let sql =
                "UPDATE delivery SET state = 'dead', attempts = attempts + 1, last_error = ?2, done = ?3 WHERE id = ?1";
            tx.execute(sql, params![id, error, now.as_millisecond()]).map(drop)
        })
        .await
    }

    /// Buries what waits for channels that the config no longer has; returns how many deliveries that is.
    pub(crate) async fn bury_all_but(&self, channels: Vec<String>) -> Result<u64, OutboxError> {
        self.run(move |tx| {
            let waiting: Vec<String> = tx
                .prepare("SELECT DISTINCT channel FROM delivery WHERE state = 'pending'")?
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            let mut buried = 0;
            for gone in waiting.iter().filter(|name| !channels.contains(name)) {
                let error = format!("channel `{gone}` is no longer in the config (add it again, then re-send)");
                let sql = "UPDATE delivery SET state = 'dead', closed = 1, done = next_try, last_error = ?2
                           WHERE state = 'pending' AND channel = ?1";
                buried += tx.execute(sql, params![gone, error])? as u64;
            }
            Ok(buried)
        })
        .await
    }

    /// The earliest try that waits, for each channel.
    pub(crate) async fn next_tries(&self) -> Result<Vec<(String, Timestamp)>, OutboxError> {
        self.run(|tx| {
            let sql = "SELECT channel, min(next_try) FROM delivery WHERE state = 'pending' GROUP BY channel";
            tx.prepare(sql)?.query_map([], |row| Ok((row.get(0)?, at(row, 1)?)))?.collect()
        })
        .await
    }

    /// How many deliveries wait.
    pub(crate) async fn pending(&self) -> Result<u64, OutboxError> {
        self.run(|tx| {
            tx.query_row("SELECT count(*) FROM delivery WHERE state = 'pending'", [], |row| row.get::<_, u32>(0))
        })
        .await
        .map(u64::from)
    }

    /// Runs one transaction on a thread that may block.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, rusqlite::Error> + Send + 'static,
    ) -> Result<T, OutboxError> {
        let outbox = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            // A panic in a transaction rolls it back, so the connection is good for the next one.
            let mut connection = outbox.connection.lock().unwrap_or_else(PoisonError::into_inner);
            let tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            let result = work(&tx)?;
            tx.commit()?;
            Ok(result)
        });
        let done = done.await.map_err(|error| OutboxError::Worker(error.to_string()))?;
        done.map_err(|source| OutboxError::Sqlite { path: self.path.display().to_string(), source })
    }
}

fn prepare(connection: &mut Connection) -> Result<i64, rusqlite::Error> {
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // In WAL mode anything less may lose the last commits in a power cut, and a lost `sent` is a second mail.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    let tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version: i64 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version != 0 {
        return Ok(version);
    }
    tx.execute_batch(include_str!("outbox.sql"))?;
    tx.pragma_update(None, "user_version", 1)?;
    tx.commit()?;
    Ok(1)
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

/// The notices of a delivery in their order, or why one of them cannot be read.
fn members(tx: &Transaction<'_>, delivery: &str) -> Result<Result<Vec<Notice>, serde_json::Error>, rusqlite::Error> {
    let sql = "SELECT coalesce(notice.body, '') FROM member JOIN notice ON notice.id = member.notice
               WHERE member.delivery = ?1 ORDER BY member.position";
    let bodies: Vec<String> =
        tx.prepare_cached(sql)?.query_map([delivery], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut notices = Vec::with_capacity(bodies.len());
    for body in bodies {
        match serde_json::from_str::<Notice>(&body) {
            Ok(mut notice) => {
                notice.attachments = attachments(tx, &notice.id)?;
                notices.push(notice);
            }
            Err(error) => return Ok(Err(error)),
        }
    }
    Ok(Ok(notices))
}

fn attachments(tx: &Transaction<'_>, notice: &str) -> Result<Vec<Attachment>, rusqlite::Error> {
    let sql = "SELECT name, mime, bytes FROM attachment WHERE notice = ?1 ORDER BY position";
    let file = |row: &Row<'_>| Ok(Attachment { name: row.get(0)?, mime: row.get(1)?, bytes: row.get(2)? });
    tx.prepare_cached(sql)?.query_map([notice], file)?.collect()
}

fn delivery(row: &Row<'_>) -> Result<Delivery, rusqlite::Error> {
    Ok(Delivery {
        id: row.get(0)?,
        channel: row.get(1)?,
        group_key: row.get(2)?,
        notices: row.get(3)?,
        attempts: row.get(4)?,
        opened: at(row, 5)?,
        next_try: at(row, 6)?,
        last_error: row.get(7)?,
    })
}

fn at(row: &Row<'_>, column: usize) -> Result<Timestamp, rusqlite::Error> {
    let ms: i64 = row.get(column)?;
    Timestamp::from_millisecond(ms).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, ms))
}

pub(crate) fn millis(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}
