//! Inflating a log object, under a cap: libdeflate for the common whole single-member file, flate2 for everything else.
//!
//! A cut-off or corrupt stream yields what could be inflated before the fault, so that the records there are kept.

use std::io::Read;

use libdeflater::{DecompressionError, Decompressor};

use crate::spares::Spares;

/// Zero bytes kept behind the text: the scanner reads whole blocks, and a zero ends every token.
pub(crate) const PADDING: usize = 64;

const MAGIC: [u8; 2] = [0x1f, 0x8b];
/// The longest run that one bit of deflate can stand for is 258 bytes; 1032:1 is the format's own limit.
const MAX_RATIO: usize = 1032;

/// An object's text with [`PADDING`] zeros behind it, and what was wrong with its compression.
pub(crate) struct Inflated {
    /// The text, its padding, and behind them whatever stood in the memory before.
    pub(crate) padded: Vec<u8>,
    /// Bytes of text.
    pub(crate) length: usize,
    pub(crate) fault: Option<String>,
}

impl Inflated {
    fn new(mut text: Vec<u8>, fault: Option<String>) -> Self {
        let length = text.len();
        text.resize(length + PADDING, 0);
        Self { padded: text, length, fault }
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
    // What stood there before may stay but for the padding: libdeflate writes all of the rest.
    if out.len() < declared + PADDING {
        out.resize(declared + PADDING, 0);
    }
    out[declared..declared + PADDING].fill(0);
    match decompressor.gzip_decompress(bytes, &mut out[..declared]) {
        Ok(length) if length == declared && is_whole(bytes, &out[..declared]) => {
            Inflated { padded: out, length, fault: None }
        }
        Ok(_) | Err(DecompressionError::BadData | DecompressionError::InsufficientSpace) => stream(bytes, cap),
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
