//! What could not be read, where it stands and why: kept so that nothing is lost silently.

use serde::{Deserialize, Serialize};

/// The most of a rejected record that is kept, in bytes.
pub const SAMPLE_BYTES: usize = 1024;

/// A piece of an object that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// The object's address, as its source gave it.
    pub object: String,
    /// The record's number in the object from 0, where one could be told.
    pub record: Option<u32>,
    /// Where it begins, in bytes of the uncompressed object.
    pub offset: u64,
    /// Why, in words.
    pub reason: String,
    /// Its first [`SAMPLE_BYTES`] bytes; bytes that are not UTF-8 are replaced.
    pub sample: String,
}

impl Reject {
    pub(crate) fn new(object: &str, record: Option<u32>, offset: u64, reason: impl Into<String>, bytes: &[u8]) -> Self {
        let kept = &bytes[..bytes.len().min(SAMPLE_BYTES)];
        let sample = String::from_utf8_lossy(kept).into_owned();
        Self { object: object.to_owned(), record, offset, reason: reason.into(), sample }
    }
}
