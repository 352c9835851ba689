//! The pipeline: dedup, silence, group and route on the way in; render, deliver and try again on the way out.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;

use crate::backoff;
use crate::channel::{Channel, SendError, SendErrorKind, Shared, Wiring};
use crate::config::{Config, ConfigError, Retry};
use crate::filter::Filters;
use crate::identity;
use crate::notice::Notice;
use crate::outbox::{Due, Outbox, OutboxError, Submitted, Windows};
use crate::render::Parcel;

/// One pass tries no more than this many deliveries a channel, so that it ends and a stop is not kept waiting.
const BATCH: usize = 50;

/// Why notices could not be taken in or the outbox not be worked.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    /// The config is wrong; nothing helps but to change it.
    #[error("notify: {0}")]
    Config(#[from] ConfigError),
    /// The outbox could not be used.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    /// A worker task was lost.
    #[error("notify worker stopped: {0}")]
    Worker(String),
}

/// What a caller should do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Try again later: a disk may have room again.
    Retry,
    /// Stop and tell a person.
    GiveUp,
}

impl NotifyError {
    /// What to do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            NotifyError::Config(_) | NotifyError::Outbox(OutboxError::InUse { .. } | OutboxError::Version { .. }) => {
                ErrorKind::GiveUp
            }
            NotifyError::Outbox(_) | NotifyError::Worker(_) => ErrorKind::Retry,
        }
    }
}

/// What one pass did. Counts are deliveries: a group of notices on one channel is one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// Taken by their channels.
    pub sent: u64,
    /// Not taken now; tried again later.
    pub failed: u64,
    /// Given up.
    pub dead: u64,
    /// Still waiting after the pass.
    pub pending: u64,
}

/// Takes notices in and delivers them. One in a process for one outbox file.
pub struct Notifier {
    outbox: Outbox,
    filters: Filters,
    windows: Windows,
    retry: Retry,
    rows: usize,
    lanes: BTreeMap<String, Arc<Lane>>,
    /// One pass at a time: two would send the same delivery twice.
    pass: tokio::sync::Mutex<()>,
    /// Held as long as this lives, or one that was renewed from it.
    lock: Arc<File>,
}

/// A channel and whether it is up.
struct Lane {
    channel: Arc<dyn Channel>,
    gate: Mutex<Gate>,
    /// What it did since somebody asked.
    tally: Mutex<Report>,
}

/// A channel that is down is left alone until a time that moves further away with each failure.
#[derive(Debug, Default)]
struct Gate {
    failures: u32,
    closed_until: Option<Timestamp>,
}

impl Notifier {
    /// Checks the config, opens the outbox and the channels.
    ///
    /// # Errors
    /// If the config is wrong, a password or CA file cannot be read, or another process has the outbox.
    pub async fn new(config: Config, wiring: Wiring) -> Result<Self, NotifyError> {
        let (config, channels) = open(config, wiring).await?;
        Self::with_channels(config, channels).await
    }

    /// One of other settings that takes this one's place over the same outbox. Until this one has ended, the new one must not
    /// deliver; then [`Notifier::bury_strays`] is due.
    ///
    /// # Errors
    /// As [`Notifier::new`], and if the config names another outbox. This one is as it was.
    pub async fn renewed(&self, config: Config, wiring: Wiring) -> Result<Self, NotifyError> {
        if config.outbox != self.outbox.path() {
            let text = "names another file than the one in use (restart to change it)".to_owned();
            return Err(ConfigError::one("outbox".to_owned(), text).into());
        }
        let (config, channels) = open(config, wiring).await?;
        Self::over(self.outbox.clone(), Arc::clone(&self.lock), &config, channels)
    }

    pub(crate) async fn with_channels(
        config: Config,
        channels: BTreeMap<String, Arc<dyn Channel>>,
    ) -> Result<Self, NotifyError> {
        let path = config.outbox.clone();
        let opening = tokio::task::spawn_blocking(move || Ok::<_, OutboxError>((lock(&path)?, Outbox::open(&path)?)));
        let (lock, outbox) = opening.await.map_err(|error| NotifyError::Worker(error.to_string()))??;
        let notifier = Self::over(outbox, Arc::new(lock), &config, channels)?;
        notifier.bury_strays().await?;
        Ok(notifier)
    }

    fn over(
        outbox: Outbox,
        lock: Arc<File>,
        config: &Config,
        channels: BTreeMap<String, Arc<dyn Channel>>,
    ) -> Result<Self, NotifyError> {
        let filters = Filters::new(config).map_err(|e| ConfigError::one("routes".into(), e.to_string()))?;
        let lane = |channel| Arc::new(Lane { channel, gate: Mutex::default(), tally: Mutex::default() });
        let lanes = channels.into_iter().map(|(name, channel)| (name, lane(channel))).collect();
        Ok(Self {
            outbox,
            filters,
            windows: Windows { window: config.group_window, interval: config.group_interval },
            retry: config.retry.clone(),
            rows: config.group_rows,
            lanes,
            pass: tokio::sync::Mutex::new(()),
            lock,
        })
    }

    /// Makes dead letters of deliveries that wait for channels that the config no longer has.
    ///
    /// # Errors
    /// If the outbox cannot be written.
    pub async fn bury_strays(&self) -> Result<(), NotifyError> {
        let buried = self.outbox.bury_all_but(self.lanes.keys().cloned().collect()).await?;
        if buried > 0 {
            tracing::warn!(
                deliveries = buried,
                "deliveries wait for channels that the config no longer has: now dead letters"
            );
        }
        Ok(())
    }

    /// Takes notices in; when it returns, they are on disk. Known ids cost little and change nothing: routes, silences
    /// and groups are decided when an id is first seen.
    ///
    /// # Errors
    /// If the outbox cannot be written; then none of them was taken.
    pub async fn submit(&self, notices: Vec<Notice>, now: Timestamp) -> Result<Submitted, NotifyError> {
        if notices.is_empty() {
            return Ok(Submitted::default());
        }
        let decided = notices.into_iter().map(|notice| {
            let fate = self.filters.fate(&notice, now);
            (notice, fate)
        });
        Ok(self.outbox.submit(decided.collect(), self.windows, now).await?)
    }

    /// Tries what is due at `now`, all channels side by side, at most 50 deliveries each; more is left for the next call,
    /// and `next_due` says so.
    ///
    /// # Errors
    /// If the outbox cannot be read or written. A channel that fails is no error: it is in the report and in the log.
    pub async fn deliver_due(&self, now: Timestamp) -> Result<Report, NotifyError> {
        let _one = self.pass.lock().await;
        let mut passes = JoinSet::new();
        for (name, lane) in &self.lanes {
            let pass = Pass {
                outbox: self.outbox.clone(),
                name: name.clone(),
                lane: Arc::clone(lane),
                retry: self.retry.clone(),
                rows: self.rows,
                now,
            };
            passes.spawn(pass.run());
        }
        let mut report = Report::default();
        let mut failed = None;
        while let Some(done) = passes.join_next().await {
            match done.map_err(|error| NotifyError::Worker(error.to_string())).and_then(|r| Ok(r?)) {
                Ok(one) => {
                    report.sent += one.sent;
                    report.failed += one.failed;
                    report.dead += one.dead;
                }
                // The other channels finish first.
                Err(error) => failed = Some(error),
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        report.pending = self.outbox.pending().await?;
        Ok(report)
    }

    /// When `deliver_due` has something to do next; `None` if nothing waits.
    ///
    /// # Errors
    /// If the outbox cannot be read.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, NotifyError> {
        let waiting = self.outbox.next_tries().await?.into_iter();
        let held = waiting
            .map(|(name, at)| at.max(self.lanes.get(&name).map_or(at, |lane| lane.closed_until().unwrap_or(at))));
        Ok(held.min())
    }

    /// What each channel did since this was last asked, by the channel's name.
    pub fn tallies(&self) -> Vec<(&str, Report)> {
        let taken = |lane: &Lane| std::mem::take(&mut *lane.tally.lock().unwrap_or_else(PoisonError::into_inner));
        self.lanes.iter().map(|(name, lane)| (name.as_str(), taken(lane))).collect()
    }

    /// The outbox, to list dead letters and send them again.
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }
}

async fn open(config: Config, wiring: Wiring) -> Result<(Config, BTreeMap<String, Arc<dyn Channel>>), NotifyError> {
    config.check()?;
    let opening = tokio::task::spawn_blocking(move || {
        let shared = Shared::from(wiring);
        let mut channels = BTreeMap::new();
        for (name, channel) in &config.channels {
            let opened = channel.open(&shared);
            let opened = opened.map_err(|e| ConfigError::one(format!("channels.{name}.{}", e.key), e.text))?;
            channels.insert(name.clone(), opened);
        }
        Ok::<_, NotifyError>((config, channels))
    });
    opening.await.map_err(|error| NotifyError::Worker(error.to_string()))?
}

impl Lane {
    fn count(&self, change: impl FnOnce(&mut Report)) {
        change(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn closed_until(&self) -> Option<Timestamp> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner).closed_until
    }

    fn open(&self) {
        *self.gate.lock().unwrap_or_else(PoisonError::into_inner) = Gate::default();
    }

    fn close(&self, retry: &Retry, name: &str, now: Timestamp) {
        let mut gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        gate.failures = gate.failures.saturating_add(1);
        gate.closed_until = Some(later(now, backoff::wait(retry, name, gate.failures)));
    }
}

/// One channel's share of a pass.
struct Pass {
    outbox: Outbox,
    name: String,
    lane: Arc<Lane>,
    retry: Retry,
    rows: usize,
    now: Timestamp,
}

impl Pass {
    async fn run(self) -> Result<Report, OutboxError> {
        let mut report = Report::default();
        if self.lane.closed_until().is_some_and(|until| self.now < until) {
            return Ok(report);
        }
        for _ in 0..BATCH {
            let Some(due) = self.outbox.due(&self.name, self.now).await? else { break };
            let Due { delivery, notices } = due;
            let parcel = Parcel {
                group: identity::group(&delivery.group_key),
                id: delivery.id,
                notices,
                now: self.now,
                rows: self.rows,
            };
            let tries = delivery.attempts.saturating_add(1);
            match self.send(&parcel).await {
                Ok(()) => {
                    self.outbox.sent(&parcel.id, self.now).await?;
                    self.lane.open();
                    report.sent += 1;
                    self.lane.count(|tally| tally.sent += 1);
                    tracing::info!(
                        channel = self.name,
                        delivery = parcel.id,
                        notices = parcel.notices.len(),
                        tries,
                        "delivered"
                    );
                }
                Err(error) => {
                    let age = self.now.duration_since(delivery.opened);
                    let old = age >= SignedDuration::try_from(self.retry.give_up_after).unwrap_or(SignedDuration::MAX);
                    if error.kind == SendErrorKind::Permanent || old {
                        let text = if old { format!("given up: {error}") } else { error.to_string() };
                        self.outbox.dead(&parcel.id, &text, self.now).await?;
                        report.dead += 1;
                        self.lane.count(|tally| tally.dead += 1);
                        tracing::error!(
                            channel = self.name,
                            delivery = parcel.id,
                            tries,
                            error = text,
                            "not delivered: dead letter"
                        );
                    } else {
                        let next = later(self.now, backoff::wait(&self.retry, &parcel.id, tries));
                        self.outbox.retry(&parcel.id, &error.text, next).await?;
                        report.failed += 1;
                        self.lane.count(|tally| tally.failed += 1);
                        tracing::warn!(channel = self.name, delivery = parcel.id, tries, error = error.text, %next, "not delivered yet");
                    }
                    if error.kind == SendErrorKind::Down {
                        self.lane.close(&self.retry, &self.name, self.now);
                        break;
                    }
                }
            }
        }
        Ok(report)
    }

    /// No channel can hold a pass up: its time limit is kept here, since clients are known to wait forever on a silent server.
    async fn send(&self, parcel: &Parcel) -> Result<(), SendError> {
        let limit = self.lane.channel.time_limit();
        match tokio::time::timeout(limit, self.lane.channel.send(parcel)).await {
            Ok(result) => result,
            Err(_) => {
                let text = format!("no answer within {} (see `time_limit`)", crate::wait::text(limit));
                Err(SendError::new(SendErrorKind::Down, text))
            }
        }
    }
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by).ok().and_then(|by| now.checked_add(by).ok()).unwrap_or(Timestamp::MAX)
}

/// Only one process may deliver from a file. The lock goes with the process, however it ends.
fn lock(outbox: &Path) -> Result<File, OutboxError> {
    let mut path = outbox.as_os_str().to_owned();
    path.push(".lock");
    let named = || outbox.display().to_string();
    let file = File::options().create(true).truncate(false).write(true).open(path);
    let file = file.map_err(|source| OutboxError::Io { path: named(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(OutboxError::InUse { path: named() }),
        Err(std::fs::TryLockError::Error(source)) => Err(OutboxError::Io { path: named(), source }),
    }
}

#[cfg(test)]
mod tests;
