//! Settings of ingest: how much is done at a time.

use serde::Deserialize;

/// How objects are read and decoded.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Threads that decode; 0 is one a core.
    pub workers: usize,
    /// Objects that are being read, decoded or wait for the writer at a time.
    pub max_objects_in_flight: usize,
    /// About how many bytes of uncompressed logs those objects may hold together; 0 is 32 MiB for each thread.
    pub max_bytes_in_flight: usize,
    /// The largest object that is read, in bytes as stored.
    pub max_object_bytes: u64,
    /// The most bytes that an object may inflate to.
    pub max_inflated_bytes: usize,
    /// Whether the SHA-256 of each object is taken, which CloudTrail's digests are checked with later.
    pub hash: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            workers: 0,
            max_objects_in_flight: 256,
            max_bytes_in_flight: 0,
            max_object_bytes: 128 << 20,
            max_inflated_bytes: 256 << 20,
            hash: true,
        }
    }
}

impl Config {
    /// The threads that decode.
    pub(crate) fn threads(&self) -> usize {
        match self.workers {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            workers => workers,
        }
    }

    /// Bytes in flight: while one group of objects is committed, another is decoded.
    pub(crate) fn bytes_in_flight(&self) -> usize {
        match self.max_bytes_in_flight {
            0 => self.threads().saturating_mul(32 << 20),
            bytes => bytes,
        }
    }
}
