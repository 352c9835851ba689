//! The two halves of a source: finding objects in order ([`Source`]) and reading them in parallel ([`Reader`]).

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

/// A log object that a source has found, not yet read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogObject {
    /// Its address: an absolute path or `s3://bucket/key`.
    pub uri: String,
    /// What changes when the object is written again: the ETag, or size and modification time.
    pub version: String,
    /// Its size in bytes as stored.
    pub size: u64,
    /// When it was last written.
    pub modified: Option<jiff::Timestamp>,
}

/// Why an object could not be found or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The object is larger than the caller allows.
    #[error("`{uri}` holds more than {max} bytes (raise `max_object_bytes` to read it)")]
    TooLarge {
        /// The object's address.
        uri: String,
        /// The limit in bytes.
        max: u64,
    },
}

/// Finds log objects, a pass at a time.
#[async_trait]
pub trait Source: Send {
    /// The name that logs and errors use.
    fn name(&self) -> &str;
    /// The next object of this pass; `None` ends the pass, and the call after that begins a new one.
    async fn next(&mut self) -> Result<Option<LogObject>, SourceError>;
    /// Tells that these objects are safe in the lake.
    async fn ack(&mut self, objects: &[LogObject]) -> Result<(), SourceError>;
    /// A handle that reads the bodies of this source's objects, for many tasks at once.
    fn reader(&self) -> Arc<dyn Reader>;
    /// How many objects are known of so far, for progress.
    fn total(&self) -> Option<u64> {
        None
    }
}

/// Reads the bodies of objects.
#[async_trait]
pub trait Reader: Send + Sync {
    /// The object's bytes as stored, at most `max_bytes` of them.
    async fn read(&self, object: &LogObject, max_bytes: u64) -> Result<Bytes, SourceError>;
}
