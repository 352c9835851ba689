//! The two halves of a source: finding objects in order ([`Source`]) and reading them in parallel ([`Reader`]).

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use crate::error::SourceError;

/// A log object that a source has found, not yet read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogObject {
    /// Its address: an absolute path, `s3://bucket/key`, or what a queue or stream calls it.
    pub uri: String,
    /// What changes when the object is written again: the ETag, size and modification time, or a hash of the content. The same
    /// address and version mean the same bytes.
    pub version: String,
    /// Its size in bytes as stored.
    pub size: u64,
    /// When it was last written.
    pub modified: Option<jiff::Timestamp>,
}

/// Finds log objects, a pass at a time.
#[async_trait]
pub trait Source: Send {
    /// The name that logs and errors use.
    fn name(&self) -> &str;
    /// The next object of this pass; `None` ends the pass, and the call after that begins a new one.
    ///
    /// An error tells of one place that could not be looked at; the pass goes on with the next call, unless the error's
    /// [kind](SourceError::kind) is [`GiveUp`](crate::ErrorKind::GiveUp). Dropping the future loses nothing.
    async fn next(&mut self) -> Result<Option<LogObject>, SourceError>;
    /// Tells that these objects are safe in the lake, or that it is noted there why they cannot be read.
    async fn ack(&mut self, objects: &[LogObject]) -> Result<(), SourceError>;
    /// Tells that the caller has ended its pass, at its end or before: what was found and not acknowledged is no longer worked
    /// on, and comes again.
    async fn release(&mut self) {}
    /// Whether `next` itself waits for what comes, so that one pass may follow another without a pause.
    fn waits(&self) -> bool {
        false
    }
    /// A handle that reads the bodies of this source's objects, for many tasks at once.
    fn reader(&self) -> Arc<dyn Reader>;
    /// How many objects of this pass are known of so far, for progress: it grows while the listing runs.
    fn total(&self) -> Option<u64> {
        None
    }
}

/// Reads the bodies of objects.
#[async_trait]
pub trait Reader: Send + Sync {
    /// The object's bytes as stored, at most `max_bytes` of them.
    async fn read(&self, object: &LogObject, max_bytes: u64) -> Result<Bytes, SourceError>;
    /// What the store keeps beside the object, by names in lower case without `x-amz-meta-`; empty where it keeps nothing.
    async fn metadata(&self, _object: &LogObject) -> Result<BTreeMap<String, String>, SourceError> {
        Ok(BTreeMap::new())
    }
}
