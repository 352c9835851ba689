//! The text of a stored object and its hash. CloudTrail's digests hash what is inside the gzip, not the gzip.

use std::fmt;
use std::io::{self, Read};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};

const GZIP: [u8; 2] = [0x1f, 0x8b];
const BLOCK: usize = 64 << 10;

/// SHA-256 of a file's uncompressed bytes. As text it is lower-case hex.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileHash([u8; 32]);

impl FileHash {
    /// The hash of a text.
    pub fn of(text: &[u8]) -> Self {
        Self(Sha256::digest(text).into())
    }

    /// The hash of what a stored object inflates to, or why it does not inflate; what is no gzip is taken as it is. At most
    /// `cap` bytes of text are looked at, and none are kept.
    pub fn of_stored(stored: &[u8], cap: u64) -> Result<Self, String> {
        let mut hasher = Sha256::new();
        inflate(stored, cap, |block| hasher.update(block))?;
        Ok(Self(hasher.finalize().into()))
    }
}

impl From<[u8; 32]> for FileHash {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for FileHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for FileHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for FileHash {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        unhex(text)
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or_else(|| format!("`{}` is not a SHA-256 in hex", start_of(text)))
    }
}

impl Serialize for FileHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FileHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// What a stored object inflates to, at most `cap` bytes, or why it does not inflate; what is no gzip is taken as it is.
pub fn text(stored: &[u8], cap: u64) -> Result<Vec<u8>, String> {
    let mut text = Vec::new();
    inflate(stored, cap, |block| text.extend_from_slice(block))?;
    Ok(text)
}

/// Hands the text on block by block. All members of a gzip count, and so does anything behind them: bytes that somebody
/// appended would go unseen otherwise.
#[expect(clippy::disallowed_types, reason = "it reads all members, block by block, and stops at the cap")]
fn inflate(stored: &[u8], cap: u64, mut take: impl FnMut(&[u8])) -> Result<(), String> {
    let mut plain = stored;
    let mut gzip;
    let reader: &mut dyn Read = if stored.starts_with(&GZIP) {
        gzip = flate2::read::MultiGzDecoder::new(stored);
        &mut gzip
    } else {
        &mut plain
    };
    let mut block = vec![0; BLOCK];
    let mut length: u64 = 0;
    loop {
        let count = match reader.read(&mut block) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(format!("its gzip is broken after {length} bytes of text: {error}")),
        };
        length += count as u64;
        if length > cap {
            return Err(format!("it inflates to more than {cap} bytes"));
        }
        take(&block[..count]);
    }
}

/// The bytes that hex digits of either case stand for.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = |pair: &[u8]| u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok();
    if text.is_empty() || !text.len().is_multiple_of(2) {
        return None;
    }
    text.as_bytes().chunks_exact(2).map(byte).collect()
}

/// Bytes in lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// So much of a foreign value as an explanation may carry.
pub(crate) fn start_of(value: &str) -> String {
    const LONGEST: usize = 80;
    if value.chars().count() <= LONGEST {
        return value.to_owned();
    }
    value.chars().take(LONGEST).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[track_caller]
    fn check(stored: &[u8], expected: &str) {
        let hash = FileHash::of_stored(stored, 10);
        let shown = hash.map_or_else(|error| error, |hash| hash.to_string());
        assert!(shown.starts_with(expected), "{shown}");
    }

    #[test]
    fn hashes_are_of_the_text() {
        const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        check(b"abc", ABC);
        check(&gzip(b"abc"), ABC);
        check(&[gzip(b"a"), gzip(b"bc")].concat(), ABC);
        check(&[gzip(b"abc"), b"appended".to_vec()].concat(), "its gzip is broken");
        check(&gzip(b"abc")[..20], "its gzip is broken");
        check(&gzip(b"01234567890"), "it inflates to more than 10 bytes");
        check(b"01234567890", "it inflates to more than 10 bytes");
        check(b"", "e3b0c44298fc1c14");
    }

    #[test]
    fn hex_is_strict() {
        assert_eq!(unhex("00fFa1"), Some(vec![0, 255, 161]));
        assert_eq!(hex(&[0, 255, 161]), "00ffa1");
        for wrong in ["", "0", "0g", "é0", "+1"] {
            assert_eq!(unhex(wrong), None, "{wrong}");
        }
        assert_eq!("abcd".parse::<FileHash>().unwrap_err(), "`abcd` is not a SHA-256 in hex");
    }
}
