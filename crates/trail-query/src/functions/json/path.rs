//! Paths into JSON text: one walk that skips what it does not need and stops at what it looks for. No tree is built.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringViewBuilder};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::super::rows::Rows;

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

/// A parsed path: `$.a.b[0]`, `a.b[0]`, `$['key with.dot']`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JsonPath(Vec<Step>);

impl JsonPath {
    /// The path to a member of the document itself, whatever stands in its name.
    pub(crate) fn of_key(name: &str) -> Self {
        Self(vec![Step::Key(name.to_owned())])
    }

    pub(crate) fn parse(text: &str) -> Result<Self> {
        let wrong = |what: &str| plan_err!("{what} in JSON path `{text}` (write `$.name`, `$['name']` or `$[0]`)");
        let mut steps = Vec::new();
        let mut rest = text.trim();
        if let Some(after) = rest.strip_prefix('$') {
            rest = after;
        } else if !rest.starts_with('[') && !rest.is_empty() {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            steps.push(Step::Key(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('.') {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                let key = &after[..end];
                if key.is_empty() {
                    return wrong("empty name");
                }
                if key == "*" {
                    return wrong("wildcards are not supported");
                }
                let key = key.strip_prefix('"').and_then(|key| key.strip_suffix('"')).unwrap_or(key);
                steps.push(Step::Key(key.to_owned()));
                rest = &after[end..];
            } else if let Some(after) = rest.strip_prefix('[') {
                let quote = after.chars().next().filter(|first| matches!(first, '\'' | '"'));
                let (step, end) = match quote {
                    Some(quote) => match after[1..].find(quote) {
                        Some(end) => (Step::Key(after[1..=end].to_owned()), end + 2),
                        None => return wrong("quote without end"),
                    },
                    None => match after.find(']').map(|end| (after[..end].trim().parse(), end)) {
                        Some((Ok(index), end)) => (Step::Index(index), end),
                        _ => return wrong("an index must be a number"),
                    },
                };
                let Some(after) = after[end..].strip_prefix(']') else { return wrong("bracket without end") };
                steps.push(step);
                rest = after;
            } else {
                return wrong("unexpected character");
            }
        }
        Ok(Self(steps))
    }

    /// The text of the value at this path as it stands in the document.
    pub(crate) fn find<'a>(&self, document: &'a str) -> Option<&'a str> {
        let mut found = None;
        let mut json = serde_json::Deserializer::from_str(document);
        // An error after the value was found is of no interest: the walk ends there by one of its own.
        let _ = Walk { steps: &self.0, found: &mut found }.deserialize(&mut json);
        found
    }
}

struct Walk<'p, 'a, 'f> {
    steps: &'p [Step],
    found: &'f mut Option<&'a str>,
}

impl<'a> DeserializeSeed<'a> for Walk<'_, 'a, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> std::result::Result<(), D::Error> {
        match self.steps {
            [] => {
                let value: &'a RawValue = serde::Deserialize::deserialize(json)?;
                *self.found = Some(value.get());
                Ok(())
            }
            _ => json.deserialize_any(self),
        }
    }
}

impl<'a> Visitor<'a> for Walk<'_, 'a, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut map: M) -> std::result::Result<(), M::Error> {
        let [Step::Key(wanted), rest @ ..] = self.steps else { return Err(M::Error::custom("not an array")) };
        while let Some(key) = map.next_key::<KeyText<'a>>()? {
            if key.0 == wanted.as_str() {
                map.next_value_seed(Walk { steps: rest, found: self.found })?;
                return Err(M::Error::custom("done"));
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'a>>(self, mut seq: S) -> std::result::Result<(), S::Error> {
        let [Step::Index(wanted), rest @ ..] = self.steps else { return Err(S::Error::custom("not an object")) };
        for _ in 0..*wanted {
            if seq.next_element::<IgnoredAny>()?.is_none() {
                return Ok(());
            }
        }
        seq.next_element_seed(Walk { steps: rest, found: self.found })?;
        Err(S::Error::custom("done"))
    }
}

/// A key, borrowed where it has no escapes.
struct KeyText<'a>(Cow<'a, str>);

impl<'a> serde::Deserialize<'a> for KeyText<'a> {
    fn deserialize<D: Deserializer<'a>>(json: D) -> std::result::Result<Self, D::Error> {
        struct Key;
        impl<'a> Visitor<'a> for Key {
            type Value = KeyText<'a>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E: Error>(self, key: &'a str) -> std::result::Result<Self::Value, E> {
                Ok(KeyText(Cow::Borrowed(key)))
            }

            fn visit_str<E: Error>(self, key: &str) -> std::result::Result<Self::Value, E> {
                Ok(KeyText(Cow::Owned(key.to_owned())))
            }
        }
        json.deserialize_str(Key)
    }
}

/// A function of a document and a path, as text: what `read` makes of the JSON found there.
pub(crate) fn each(args: &ScalarFunctionArgs, read: impl Fn(&str) -> Option<Cow<'_, str>>) -> Result<ColumnarValue> {
    let rows = Rows::new(args)?;
    let fixed = match rows.constant(1) {
        Some(Some(path)) => Some(JsonPath::parse(path)?),
        _ => None,
    };
    let mut values = StringViewBuilder::with_capacity(rows.indices().len());
    for row in rows.indices() {
        let found = match &fixed {
            Some(path) => rows.get(0, row).and_then(|document| path.find(document)),
            // A path that is itself taken from data may be anything; only one that the author wrote is an error.
            None => rows.get(1, row).and_then(|path| JsonPath::parse(path).ok()?.find(rows.get(0, row)?)),
        };
        values.append_option(found.and_then(&read));
    }
    rows.result(&(Arc::new(values.finish()) as ArrayRef))
}

/// A JSON string, number or boolean as plain text; `None` for null, objects and arrays.
pub(crate) fn scalar(json: &str) -> Option<Cow<'_, str>> {
    match json.as_bytes().first()? {
        b'"' => {
            let inner = &json[1..json.len() - 1];
            if inner.contains('\\') {
                serde_json::from_str::<String>(json).ok().map(Cow::Owned)
            } else {
                Some(Cow::Borrowed(inner))
            }
        }
        b'{' | b'[' | b'n' => None,
        _ => Some(Cow::Borrowed(json)),
    }
}

/// JSON without the spaces between its tokens.
pub(crate) fn compact(json: &str) -> Cow<'_, str> {
    let mut out = String::with_capacity(json.len());
    let (mut quoted, mut escaped) = (false, false);
    for character in json.chars() {
        if !quoted && character.is_ascii_whitespace() {
            continue;
        }
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        out.push(character);
    }
    if out.len() == json.len() { Cow::Borrowed(json) } else { Cow::Owned(out) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(document: &str, path: &str, expected: &str) {
        let found = match JsonPath::parse(path) {
            Ok(path) => path.find(document).unwrap_or("nothing").to_owned(),
            Err(error) => error.strip_backtrace(),
        };
        assert!(found.starts_with(expected), "{found} for {path} of {document}");
    }

    #[test]
    fn values_are_found() {
        let document = r#"{"a": {"b": [10, {"c": "x\"y"}], "b.c": true}, "": 1, "k\u0041": [], "n": null}"#;
        check(document, "$.a.b[0]", "10");
        check(document, "a.b[1].c", r#""x\"y""#);
        check(document, "$['a'][\"b.c\"]", "true");
        check(document, "$.a.b", "[10, {\"c\": \"x\\\"y\"}]");
        check(document, "$['']", "1");
        check(document, "kA", "[]");
        check(document, "n", "null");
        check(document, "$.\"n\"", "null");
        check(document, "$", "{\"a\"");
        check("[[1,2],[3]]", "$[1][0]", "3");
        check("[[1,2],[3]]", "[0][1]", "2");
    }

    #[test]
    fn what_is_not_there_is_nothing() {
        for path in ["$.x", "$.a.b", "$.a[0]", "$[0]", "$.list[2]", "$.list.x"] {
            check(r#"{"a": 1, "list": [1, 2]}"#, path, "nothing");
        }
        for document in ["", "{", "nul", "{\"a\" 1}", "\"a\"", "{\"a\":", "\u{0}"] {
            check(document, "$.a", "nothing");
        }
        let deep = "[".repeat(100_000);
        check(&deep, "$[0]", "nothing");
        check("{\"a\": [1, }", "$.a", "nothing");
    }

    #[test]
    fn wrong_paths_are_named() {
        check("{}", "$..a", "Error during planning: empty name in JSON path `$..a`");
        check("{}", "$.*", "Error during planning: wildcards are not supported");
        check("{}", "$[*]", "Error during planning: an index must be a number");
        check("{}", "$['a", "Error during planning: quote without end");
        check("{}", "$a", "Error during planning: unexpected character");
    }

    #[test]
    fn compact_keeps_spaces_in_strings() {
        assert_eq!(compact("{ \"a b\" : [ 1 , \"\\\" x\" ] }"), "{\"a b\":[1,\"\\\" x\"]}");
    }
}
