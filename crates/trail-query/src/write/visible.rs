//! Text made safe to show: what would move a cursor, change colours or turn text round is shown as its code.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

/// Control characters, and those that change the direction or presence of other text.
fn is_tricky(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// The text on one line, with `\n`, `\t` and `\u{…}` for what must not reach a terminal.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_tricky) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            tricky if is_tricky(tricky) => {
                // Writing to a string does not fail.
                let _ = write!(out, "\\u{{{:x}}}", u32::from(tricky));
            }
            plain => out.push(plain),
        }
    }
    Cow::Owned(out)
}

/// A writer for a terminal: passes on lines and tabs, and shows everything else that [`visible`] does. For CSV and JSON on a
/// screen; what goes to a file or a pipe stays as it is.
#[derive(Debug)]
pub struct Visible<W: Write> {
    out: W,
    /// The bytes of a character that has not come whole.
    rest: Vec<u8>,
}

impl<W: Write> Visible<W> {
    /// Wraps a terminal.
    pub fn new(out: W) -> Self {
        Self { out, rest: Vec::new() }
    }

    fn show(&mut self, text: &str) -> io::Result<()> {
        for piece in text.split_inclusive(['\n', '\t']) {
            let end = piece.len() - usize::from(piece.ends_with(['\n', '\t']));
            self.out.write_all(visible(&piece[..end]).as_bytes())?;
            self.out.write_all(&piece.as_bytes()[end..])?;
        }
        Ok(())
    }
}

impl<W: Write> Write for Visible<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len();
        self.rest.extend_from_slice(bytes);
        let pending = std::mem::take(&mut self.rest);
        let mut bytes = pending.as_slice();
        loop {
            match std::str::from_utf8(bytes) {
                Ok(text) => {
                    self.show(text)?;
                    break;
                }
                Err(error) => {
                    let (good, bad) = bytes.split_at(error.valid_up_to());
                    self.show(&String::from_utf8_lossy(good))?;
                    match error.error_len() {
                        None => {
                            self.rest = bad.to_vec();
                            break;
                        }
                        Some(length) => {
                            self.out.write_all("\u{fffd}".as_bytes())?;
                            bytes = &bad[length..];
                        }
                    }
                }
            }
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, shown: &str) {
        assert_eq!(visible(text), shown);
    }

    #[test]
    fn nothing_reaches_the_terminal_that_would_move_it() {
        check("plain ü 日本", "plain ü 日本");
        check("\u{1b}[31mred\u{7}", "\\u{1b}[31mred\\u{7}");
        check("a\nb\tc\r", "a\\nb\\tc\\r");
        check("\u{9b}2J", "\\u{9b}2J");
        check("user\u{202e}nimda", "user\\u{202e}nimda");
    }

    #[test]
    fn a_terminal_keeps_its_lines() {
        let mut out = Vec::new();
        let mut terminal = Visible::new(&mut out);
        for byte in "ü\t\u{9b}1\n日\n".as_bytes() {
            assert_eq!(terminal.write(&[*byte]).unwrap(), 1);
        }
        assert_eq!(terminal.write(b"\xff.").unwrap(), 2);
        assert_eq!(String::from_utf8(out).unwrap(), "ü\t\\u{9b}1\n日\n\u{fffd}.");
    }
}
