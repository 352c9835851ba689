//! The outbox: what was submitted, what each channel has taken and what is still to be tried, in one SQLite file.
//!
//! Invariants: a notice is stored once and is in at most one delivery a channel; a delivery's content is fixed before its
//! first try, so that its id means the same content on every try; `sent` is written only after the channel took it.
//! A crash between the two costs a repeat under the same id.

mod file;
mod submit;
mod take;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, Row, Transaction, TransactionBehavior, params};

pub(crate) use self::file::lock;
pub(crate) use self::submit::Windows;
pub(crate) use self::take::{Due, Shape};
use crate::notice::{Notice, Severity};

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
    /// The file could not be found, made or locked.
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
    /// A file of another program than this.
    #[error("outbox `{path}` has version {version}, and this program reads version {wanted} (an older file is brought up to date when \
             the program next writes to it; for a newer one, update the program)", wanted = file::VERSION)]
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
    /// Its notices went on in a digest.
    Digested,
}

impl State {
    const ALL: [State; 4] = [State::Pending, State::Sent, State::Dead, State::Digested];

    /// The lower-case word, as in the file and in lists.
    pub fn name(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Sent => "sent",
            State::Dead => "dead",
            State::Digested => "digested",
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
    /// The gravest of its notices.
    pub severity: Severity,
    /// Where it stands.
    pub state: State,
    /// How many notices it carries, or carried before they went on in a digest.
    pub notices: u32,
    /// Tries so far.
    pub attempts: u32,
    /// When its first notice was submitted.
    pub opened: Timestamp,
    /// When it is tried next, if it waits.
    pub next_try: Timestamp,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// How many deliveries it gathers, if it is a digest.
    pub gathers: u32,
    /// The digest that its notices went on in.
    pub digest: Option<String>,
}

/// A notice of a delivery, as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The notice's id.
    pub id: String,
    /// Its title, unless it has been delivered everywhere: then only the id is kept.
    pub title: Option<String>,
}

/// How a channel stands: what waits, what was given up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Depth {
    /// The channel's name in the config.
    pub channel: String,
    /// Deliveries that wait.
    pub waiting: u64,
    /// When the first notice of the oldest of them was submitted.
    pub oldest: Option<Timestamp>,
    /// Dead letters.
    pub dead: u64,
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

const COLUMNS: &str =
    "id, channel, group_key, severity, state, notices, attempts, opened, next_try, last_error, gathers, digest";

/// The file. Cheap to clone; all work runs on threads that may block, one piece at a time.
#[derive(Clone)]
pub struct Outbox {
    path: Arc<PathBuf>,
    connection: Arc<Mutex<Connection>>,
    behavior: TransactionBehavior,
}

impl Outbox {
    /// Opens or makes the file, to list and re-send; delivering takes a `Notifier`, which also locks it. Blocks.
    ///
    /// # Errors
    /// If the folder is missing, or the file is no outbox of this version.
    pub fn open(path: &Path) -> Result<Self, OutboxError> {
        Ok(Self::of(path, file::open(path)?, TransactionBehavior::Immediate))
    }

    /// Opens a file that is there, only to list. Blocks.
    ///
    /// # Errors
    /// If it is not there, or no outbox of this version.
    pub fn open_read_only(path: &Path) -> Result<Self, OutboxError> {
        Ok(Self::of(path, file::open_read_only(path)?, TransactionBehavior::Deferred))
    }

    /// Whether another process delivers from the file now. Blocks.
    pub fn is_in_use(path: &Path) -> bool {
        matches!(lock(path, false), Err(OutboxError::InUse { .. }))
    }

    fn of(path: &Path, connection: Connection, behavior: TransactionBehavior) -> Self {
        Self { path: Arc::new(path.to_owned()), connection: Arc::new(Mutex::new(connection)), behavior }
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
            let sql = format!("SELECT {COLUMNS} FROM delivery WHERE state = ?1 ORDER BY opened, id LIMIT ?2");
            tx.prepare(&sql)?.query_map(params![state.name(), limit], delivery)?.collect()
        })
        .await
    }

    /// The delivery of this id, or those that hold the notice of this id; each with its notices.
    ///
    /// # Errors
    /// If SQLite fails.
    pub async fn show(&self, id: &str) -> Result<Vec<(Delivery, Vec<Member>)>, OutboxError> {
        let id = id.to_owned();
        self.run(move |tx| {
            let sql = format!(
                "SELECT {COLUMNS} FROM delivery WHERE id = ?1 OR id IN (SELECT delivery FROM member WHERE notice = ?1)
                 ORDER BY channel"
            );
            let found: Vec<Delivery> = tx.prepare(&sql)?.query_map([&id], delivery)?.collect::<Result<_, _>>()?;
            found.into_iter().map(|delivery| listed(tx, &delivery.id).map(|members| (delivery, members))).collect()
        })
        .await
    }

    /// What waits and what was given up, for each channel that has either.
    ///
    /// # Errors
    /// If SQLite fails.
    pub async fn depths(&self) -> Result<Vec<Depth>, OutboxError> {
        self.run(|tx| {
            let sql = "SELECT channel, count(*), min(opened) FROM delivery WHERE state = 'pending' GROUP BY channel";
            let waiting = |row: &Row<'_>| {
                Ok(Depth {
                    channel: row.get(0)?,
                    waiting: row.get::<_, u32>(1)?.into(),
                    oldest: Some(at(row, 2)?),
                    dead: 0,
                })
            };
            let mut depths: Vec<Depth> = tx.prepare_cached(sql)?.query_map([], waiting)?.collect::<Result<_, _>>()?;
            let sql = "SELECT channel, count(*) FROM delivery WHERE state = 'dead' GROUP BY channel";
            let dead = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, u32>(1)?));
            for found in tx.prepare_cached(sql)?.query_map([], dead)? {
                let (channel, dead) = found?;
                match depths.iter_mut().find(|depth| depth.channel == channel) {
                    Some(depth) => depth.dead = dead.into(),
                    None => depths.push(Depth { channel, dead: dead.into(), ..Depth::default() }),
                }
            }
            Ok(depths)
        })
        .await
    }

    /// Puts dead letters back into the queue, to be tried at `now`; returns how many of the ids were dead. A `Notifier` that
    /// delivers from the file, in this process or another, takes them up.
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
            tx.prepare_cached(sql)?.query_map([], |row| Ok((row.get(0)?, at(row, 1)?)))?.collect()
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
            let tx = connection.transaction_with_behavior(outbox.behavior)?;
            let result = work(&tx)?;
            tx.commit()?;
            Ok(result)
        });
        let done = done.await.map_err(|error| OutboxError::Worker(error.to_string()))?;
        done.map_err(|source| OutboxError::Sqlite { path: self.path.display().to_string(), source })
    }
}

fn delivery(row: &Row<'_>) -> Result<Delivery, rusqlite::Error> {
    let (severity, state): (u8, String) = (row.get(3)?, row.get(4)?);
    let unknown = |column, name: &str| rusqlite::Error::InvalidColumnType(column, name.to_owned(), Type::Null);
    Ok(Delivery {
        id: row.get(0)?,
        channel: row.get(1)?,
        group_key: row.get(2)?,
        severity: *Severity::ALL.get(usize::from(severity)).ok_or_else(|| unknown(3, "severity"))?,
        state: State::ALL.into_iter().find(|known| known.name() == state).ok_or_else(|| unknown(4, "state"))?,
        notices: row.get(5)?,
        attempts: row.get(6)?,
        opened: at(row, 7)?,
        next_try: at(row, 8)?,
        last_error: row.get(9)?,
        gathers: row.get(10)?,
        digest: row.get(11)?,
    })
}

fn listed(tx: &Transaction<'_>, delivery: &str) -> Result<Vec<Member>, rusqlite::Error> {
    let sql = "SELECT notice.id, notice.body FROM member JOIN notice ON notice.id = member.notice
               WHERE member.delivery = ?1 ORDER BY member.position";
    let member = |row: &Row<'_>| {
        let body: Option<String> = row.get(1)?;
        let notice = body.and_then(|body| serde_json::from_str::<Notice>(&body).ok());
        Ok(Member { id: row.get(0)?, title: notice.map(|notice| notice.title) })
    };
    tx.prepare_cached(sql)?.query_map([delivery], member)?.collect()
}

fn at(row: &Row<'_>, column: usize) -> Result<Timestamp, rusqlite::Error> {
    let ms: i64 = row.get(column)?;
    Timestamp::from_millisecond(ms).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, ms))
}

fn millis(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}
