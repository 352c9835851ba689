//! One detection as its author wrote it: the head of `detect.sql`, its SQL and its cases.
//!
//! The head is strict: a key that is unknown, missing or given twice is an error that names the file and the line.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use trail_query::Query;

use crate::severity::Severity;
use crate::sigma::Translation;

/// How a detection looks at events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A predicate on one event.
    Match,
    /// An aggregate over spans of event time.
    Window,
    /// A comparison with what the same principal did before.
    Baseline,
    /// What CloudTrail's digests tell; no rule is of this kind.
    #[serde(skip_deserializing)]
    Integrity,
}

impl Kind {
    /// The word in the head of a rule and in the findings table.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Match => "match",
            Kind::Window => "window",
            Kind::Baseline => "baseline",
            Kind::Integrity => "integrity",
        }
    }
}

/// A detection: what it is called, why it matters, and the SQL that finds it.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The folder's name; findings carry it as `detection`.
    pub id: String,
    /// The folder above: `iam`, `root`, `sts`, ...
    pub service: String,
    /// Where the SQL came from, for error messages.
    pub file: String,
    /// One line for people; `{column}` stands for a column of the result.
    pub title: String,
    /// How it looks at events.
    pub kind: Kind,
    /// The severity where the SQL has no column `severity`.
    pub severity: Severity,
    /// Numbers of the topic list that this detection covers.
    pub topics: Vec<i32>,
    /// MITRE ATT&CK technique ids.
    pub mitre: Vec<String>,
    /// CIS AWS Foundations monitoring items.
    pub cis: Vec<String>,
    /// Why anybody should care.
    pub why: String,
    /// What to do about a finding.
    pub action: String,
    /// What sets it off without being an attack.
    pub false_positives: String,
    /// Further reading.
    pub references: Vec<String>,
    /// Columns whose values make one finding of many rows, beside the detection and the day.
    pub group_by: Vec<String>,
    /// Length of a window.
    pub window: Option<Duration>,
    /// Distance between the starts of two windows; shorter than `window` means that they overlap.
    pub every: Option<Duration>,
    /// How late events may be before a window counts as complete.
    pub watermark: Duration,
    /// How far back a baseline looks.
    pub lookback: Option<Duration>,
    /// Numbers that the SQL names as `$name`.
    pub thresholds: BTreeMap<String, f64>,
    /// A step in Rust that the rows pass through before they become findings.
    pub enrich: Option<String>,
    /// A link or text for the people on duty.
    pub runbook: Option<String>,
    /// Whether it runs unless somebody says otherwise.
    pub enabled: bool,
    /// What `rules lint` is not to tell of it, with the reason.
    pub accept: BTreeMap<String, String>,
    /// The SELECT.
    pub sql: String,
    /// The line of the file on which the SELECT begins, from 1.
    pub line: usize,
    /// Text of `cases.yaml`, where there is one.
    pub cases: Option<String>,
    /// What it is where it came from Sigma, in place of the SELECT.
    pub(crate) sigma: Option<Translation>,
}

/// What is wrong with a rule file.
#[derive(Debug, thiserror::Error)]
#[error("{file}:{line}: {reason}")]
pub struct RuleError {
    /// The file as it was given.
    pub file: String,
    /// Line in the file, from 1.
    pub line: usize,
    /// What is wrong and what would be right.
    pub reason: String,
}

/// The head as it stands in the file, in YAML.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    title: String,
    kind: Kind,
    severity: Severity,
    topics: Vec<i32>,
    #[serde(default)]
    mitre: Vec<String>,
    #[serde(default)]
    cis: Vec<String>,
    why: String,
    #[serde(rename = "do")]
    action: String,
    false_positives: String,
    #[serde(default)]
    references: Vec<String>,
    group_by: Option<Vec<String>>,
    #[serde(default, deserialize_with = "span")]
    window: Option<Duration>,
    #[serde(default, deserialize_with = "span")]
    every: Option<Duration>,
    #[serde(default, deserialize_with = "span")]
    watermark: Option<Duration>,
    #[serde(default, deserialize_with = "span")]
    lookback: Option<Duration>,
    #[serde(default)]
    threshold: BTreeMap<String, f64>,
    enrich: Option<String>,
    runbook: Option<String>,
    #[serde(default = "yes")]
    enabled: bool,
    #[serde(default)]
    accept: BTreeMap<String, String>,
}

fn yes() -> bool {
    true
}

fn span<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    duration(&String::deserialize(from)?).map(Some).map_err(D::Error::custom)
}

/// Reads `90s`, `10m`, `1h` or `14d`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => 0,
    };
    match number.parse::<u32>() {
        Ok(number) if seconds > 0 && number > 0 => Ok(Duration::from_secs(u64::from(number) * seconds)),
        _ => Err(format!("`{text}` is no duration (write 90s, 10m, 1h or 14d)")),
    }
}

impl Rule {
    /// Whether one of the globs names it, by its id or by its service and id: `root-activity`, `root/root-*`.
    pub fn is_named(&self, globs: &globset::GlobSet) -> bool {
        globs.is_match(&self.id) || globs.is_match(format!("{}/{}", self.service, self.id))
    }

    /// Reads a rule from its place in the library, `detections/<service>/<id>/detect.sql`, with the text of its `cases.yaml`.
    ///
    /// # Errors
    /// When the head has a key that is unknown or lacks one, or says what does not go together.
    pub fn parse(query: &Query, cases: Option<String>) -> Result<Rule, RuleError> {
        let fail = |line: usize, reason: String| RuleError { file: query.path.clone(), line, reason };
        let (service, id) = query.id.split_once('/').unwrap_or(("", &query.id));
        // The head opens the file, so its lines are the file's.
        let head: Head = yaml_serde::from_str(&query.head)
            .map_err(|error| fail(error.location().map_or(1, |at| at.line()), error.to_string()))?;
        let rule = Rule {
            id: id.to_owned(),
            service: service.to_owned(),
            file: query.path.clone(),
            title: head.title,
            kind: head.kind,
            severity: head.severity,
            topics: head.topics,
            mitre: head.mitre,
            cis: head.cis,
            why: head.why,
            action: head.action,
            false_positives: head.false_positives,
            references: head.references,
            group_by: head.group_by.unwrap_or_else(|| vec!["account".to_owned(), "principal".to_owned()]),
            window: head.window,
            every: head.every,
            watermark: head.watermark.unwrap_or(Duration::from_secs(15 * 60)),
            lookback: head.lookback,
            thresholds: head.threshold,
            enrich: head.enrich,
            runbook: head.runbook,
            enabled: head.enabled,
            accept: head.accept,
            sql: query.sql.trim_end_matches(';').to_owned(),
            line: query.line,
            cases,
            sigma: None,
        };
        if let Some(reason) = rule.contradiction() {
            return Err(fail(1, reason.to_owned()));
        }
        Ok(rule)
    }

    /// What in the head does not go together.
    fn contradiction(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Window if self.window.is_none() => {
                return Some("a window rule needs `window`, such as `-- window: 10m`");
            }
            Kind::Baseline if self.lookback.is_none() => {
                return Some("a baseline rule needs `lookback`, such as `-- lookback: 30d`");
            }
            Kind::Match if self.window.is_some() || self.every.is_some() => {
                return Some("a match rule sees one event and takes no `window`");
            }
            _ => {}
        }
        if let (Some(window), Some(every)) = (self.window, self.every)
            && (every > window || !window.as_secs().is_multiple_of(every.as_secs()))
        {
            return Some("`every` must divide `window`, so that each event is in the same number of windows");
        }
        if self.thresholds.values().any(|number| !number.is_finite()) {
            return Some("a threshold must be a finite number");
        }
        self.sql.is_empty().then_some("no SELECT after the head")
    }

    /// The SELECT with every `$name` replaced by the threshold of that name. A name without threshold is an error.
    pub fn sql(&self, overrides: Option<&BTreeMap<String, f64>>) -> Result<String, RuleError> {
        let mut out = String::with_capacity(self.sql.len());
        let mut rest = self.sql.as_str();
        let mut quoted = false;
        while let Some(at) = rest.find(['\'', '$']) {
            out.push_str(&rest[..at]);
            let found = &rest[at..=at];
            rest = &rest[at + 1..];
            if found == "'" || quoted {
                quoted ^= found == "'";
                out.push_str(found);
                continue;
            }
            let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            let value = overrides.and_then(|numbers| numbers.get(name)).or_else(|| self.thresholds.get(name));
            let value = value.ok_or_else(|| RuleError {
                file: self.file.clone(),
                line: 1,
                reason: format!("the SQL names `${name}`, but the head has no such `threshold`"),
            })?;
            out.push_str(&value.to_string());
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "-- title: t\n-- kind: match\n-- severity: low\n-- topics: [1, 2]\n-- why: w\n--   more\n-- do: d\n-- false_positives: f\n";

    fn check(extra: &str, sql: &str) -> Result<Rule, String> {
        let head = format!("{HEAD}{extra}").replace("-- ", "").replace("--   ", "  ");
        let query =
            Query { id: "iam/x".to_owned(), path: "x/detect.sql".to_owned(), head, sql: sql.to_owned(), line: 9 };
        Rule::parse(&query, None).map_err(|error| error.to_string())
    }

    #[test]
    fn a_head_is_read() {
        let rule = check("-- threshold:\n--   denials: 10\n", "SELECT $denials, '$x' FROM cloudtrail;").unwrap();
        assert_eq!(rule.topics, [1, 2]);
        assert_eq!(rule.why, "w more");
        assert_eq!(rule.sql(None).unwrap(), "SELECT 10, '$x' FROM cloudtrail");
        let half = BTreeMap::from([("denials".to_owned(), 2.5)]);
        assert_eq!(rule.sql(Some(&half)).unwrap(), "SELECT 2.5, '$x' FROM cloudtrail");
    }

    #[test]
    fn mistakes_name_file_and_line() {
        let cases = [
            ("-- severty: low\n", "x/detect.sql:9: unknown field `severty`"),
            ("-- title: again\n", "x/detect.sql:1: duplicate field `title`"),
            ("-- window: 10\n", "x/detect.sql:1: `10` is no duration"),
            ("-- window: 10m\n", "x/detect.sql:1: a match rule sees one event"),
            ("-- nothing\n", "x/detect.sql:10:"),
            ("-- threshold: {n: .inf}\n", "x/detect.sql:1: a threshold must be a finite number"),
        ];
        for (extra, expected) in cases {
            let error = check(extra, "SELECT 1").unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
        assert!(check("", "").unwrap_err().contains("no SELECT"));
        let rule = check("", "SELECT $n").unwrap();
        assert!(rule.sql(None).unwrap_err().to_string().contains("threshold"));
    }
}
