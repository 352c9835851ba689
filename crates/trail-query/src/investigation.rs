//! Investigations: saved queries with parameters, `investigations/<topic>/<id>/query.sql`. The head says what each parameter is, so that a
//! value is checked before any SQL is made of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use trail_source::{When, Window};

use crate::params::{self, Literal};
use crate::{Library, Query, QueryError};

const FOLDER: &str = "investigations";

/// What a parameter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParamKind {
    /// Any text.
    Text,
    /// A time: a day (its start), an instant, or a span back from now.
    Timestamp,
    /// The same as an end: a day counts whole.
    Until,
    /// A number.
    Number,
    /// An IP address or a network.
    Address,
}

/// A parameter of an investigation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// Its name, which stands as `${name}` in the SQL.
    pub name: String,
    /// What it is.
    pub kind: ParamKind,
    /// Its value where none is given; one must be where this is absent.
    pub default: Option<String>,
    /// What it means, for people.
    pub about: String,
}

/// A saved query with parameters.
#[derive(Debug, Clone)]
pub struct Investigation {
    /// `keys/who-used-key`.
    pub id: String,
    /// One line for people.
    pub title: String,
    /// What its rows are.
    pub description: String,
    /// Its parameters, in the head's order.
    pub params: Vec<Param>,
    query: Arc<Query>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    title: String,
    description: String,
    #[serde(default)]
    params: yaml_serde::Mapping,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ParamHead {
    #[serde(rename = "type")]
    kind: ParamKind,
    default: Option<Scalar>,
    about: String,
}

/// YAML reads `2` as a number; a default is text as it would be given.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Text(String),
    Whole(i64),
    Number(f64),
}

impl Scalar {
    fn text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Whole(number) => number.to_string(),
            Self::Number(number) => number.to_string(),
        }
    }
}

impl Param {
    fn read((name, head): (yaml_serde::Value, yaml_serde::Value)) -> Result<Self, String> {
        let name = name.as_str().ok_or("the name of a parameter is a word")?.to_owned();
        let head: ParamHead = yaml_serde::from_value(head).map_err(|error| format!("parameter `{name}`: {error}"))?;
        Ok(Self { name, kind: head.kind, default: head.default.map(Scalar::text), about: head.about })
    }

    /// The literal that a value is.
    ///
    /// # Errors
    /// When the value is not of the parameter's kind.
    pub fn literal(&self, value: &str, now: Timestamp) -> Result<Literal, QueryError> {
        let wrong = |hint: &str| QueryError::Statement(format!("parameter `{}`: `{value}` is not {hint}", self.name));
        let when = || value.parse::<When>().map_err(|hint| wrong(&format!("a time: {hint}")));
        let time = |time: Option<Timestamp>| Literal::Text(time.map(|time| time.to_string()).unwrap_or_default());
        Ok(match self.kind {
            ParamKind::Text => Literal::Text(value.to_owned()),
            ParamKind::Timestamp => time(Window { from: Some(when()?), to: None }.bounds(now).0),
            ParamKind::Until => time(Window { from: None, to: Some(when()?) }.bounds(now).1),
            ParamKind::Number => match (value.trim().parse::<i64>(), value.trim().parse::<f64>()) {
                (Ok(whole), _) => Literal::Whole(whole),
                (_, Ok(number)) if number.is_finite() => Literal::Number(number),
                _ => return Err(wrong("a number")),
            },
            ParamKind::Address => {
                let text = value.trim();
                if text.parse::<ipnet::IpNet>().is_err() && text.parse::<std::net::IpAddr>().is_err() {
                    return Err(wrong("an IP address or a network such as `203.0.113.0/24`"));
                }
                Literal::Text(text.to_owned())
            }
        })
    }
}

impl Investigation {
    /// All investigations of a library, by id.
    ///
    /// # Errors
    /// When the head of one is wrong, or it names a parameter that its head does not, or the other way round.
    pub fn all(library: &Library) -> Result<Vec<Self>, QueryError> {
        library.under(FOLDER).map(Self::read).collect()
    }

    /// The investigation of this id, or the only one whose id ends with it.
    ///
    /// # Errors
    /// When there is none, or more than one, or its head is wrong.
    pub fn named(library: &Library, id: &str) -> Result<Self, QueryError> {
        let queries = || library.under(FOLDER);
        if let Some(query) = queries().find(|query| query.id == id) {
            return Self::read(query);
        }
        let ends = |query: &&Arc<Query>| query.id.rsplit_once('/').is_some_and(|(_, last)| last == id);
        let mut found = queries().filter(ends);
        match (found.next(), found.next()) {
            (Some(query), None) => Self::read(query),
            (Some(first), Some(second)) => Err(QueryError::Statement(format!(
                "`{id}` names several investigations: `{}` and `{}`",
                first.id, second.id
            ))),
            (None, _) => {
                let word = id.rsplit('/').next().unwrap_or(id);
                let like: Vec<&str> = queries()
                    .map(|query| query.id.as_str())
                    .filter(|id| !word.is_empty() && id.contains(word))
                    .collect();
                let hint = if like.is_empty() { String::new() } else { format!(" (there are: {})", like.join(", ")) };
                Err(QueryError::Statement(format!("no investigation is called `{id}`{hint}")))
            }
        }
    }

    fn read(query: &Arc<Query>) -> Result<Self, QueryError> {
        let head: Head = query.head()?;
        let params = head.params.into_iter().map(Param::read).collect::<Result<Vec<_>, _>>();
        let params = params.map_err(|reason| query.wrong(reason))?;
        let used = params::names(&query.sql)?;
        if let Some(param) = params.iter().find(|param| !used.contains(&param.name)) {
            return Err(query.wrong(format!("the SQL has no `${{{}}}`", param.name)));
        }
        if let Some(name) = used.iter().find(|name| !params.iter().any(|param| &param.name == *name)) {
            return Err(query.wrong(format!("`params` has no `{name}`")));
        }
        Ok(Self {
            id: query.id.clone(),
            title: head.title,
            description: head.description,
            params,
            query: query.clone(),
        })
    }

    /// The SQL with these values in place of the parameters, and defaults where none is given.
    ///
    /// # Errors
    /// When a value is missing, of the wrong kind, or for no parameter.
    pub fn bind(&self, given: &BTreeMap<String, String>, now: Timestamp) -> Result<String, QueryError> {
        if let Some(name) = given.keys().find(|name| !self.params.iter().any(|param| &param.name == *name)) {
            let names: Vec<&str> = self.params.iter().map(|param| param.name.as_str()).collect();
            let there =
                if names.is_empty() { "it has none".to_owned() } else { format!("it has: {}", names.join(", ")) };
            return Err(QueryError::Statement(format!("`{}` has no parameter `{name}` ({there})", self.id)));
        }
        let literal = |param: &Param| {
            let value = given.get(&param.name).or(param.default.as_ref());
            let missing = || format!("`{}` needs the parameter `{}`: {}", self.id, param.name, param.about);
            let value = value.ok_or_else(|| QueryError::Statement(missing()))?;
            Ok((param.name.clone(), param.literal(value, now)?))
        };
        let values = self.params.iter().map(literal).collect::<Result<_, QueryError>>()?;
        params::bind(&self.query.sql, &values)
    }

    /// The SQL as it is written.
    pub fn sql(&self) -> &str {
        &self.query.sql
    }

    /// The text of its `cases.yaml`.
    pub fn cases<'a>(&self, library: &'a Library) -> Option<&'a str> {
        library.beside(&self.query, "cases.yaml").map(|(_, text)| text.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library(head: &str, sql: &str) -> Library {
        let folder = tempfile::tempdir().unwrap();
        for id in ["a/one", "b/one", "b/other"] {
            let place = folder.path().join(FOLDER).join(id);
            std::fs::create_dir_all(&place).unwrap();
            std::fs::write(place.join("query.sql"), format!("-- title: T\n-- description: D\n{head}{sql}")).unwrap();
        }
        Library::default().with_folder(folder.path()).unwrap()
    }

    const HEAD: &str = "-- params:\n--   t: {type: text, about: a text}\n--   n: {type: number, default: 2, about: a number}\n\
        --   at: {type: timestamp, default: 2026-03-01, about: a time}\n--   to: {type: until, default: 2026-03-01, about: an end}\n\
        --   ip: {type: address, default: 10.0.0.0/8, about: a net}\n";

    #[track_caller]
    fn check(given: &[(&str, &str)], expected: &str) {
        let library = library(HEAD, "SELECT ${t}, ${n}, ${at}, ${to}, ${ip}");
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let now = "2026-03-20T10:00:00Z".parse().unwrap();
        let found = Investigation::named(&library, "b/one").unwrap().bind(&given, now);
        assert_eq!(found.unwrap_or_else(|error| error.to_string()), expected);
    }

    #[test]
    fn values_are_what_they_must_be() {
        check(&[("t", "x")], "SELECT 'x', (2), '2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z', '10.0.0.0/8'");
        check(
            &[("t", "'"), ("n", "-0.5"), ("at", "14d"), ("to", "2026-03-01T12:00:00Z"), ("ip", "::1")],
            "SELECT '''', (-0.5), '2026-03-06T10:00:00Z', '2026-03-01T12:00:00Z', '::1'",
        );
        check(&[], "`b/one` needs the parameter `t`: a text");
        check(&[("t", "x"), ("n", "1 OR 1")], "parameter `n`: `1 OR 1` is not a number");
        check(&[("t", "x"), ("n", "1e999")], "parameter `n`: `1e999` is not a number");
        check(&[("t", "x"), ("u", "1")], "`b/one` has no parameter `u` (it has: t, n, at, to, ip)");
        check(
            &[("t", "x"), ("ip", "everywhere")],
            "parameter `ip`: `everywhere` is not an IP address or a network such as `203.0.113.0/24`",
        );
        check(
            &[("t", "x"), ("at", "soon")],
            "parameter `at`: `soon` is not a time: write a day `2026-03-01` (UTC), an instant `2026-03-01T12:00:00Z`, or how \
             long ago: `14d`, `24h`, `90m`",
        );
    }

    #[test]
    fn names_and_heads() {
        let named = |library: &Library, id: &str| match Investigation::named(library, id) {
            Ok(found) => found.id,
            Err(error) => error.to_string(),
        };
        let plain = library("", "SELECT 1");
        assert_eq!(named(&plain, "a/one"), "a/one");
        assert_eq!(named(&plain, "other"), "b/other");
        assert_eq!(named(&plain, "one"), "`one` names several investigations: `a/one` and `b/one`");
        assert_eq!(named(&plain, "a/other"), "no investigation is called `a/other` (there are: b/other)");
        assert_eq!(Investigation::all(&plain).unwrap().len(), 3);
        let wrong = named(&library("-- params: {x: {type: text, about: A}}\n", "SELECT 1"), "a/one");
        assert!(wrong.ends_with("the SQL has no `${x}`"), "{wrong}");
        let wrong = named(&library("", "SELECT ${x}"), "a/one");
        assert!(wrong.ends_with("`params` has no `x`"), "{wrong}");
        let wrong = named(&library("-- params: {x: {type: date, about: A}}\n", "SELECT ${x}"), "a/one");
        assert!(wrong.contains("unknown variant `date`"), "{wrong}");
    }
}
