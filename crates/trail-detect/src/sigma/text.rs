//! Text as Sigma compares it: without regard to case unless asked, with `*` for any text and `?` for one character.

use std::borrow::Cow;
use std::fmt;

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    Text(String),
    /// `*`
    Any,
    /// `?`
    One,
    /// A dash of whatever kind: what `windash` makes of the dash of a flag.
    Dash,
}

/// Where in a value a pattern must be found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Where {
    Whole,
    Anywhere,
    Start,
    End,
}

/// A pattern ready to be compared.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pattern {
    shape: Shape,
    cased: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Shape {
    /// Plain text at a place.
    Plain(Where, String),
    Glob(Vec<Token>),
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Char(char),
    Any,
    One,
    Dash,
}

impl Token {
    fn takes(&self, c: char) -> bool {
        match self {
            Token::Char(own) => *own == c,
            Token::Any | Token::One => true,
            Token::Dash => matches!(c, '-' | '/' | '\u{2013}' | '\u{2014}' | '\u{2015}'),
        }
    }
}

/// Text without regard to case. The two small sigmas are one letter, wherever in a word they stand.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().flat_map(char::to_lowercase).map(|c| if c == 'ς' { 'σ' } else { c }).collect()
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let star = |is: bool| if is { "*" } else { "" };
        match &self.shape {
            Shape::Plain(place, text) => {
                let (before, after) =
                    (matches!(place, Where::Anywhere | Where::End), matches!(place, Where::Anywhere | Where::Start));
                write!(f, "{}{text}{}", star(before), star(after))
            }
            Shape::Glob(tokens) => tokens.iter().try_for_each(|token| match token {
                Token::Char(c) => write!(f, "{c}"),
                Token::Any => f.write_str("*"),
                Token::One => f.write_str("?"),
                Token::Dash => f.write_str("-"),
            }),
        }
    }
}

impl Pattern {
    pub(super) fn new(mut pieces: Vec<Piece>, place: Where, cased: bool) -> Pattern {
        if matches!(place, Where::Anywhere | Where::End) {
            pieces.insert(0, Piece::Any);
        }
        if matches!(place, Where::Anywhere | Where::Start) {
            pieces.push(Piece::Any);
        }
        let own = |text: &str| if cased { text.to_owned() } else { fold(text) };
        let open_start = matches!(pieces.first(), Some(Piece::Any));
        let inner = pieces.iter().skip_while(|piece| **piece == Piece::Any);
        let mut inner: Vec<&Piece> = inner.collect();
        let open_end = matches!(inner.last(), Some(Piece::Any)) || (inner.is_empty() && open_start);
        while matches!(inner.last(), Some(Piece::Any)) {
            inner.pop();
        }
        let plain: Option<String> = inner
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => Some(own(text)),
                _ => None,
            })
            .collect();
        let shape = match plain {
            Some(plain) => {
                let place = match (open_start, open_end) {
                    (true, true) => Where::Anywhere,
                    (true, false) => Where::End,
                    (false, true) => Where::Start,
                    (false, false) => Where::Whole,
                };
                Shape::Plain(place, plain)
            }
            None => Shape::Glob(
                pieces
                    .iter()
                    .flat_map(|piece| match piece {
                        Piece::Text(text) => own(text).chars().map(Token::Char).collect(),
                        Piece::Any => vec![Token::Any],
                        Piece::One => vec![Token::One],
                        Piece::Dash => vec![Token::Dash],
                    })
                    .collect(),
            ),
        };
        Pattern { shape, cased }
    }

    /// The one text, folded, that a value must be.
    pub(super) fn whole(&self) -> Option<String> {
        match &self.shape {
            Shape::Plain(Where::Whole, text) => Some(fold(text)),
            _ => None,
        }
    }

    pub(super) fn matches(&self, value: &str) -> bool {
        match &self.shape {
            Shape::Plain(place, text) => find(*place, value, text, self.cased),
            Shape::Glob(tokens) => {
                let value = if self.cased { Cow::Borrowed(value) } else { Cow::Owned(fold(value)) };
                glob(tokens, &value)
            }
        }
    }
}

/// Whether `text`, folded already unless it is cased, stands in a value at a place.
pub(super) fn find(place: Where, value: &str, text: &str, cased: bool) -> bool {
    if cased || !value.is_ascii() {
        let value = if cased { Cow::Borrowed(value) } else { Cow::Owned(fold(value)) };
        return match place {
            Where::Whole => value == text,
            Where::Start => value.starts_with(text),
            Where::End => value.ends_with(text),
            Where::Anywhere => memchr::memmem::find(value.as_bytes(), text.as_bytes()).is_some(),
        };
    }
    let (value, text) = (value.as_bytes(), text.as_bytes());
    let Some(longer) = value.len().checked_sub(text.len()) else { return false };
    match place {
        Where::Whole => longer == 0 && value.eq_ignore_ascii_case(text),
        Where::Start => value[..text.len()].eq_ignore_ascii_case(text),
        Where::End => value[longer..].eq_ignore_ascii_case(text),
        Where::Anywhere => {
            let Some(first) = text.first() else { return true };
            memchr::memchr2_iter(*first, first.to_ascii_uppercase(), &value[..=longer])
                .any(|at| value[at..at + text.len()].eq_ignore_ascii_case(text))
        }
    }
}

fn glob(tokens: &[Token], text: &str) -> bool {
    let (mut at, mut rest) = (0, text.chars());
    // Behind the last `*`, and from where in the text that is tried next.
    let mut back: Option<(usize, std::str::Chars<'_>)> = None;
    loop {
        let mut ahead = rest.clone();
        match (tokens.get(at), ahead.next()) {
            (Some(Token::Any), _) => {
                at += 1;
                back = Some((at, rest.clone()));
            }
            (None, None) => return true,
            (Some(token), Some(c)) if token.takes(c) => {
                at += 1;
                rest = ahead;
            }
            _ => {
                let Some((behind, from)) = &mut back else { return false };
                if from.next().is_none() {
                    return false;
                }
                at = *behind;
                rest = from.clone();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `*`, `?` and `~` (a dash) are special here; everything else is text.
    fn pattern(text: &str, place: Where, cased: bool) -> Pattern {
        let piece = |c: char| match c {
            '*' => Piece::Any,
            '?' => Piece::One,
            '~' => Piece::Dash,
            c => Piece::Text(c.to_string()),
        };
        Pattern::new(text.chars().map(piece).collect(), place, cased)
    }

    #[test]
    fn patterns_match() {
        use Where::{Anywhere, End, Start, Whole};
        for (text, place, value, expected) in [
            ("GetObject", Whole, "getOBJECT", true),
            ("GetObject", Whole, "GetObjects", false),
            ("", Whole, "", true),
            ("", Whole, "x", false),
            ("", Anywhere, "x", true),
            ("*", Whole, "", true),
            ("obj", Anywhere, "GetObject", true),
            ("objx", Anywhere, "GetObject", false),
            ("longer than it", Anywhere, "long", false),
            ("get", Start, "GetObject", true),
            ("ject", End, "GetObject", true),
            ("ect*", End, "GetObject", true),
            ("g?t*j?ct", Whole, "GetObject", true),
            ("g?t*j?ct", Whole, "GetObjec", false),
            ("?", Whole, "é", true),
            ("a*b", Whole, "a\nb", true),
            ("a*b?", Anywhere, "xxaxbb", true),
            ("~enc", Anywhere, "x /ENC", true),
            ("~enc", Anywhere, "x \u{2014}enc", true),
            ("~enc", Anywhere, "x +enc", false),
            ("ärzte", Whole, "ÄRZTE", true),
            ("ÄRZTE", Anywhere, "die ärzte", true),
            ("ΣΑΣ", Whole, "σας", true),
            ("é", Whole, "e", false),
        ] {
            assert_eq!(pattern(text, place, false).matches(value), expected, "{text} {place:?} {value}");
        }
        assert!(!pattern("Get", Start, true).matches("getObject"));
        assert!(pattern("G?t", Whole, true).matches("Get"));
        assert!(!pattern("G?t", Whole, true).matches("gEt"));
        assert_eq!(pattern("GetX", Whole, true).whole().as_deref(), Some("getx"));
        assert_eq!(pattern("Get*", Whole, true).whole(), None);
    }
}
