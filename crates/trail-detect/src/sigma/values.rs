//! The modifiers and values of a line, read into tests.

use std::collections::BTreeMap;

use ipnet::IpNet;
use regex::Regex;
use rsigma_parser::{DetectionItem, Modifier, SigmaString, SigmaValue, SpecialChar, StringPart};

use super::encode;
use super::item::{Item, Order, Part, Test};
use super::text::{Pattern, Piece, Where};

/// Values that stand for a `%name%` of `expand`.
pub(crate) type Placeholders = BTreeMap<String, Vec<String>>;

/// What the modifiers of a line say.
#[derive(Debug, Default)]
pub(super) struct Modifiers {
    place: Option<Where>,
    order: Option<Order>,
    part: Option<Part>,
    regex: Option<[bool; 3]>,
    encodings: Vec<Modifier>,
    network: bool,
    exists: bool,
    expand: bool,
    all: bool,
    negated: bool,
    pub(super) cased: bool,
    pub(super) refers: bool,
}

fn word(modifier: Modifier) -> String {
    format!("{modifier:?}").to_lowercase()
}

impl Modifiers {
    /// Reads them, and says what does not go together.
    pub(super) fn read(modifiers: &[Modifier]) -> Result<Modifiers, String> {
        let mut read = Modifiers::default();
        let mut flags = [false; 3];
        let twice = |modifier: &Modifier| {
            Err(format!("`{}` has another modifier beside it that says otherwise", word(*modifier)))
        };
        for modifier in modifiers {
            match modifier {
                Modifier::Contains | Modifier::StartsWith | Modifier::EndsWith => {
                    let place = match modifier {
                        Modifier::Contains => Where::Anywhere,
                        Modifier::StartsWith => Where::Start,
                        _ => Where::End,
                    };
                    if read.place.replace(place).is_some() {
                        return twice(modifier);
                    }
                }
                Modifier::Gt | Modifier::Gte | Modifier::Lt | Modifier::Lte => {
                    let order = match modifier {
                        Modifier::Gt => Order::More,
                        Modifier::Gte => Order::AtLeast,
                        Modifier::Lt => Order::Less,
                        _ => Order::AtMost,
                    };
                    if read.order.replace(order).is_some() {
                        return twice(modifier);
                    }
                }
                Modifier::Minute
                | Modifier::Hour
                | Modifier::Day
                | Modifier::Week
                | Modifier::Month
                | Modifier::Year => {
                    let part = match modifier {
                        Modifier::Minute => Part::Minute,
                        Modifier::Hour => Part::Hour,
                        Modifier::Day => Part::Day,
                        Modifier::Week => Part::Week,
                        Modifier::Month => Part::Month,
                        _ => Part::Year,
                    };
                    if read.part.replace(part).is_some() {
                        return twice(modifier);
                    }
                }
                Modifier::Base64
                | Modifier::Base64Offset
                | Modifier::Wide
                | Modifier::Utf16
                | Modifier::Utf16be
                | Modifier::WindAsh => read.encodings.push(*modifier),
                Modifier::Re => read.regex = Some([false; 3]),
                Modifier::IgnoreCase => flags[0] = true,
                Modifier::Multiline => flags[1] = true,
                Modifier::DotAll => flags[2] = true,
                Modifier::Cidr => read.network = true,
                Modifier::Cased => read.cased = true,
                Modifier::Exists => read.exists = true,
                Modifier::Expand => read.expand = true,
                Modifier::FieldRef => read.refers = true,
                Modifier::All => read.all = true,
                Modifier::Neq => read.negated = true,
            }
        }
        let kinds = [
            ("re", read.regex.is_some()),
            ("cidr", read.network),
            ("exists", read.exists),
            ("lt, lte, gt, gte or a part of time", read.order.is_some() || read.part.is_some()),
            ("contains, startswith, endswith or fieldref", read.place.is_some() || read.refers),
        ];
        let said: Vec<&str> = kinds.iter().filter(|(_, said)| *said).map(|(kind, _)| *kind).collect();
        if let [one, other, ..] = said[..] {
            return Err(format!("the modifiers {one} and {other} say two things of one value"));
        }
        if flags.contains(&true) && read.regex.is_none() {
            return Err("the modifiers i, m and s belong to `re`".to_owned());
        }
        let plain =
            read.regex.is_none() && !read.network && !read.exists && read.order.is_none() && read.part.is_none();
        if (!plain || read.refers) && (!read.encodings.is_empty() || read.expand) {
            return Err("a modifier that changes text stands beside one that does not compare text".to_owned());
        }
        read.regex = read.regex.map(|_| flags);
        Ok(read)
    }

    /// Where the text of a value must stand.
    pub(super) fn place(&self) -> Where {
        self.place.unwrap_or(Where::Whole)
    }

    pub(super) fn all(&self) -> bool {
        self.all
    }

    pub(super) fn negated(&self) -> bool {
        self.negated
    }

    /// For keywords: they may stand anywhere in a value.
    pub(super) fn anywhere(mut self) -> Modifiers {
        self.place.get_or_insert(Where::Anywhere);
        self
    }

    /// The tests that the values of a line ask for.
    pub(super) fn item(&self, values: &[SigmaValue], placeholders: &Placeholders) -> Result<Item, String> {
        let mut item = Item { tests: Vec::new(), all: self.all, negated: self.negated, exists: None };
        if values.is_empty() {
            return Err("there are no values to compare with".to_owned());
        }
        if self.exists {
            item.exists = Some(match values {
                [SigmaValue::Bool(exists)] => *exists,
                [SigmaValue::String(text)] if text.original.eq_ignore_ascii_case("true") => true,
                [SigmaValue::String(text)] if text.original.eq_ignore_ascii_case("false") => false,
                _ => return Err("`exists` is true or false".to_owned()),
            });
            return Ok(item);
        }
        for value in values {
            self.tests(value, placeholders, &mut item)?;
        }
        Ok(item)
    }

    fn tests(&self, value: &SigmaValue, placeholders: &Placeholders, item: &mut Item) -> Result<(), String> {
        if let Some(flags) = self.regex {
            let text = plain(value)?;
            let letters = ['i', 'm', 's'].into_iter().zip(flags).filter(|(_, set)| *set).map(|(letter, _)| letter);
            let letters: String = letters.collect();
            let flagged = if letters.is_empty() { text.clone() } else { format!("(?{letters}){text}") };
            let regex = Regex::new(&flagged)
                .map_err(|error| format!("the regular expression `{text}` does not run here: {}", brief(&error)))?;
            item.tests.push(Test::Regex(regex));
        } else if self.network {
            let text = plain(value)?;
            let network: IpNet = match text.parse::<IpNet>() {
                Ok(network) => network,
                Err(_) => {
                    let address: std::net::IpAddr = text.parse().map_err(|_| format!("`{text}` is no network"))?;
                    address.into()
                }
            };
            item.tests.push(Test::Network(network));
        } else if let Some(part) = self.part {
            item.tests.push(Test::Time(part, self.order.unwrap_or(Order::Equal), number(value)?));
        } else if let Some(order) = self.order {
            item.tests.push(Test::Number(order, number(value)?));
        } else {
            match value {
                SigmaValue::Null if self.place.is_none() => item.tests.push(Test::Null),
                SigmaValue::Bool(own) if self.place.is_none() => item.tests.push(Test::Bool(*own)),
                SigmaValue::Integer(own) if self.place.is_none() && self.encodings.is_empty() => {
                    item.tests.push(Test::Number(Order::Equal, *own as f64));
                }
                SigmaValue::Float(own) if self.place.is_none() && self.encodings.is_empty() => {
                    item.tests.push(Test::Number(Order::Equal, *own));
                }
                value => {
                    let mut patterns = Vec::new();
                    for pieces in self.expanded(value, placeholders)? {
                        patterns.extend(self.encoded(pieces)?);
                    }
                    if item.all && patterns.len() > 1 {
                        return Err("`all` cannot be told where one value stands for several".to_owned());
                    }
                    item.tests.extend(patterns.into_iter().map(Test::Text));
                }
            }
        }
        Ok(())
    }

    /// The text of a value in pieces, once for each way to fill its placeholders.
    fn expanded(&self, value: &SigmaValue, placeholders: &Placeholders) -> Result<Vec<Vec<Piece>>, String> {
        let SigmaValue::String(text) = value else { return Ok(vec![vec![Piece::Text(plain(value)?)]]) };
        let mut filled: Vec<Vec<Piece>> = vec![Vec::new()];
        for part in &text.parts {
            match part {
                StringPart::Special(SpecialChar::WildcardMulti) => push(&mut filled, &[Piece::Any]),
                StringPart::Special(SpecialChar::WildcardSingle) => push(&mut filled, &[Piece::One]),
                StringPart::Plain(text) if self.expand => {
                    for (number, text) in text.split('%').enumerate() {
                        if number % 2 == 0 {
                            push(&mut filled, &[Piece::Text(text.to_owned())]);
                            continue;
                        }
                        let values = placeholders.get(text).filter(|values| !values.is_empty());
                        let values = values.ok_or_else(|| {
                            format!("the placeholder `%{text}%` has no values (give them in `rules.placeholders`)")
                        })?;
                        let values: Vec<Piece> = values.iter().cloned().map(Piece::Text).collect();
                        push(&mut filled, &values);
                    }
                }
                StringPart::Plain(text) => push(&mut filled, &[Piece::Text(text.clone())]),
            }
        }
        Ok(filled)
    }

    /// The patterns that the encodings make of a text.
    fn encoded(&self, mut pieces: Vec<Piece>) -> Result<Vec<Pattern>, String> {
        let mut place = self.place();
        // Bytes that may not be text, once UTF-16 has been asked for.
        let mut bytes: Option<Vec<u8>> = None;
        let mut several: Option<Vec<String>> = None;
        for encoding in &self.encodings {
            match encoding {
                Modifier::WindAsh => pieces = pieces.into_iter().flat_map(any_dash).collect(),
                _ => {
                    let own = match bytes.take() {
                        Some(bytes) => bytes,
                        None => whole(&pieces, *encoding)?.into_bytes(),
                    };
                    match encoding {
                        Modifier::Wide => bytes = Some(encode::utf16(&own, false, false)),
                        Modifier::Utf16 => bytes = Some(encode::utf16(&own, false, true)),
                        Modifier::Utf16be => bytes = Some(encode::utf16(&own, true, false)),
                        Modifier::Base64 => pieces = vec![Piece::Text(encode::base64(&own))],
                        _ => {
                            several = Some(encode::base64_offsets(&own));
                            place = Where::Anywhere;
                        }
                    }
                }
            }
        }
        if let Some(bytes) = bytes {
            let text = String::from_utf8(bytes);
            pieces =
                vec![Piece::Text(text.map_err(|_| "UTF-16 that is no text needs base64 or base64offset behind it")?)];
        }
        Ok(match several {
            Some(several) => {
                several.into_iter().map(|text| Pattern::new(vec![Piece::Text(text)], place, self.cased)).collect()
            }
            None => vec![Pattern::new(pieces, place, self.cased)],
        })
    }
}

/// Appends to each of the texts each of the pieces.
fn push(texts: &mut Vec<Vec<Piece>>, pieces: &[Piece]) {
    *texts = texts
        .iter()
        .flat_map(|text| pieces.iter().map(move |piece| [&text[..], std::slice::from_ref(piece)].concat()))
        .collect();
}

/// The one text that pieces are.
fn whole(pieces: &[Piece], encoding: Modifier) -> Result<String, String> {
    let text = |piece: &Piece| match piece {
        Piece::Text(text) => Some(text.clone()),
        _ => None,
    };
    pieces
        .iter()
        .map(text)
        .collect::<Option<String>>()
        .ok_or_else(|| format!("`{}` of a text with wildcards", word(encoding)))
}

/// Opens the dash of each flag (behind a blank or at the start, before a letter) to dashes of all kinds.
fn any_dash(piece: Piece) -> Vec<Piece> {
    let Piece::Text(text) = piece else { return vec![piece] };
    let mut pieces = Vec::new();
    let mut own = String::new();
    let mut before = None;
    let mut chars = text.chars().peekable();
    let letter = |c: char| c.is_alphanumeric() || c == '_';
    while let Some(c) = chars.next() {
        if matches!(c, '-' | '/') && !before.is_some_and(letter) && chars.peek().copied().is_some_and(letter) {
            pieces.push(Piece::Text(std::mem::take(&mut own)));
            pieces.push(Piece::Dash);
        } else {
            own.push(c);
        }
        before = Some(c);
    }
    pieces.push(Piece::Text(own));
    pieces.retain(|piece| *piece != Piece::Text(String::new()));
    pieces
}

/// The last line of a message that draws the expression.
fn brief(error: &regex::Error) -> String {
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

/// The text of a value without wildcards.
fn plain(value: &SigmaValue) -> Result<String, String> {
    Ok(match value {
        SigmaValue::String(text) => literal(text),
        SigmaValue::Integer(number) => number.to_string(),
        SigmaValue::Float(number) => number.to_string(),
        SigmaValue::Bool(value) => value.to_string(),
        SigmaValue::Null => return Err("null where text is needed".to_owned()),
    })
}

fn literal(text: &SigmaString) -> String {
    text.as_plain().unwrap_or_else(|| text.original.clone())
}

fn number(value: &SigmaValue) -> Result<f64, String> {
    match value {
        SigmaValue::Integer(number) => Ok(*number as f64),
        SigmaValue::Float(number) => Ok(*number),
        other => {
            let text = plain(other)?;
            text.trim().parse().map_err(|_| format!("`{text}` is no number"))
        }
    }
}

/// The field that each value of a line with `fieldref` names.
pub(super) fn references(item: &DetectionItem) -> Result<Vec<String>, String> {
    let name = |value: &SigmaValue| match value {
        SigmaValue::String(text) if text.is_plain() => Ok(literal(text)),
        other => Err(format!("`{other}` is no name of a field")),
    };
    item.values.iter().map(name).collect()
}
