//! The channels: one file each below, and one line each in `ChannelConfig`.
//!
//! A channel sends one parcel and says honestly how it went. It keeps no queue and does not try again: the outbox does.

mod file;
mod smtp;
mod sns;
mod stdout;

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use aws_config::SdkConfig;
use serde::{Deserialize, Serialize};

pub use self::file::FileConfig;
pub use self::smtp::{SmtpConfig, Tls};
pub use self::sns::{Form, SnsConfig};
pub use self::stdout::{StdoutConfig, StdoutForm};

use crate::config::Problems;
use crate::render::Parcel;
use crate::secret::Secret;

/// A channel's settings; `kind` says which.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum ChannelConfig {
    /// Mail.
    Smtp(SmtpConfig),
    /// An AWS SNS topic.
    Sns(SnsConfig),
    /// A file of JSON lines.
    File(FileConfig),
    /// The writer that the caller hands in, as a rule standard output.
    Stdout(StdoutConfig),
}

impl ChannelConfig {
    pub(crate) fn check(&self, key: &str, found: &mut Problems) {
        match self {
            ChannelConfig::Smtp(config) => config.check(key, found),
            ChannelConfig::Sns(config) => config.check(key, found),
            ChannelConfig::File(config) => config.check(key, found),
            ChannelConfig::Stdout(_) => {}
        }
    }

    pub(crate) fn open(&self, wiring: &Shared) -> Result<Arc<dyn Channel>, OpenError> {
        Ok(match self {
            ChannelConfig::Smtp(config) => Arc::new(smtp::Smtp::open(config, wiring)?),
            ChannelConfig::Sns(config) => Arc::new(sns::Sns::open(config, wiring)?),
            ChannelConfig::File(config) => Arc::new(file::File::open(config)),
            ChannelConfig::Stdout(config) => Arc::new(stdout::Stdout::open(config, wiring)?),
        })
    }
}

/// What only the binary has: the environment, standard output, AWS settings.
#[derive(Default)]
pub struct Wiring {
    /// Region, credentials and client settings for SNS; needed if `Config::needs_aws`.
    pub aws: Option<SdkConfig>,
    /// Where channels of kind `stdout` write.
    pub stdout: Option<Box<dyn Write + Send>>,
    /// Passwords that `password_env` keys of the config name, by the name of the variable.
    pub passwords: BTreeMap<String, Secret>,
}

/// `Wiring`, as channels share it.
pub(crate) struct Shared {
    pub(crate) aws: Option<SdkConfig>,
    pub(crate) stdout: Option<Arc<Mutex<Box<dyn Write + Send>>>>,
    pub(crate) passwords: BTreeMap<String, Secret>,
}

impl From<Wiring> for Shared {
    fn from(wiring: Wiring) -> Self {
        Self { aws: wiring.aws, stdout: wiring.stdout.map(|w| Arc::new(Mutex::new(w))), passwords: wiring.passwords }
    }
}

/// A channel that cannot be used as it is set up: which key, what is wrong and the way out.
#[derive(Debug)]
pub(crate) struct OpenError {
    pub(crate) key: &'static str,
    pub(crate) text: String,
}

impl OpenError {
    fn new(key: &'static str, text: impl Into<String>) -> Self {
        Self { key, text: text.into() }
    }
}

/// A way to people or machines.
#[async_trait]
pub(crate) trait Channel: Send + Sync {
    /// After this time a send is given up as failed. The caller holds it, whatever the channel does.
    fn time_limit(&self) -> Duration;

    /// Sends one parcel; `Ok` only when the other side has taken it.
    async fn send(&self, parcel: &Parcel) -> Result<(), SendError>;
}

/// Why a parcel was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub(crate) struct SendError {
    pub(crate) kind: SendErrorKind,
    pub(crate) text: String,
}

/// What a failure means for what comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SendErrorKind {
    /// This parcel will never be taken: a dead letter.
    Permanent,
    /// This parcel may be taken later; others may be taken now.
    Transient,
    /// Nothing gets through now (no connection, no login, throttled): leave the channel alone for a while.
    Down,
}

impl SendError {
    pub(crate) fn new(kind: SendErrorKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }
}

impl From<minijinja::Error> for SendError {
    fn from(error: minijinja::Error) -> Self {
        Self::new(SendErrorKind::Permanent, format!("cannot render: {error}"))
    }
}
