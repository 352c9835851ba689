//! The pipeline: dedup, silence, group and route on the way in; render, deliver and try again on the way out.

mod circuit;
mod lane;

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;

pub use self::circuit::OpenCircuit;
use self::lane::{Lane, Manner, Pass};
use crate::channel::{Channel, Shared, Wiring};
use crate::config::{Config, ConfigError};
use crate::intake::Intake;
use crate::notice::Notice;
use crate::outbox::{Depth, Outbox, OutboxError, Submitted, lock};

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

/// What one pass did. Counts are deliveries: a group of notices on one channel is one, and so is a digest.
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

/// How a channel stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelStatus {
    /// What waits and what was given up.
    pub depth: Depth,
    /// Set while deliveries wait because the channel has failed too often in a row.
    pub circuit: Option<OpenCircuit>,
}

/// Takes notices in and delivers them. One in a process for one outbox file.
pub struct Notifier {
    intake: Intake,
    manner: Arc<Manner>,
    lanes: BTreeMap<String, Arc<Lane>>,
    /// One pass at a time: two would send the same delivery twice.
    pass: tokio::sync::Mutex<()>,
    /// Held as long as this lives, or one that was renewed from it.
    lock: Arc<File>,
}

impl Notifier {
    /// Checks the config, opens the outbox and the channels.
    ///
    /// # Errors
    /// If the config is wrong, a secret or CA file cannot be read, or another process has the outbox.
    pub async fn new(config: Config, wiring: Wiring) -> Result<Self, NotifyError> {
        let see_all = wiring.see_all.clone();
        let (config, channels) = open(config, wiring).await?;
        Self::with_channels(config, channels, see_all).await
    }

    /// One of other settings that takes this one's place over the same outbox. Until this one has ended, the new one must not
    /// deliver; then [`Notifier::bury_strays`] is due. Rates and circuits begin anew.
    ///
    /// # Errors
    /// As [`Notifier::new`], and if the config names another outbox. This one is as it was.
    pub async fn renewed(&self, config: Config, wiring: Wiring) -> Result<Self, NotifyError> {
        if config.outbox != self.outbox().path() {
            let text = "names another file than the one in use (restart to change it)".to_owned();
            return Err(ConfigError::one("outbox".to_owned(), text).into());
        }
        let see_all = wiring.see_all.clone();
        let (config, channels) = open(config, wiring).await?;
        Self::over(self.outbox().clone(), Arc::clone(&self.lock), &config, channels, see_all)
    }

    pub(crate) async fn with_channels(
        config: Config,
        channels: BTreeMap<String, Arc<dyn Channel>>,
        see_all: Option<String>,
    ) -> Result<Self, NotifyError> {
        let path = config.outbox.clone();
        let opening =
            tokio::task::spawn_blocking(move || Ok::<_, OutboxError>((lock(&path, true)?, Outbox::open(&path)?)));
        let (lock, outbox) = opening.await.map_err(|error| NotifyError::Worker(error.to_string()))??;
        let notifier = Self::over(outbox, Arc::new(lock), &config, channels, see_all)?;
        notifier.bury_strays().await?;
        Ok(notifier)
    }

    fn over(
        outbox: Outbox,
        lock: Arc<File>,
        config: &Config,
        channels: BTreeMap<String, Arc<dyn Channel>>,
        see_all: Option<String>,
    ) -> Result<Self, NotifyError> {
        let lanes = channels.into_iter().map(|(name, channel)| (name, Arc::new(Lane::new(channel)))).collect();
        Ok(Self {
            intake: Intake::over(outbox, config)?,
            manner: Arc::new(Manner::new(config, see_all)),
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
        let buried = self.outbox().bury_all_but(self.lanes.keys().cloned().collect()).await?;
        if buried > 0 {
            tracing::warn!(
                deliveries = buried,
                "deliveries wait for channels that the config no longer has: now dead letters"
            );
        }
        Ok(())
    }

    /// Takes notices in: see [`Intake::submit`].
    ///
    /// # Errors
    /// If the outbox cannot be written; then none of them was taken.
    pub async fn submit(&self, notices: Vec<Notice>, now: Timestamp) -> Result<Submitted, NotifyError> {
        self.intake.submit(notices, now).await
    }

    /// Tries what is due at `now`, all channels side by side, at most 50 deliveries each and no more than their rates allow;
    /// more is left for the next call, and `next_due` says so.
    ///
    /// # Errors
    /// If the outbox cannot be read or written. A channel that fails is no error: it is in the report and in the log.
    pub async fn deliver_due(&self, now: Timestamp) -> Result<Report, NotifyError> {
        let _one = self.pass.lock().await;
        self.intake.tell_ended_silences(now);
        let mut passes = JoinSet::new();
        for (name, lane) in &self.lanes {
            let pass = Pass {
                outbox: self.outbox().clone(),
                name: name.clone(),
                lane: Arc::clone(lane),
                manner: Arc::clone(&self.manner),
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
        report.pending = self.outbox().pending().await?;
        Ok(report)
    }

    /// When `deliver_due` has something to do next; `None` if nothing waits.
    ///
    /// # Errors
    /// If the outbox cannot be read.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, NotifyError> {
        let waiting = self.outbox().next_tries().await?.into_iter();
        let held =
            waiting.map(|(name, at)| at.max(self.lanes.get(&name).and_then(|lane| lane.rests_until()).unwrap_or(at)));
        Ok(held.min())
    }

    /// How each channel of the config stands, in the order of their names.
    ///
    /// # Errors
    /// If the outbox cannot be read.
    pub async fn status(&self) -> Result<Vec<ChannelStatus>, NotifyError> {
        let mut depths = self.outbox().depths().await?;
        let of = |(name, lane): (&String, &Arc<Lane>)| {
            let found = depths.iter().position(|depth| depth.channel == *name);
            let depth = found.map(|n| depths.swap_remove(n));
            let depth = depth.unwrap_or_else(|| Depth { channel: name.clone(), ..Depth::default() });
            ChannelStatus { depth, circuit: lane.open_circuit() }
        };
        Ok(self.lanes.iter().map(of).collect())
    }

    /// What each channel did since this was last asked, by the channel's name.
    pub fn tallies(&self) -> Vec<(&str, Report)> {
        self.lanes.iter().map(|(name, lane)| (name.as_str(), lane.take_tally())).collect()
    }

    /// The way in, for who needs no more.
    pub fn intake(&self) -> &Intake {
        &self.intake
    }

    /// The outbox, to list dead letters and send them again.
    pub fn outbox(&self) -> &Outbox {
        self.intake.outbox()
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

fn later(now: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by).ok().and_then(|by| now.checked_add(by).ok()).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_storms;
