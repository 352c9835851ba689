//! CloudTrail records as Arrow: the schema, the decoder from bytes to batches, and what could not be decoded.
//!
//! Knows nothing of networks, disks, SQL or clocks: bytes in, [`arrow::record_batch::RecordBatch`] out. An object is
//! inflated (`gunzip`), its records are found whatever wraps them (`document`), and each is read in one walk over its
//! envelope (`record`, `walk`, `block`) into flat columns (`columns`) that the schema lays out (`fields`).

mod aggregated;
mod block;
mod columns;
mod decoder;
mod derive;
mod document;
mod fields;
mod gunzip;
mod key;
#[cfg(test)]
mod property;
mod record;
mod reject;
mod repeat;
mod salvage;
mod schema;
mod second;
mod shape;
mod spares;
mod time;
mod unescape;
mod walk;

pub use decoder::{Decoded, Decoder, Kind, Limits, MAX_REJECTS};
pub use key::{key, keys};
pub use reject::{Reject, SAMPLE_BYTES};
pub use schema::{JSON_COLUMNS, schema, timestamp};
