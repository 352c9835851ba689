//! Settings of a lake: how rows are grouped into commits, how much memory it may hold, how long it keeps what.

use std::time::Duration;

use object_store::aws::AwsCredentialProvider;
use serde::{Deserialize, Deserializer};

/// How a lake writes and keeps.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Rows are committed when they hold about this many bytes in memory.
    pub group_bytes: usize,
    /// Rows are committed when the first of them has waited this long.
    #[serde(deserialize_with = "duration")]
    pub group_time: Duration,
    /// Objects are committed when this many wait, however small they are.
    pub group_objects: usize,
    /// The most memory for deduplication keys of event days, in bytes. The days of the rows that are being committed are
    /// held even above it, at 19 to 39 bytes an event.
    pub key_bytes: usize,
    /// A checkpoint of each table's log is written every so many commits.
    pub checkpoint_every: u64,
    /// A day is compacted when it has at least this many small files.
    pub compact_files: usize,
    /// The most bytes of rows in memory that one compacted file is made from; it bounds what compaction holds.
    pub compact_bytes: usize,
    /// Entries of the log are kept this long after a checkpoint holds them.
    #[serde(deserialize_with = "duration")]
    pub log_retention: Duration,
    /// Files that no table needs any more are kept this long, for readers that still have them open.
    #[serde(deserialize_with = "duration")]
    pub file_retention: Duration,
    /// Whether files and folders of a local lake are synced to disk before a commit shows.
    pub sync: bool,
    /// How to reach a lake on S3.
    pub s3: S3Config,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            group_bytes: 64 << 20,
            group_time: Duration::from_secs(30),
            group_objects: 2_000,
            key_bytes: 48 << 20,
            checkpoint_every: 100,
            compact_files: 8,
            compact_bytes: 192 << 20,
            log_retention: Duration::from_secs(7 * 86_400),
            file_retention: Duration::from_secs(86_400),
            sync: true,
            s3: S3Config::default(),
        }
    }
}

/// How to reach a lake on S3. What is not given is found as object_store finds it: web identity, container and instance
/// credentials.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct S3Config {
    /// Another endpoint than AWS's own, as `http://127.0.0.1:5000`. Plain HTTP is allowed where the URL says so.
    pub endpoint_url: Option<String>,
    /// The bucket's region.
    pub region: Option<String>,
    /// Whether the bucket is named in the path and not in the host.
    pub path_style: bool,
    /// Where credentials come from; the caller's own provider. Not a setting of the config file.
    #[serde(skip)]
    pub credentials: Option<AwsCredentialProvider>,
}

/// Reads a span of time as people write it: `30s`, `5m`, `14d`.
fn duration<'de, D: Deserializer<'de>>(input: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(input)?;
    let reject = |reason: &dyn std::fmt::Display| {
        serde::de::Error::custom(format!("`{text}` is no time like `30s`, `5m` or `14d`: {reason}"))
    };
    let span: jiff::Span = text.parse().map_err(|error| reject(&error))?;
    let seconds =
        span.total(jiff::SpanTotal::from(jiff::Unit::Second).days_are_24_hours()).map_err(|error| reject(&error))?;
    Duration::try_from_secs_f64(seconds).map_err(|error| reject(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_settings() {
        let check = |text: &str| serde_json::from_str::<Config>(text).map_err(|error| error.to_string());
        let read = check(r#"{"group_time":"5m","log_retention":"14d","s3":{"endpoint_url":"http://127.0.0.1:5000","path_style":true}}"#).unwrap();
        assert_eq!((read.group_time.as_secs(), read.log_retention.as_secs()), (300, 14 * 86_400));
        assert_eq!(read.group_bytes, Config::default().group_bytes);
        assert!(check(r#"{"group_tme":"5m"}"#).unwrap_err().contains("unknown field `group_tme`"));
        assert!(check(r#"{"group_time":"soon"}"#).unwrap_err().contains("`soon` is no time like `30s`"));
        assert!(check(r#"{"group_time":"-5s"}"#).unwrap_err().contains("`-5s` is no time"));
    }
}
