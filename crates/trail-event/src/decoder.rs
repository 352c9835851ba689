//! From the bytes of a log object to batches of rows: the crate's front door.

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use libdeflater::Decompressor;
use sha2::{Digest, Sha256};

use crate::derive::Memo;
use crate::document::{Pass, Tools};
use crate::fields::Plan;
use crate::gunzip::{PADDING, inflate};
use crate::reject::Reject;
use crate::spares::Spares;

/// Wrapped text inside text inside text: deeper than this is nobody's log.
const MAX_LAYERS: usize = 4;

/// The most rejects that are kept of one object; a full quota of garbage must not become a larger one of rejects.
pub const MAX_REJECTS: usize = 1000;

/// The views of a batch count bytes in 32 bits, and some are left for what is made beside the text.
const MAX_TEXT: usize = 1 << 30;

/// Bounds on what an object may do to the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of text that an object may inflate to; one that holds more is rejected whole. At most 1 GiB counts.
    pub max_inflated_bytes: usize,
    /// The most rows of a batch; an object with more yields several.
    pub max_batch_rows: usize,
}

impl Default for Limits {
    fn default() -> Self {
        // CloudTrail closes a file at 50 MB before compression (its quotas page).
        Self { max_inflated_bytes: 256 << 20, max_batch_rows: 8192 }
    }
}

/// What an object turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Nothing in it: no bytes, or an empty list.
    #[default]
    Empty,
    /// Records, or what should have been some.
    Records,
    /// A digest file of CloudTrail's log file validation.
    Digest,
}

/// What came out of an object.
#[derive(Debug, Default)]
pub struct Decoded {
    /// Rows in [`crate::schema`], in the order of the records.
    pub batches: Vec<RecordBatch>,
    /// What could not be read: the first [`MAX_REJECTS`] pieces of it, and one that tells of more.
    pub rejects: Vec<Reject>,
    /// How many pieces could not be read.
    pub rejected: u64,
    /// How many records were read: the rows of all batches.
    pub records: u64,
    /// Bytes of uncompressed text.
    pub inflated_bytes: u64,
    /// SHA-256 of the uncompressed text, as CloudTrail's digest files state it; where the decoder was asked for it and
    /// all of the object could be inflated.
    pub sha256: Option<[u8; 32]>,
    /// What the object is.
    pub kind: Kind,
    /// The first and the last event time, in microseconds since 1970.
    pub span: Option<(i64, i64)>,
}

impl Decoded {
    pub(crate) fn reject(&mut self, make: impl FnOnce() -> Reject) {
        self.kind = Kind::Records;
        self.rejected += 1;
        if self.rejects.len() < MAX_REJECTS {
            self.rejects.push(make());
        }
    }
}

/// Decodes objects one after another, keeping what it learns of their shape. One per thread.
pub struct Decoder {
    limits: Limits,
    hash: bool,
    decompressor: Decompressor,
    texts: Spares,
    views: Spares,
    plan: Plan,
    memo: Memo,
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder").field("limits", &self.limits).field("hash", &self.hash).finish_non_exhaustive()
    }
}

impl Decoder {
    /// A decoder; `hash` asks for [`Decoded::sha256`].
    pub fn new(limits: Limits, hash: bool) -> Self {
        let plan = Plan::new();
        let memo = Memo::new(&plan);
        let (texts, views) = (Spares::default(), Spares::default());
        Self { limits, hash, decompressor: Decompressor::new(), texts, views, plan, memo }
    }

    /// Decodes gzip or plain JSON in any of the shapes that CloudTrail records travel in: `{"Records": […]}`, arrays,
    /// single records, one a line, wrapped by EventBridge, CloudWatch Logs or LookupEvents.
    ///
    /// `object` is the address that rows and rejects bear, `ingested` the time of ingest in microseconds since 1970.
    /// Never fails: what is wrong with the object is told by [`Decoded::rejects`].
    pub fn decode(&mut self, object: &str, ingested: i64, bytes: &[u8]) -> Decoded {
        let inflated =
            inflate(&mut self.decompressor, &mut self.texts, bytes, self.limits.max_inflated_bytes.min(MAX_TEXT));
        let length = inflated.length;
        let mut decoded = Decoded { inflated_bytes: length as u64, ..Decoded::default() };
        if self.hash && inflated.fault.is_none() {
            decoded.sha256 = Some(Sha256::digest(&inflated.padded[..length]).into());
        }
        let text = Buffer::from_vec(inflated.padded);
        self.texts.lend(&text);
        let mut layer = Some((text.slice_with_length(0, length + PADDING), Vec::new()));
        drop(text);
        let mut layers = 0;
        let mut number = 0;
        while let Some((padded, origins)) = layer.take() {
            let tools = Tools { plan: &mut self.plan, memo: &mut self.memo, views: &mut self.views };
            let pass = Pass::new(object, &self.limits, tools, padded, origins, number);
            let wrapped = pass.run(ingested, &mut decoded);
            number = wrapped.next_number;
            layers += 1;
            if wrapped.text.is_empty() {
                break;
            }
            if layers < MAX_LAYERS {
                let mut text = wrapped.text;
                text.resize(text.len() + PADDING, 0);
                layer = Some((Buffer::from_vec(text), wrapped.origins));
            } else {
                let reason = "JSON text is wrapped in JSON text too deeply";
                decoded.reject(|| Reject::new(object, None, 0, reason, &wrapped.text));
            }
        }
        if let Some(fault) = inflated.fault {
            decoded.reject(|| Reject::new(object, None, length as u64, fault, bytes));
        }
        if let Some(more) = decoded.rejected.checked_sub(MAX_REJECTS as u64).filter(|&more| more > 0) {
            let reason = format!("{more} more pieces could not be read");
            decoded.rejects.push(Reject::new(object, None, 0, reason, b""));
        }
        decoded
    }
}
