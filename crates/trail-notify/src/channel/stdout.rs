//! A writer that the caller hands in, as a rule standard output: text for people or JSON lines for programs.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Channel, Format, OpenError, SendError, SendErrorKind, Shared};
use crate::rate::Rate;
use crate::render::Parcel;

/// Settings of a channel of kind `stdout`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StdoutConfig {
    /// `text`: the text of the mail, one after the other. `json`, `ocsf`, `asff`: one line a notice.
    pub format: Format,
    /// How many messages it takes in a time.
    pub rate: Rate,
}

impl Default for StdoutConfig {
    fn default() -> Self {
        Self { format: Format::Text, rate: Rate::NONE }
    }
}

pub(crate) struct Stdout {
    format: Format,
    rate: Rate,
    to: Arc<Mutex<Box<dyn Write + Send>>>,
}

impl Stdout {
    pub(crate) fn open(config: &StdoutConfig, wiring: &Shared) -> Result<Self, OpenError> {
        let to = wiring.stdout.clone();
        let to = to.ok_or_else(|| OpenError::new("kind", "is `stdout`, but this program has none (use `file`)"))?;
        Ok(Self { format: config.format, rate: config.rate, to })
    }
}

#[async_trait]
impl Channel for Stdout {
    fn time_limit(&self) -> Duration {
        Duration::from_secs(30)
    }

    fn rate(&self) -> Rate {
        self.rate
    }

    fn for_people(&self) -> bool {
        self.format == Format::Text
    }

    async fn send(&self, parcel: &Parcel) -> Result<(), SendError> {
        let text = match self.format {
            Format::Text => parcel.page().text()? + "\n",
            format => parcel.lines(format),
        };
        let to = Arc::clone(&self.to);
        // A reader that has stopped reading blocks the write: that must not block a worker thread.
        let written = tokio::task::spawn_blocking(move || {
            let mut to = to.lock().unwrap_or_else(PoisonError::into_inner);
            to.write_all(text.as_bytes())?;
            to.flush()
        });
        let failed = |error: String| SendError::new(SendErrorKind::Down, format!("cannot write: {error}"));
        written.await.map_err(|error| failed(error.to_string()))?.map_err(|error| failed(error.to_string()))
    }
}
