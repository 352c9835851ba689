//! A Slack channel, by an incoming webhook. Its URL is the password, so it comes from a file or the environment.

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::http::{Post, Poster, check_url};
use super::{Channel, OpenError, SendError, SendErrorKind, Shared};
use crate::config::Problems;
use crate::rate::Rate;
use crate::render::Parcel;
use crate::secret::Stored;
use crate::wait;

/// Settings of a channel of kind `slack`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlackConfig {
    /// File that holds the webhook's URL in its first line; read for every message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url_file: Option<PathBuf>,
    /// Environment variable that holds the webhook's URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url_env: Option<String>,
    /// PEM file of the only CAs to trust; the system's, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// The longest time for one message.
    #[serde(default = "default_limit", with = "wait")]
    pub time_limit: Duration,
    /// How many messages go out in a time, such as `30/1m`; `none` for no limit.
    #[serde(default = "Rate::for_people")]
    pub rate: Rate,
}

fn default_limit() -> Duration {
    Duration::from_secs(30)
}

impl SlackConfig {
    pub(crate) fn check(&self, key: &str, found: &mut Problems) {
        if self.url_file.is_some() == self.url_env.is_some() {
            let text = "needs one of `url_file` and `url_env`: whoever has the webhook's URL can post";
            found.add(&format!("{key}.url_env"), text);
        }
        if self.time_limit.is_zero() {
            found.add(&format!("{key}.time_limit"), "is 0 (use `30s`)");
        }
    }
}

pub(crate) struct Slack {
    url: Stored,
    poster: Poster,
    time_limit: Duration,
    rate: Rate,
}

impl Slack {
    pub(crate) fn open(config: &SlackConfig, wiring: &Shared) -> Result<Self, OpenError> {
        let url = Stored::open(("url_file", "url_env"), config.url_file.as_deref(), config.url_env.as_deref(), wiring)?;
        Ok(Self {
            url: url.ok_or_else(|| OpenError::new("url_env", "is missing"))?,
            poster: Poster::open(config.ca_file.as_deref())?,
            time_limit: config.time_limit,
            rate: config.rate,
        })
    }
}

#[async_trait]
impl Channel for Slack {
    fn time_limit(&self) -> Duration {
        self.time_limit
    }

    fn rate(&self) -> Rate {
        self.rate
    }

    async fn send(&self, parcel: &Parcel) -> Result<(), SendError> {
        let url = self.url.read().await?;
        check_url(url.reveal(), false)
            .map_err(|text| SendError::new(SendErrorKind::Down, format!("the webhook's URL {text}")))?;
        let post = Post {
            url: url.reveal(),
            headers: vec![("content-type".to_owned(), "application/json; charset=utf-8".to_owned())],
            body: parcel.page().slack().to_string(),
            secrets: vec![url.reveal()],
        };
        self.poster.post(post).await.map(drop)
    }
}
