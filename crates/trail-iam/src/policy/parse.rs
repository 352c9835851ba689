//! Text to [`Document`]. Accepts what AWS accepts and writes: single values for lists, a single statement for a list of them or
//! for the whole document (Lambda), URL-encoded text (IAM's responses), a document inside a JSON string. Element names are
//! taken in any case, so that no spelling hides a grant.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::condition::{Condition, Operator};
use super::{Document, Effect, Patterns, Principals, Statement};
use crate::principal::{Block, Principal};

/// The longest policy text taken, in bytes as given. The largest that AWS keeps (key policies, OpenSearch access policies)
/// fit, and CloudTrail leaves out request parameters above 100 KB.
pub const MAX_BYTES: usize = 256 * 1024;

/// The most list entries (principals, actions, resources, condition values, statements) of one document.
pub const MAX_ENTRIES: usize = 8192;

/// Why a text is no policy document. `at` is the place in the document, such as `Statement[2].Principal.AWS`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Longer than [`MAX_BYTES`].
    #[error("policy of {bytes} bytes is longer than {MAX_BYTES} bytes")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// More than [`MAX_ENTRIES`].
    #[error("policy has more than {MAX_ENTRIES} list entries")]
    TooManyEntries,
    /// The URL-encoded text is not UTF-8.
    #[error("url-encoded policy is not utf-8")]
    Encoding,
    /// Not JSON, or nested too deeply.
    #[error("policy is not json: {reason}")]
    Json {
        /// What the JSON parser says.
        reason: String,
    },
    /// Another JSON type than the element takes.
    #[error("`{at}` must be {wanted}")]
    Shape {
        /// Where.
        at: String,
        /// What it takes.
        wanted: &'static str,
    },
    /// An element is absent.
    #[error("`{at}` has no `{element}`")]
    Missing {
        /// Where.
        at: String,
        /// What.
        element: &'static str,
    },
    /// Two elements where one may stand: spelled twice, or with its `Not` form.
    #[error("`{at}` has `{element}` more than once")]
    Twice {
        /// Where.
        at: String,
        /// What.
        element: &'static str,
    },
    /// An effect that is neither `Allow` nor `Deny`.
    #[error("`{at}.Effect` is `{value}` (must be `Allow` or `Deny`)")]
    Effect {
        /// Where.
        at: String,
        /// What is written, shortened.
        value: String,
    },
}

impl Document {
    /// Parses a policy document.
    ///
    /// # Errors
    /// A [`PolicyError`] that names what is wrong and where. Never panics.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        if text.len() > MAX_BYTES {
            return Err(PolicyError::TooLong { bytes: text.len() });
        }
        let text = text.trim_start_matches('\u{feff}').trim();
        // No JSON text begins with a percent sign, and no URL-encoded one without.
        let decoded;
        let text = if text.starts_with('%') {
            decoded = percent_decode_str(text).decode_utf8().map_err(|_| PolicyError::Encoding)?;
            decoded.as_ref()
        } else {
            text
        };
        let mut value = json(text)?;
        if let Value::String(inner) = &value {
            value = json(inner)?;
        }
        Self::from_json(&value)
    }

    /// Parses a policy document that is JSON already, as in an S3 `PutBucketPolicy` event.
    ///
    /// # Errors
    /// As [`Document::parse`].
    pub fn from_json(value: &Value) -> Result<Self, PolicyError> {
        let mut reader = Reader { entries: 0 };
        let document = value.as_object().ok_or_else(|| shape("policy", "an object"))?;
        let text = |name| -> Result<Option<String>, PolicyError> {
            Ok(element(document, "policy", name)?.and_then(Value::as_str).map(str::to_owned))
        };
        let (version, id) = (text("Version")?, text("Id")?);
        let statements = match element(document, "policy", "Statement")? {
            Some(Value::Array(list)) => {
                reader.count(list.len())?;
                let read = |(i, statement)| reader.statement(&format!("Statement[{i}]"), statement);
                list.iter().enumerate().map(read).collect::<Result<_, _>>()?
            }
            Some(one) => vec![reader.statement("Statement", one)?],
            // Lambda hands out the statement alone.
            None if element(document, "policy", "Effect")?.is_some() => vec![reader.statement("policy", value)?],
            None => return Err(PolicyError::Missing { at: "policy".to_owned(), element: "Statement" }),
        };
        Ok(Self { version, id, statements })
    }
}

fn json(text: &str) -> Result<Value, PolicyError> {
    // serde_json stops at 128 levels, so depth is capped too.
    serde_json::from_str(text).map_err(|error| PolicyError::Json { reason: error.to_string() })
}

fn shape(at: &str, wanted: &'static str) -> PolicyError {
    PolicyError::Shape { at: at.to_owned(), wanted }
}

/// The element of that name in any case; two of them are an error, since nobody can say which one counts.
fn element<'v>(object: &'v Map<String, Value>, at: &str, name: &'static str) -> Result<Option<&'v Value>, PolicyError> {
    let mut found = object.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
    let first = found.next();
    if found.next().is_some() {
        return Err(PolicyError::Twice { at: at.to_owned(), element: name });
    }
    Ok(first.map(|(_, value)| value))
}

/// Walks the document and counts its list entries.
struct Reader {
    entries: usize,
}

impl Reader {
    fn count(&mut self, entries: usize) -> Result<(), PolicyError> {
        self.entries = self.entries.saturating_add(entries);
        if self.entries > MAX_ENTRIES { Err(PolicyError::TooManyEntries) } else { Ok(()) }
    }

    fn statement(&mut self, at: &str, value: &Value) -> Result<Statement, PolicyError> {
        let object = value.as_object().ok_or_else(|| shape(at, "an object"))?;
        let sid = element(object, at, "Sid")?.and_then(Value::as_str).map(str::to_owned);
        let effect = match element(object, at, "Effect")? {
            Some(Value::String(text)) if text == "Allow" => Effect::Allow,
            Some(Value::String(text)) if text == "Deny" => Effect::Deny,
            Some(other) => {
                let value = other.as_str().map_or_else(|| other.to_string(), str::to_owned).chars().take(40).collect();
                return Err(PolicyError::Effect { at: at.to_owned(), value });
            }
            None => return Err(PolicyError::Missing { at: at.to_owned(), element: "Effect" }),
        };
        let principals = match either(object, at, "Principal", "NotPrincipal")? {
            None => Principals::Holder,
            Some((name, value, false)) => Principals::Only(self.principals(&format!("{at}.{name}"), value)?),
            Some((name, value, true)) => Principals::AllBut(self.principals(&format!("{at}.{name}"), value)?),
        };
        let actions = self
            .patterns(object, at, "Action", "NotAction")?
            .ok_or_else(|| PolicyError::Missing { at: at.to_owned(), element: "Action" })?;
        let resources = self.patterns(object, at, "Resource", "NotResource")?;
        let conditions = match element(object, at, "Condition")? {
            None | Some(Value::Null) => Vec::new(),
            Some(value) => self.conditions(&format!("{at}.Condition"), value)?,
        };
        Ok(Statement { sid, effect, principals, actions, resources, conditions })
    }

    fn patterns(
        &mut self,
        object: &Map<String, Value>,
        at: &str,
        only: &'static str,
        all_but: &'static str,
    ) -> Result<Option<Patterns>, PolicyError> {
        let Some((name, value, not)) = either(object, at, only, all_but)? else { return Ok(None) };
        let mut list = self.texts(&format!("{at}.{name}"), value)?;
        if only == "Action" {
            list.sort_by_cached_key(|action| action.to_ascii_lowercase());
            list.dedup_by(|a, b| a.eq_ignore_ascii_case(b));
        } else {
            list.sort_unstable();
            list.dedup();
        }
        Ok(Some(if not { Patterns::AllBut(list.into()) } else { Patterns::Only(list.into()) }))
    }

    fn principals(&mut self, at: &str, value: &Value) -> Result<Vec<Principal>, PolicyError> {
        let mut principals = Vec::new();
        match value {
            Value::Object(blocks) => {
                for (key, entries) in blocks {
                    let block = match key.to_ascii_lowercase().as_str() {
                        "aws" => Block::Aws,
                        "federated" => Block::Federated,
                        "service" => Block::Service,
                        "canonicaluser" => Block::CanonicalUser,
                        _ => Block::Other,
                    };
                    let entries = self.texts(&format!("{at}.{key}"), entries)?;
                    principals.extend(entries.iter().map(|entry| Principal::parse(block, entry)));
                }
            }
            // `"*"`; other bare texts are not valid, and are read as the AWS block's.
            _ => principals.extend(self.texts(at, value)?.iter().map(|entry| Principal::parse(Block::Aws, entry))),
        }
        principals.sort_unstable();
        principals.dedup();
        Ok(principals)
    }

    fn conditions(&mut self, at: &str, value: &Value) -> Result<Vec<Condition>, PolicyError> {
        let mut conditions = Vec::new();
        for (name, tests) in value.as_object().ok_or_else(|| shape(at, "an object"))? {
            let operator = Operator::parse(name);
            let at = format!("{at}.{name}");
            for (key, values) in tests.as_object().ok_or_else(|| shape(&at, "an object"))? {
                let values = self.texts(&format!("{at}.{key}"), values)?;
                conditions.push(Condition::new(operator.clone(), key, values));
            }
        }
        conditions.sort_unstable();
        conditions.dedup();
        Ok(conditions)
    }

    /// A text or a list of texts; booleans and numbers, as conditions have them, become text.
    fn texts(&mut self, at: &str, value: &Value) -> Result<Vec<String>, PolicyError> {
        let wanted = "a string or a list of strings";
        let text = |value: &Value| match value {
            Value::String(text) => Ok(text.clone()),
            Value::Bool(flag) => Ok(flag.to_string()),
            Value::Number(number) => Ok(number.to_string()),
            _ => Err(shape(at, wanted)),
        };
        match value {
            Value::Array(list) => {
                self.count(list.len())?;
                list.iter().map(text).collect()
            }
            one => {
                self.count(1)?;
                Ok(vec![text(one)?])
            }
        }
    }
}

/// The element or its `Not` form: its name, its value, and whether it is the latter.
fn either<'v>(
    object: &'v Map<String, Value>,
    at: &str,
    plain: &'static str,
    not: &'static str,
) -> Result<Option<(&'static str, &'v Value, bool)>, PolicyError> {
    match (element(object, at, plain)?, element(object, at, not)?) {
        (Some(_), Some(_)) => Err(PolicyError::Twice { at: at.to_owned(), element: plain }),
        (Some(value), None) => Ok(Some((plain, value, false))),
        (None, Some(value)) => Ok(Some((not, value, true))),
        (None, None) => Ok(None),
    }
}
