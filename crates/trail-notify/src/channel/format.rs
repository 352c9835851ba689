//! What a channel's messages are written in.

use serde::{Deserialize, Serialize};

use crate::config::Problems;

/// The forms of a message. The last two are those of others: who submits a notice makes them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// Our own JSON.
    Json,
    /// The Open Cybersecurity Schema Framework.
    Ocsf,
    /// The AWS Security Finding Format.
    Asff,
}

impl Format {
    pub(crate) fn json() -> Self {
        Self::Json
    }

    /// The word of the config file.
    pub fn name(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Json => "json",
            Format::Ocsf => "ocsf",
            Format::Asff => "asff",
        }
    }

    /// For channels that only programs read.
    pub(crate) fn check_for_programs(self, key: &str, found: &mut Problems) {
        if self == Format::Text {
            found.add(&format!("{key}.format"), "is `text`, which is for people (use `json`, `ocsf` or `asff`)");
        }
    }
}
