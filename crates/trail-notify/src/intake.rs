//! The way in, without the way out: silences, routes and groups of a config over an outbox.

use jiff::Timestamp;

use crate::config::{Config, ConfigError};
use crate::filter::Filters;
use crate::notice::Notice;
use crate::notifier::NotifyError;
use crate::outbox::{Outbox, Submitted, Windows};

/// Takes notices in. It sends nothing: a [`Notifier`](crate::Notifier), in this process or another, does.
pub struct Intake {
    outbox: Outbox,
    filters: Filters,
    windows: Windows,
}

impl Intake {
    /// Checks the config and opens its outbox, which is made where there is none.
    ///
    /// # Errors
    /// If the config is wrong or the file cannot be used.
    pub async fn open(config: &Config) -> Result<Self, NotifyError> {
        config.check()?;
        let path = config.outbox.clone();
        let opening = tokio::task::spawn_blocking(move || Outbox::open(&path));
        let outbox = opening.await.map_err(|error| NotifyError::Worker(error.to_string()))??;
        Self::over(outbox, config)
    }

    pub(crate) fn over(outbox: Outbox, config: &Config) -> Result<Self, NotifyError> {
        let filters = Filters::new(config).map_err(|e| ConfigError::one("routes".into(), e.to_string()))?;
        let windows = Windows { window: config.group_window, interval: config.group_interval };
        Ok(Self { outbox, filters, windows })
    }

    /// Takes notices in; when it returns, they are on disk. Known ids cost little and change nothing: routes, silences
    /// and groups are decided when an id is first seen.
    ///
    /// # Errors
    /// If the outbox cannot be written; then none of them was taken.
    pub async fn submit(&self, notices: Vec<Notice>, now: Timestamp) -> Result<Submitted, NotifyError> {
        self.tell_ended_silences(now);
        if notices.is_empty() {
            return Ok(Submitted::default());
        }
        let decided = notices.into_iter().map(|notice| {
            let fate = self.filters.fate(&notice, now);
            (notice, fate)
        });
        Ok(self.outbox.submit(decided.collect(), self.windows, now).await?)
    }

    /// Whether the outbox has been told what had been found before it was made. A new file, in place of one that was lost, has
    /// not: see [`Intake::seed`].
    ///
    /// # Errors
    /// If the outbox cannot be read.
    pub async fn is_seeded(&self) -> Result<bool, NotifyError> {
        Ok(self.outbox.is_seeded().await?)
    }

    /// Takes ids for known without telling anybody; returns how many were new.
    ///
    /// # Errors
    /// If the outbox cannot be written.
    pub async fn seed(&self, ids: Vec<String>, now: Timestamp) -> Result<u64, NotifyError> {
        Ok(self.outbox.seed(ids, now).await?)
    }

    /// The outbox, to list and to send again.
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// A silence that has ended hides nothing any more: said once, since who wrote it counted on it.
    pub(crate) fn tell_ended_silences(&self, now: Timestamp) {
        for silence in self.filters.newly_ended(now) {
            tracing::warn!(
                owner = silence.owner,
                reason = silence.reason,
                until = %silence.until,
                "a silence has ended and hides nothing any more: remove it from the config, or give it a new end"
            );
        }
    }
}
