//! One detection as its author wrote it: the head of `detect.sql`, its SQL and its cases.
//!
//! The head is strict: a key that is unknown, missing or given twice is an error that names the file and the line.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::severity::Severity;

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
}

impl Kind {
    /// The word in the head of a rule and in the findings table.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Match => "match",
            Kind::Window => "window",
            Kind::Baseline => "baseline",
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
    /// The SELECT.
    pub sql: String,
    /// Text of `cases.yaml`, where there is one.
    pub cases: Option<String>,
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

/// A `key: value` of a head with the line it stands on.
struct Entry {
    key: String,
    value: String,
    line: usize,
}

/// Splits a file into its head and its SQL. A head line is `-- key: value`; `--   text` continues the line above.
fn split(text: &str) -> Result<(Vec<Entry>, String), (usize, String)> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut lines = text.lines().enumerate().peekable();
    while let Some((at, line)) = lines.next_if(|(_, line)| line.starts_with("--")) {
        let body = &line[2..];
        if body.starts_with("   ") {
            let last = entries.last_mut().ok_or((at + 1, "the head begins with a continued line".to_owned()))?;
            last.value.push(' ');
            last.value.push_str(body.trim());
            continue;
        }
        let (key, value) =
            body.split_once(':').ok_or_else(|| (at + 1, format!("expected `-- key: value`, found `{}`", line.trim())))?;
        let key = key.trim().to_owned();
        if entries.iter().any(|entry| entry.key == key) {
            return Err((at + 1, format!("key `{key}` is given twice")));
        }
        entries.push(Entry { key, value: value.trim().to_owned(), line: at + 1 });
    }
    let sql: Vec<&str> = lines.map(|(_, line)| line).collect();
    Ok((entries, sql.join("\n").trim().trim_end_matches(';').to_owned()))
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

fn list(text: &str) -> Vec<String> {
    text.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}

const KEYS: &str = "title, kind, severity, topics, mitre, cis, why, do, false_positives, references, group_by, window, \
                    every, watermark, lookback, threshold.<name>, enrich, runbook, enabled";

impl Rule {
    /// Reads a rule from the text of `detect.sql` (and of `cases.yaml`). `file` names it in errors.
    pub fn parse(service: &str, id: &str, file: &str, text: &str, cases: Option<String>) -> Result<Rule, RuleError> {
        let fail = |line: usize, reason: String| RuleError { file: file.to_owned(), line, reason };
        let (entries, sql) = split(text).map_err(|(line, reason)| fail(line, reason))?;
        let mut rule = Rule {
            id: id.to_owned(),
            service: service.to_owned(),
            file: file.to_owned(),
            title: String::new(),
            kind: Kind::Match,
            severity: Severity::Medium,
            topics: Vec::new(),
            mitre: Vec::new(),
            cis: Vec::new(),
            why: String::new(),
            action: String::new(),
            false_positives: String::new(),
            references: Vec::new(),
            group_by: vec!["account".to_owned(), "principal".to_owned()],
            window: None,
            every: None,
            watermark: Duration::from_secs(15 * 60),
            lookback: None,
            thresholds: BTreeMap::new(),
            enrich: None,
            runbook: None,
            enabled: true,
            sql,
            cases,
        };
        let mut given = Vec::new();
        for Entry { key, value, line } in entries {
            if value.is_empty() {
                return Err(fail(line, format!("key `{key}` has no value")));
            }
            rule.set(&key, &value).map_err(|reason| fail(line, reason))?;
            given.push(key);
        }
        for key in ["title", "kind", "severity", "topics", "why", "do", "false_positives"] {
            if !given.iter().any(|have| have == key) {
                return Err(fail(1, format!("the head lacks `{key}`")));
            }
        }
        if rule.kind == Kind::Window && rule.window.is_none() {
            return Err(fail(1, "a window rule needs `window`, such as `-- window: 10m`".to_owned()));
        }
        if rule.kind == Kind::Baseline && rule.lookback.is_none() {
            return Err(fail(1, "a baseline rule needs `lookback`, such as `-- lookback: 30d`".to_owned()));
        }
        if rule.kind == Kind::Match && (rule.window.is_some() || rule.every.is_some()) {
            return Err(fail(1, "a match rule sees one event and takes no `window`".to_owned()));
        }
        if let (Some(window), Some(every)) = (rule.window, rule.every)
            && (every > window || !window.as_secs().is_multiple_of(every.as_secs()))
        {
            return Err(fail(1, "`every` must divide `window`, so that each event is in the same number of windows".to_owned()));
        }
        if rule.sql.is_empty() {
            return Err(fail(text.lines().count().max(1), "no SELECT after the head".to_owned()));
        }
        Ok(rule)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "title" => self.title = value.to_owned(),
            "kind" => {
                self.kind = match value {
                    "match" => Kind::Match,
                    "window" => Kind::Window,
                    "baseline" => Kind::Baseline,
                    _ => return Err(format!("unknown kind `{value}` (one of match, window, baseline)")),
                }
            }
            "severity" => self.severity = value.parse()?,
            "topics" => {
                let topics: Result<Vec<i32>, _> = list(value).iter().map(|topic| topic.parse()).collect();
                self.topics = topics.map_err(|_| format!("`{value}` is no list of topic numbers"))?;
            }
            "mitre" => self.mitre = list(value),
            "cis" => self.cis = list(value),
            "why" => self.why = value.to_owned(),
            "do" => self.action = value.to_owned(),
            "false_positives" => self.false_positives = value.to_owned(),
            "references" => self.references = value.split_whitespace().map(str::to_owned).collect(),
            "group_by" => self.group_by = list(value),
            "window" => self.window = Some(duration(value)?),
            "every" => self.every = Some(duration(value)?),
            "watermark" => self.watermark = duration(value)?,
            "lookback" => self.lookback = Some(duration(value)?),
            "enrich" => self.enrich = Some(value.to_owned()),
            "runbook" => self.runbook = Some(value.to_owned()),
            "enabled" => {
                self.enabled = value.parse().map_err(|_| format!("`enabled` is true or false, not `{value}`"))?;
            }
            _ => match key.strip_prefix("threshold.") {
                Some(name) if !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_') => {
                    let number: f64 = value.parse().map_err(|_| format!("threshold `{value}` is no number"))?;
                    if !number.is_finite() {
                        return Err(format!("threshold `{value}` is no finite number"));
                    }
                    self.thresholds.insert(name.to_owned(), number);
                }
                _ => return Err(format!("unknown key `{key}` (known: {KEYS})")),
            },
        }
        Ok(())
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
                reason: format!("the SQL names `${name}`, but the head has no `threshold.{name}`"),
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

    const HEAD: &str = "-- title: t\n-- kind: match\n-- severity: low\n-- topics: 1, 2\n-- why: w\n--   more\n-- do: d\n-- false_positives: f\n";

    fn check(extra: &str, sql: &str) -> Result<Rule, String> {
        Rule::parse("iam", "x", "x/detect.sql", &format!("{HEAD}{extra}{sql}"), None).map_err(|error| error.to_string())
    }

    #[test]
    fn a_head_is_read() {
        let rule = check("-- threshold.denials: 10\n", "SELECT $denials, '$x' FROM cloudtrail;\n").unwrap();
        assert_eq!(rule.topics, [1, 2]);
        assert_eq!(rule.why, "w more");
        assert_eq!(rule.sql(None).unwrap(), "SELECT 10, '$x' FROM cloudtrail");
        let half = BTreeMap::from([("denials".to_owned(), 2.5)]);
        assert_eq!(rule.sql(Some(&half)).unwrap(), "SELECT 2.5, '$x' FROM cloudtrail");
    }

    #[test]
    fn mistakes_name_file_and_line() {
        let cases = [
            ("-- severty: low\n", "x/detect.sql:9: unknown key `severty`"),
            ("-- title: again\n", "x/detect.sql:9: key `title` is given twice"),
            ("-- window: 10\n", "x/detect.sql:9: `10` is no duration"),
            ("-- window: 10m\n", "x/detect.sql:1: a match rule sees one event"),
            ("-- nothing\n", "x/detect.sql:9: expected `-- key: value`"),
            ("-- threshold.n: inf\n", "x/detect.sql:9: threshold `inf` is no finite number"),
        ];
        for (extra, expected) in cases {
            let error = check(extra, "SELECT 1").unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
        assert!(check("", "").unwrap_err().contains("no SELECT"));
        let rule = check("", "SELECT $n").unwrap();
        assert!(rule.sql(None).unwrap_err().to_string().contains("threshold.n"));
    }
}
