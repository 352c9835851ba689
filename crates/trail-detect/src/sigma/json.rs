//! Into JSON text along a field's name: every value that it leads to, without building a tree.
//!
//! A name such as `requestParameters.tags.key` passes through arrays: each element is followed. Keys are compared without regard
//! to case, and a key that has dots of its own is found as well.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A value that a field's name leads to.
#[derive(Debug)]
pub(super) enum Found<'a> {
    Text(Cow<'a, str>),
    /// A number as it is written.
    Number(&'a str),
    Bool(bool),
    Null,
    /// An object as compact JSON.
    Object(Cow<'a, str>),
    /// An array is there; its elements follow, each for itself.
    Array,
}

/// Calls `see` with each value at `path` until it says that this is enough. The empty path is the document itself.
pub(super) fn walk(document: &str, path: &str, see: &mut dyn FnMut(Found<'_>) -> bool) {
    let mut json = serde_json::Deserializer::from_str(document);
    // An error is an end that was asked for, or text that is no JSON and has no fields.
    let _ = Walk { rest: path, see }.deserialize(&mut json);
}

struct Walk<'p, 's> {
    rest: &'p str,
    see: &'s mut dyn FnMut(Found<'_>) -> bool,
}

impl<'a> DeserializeSeed<'a> for Walk<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<(), D::Error> {
        if !self.rest.is_empty() {
            return json.deserialize_any(self);
        }
        let value: &'a RawValue = serde::Deserialize::deserialize(json)?;
        if tell(value.get(), self.see) { Err(D::Error::custom("enough")) } else { Ok(()) }
    }
}

impl<'a> Visitor<'a> for Walk<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(Text(key)) = map.next_key::<Text<'a>>()? {
            match after(self.rest, &key) {
                Some(rest) => map.next_value_seed(Walk { rest, see: &mut *self.see })?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'a>>(self, mut seq: S) -> Result<(), S::Error> {
        while seq.next_element_seed(Walk { rest: self.rest, see: &mut *self.see })?.is_some() {}
        Ok(())
    }

    // What has no fields leads nowhere.
    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// What is left of a path behind a key, if the path leads through it.
fn after<'p>(path: &'p str, key: &str) -> Option<&'p str> {
    let (head, tail) = (path.as_bytes().get(..key.len())?, path.get(key.len()..)?);
    match tail.as_bytes().first() {
        _ if !head.eq_ignore_ascii_case(key.as_bytes()) => None,
        None => Some(tail),
        Some(b'.') => Some(&tail[1..]),
        Some(_) => None,
    }
}

/// Tells of a value, and of the elements of an array one by one; true when that was enough.
fn tell(raw: &str, see: &mut dyn FnMut(Found<'_>) -> bool) -> bool {
    match raw.as_bytes().first() {
        Some(b'"') => {
            see(Found::Text(serde_json::from_str::<Text<'_>>(raw).map_or_else(|_| raw.into(), |text| text.0)))
        }
        Some(b'{') => see(Found::Object(compact(raw))),
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(raw).unwrap_or_default();
            see(Found::Array) || items.iter().any(|item| tell(item.get(), see))
        }
        Some(b't') => see(Found::Bool(true)),
        Some(b'f') => see(Found::Bool(false)),
        Some(b'n') | None => see(Found::Null),
        Some(_) => see(Found::Number(raw)),
    }
}

/// The same JSON without blanks between its parts.
fn compact(raw: &str) -> Cow<'_, str> {
    let mut kept = String::new();
    let (mut inside, mut escaped, mut from) = (false, false, 0);
    for (at, byte) in raw.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = inside,
            b'"' => inside = !inside,
            b' ' | b'\n' | b'\r' | b'\t' if !inside => {
                kept.push_str(&raw[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    if from == 0 {
        return Cow::Borrowed(raw);
    }
    kept.push_str(&raw[from..]);
    Cow::Owned(kept)
}

/// A string, borrowed where it has no escapes.
struct Text<'a>(Cow<'a, str>);

impl<'a> serde::Deserialize<'a> for Text<'a> {
    fn deserialize<D: Deserializer<'a>>(json: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'a> Visitor<'a> for Any {
            type Value = Text<'a>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'a str) -> Result<Text<'a>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'a>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        json.deserialize_str(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_values() {
        let document = r#"{"a": {"b": "x\n", "C": [1, [2, "y"]]}, "a.b": true, "list": [{"k": "1"}, {"K": null}, 7], "o": { "p" : "q r" }, "e": []}"#;
        for (path, expected) in [
            ("a.b", r#"Text("x\n") Bool(true)"#),
            ("A.c", r#"Array Number("1") Array Number("2") Text("y")"#),
            ("list.k", r#"Text("1") Null"#),
            ("o", r#"Object("{\"p\":\"q r\"}")"#),
            ("e", "Array"),
            ("a.b.c", ""),
            ("missing", ""),
        ] {
            let mut seen = Vec::new();
            walk(document, path, &mut |found| {
                seen.push(format!("{found:?}"));
                false
            });
            assert_eq!(seen.join(" "), expected, "{path}");
        }
        for broken in ["", "no JSON", r#"{"a": "#, "\"text\""] {
            walk(broken, "a", &mut |found| panic!("{found:?} in {broken}"));
        }
    }

    #[test]
    fn enough_is_enough() {
        let mut count = 0;
        walk(r#"{"a": [1, 2, 3], "A": 4}"#, "a", &mut |found| {
            count += 1;
            matches!(found, Found::Number("2"))
        });
        assert_eq!(count, 3);
    }
}
