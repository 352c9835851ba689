//! Exceptions: what is known and meant, until when, and who says so.
//!
//! An exception is held against each row before rows are grouped, so that a finding never hides what the exception does not speak
//! of. What it covers becomes findings of their own that bear its name: they are kept and counted, and nobody is called. Until
//! when it holds is told by the time of the event and no clock: the same logs always give the same findings.

use std::collections::BTreeMap;
use std::net::IpAddr;

use globset::{Glob, GlobMatcher, GlobSet, GlobSetBuilder};
use ipnet::IpNet;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value;

use crate::error::DetectError;
use crate::finding::Finding;
use crate::rule::Rule;

/// Where a finding says which exception it falls under.
const DETAIL: &str = "suppressed_by";
const DAY_US: i64 = 86_400_000_000;
/// Words for columns that detections call by several names; the first that a row has counts.
const ALIASES: [(&str, &[&str]); 4] = [
    ("agent", &["agent", "useragent", "agents"]),
    ("address", &["address", "addresses"]),
    ("network", &["network", "address", "addresses"]),
    ("resource", &["resource", "bucket", "key", "role"]),
];

/// What somebody has looked at and accepts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// What it is called where its findings are counted.
    pub name: String,
    /// Globs of detections (`root-activity`, `sts/*`); any if there are none.
    #[serde(default)]
    pub what: Globs,
    /// Globs by column: `principal`, `account`, `address` (networks, too), `agent`, `resource`, or any other of the detection.
    /// Each column must match; of a list of values every one.
    #[serde(default)]
    pub who: BTreeMap<String, Globs>,
    /// The last day, in UTC.
    pub until: Until,
    /// Why.
    pub why: String,
    /// Who answers for it.
    pub owner: Option<String>,
}

/// One glob or several, of which any will do.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(from = "OneOrMany")]
pub struct Globs(pub Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(Word),
    Many(Vec<Word>),
}

/// An account's number is easily written without quotes.
#[derive(Deserialize)]
#[serde(untagged)]
enum Word {
    Text(String),
    Number(u64),
}

impl From<Word> for String {
    fn from(word: Word) -> String {
        match word {
            Word::Text(text) => text,
            Word::Number(number) => number.to_string(),
        }
    }
}

impl From<OneOrMany> for Globs {
    fn from(globs: OneOrMany) -> Globs {
        Globs(match globs {
            OneOrMany::One(glob) => vec![glob.into()],
            OneOrMany::Many(globs) => globs.into_iter().map(String::from).collect(),
        })
    }
}

/// The end of an exception.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub enum Until {
    /// The last day on which it holds.
    Day(Date),
    /// It has none.
    Never,
}

impl TryFrom<String> for Until {
    type Error = String;

    fn try_from(text: String) -> Result<Until, String> {
        match text.as_str() {
            "never" => Ok(Until::Never),
            day => day.parse().map(Until::Day).map_err(|_| format!("`{day}` is no day (write 2027-01-31, or never)")),
        }
    }
}

impl std::fmt::Display for Until {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Until::Day(day) => day.fmt(f),
            Until::Never => f.write_str("never"),
        }
    }
}

/// A file of exceptions.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    exceptions: Vec<Exception>,
}

impl Exception {
    /// Reads the text of a YAML file, which has them in a list under `exceptions`.
    ///
    /// # Errors
    /// When it cannot be read; the error names `file`.
    pub fn parse(file: &str, text: &str) -> Result<Vec<Exception>, DetectError> {
        let file_of: File =
            yaml_serde::from_str(text).map_err(|error| DetectError::Setting(format!("{file}: {error}")))?;
        Ok(file_of.exceptions)
    }

    /// Whether its last day is over.
    pub fn is_over(&self, today: Date) -> bool {
        matches!(self.until, Until::Day(day) if day < today)
    }
}

impl Finding {
    /// The exception that it falls under.
    pub fn suppressed_by(&self) -> Option<&str> {
        self.details.get(DETAIL).and_then(Value::as_str)
    }

    /// Notes the exception that it falls under.
    pub(crate) fn suppress(&mut self, name: &str) {
        self.details.insert(DETAIL.to_owned(), name.into());
    }
}

/// The exceptions of the settings, ready to be held against rows.
#[derive(Debug, Default)]
pub(crate) struct Exceptions {
    all: Vec<Prepared>,
}

#[derive(Debug)]
struct Prepared {
    name: String,
    what: Option<GlobSet>,
    who: Vec<(Vec<String>, Vec<Test>)>,
    /// From then on it does not hold, in microseconds since 1970.
    end: Option<i64>,
}

#[derive(Debug)]
enum Test {
    Network(IpNet),
    Glob(GlobMatcher),
}

impl Exceptions {
    pub(crate) fn new(exceptions: &[Exception]) -> Result<Exceptions, DetectError> {
        let mut all: Vec<Prepared> = Vec::new();
        for exception in exceptions {
            let name = &exception.name;
            let wrong = |reason: String| DetectError::Setting(format!("the exception `{name}` {reason}"));
            if name.trim().is_empty() || exception.why.trim().is_empty() {
                return Err(wrong("needs a `name` and a `why`".to_owned()));
            }
            if all.iter().any(|other| other.name == *name) {
                return Err(wrong("is there twice".to_owned()));
            }
            if exception.who.values().all(|globs| globs.0.is_empty()) && exception.what.0.is_empty() {
                return Err(wrong("speaks of everything: name who or what it is for".to_owned()));
            }
            let mut who = Vec::new();
            for (column, globs) in &exception.who {
                let tests = globs.0.iter().map(|glob| Test::new(glob).map_err(|error| wrong(error.to_string())));
                who.push((columns(column), tests.collect::<Result<Vec<_>, _>>()?));
            }
            let what = globs(&exception.what.0).map_err(|error| wrong(error.to_string()))?;
            let end = match exception.until {
                Until::Never => None,
                Until::Day(day) => {
                    let midnight = day.to_zoned(jiff::tz::TimeZone::UTC).map_err(|error| wrong(error.to_string()))?;
                    Some(midnight.timestamp().as_microsecond() + DAY_US)
                }
            };
            all.push(Prepared { name: name.clone(), what, who, end });
        }
        Ok(Exceptions { all })
    }

    /// Those that speak of a rule.
    pub(crate) fn of(&self, rule: &Rule) -> Vec<usize> {
        let speaks = |exception: &Prepared| exception.what.as_ref().is_none_or(|what| rule.is_named(what));
        (0..self.all.len()).filter(|at| speaks(&self.all[*at])).collect()
    }

    /// The first of some that covers a row of that time with these columns.
    pub(crate) fn covering(
        &self,
        some: &[usize],
        time: Option<i64>,
        column: impl Fn(&str) -> Option<Value>,
    ) -> Option<usize> {
        some.iter().copied().find(|at| {
            let exception = &self.all[*at];
            let holds = exception.end.is_none_or(|end| time.is_some_and(|time| time < end));
            holds
                && exception.who.iter().all(|(names, tests)| {
                    let value = names.iter().find_map(|name| column(name).filter(|value| !value.is_null()));
                    value.is_some_and(|value| covers(tests, &value))
                })
        })
    }

    pub(crate) fn name(&self, at: usize) -> &str {
        &self.all[at].name
    }
}

/// The columns that a word of an exception stands for.
pub(crate) fn columns(word: &str) -> Vec<String> {
    let aliases = ALIASES.iter().find(|(name, _)| *name == word).map(|(_, columns)| *columns);
    aliases.map_or_else(|| vec![word.to_owned()], |columns| columns.iter().map(|&name| name.to_owned()).collect())
}

/// Some globs as one matcher; none where there are no globs.
pub(crate) fn globs(patterns: &[String]) -> Result<Option<GlobSet>, globset::Error> {
    if patterns.is_empty() {
        return Ok(None);
    }
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(Glob::new(pattern)?);
    }
    Ok(Some(set.build()?))
}

fn covers(tests: &[Test], value: &Value) -> bool {
    match value {
        // One address that is not meant is enough to be told of.
        Value::Array(values) => !values.is_empty() && values.iter().all(|value| covers(tests, value)),
        Value::String(text) => tests.iter().any(|test| test.covers(text)),
        Value::Null => false,
        other => tests.iter().any(|test| test.covers(&other.to_string())),
    }
}

impl Test {
    fn new(pattern: &str) -> Result<Test, globset::Error> {
        match pattern.parse::<IpNet>() {
            Ok(network) => Ok(Test::Network(network)),
            Err(_) => Ok(Test::Glob(Glob::new(pattern)?.compile_matcher())),
        }
    }

    fn covers(&self, text: &str) -> bool {
        match self {
            Test::Glob(glob) => glob.is_match(text),
            Test::Network(network) => match (text.parse::<IpAddr>(), text.parse::<IpNet>()) {
                (Ok(address), _) => network.contains(&address),
                (_, Ok(part)) => network.contains(&part),
                _ => false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn exceptions(text: &str) -> Result<Exceptions, String> {
        let list = Exception::parse("exceptions.yaml", text).map_err(|error| error.to_string())?;
        Exceptions::new(&list).map_err(|error| error.to_string())
    }

    #[track_caller]
    fn check(who: &str, row: &Value, covered: bool) {
        let text = format!("exceptions:\n  - {{name: x, who: {who}, until: '2026-03-02', why: because}}\n");
        let exceptions = exceptions(&text).unwrap();
        let column = |name: &str| row.get(name).cloned();
        let on = |day: &str| Some(format!("{day}T12:00:00Z").parse::<jiff::Timestamp>().unwrap().as_microsecond());
        assert_eq!(exceptions.covering(&[0], on("2026-03-02"), column).is_some(), covered, "{who}: {row}");
        for late in [on("2026-03-03"), None] {
            assert_eq!(exceptions.covering(&[0], late, column), None, "{who}: {row} {late:?}");
        }
    }

    #[test]
    fn all_that_is_named_must_match() {
        check("{principal: '*:role/scanner'}", &json!({"principal": "arn:aws:iam::111122223333:role/scanner"}), true);
        check("{principal: '*:role/scanner'}", &json!({"principal": "arn:aws:iam::111122223333:role/scanner2"}), false);
        check("{principal: '*'}", &json!({}), false);
        check("{principal: '*'}", &json!({"principal": null}), false);
        check("{account: ['1*', '2*'], principal: 'a'}", &json!({"principal": "a", "account": "2"}), true);
        check("{account: ['1*', '2*'], principal: 'a'}", &json!({"principal": "a", "account": "3"}), false);
        check("{address: 198.51.100.0/24}", &json!({"address": "198.51.100.7"}), true);
        check("{address: 198.51.100.0/24}", &json!({"address": "198.51.101.7"}), false);
        check("{address: 198.51.100.0/24}", &json!({"address": "ec2.amazonaws.com"}), false);
        check("{address: '2001:db8::/32'}", &json!({"address": "2001:db8::1"}), true);
        check("{network: 10.0.0.0/8}", &json!({"network": "10.1.2.0/24"}), true);
        check("{network: 10.0.0.0/8}", &json!({"address": "10.1.2.3"}), true);
        check("{agent: 'scanner/*'}", &json!({"useragent": "scanner/2"}), true);
        check("{address: 198.51.100.0/24}", &json!({"addresses": ["198.51.100.7", "198.51.100.8"]}), true);
        check("{address: 198.51.100.0/24}", &json!({"addresses": ["198.51.100.7", "203.0.113.1"]}), false);
        check("{address: 198.51.100.0/24}", &json!({"addresses": []}), false);
        check("{times: 5}", &json!({"times": 5}), true);
        check("{account: 111122223333}", &json!({"account": "111122223333"}), true);
    }

    #[test]
    fn mistakes_are_named() {
        let wrong = [
            ("- {name: x, who: {principal: a}, until: never}", "missing field `why`"),
            ("- {name: x, who: {principal: a}, until: never, why: ''}", "`x` needs a `name` and a `why`"),
            ("- {name: x, until: never, why: y}", "`x` speaks of everything"),
            ("- {name: x, who: {principal: []}, until: never, why: y}", "`x` speaks of everything"),
            ("- {name: x, what: a, until: soon, why: y}", "`soon` is no day"),
            ("- {name: x, what: a, why: y}", "missing field `until`"),
            ("- {name: x, what: '[', until: never, why: y}", "the exception `x` "),
            ("- {name: x, what: a, untill: never, why: y}", "unknown field `untill`"),
            ("- &a {name: x, what: a, until: never, why: y}\n  - *a", "`x` is there twice"),
        ];
        for (line, expected) in wrong {
            let error = exceptions(&format!("exceptions:\n  {line}\n")).err().unwrap_or_default();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}
