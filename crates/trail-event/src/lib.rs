//! CloudTrail records as Arrow: the schema, the decoder from bytes to batches, and what could not be decoded.
//!
//! Knows nothing of networks, disks, SQL or clocks: bytes in, [`arrow::record_batch::RecordBatch`] out.

mod block;
mod gunzip;
mod reject;
mod schema;
mod time;
mod walk;

pub use reject::{Reject, SAMPLE_BYTES};
pub use schema::{JSON_COLUMNS, schema, timestamp};
