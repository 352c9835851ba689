//! Inflating a log object, under a cap: libdeflate for the common whole single-member file, flate2 for everything else.
//!
//! A cut-off or corrupt stream yields what could be inflated before the fault, so that the records there are kept.

use std::collections::VecDeque;
use std::io::Read;

use arrow::buffer::Buffer;
use libdeflater::{DecompressionError, Decompressor};

/// Zero bytes kept behind the text: the scanner reads whole blocks, and a zero ends every token.
pub(crate) const PADDING: usize = 64;

const MAGIC: [u8; 2] = [0x1f, 0x8b];
/// The longest run that one bit of deflate can stand for is 258 bytes; 1032:1 is the format's own limit.
const MAX_RATIO: usize = 1032;

/// An object's text with [`PADDING`] zeros behind it, and what was wrong with its compression.
pub(crate) struct Inflated {
    pub(crate) padded: Vec<u8>,
    pub(crate) fault: Option<String>,
}

impl Inflated {
    fn new(mut text: Vec<u8>, fault: Option<String>) -> Self {
        text.resize(text.len() + PADDING, 0);
        Self { padded: text, fault }
    }
}

/// Inflates gzip, or copies what is not gzip, to at most `cap` bytes.
pub(crate) fn inflate(decompressor: &mut Decompressor, spares: &mut Spares, bytes: &[u8], cap: usize) -> Inflated {
    if !bytes.starts_with(&MAGIC) {
        return if bytes.len() > cap { too_large(cap) } else { Inflated::new(bytes.to_vec(), None) };
    }
    let Some(declared) = declared_length(bytes) else {
        return stream(bytes, cap);
    };
    if declared > cap || declared > bytes.len().saturating_mul(MAX_RATIO) {
        // Either a bomb or several members, whose last length says little: streaming tells, within the cap.
        return stream(bytes, cap);
    }
    let mut out = spares.take(declared + PADDING);
    out[declared..].fill(0);
    match decompressor.gzip_decompress(bytes, &mut out[..declared]) {
        Ok(length) if length == declared && is_whole(bytes, &out[..declared]) => Inflated { padded: out, fault: None },
        Ok(_) | Err(DecompressionError::BadData | DecompressionError::InsufficientSpace) => stream(bytes, cap),
    }
}

/// Text blocks whose rows nobody holds any more, to be written over: fresh memory costs a page fault every four kilobytes.
#[derive(Default)]
pub(crate) struct Spares {
    lent: VecDeque<Buffer>,
}

impl Spares {
    /// Blocks that are remembered.
    const MOST: usize = 8;
    /// Larger ones are given back to the system.
    const LARGEST: usize = 4 << 20;

    /// So many bytes, of no certain content.
    fn take(&mut self, length: usize) -> Vec<u8> {
        for _ in 0..self.lent.len() {
            let Some(block) = self.lent.pop_front() else { break };
            match block.into_vec::<u8>() {
                // Nobody else holds it; one that is too small is dropped.
                Ok(mut bytes) if bytes.capacity() >= length => {
                    bytes.resize(length, 0);
                    return bytes;
                }
                Ok(_) => {}
                Err(block) => self.lent.push_back(block),
            }
        }
        let mut bytes = Vec::with_capacity(length.next_multiple_of(1 << 18));
        bytes.resize(length, 0);
        bytes
    }

    /// Remembers a block that rows now point into.
    pub(crate) fn lend(&mut self, block: &Buffer) {
        if block.capacity() <= Self::LARGEST {
            self.lent.push_back(block.clone());
        }
        if self.lent.len() > Self::MOST {
            self.lent.pop_front();
        }
    }
}

/// The length that the last member's trailer states, modulo 2^32.
fn declared_length(bytes: &[u8]) -> Option<usize> {
    let trailer = bytes.last_chunk::<4>().filter(|_| bytes.len() >= 18)?;
    Some(u32::from_le_bytes(*trailer) as usize)
}

/// Whether one member was all there is: nothing in the bytes looks like a second header, or the trailer is of this text.
fn is_whole(bytes: &[u8], text: &[u8]) -> bool {
    if memchr::memmem::find(&bytes[10..], &[0x1f, 0x8b, 0x08]).is_none() {
        return true;
    }
    let trailer = &bytes[bytes.len() - 8..];
    trailer[..4] == libdeflater::crc32(text).to_le_bytes()
}

fn too_large(cap: usize) -> Inflated {
    Inflated::new(
        Vec::new(),
        Some(format!("holds more than {cap} bytes of text (raise `max_inflated_bytes` to read it)")),
    )
}

/// All members in turn, keeping what came before a fault.
#[expect(clippy::disallowed_types, reason = "the one place that reads gzip as a stream, and it stops at the cap")]
fn stream(bytes: &[u8], cap: usize) -> Inflated {
    // All that it may grow to, at once: only pages that are written take memory, and growing would copy them.
    let mut text = Vec::with_capacity(bytes.len().saturating_mul(MAX_RATIO).min(cap + 1) + PADDING);
    let mut members = flate2::read::MultiGzDecoder::new(bytes).take(cap as u64 + 1);
    match members.read_to_end(&mut text) {
        Ok(_) if text.len() > cap => too_large(cap),
        Ok(_) => Inflated::new(text, None),
        Err(error) => {
            let fault = format!("gzip is cut off or corrupt after {} bytes of text: {error}", text.len());
            if text.len() > cap { too_large(cap) } else { Inflated::new(text, Some(fault)) }
        }
    }
}
