//! The modifiers that change a rule's text before it is looked for: UTF-16, Base64, and Base64 at an unknown offset.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// UTF-16 as bytes.
pub(super) fn utf16(text: &[u8], big_endian: bool, marked: bool) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    let mark = marked.then_some(0xfeff_u16);
    let units = mark.into_iter().chain(text.encode_utf16());
    units.flat_map(|unit| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

/// Base64 of the whole.
pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// What of the Base64 of some longer text is sure to stand there for these bytes, at each of the three offsets that they may have.
pub(super) fn base64_offsets(bytes: &[u8]) -> Vec<String> {
    let at = |offset: usize| {
        let padded = [&b"   "[..offset], bytes].concat();
        let text = STANDARD.encode(&padded);
        // Characters that hold bits of neighbours are not ours.
        let from = [0, 2, 3][offset];
        let until = text.len() - [0, 3, 2][padded.len() % 3];
        text.get(from..until).unwrap_or_default().to_owned()
    };
    (0..3).map(at).filter(|text| !text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_stand_in_the_base64_of_longer_texts() {
        for secret in ["sudo rm", "ab", "abc", "/bin/bash"] {
            let parts = base64_offsets(secret.as_bytes());
            for before in ["", "x", "xy", "xyz"] {
                for after in ["", "1", "12", "123"] {
                    let text = base64(format!("{before}{secret}{after}").as_bytes());
                    assert!(parts.iter().any(|part| text.contains(part)), "{secret}: {parts:?} in {text}");
                }
            }
        }
        assert_eq!(base64(&utf16(b"ab", false, true)), "//5hAGIA");
        assert_eq!(utf16("é".as_bytes(), true, false), [0, 0xe9]);
    }
}
