//! Objects whose bytes are in memory, since they came with the answer that named them.

use sha2::{Digest, Sha256};

/// The version of an object by its content alone: the same bytes have the same version, in every process and for ever, and other
/// bytes have another.
pub(crate) fn content_version(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
