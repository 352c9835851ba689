//! Makes hostile strings safe to show: no control characters, no terminal escapes, no hidden or reordered text, bounded length.
//!
//! A character that is taken out leaves U+FFFD behind, so that a reader sees that something was there.

const GONE: char = '\u{FFFD}';

/// One line of at most `max` characters: runs of white space (line ends too) become one space.
pub(crate) fn line(text: &str, max: usize) -> String {
    let mut out = String::with_capacity(text.len().min(max * 4));
    let mut left = max.saturating_add(1);
    for c in text.trim().chars() {
        let c = if c.is_whitespace() { ' ' } else { visible(c) };
        if c == ' ' && out.ends_with(' ') {
            continue;
        }
        if left == 0 {
            break;
        }
        left -= 1;
        out.push(c);
    }
    shorten(out.trim_end(), max)
}

/// Text of at most `max` characters that keeps its line ends (as `\n`); tabs become spaces.
pub(crate) fn block(text: &str, max: usize) -> String {
    let mut out = String::with_capacity(text.len().min(max * 4));
    let mut chars = text.chars().peekable();
    // One more than allowed, so that `shorten` knows that it must mark a cut.
    for _ in 0..=max {
        match chars.next() {
            None => break,
            Some('\n') => out.push('\n'),
            Some('\r') => {
                chars.next_if_eq(&'\n');
                out.push('\n');
            }
            Some('\t') => out.push_str("    "),
            Some(c) => out.push(visible(c)),
        }
    }
    shorten(&out, max).trim_end().to_owned()
}

/// One line of printable ASCII of at most `max` characters; anything else becomes `?`.
pub(crate) fn ascii(text: &str, max: usize) -> String {
    let safe: String = line(text, max + 1).chars().map(|c| if matches!(c, ' '..='~') { c } else { '?' }).collect();
    if safe.len() <= max {
        return safe;
    }
    let cut = max.saturating_sub(3);
    format!("{}...", safe[..cut].trim_end())
}

/// JSON text with every character that could steer a terminal or hide text written as `\uXXXX`: the value stays the same.
pub(crate) fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if visible(c) == GONE {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// At most `max` bytes of `text`, cut between characters.
pub(crate) fn prefix(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}

fn shorten(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some(_) => {
            let keep = text.char_indices().nth(max.saturating_sub(1)).map_or(0, |(at, _)| at);
            format!("{}…", text[..keep].trim_end())
        }
    }
}

fn visible(c: char) -> char {
    let hidden = c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{FEFF}'
            // Zero-width characters, direction marks, line separators, direction overrides and isolates.
            | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{FFF9}'..='\u{FFFB}'
            // Tag characters: ASCII that nobody sees.
            | '\u{E0000}'..='\u{E007F}')
        // Noncharacters, which XML (and so SNS) refuses.
        || (c as u32) & 0xFFFE == 0xFFFE
        || matches!(c, '\u{FDD0}'..='\u{FDEF}');
    if hidden { GONE } else { c }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines() {
        fn check(text: &str, want: &str) {
            assert_eq!(line(text, 20), want, "{text:?}");
        }
        check("plain", "plain");
        check("  a \t b\r\nBcc: x@y  ", "a b Bcc: x@y");
        check("\u{1b}[31mred\u{1b}[0m", "�[31mred�[0m");
        check("a\u{202e}txt.exe", "a�txt.exe");
        check("12345678901234567890", "12345678901234567890");
        check("123456789012345678901", "1234567890123456789…");
        check("", "");
    }

    #[test]
    fn blocks_keep_their_lines() {
        assert_eq!(block("a\r\nb\rc\n\td\u{7}", 100), "a\nb\nc\n    d�");
        assert_eq!(block("abcdef", 4), "abc…");
    }

    #[test]
    fn ascii_is_printable() {
        assert_eq!(ascii("Zürich \u{1b}[0m", 100), "Z?rich ?[0m");
        assert_eq!(ascii("abcdefghij", 8), "abcde...");
        assert_eq!(ascii("abcdefgh", 8), "abcdefgh");
    }

    #[test]
    fn json_keeps_its_value() {
        let text = "a\u{1b}\u{9b}\u{202e}\u{e0041}é\u{7f}";
        let safe = json(&serde_json::to_string(text).unwrap());
        assert!(safe.chars().all(|c| visible(c) == c), "{safe}");
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
    }

    proptest! {
        #[test]
        fn nothing_hidden_comes_through(text in any::<String>(), max in 1usize..200) {
            let one = line(&text, max);
            prop_assert!(one.chars().count() <= max);
            prop_assert!(one.chars().all(|c| !c.is_control() && visible(c) == c));
            let many = block(&text, max);
            prop_assert!(many.chars().count() <= max);
            prop_assert!(many.chars().all(|c| c == '\n' || visible(c) == c));
            let plain = ascii(&text, max.max(4));
            prop_assert!(plain.len() <= max.max(4));
            prop_assert!(plain.bytes().all(|b| (b' '..=b'~').contains(&b)));
            let cut = prefix(&text, max);
            prop_assert!(cut.len() <= max && text.starts_with(cut));
        }
    }
}
