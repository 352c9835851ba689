//! The channels: one file each below, and one line each in `ChannelConfig`.
//!
//! A channel sends one parcel and says honestly how it went. It keeps no queue and does not try again: the outbox does.

mod file;
mod format;
mod http;
mod securityhub;
mod slack;
mod smtp;
mod sns;
mod stdout;
mod webhook;

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use aws_config::SdkConfig;
use serde::{Deserialize, Serialize};

pub use self::file::FileConfig;
pub use self::format::Format;
pub use self::securityhub::SecurityHubConfig;
pub use self::slack::SlackConfig;
pub use self::smtp::{SmtpConfig, Tls};
pub use self::sns::SnsConfig;
pub use self::stdout::StdoutConfig;
pub use self::webhook::WebhookConfig;

use crate::config::Problems;
use crate::rate::Rate;
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
    /// JSON posted to a URL, signed.
    Webhook(WebhookConfig),
    /// A Slack channel, by an incoming webhook.
    Slack(SlackConfig),
    /// AWS Security Hub.
    SecurityHub(SecurityHubConfig),
}

impl ChannelConfig {
    pub(crate) fn check(&self, key: &str, found: &mut Problems) {
        match self {
            ChannelConfig::Smtp(config) => config.check(key, found),
            ChannelConfig::Sns(config) => config.check(key, found),
            ChannelConfig::File(config) => config.check(key, found),
            ChannelConfig::Stdout(_) => {}
            ChannelConfig::Webhook(config) => config.check(key, found),
            ChannelConfig::Slack(config) => config.check(key, found),
            ChannelConfig::SecurityHub(config) => config.check(key, found),
        }
    }

    /// What its messages are written in.
    pub fn format(&self) -> Format {
        match self {
            ChannelConfig::Smtp(_) | ChannelConfig::Slack(_) => Format::Text,
            ChannelConfig::Sns(config) => config.format,
            ChannelConfig::File(config) => config.format,
            ChannelConfig::Stdout(config) => config.format,
            ChannelConfig::Webhook(config) => config.format,
            ChannelConfig::SecurityHub(_) => Format::Asff,
        }
    }

    pub(crate) fn secret_variables(&self) -> Vec<&str> {
        match self {
            ChannelConfig::Smtp(config) => config.password_env.iter().map(String::as_str).collect(),
            ChannelConfig::Slack(config) => config.url_env.iter().map(String::as_str).collect(),
            ChannelConfig::Webhook(config) => config.secret_variables(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn open(&self, wiring: &Shared) -> Result<Arc<dyn Channel>, OpenError> {
        Ok(match self {
            ChannelConfig::Smtp(config) => Arc::new(smtp::Smtp::open(config, wiring)?),
            ChannelConfig::Sns(config) => Arc::new(sns::Sns::open(config, wiring)?),
            ChannelConfig::File(config) => Arc::new(file::File::open(config)),
            ChannelConfig::Stdout(config) => Arc::new(stdout::Stdout::open(config, wiring)?),
            ChannelConfig::Webhook(config) => Arc::new(webhook::Webhook::open(config, wiring)?),
            ChannelConfig::Slack(config) => Arc::new(slack::Slack::open(config, wiring)?),
            ChannelConfig::SecurityHub(config) => Arc::new(securityhub::SecurityHub::open(config, wiring)?),
        })
    }
}

/// What only the binary has: the environment, standard output, AWS settings.
#[derive(Default)]
pub struct Wiring {
    /// Region, credentials and client settings for SNS and Security Hub; needed if `Config::needs_aws`.
    pub aws: Option<SdkConfig>,
    /// Where channels of kind `stdout` write.
    pub stdout: Option<Box<dyn Write + Send>>,
    /// Passwords, URLs and keys that the config names by `Config::secret_variables`, by the name of the variable.
    pub secrets: BTreeMap<String, Secret>,
    /// What a digest tells people who want to see all of it; `{delivery}` stands for its id.
    pub see_all: Option<String>,
}

/// `Wiring`, as channels share it.
pub(crate) struct Shared {
    pub(crate) aws: Option<SdkConfig>,
    pub(crate) stdout: Option<Arc<Mutex<Box<dyn Write + Send>>>>,
    pub(crate) secrets: BTreeMap<String, Secret>,
}

impl From<Wiring> for Shared {
    fn from(wiring: Wiring) -> Self {
        Self { aws: wiring.aws, stdout: wiring.stdout.map(|w| Arc::new(Mutex::new(w))), secrets: wiring.secrets }
    }
}

/// A channel that cannot be used as it is set up: which key, what is wrong and the way out.
#[derive(Debug)]
pub(crate) struct OpenError {
    pub(crate) key: &'static str,
    pub(crate) text: String,
}

impl OpenError {
    pub(crate) fn new(key: &'static str, text: impl Into<String>) -> Self {
        Self { key, text: text.into() }
    }
}

/// A way to people or machines.
#[async_trait]
pub(crate) trait Channel: Send + Sync {
    /// After this time a send is given up as failed. The caller holds it, whatever the channel does.
    fn time_limit(&self) -> Duration;

    /// How many messages it takes in a time.
    fn rate(&self) -> Rate {
        Rate::NONE
    }

    /// Whether people read it: they get digests of what is too much, programs get everything.
    fn for_people(&self) -> bool {
        true
    }

    /// Sends one parcel; `Ok` only when the other side has taken it.
    async fn send(&self, parcel: &Parcel) -> Result<(), SendError>;
}

/// Why a parcel was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub(crate) struct SendError {
    pub(crate) kind: SendErrorKind,
    pub(crate) text: String,
    /// How long the other side asks to be left alone.
    pub(crate) wait: Option<Duration>,
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
        Self { kind, text: text.into(), wait: None }
    }
}

impl From<minijinja::Error> for SendError {
    fn from(error: minijinja::Error) -> Self {
        Self::new(SendErrorKind::Permanent, format!("cannot render: {error}"))
    }
}
