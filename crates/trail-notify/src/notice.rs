//! What a caller wants people to know: the `Notice` and its parts.
//!
//! Every string in here may come from an attacker. Nothing is cleaned at this door; `render` cleans what it shows.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::channel::Format;

/// How much a notice matters. Ordered: `Info < Low < Medium < High < Critical`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// For the record.
    Info,
    /// Look at it when there is time.
    Low,
    /// Look at it this week.
    Medium,
    /// Look at it today.
    High,
    /// Look at it now.
    Critical,
}

impl Severity {
    /// All severities, lowest first.
    pub const ALL: [Severity; 5] =
        [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

    /// The lower-case name, as in config files and messages.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Severity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Severity::ALL
            .into_iter()
            .find(|s| s.name() == text)
            .ok_or_else(|| format!("unknown severity `{text}` (use info, low, medium, high or critical)"))
    }
}

/// One thing that people should be told about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Stable: the same thing has the same id on every try, so that it is told once.
    pub id: String,
    /// Notices with one key that come close together become one message.
    pub group_key: String,
    /// How much it matters.
    pub severity: Severity,
    /// One line.
    pub title: String,
    /// What happened, in a sentence or two.
    pub summary: String,
    /// The body, in order.
    #[serde(default)]
    pub sections: Vec<Section>,
    /// What routes, silences and subscribers may filter by, such as `account`, `detection`, `principal`.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Tags that may have several values, such as `topic` or `mitre`; routes and silences filter by them as by tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, Vec<String>>,
    /// The channels that it goes to, whatever routes and silences say. By those, where it is empty.
    #[serde(skip)]
    pub channels: Vec<String>,
    /// The same in the forms that programs of others read: see [`Config::formats`](crate::Config::formats). Who submits makes
    /// them, and channels hand them on as they are.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub forms: BTreeMap<Format, serde_json::Value>,
    /// When it happened or was found.
    pub created: Timestamp,
    /// Files that go with it where the channel can carry them (mail). Left out of the JSON form.
    #[serde(skip)]
    pub attachments: Vec<Attachment>,
}

/// A part of the body, under its own heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// One line, such as `Where from`.
    pub heading: String,
    /// What stands below it.
    pub body: Body,
}

impl Section {
    /// A section of running text.
    pub fn text(heading: impl Into<String>, text: impl Into<String>) -> Self {
        Self { heading: heading.into(), body: Body::Text(text.into()) }
    }

    /// A section of names and values.
    pub fn facts(heading: impl Into<String>, facts: Vec<(String, String)>) -> Self {
        Self { heading: heading.into(), body: Body::Facts(facts) }
    }

    /// A section with a table.
    pub fn table(heading: impl Into<String>, columns: Vec<String>, rows: Vec<Vec<String>>) -> Self {
        Self { heading: heading.into(), body: Body::Table { columns, rows } }
    }

    /// A section of code, such as the SQL to look further.
    pub fn code(heading: impl Into<String>, code: impl Into<String>) -> Self {
        Self { heading: heading.into(), body: Body::Code(code.into()) }
    }
}

/// The shapes that a section can have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Body {
    /// Running text; line ends are kept.
    Text(String),
    /// Names and values, in order.
    Facts(Vec<(String, String)>),
    /// A table; a row shorter than `columns` is filled with empty cells, a longer one is cut.
    Table {
        /// Column headings.
        columns: Vec<String>,
        /// One list of cells a row.
        rows: Vec<Vec<String>>,
    },
    /// Code, shown as it is in a fixed-width face.
    Code(String),
}

/// A file that goes with a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// File name without a folder, such as `access-2026-11.html`.
    pub name: String,
    /// Media type, such as `text/html`; one that does not parse is sent as `application/octet-stream`.
    pub mime: String,
    /// The content.
    pub bytes: Vec<u8>,
}
