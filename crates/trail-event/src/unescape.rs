//! JSON string escapes to UTF-8.

/// Appends the text of a JSON string, whose escapes the walk has checked. `false` if half a surrogate pair was replaced.
pub(crate) fn unescape(string: &[u8], out: &mut Vec<u8>) -> bool {
    let (mut at, mut faithful) = (0, true);
    while at < string.len() {
        let Some(run) = memchr::memchr(b'\\', &string[at..]) else {
            out.extend_from_slice(&string[at..]);
            break;
        };
        out.extend_from_slice(&string[at..at + run]);
        at += run + 2;
        match string.get(at - 1) {
            Some(b'b') => out.push(0x08),
            Some(b'f') => out.push(0x0c),
            Some(b'n') => out.push(b'\n'),
            Some(b'r') => out.push(b'\r'),
            Some(b't') => out.push(b'\t'),
            Some(b'u') => {
                let (character, length) = unicode(&string[at..]);
                faithful &= character.is_some();
                let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                at += length;
            }
            Some(&byte) => out.push(byte),
            None => {}
        }
    }
    faithful
}

/// The character behind a `\u`, if it is one, and how many bytes it took.
fn unicode(rest: &[u8]) -> (Option<char>, usize) {
    let Some(unit) = hex(rest) else { return (None, rest.len().min(4)) };
    if (0xd800..0xdc00).contains(&unit) {
        let low = rest.get(4..6).filter(|escape| *escape == b"\\u").and_then(|_| hex(&rest[6..]));
        if let Some(low) = low.filter(|low| (0xdc00..0xe000).contains(low)) {
            let code = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            return (char::from_u32(code), 10);
        }
    }
    (char::from_u32(unit), 4)
}

fn hex(digits: &[u8]) -> Option<u32> {
    let digits = digits.get(..4)?;
    digits.iter().try_fold(0, |value, &digit| Some(value << 4 | char::from(digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    #[track_caller]
    fn check(string: &str, expected: &str, faithful: bool) {
        let mut out = Vec::new();
        assert_eq!(super::unescape(string.as_bytes(), &mut out), faithful, "{string}");
        assert_eq!(String::from_utf8(out).expect("UTF-8"), expected, "{string}");
    }

    #[test]
    fn escapes() {
        check(r"plain", "plain", true);
        check(r#"a\"b\\c\/d\b\f\n\r\t"#, "a\"b\\c/d\u{8}\u{c}\n\r\t", true);
        check(r"\u00e9\u20AC", "é€", true);
        check(r"\ud83d\ude00!", "😀!", true);
        check(r"x\ud83dy", "x\u{fffd}y", false);
        check(r"\ude00\ud83d", "\u{fffd}\u{fffd}", false);
        check(r"\ud83d\u0041", "\u{fffd}A", false);
    }
}
