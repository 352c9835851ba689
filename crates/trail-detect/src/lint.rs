//! What is wrong or doubtful in rules and in the settings for them, told before it costs a finding.
//!
//! Only what is known for sure is told: a name that the catalogue has never heard of may be that of a new service. What an author
//! has thought about stands under `accept` in the rule's head, with the reason.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use trail_query::{Library, Query};

use crate::coverage::{Planner, Topics};
use crate::error::DetectError;
use crate::inspect::Inspected;
use crate::planned::BROUGHT;
use crate::rule::{Kind, Rule, RuleError};
use crate::rules::Rules;
use crate::settings::Settings;
use crate::sigma::{Fate, Sigma};

const PITFALLS: &str = "detections/pitfalls.yaml";
/// An event in more windows than this is copied too often.
const MOST_WINDOWS: u64 = 48;
/// The fewest quiet cases: a near miss, and an AWS service that does the same.
const QUIET: usize = 2;

/// One thing that somebody should look at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Remark {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The rule; empty for what is in the settings.
    pub rule: String,
    /// What was looked at; the word under `accept` that keeps it quiet.
    pub check: &'static str,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// What looks like an event and is none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pitfalls {
    never: Vec<Never>,
    sources: BTreeMap<String, String>,
    only: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Never {
    name: String,
    source: Option<String>,
    /// The event that is meant.
    event: Option<String>,
    /// What to do, where it is not just another name.
    write: Option<String>,
}

impl Never {
    fn message(&self) -> String {
        match (&self.event, &self.write) {
            (Some(event), _) => format!("no event is called `{}`: write `{event}`", self.name),
            (None, write) => format!("no event is called `{}`: {}", self.name, write.as_deref().unwrap_or_default()),
        }
    }
}

/// What is known of events.
struct Events {
    pitfalls: Pitfalls,
    /// Event names as CloudTrail writes them, by the name in lower case.
    spelled: BTreeMap<String, BTreeSet<String>>,
}

impl Events {
    /// What is built in stays as it is: it is read once.
    async fn known(planner: &Planner) -> Result<&'static Events, DetectError> {
        static KNOWN: tokio::sync::OnceCell<Events> = tokio::sync::OnceCell::const_new();
        KNOWN.get_or_try_init(|| Events::new(planner)).await
    }

    async fn new(planner: &Planner) -> Result<Events, DetectError> {
        // What stands in a folder of one's own says nothing of how CloudTrail writes.
        let library = Library::embedded()?;
        let wrong = |reason: String| RuleError { file: PITFALLS.to_owned(), line: 1, reason };
        let text = library.text(PITFALLS).ok_or_else(|| wrong("the list of pitfalls is not there".to_owned()))?;
        let pitfalls: Pitfalls = yaml_serde::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let mut names: BTreeSet<String> = pitfalls.only.values().flatten().cloned().collect();
        for rule in Rules::load(&library)?.iter() {
            names.extend(planner.inspect(rule).await?.names);
        }
        let mut spelled: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for name in names {
            spelled.entry(name.to_ascii_lowercase()).or_default().insert(name);
        }
        Ok(Events { pitfalls, spelled })
    }

    /// What is wrong with a name, asked of these sources where the rule says so.
    fn name(&self, name: &str, found: &Inspected) -> Option<String> {
        let asks =
            |source: &str| found.looks_for(source, name) || found.sources.contains(source) && found.sources.len() == 1;
        let never = self.pitfalls.never.iter().find(|never| {
            let both = never.event.as_ref().is_some_and(|event| found.names.contains(event));
            never.name == name && !both && never.source.as_ref().is_none_or(|source| asks(source))
        });
        if let Some(never) = never {
            return Some(never.message());
        }
        if let Some(spelled) = self.spelled.get(&name.to_ascii_lowercase())
            && !spelled.contains(name)
        {
            let right = spelled.iter().next().map_or("", String::as_str);
            return Some(format!(
                "CloudTrail writes `{right}`, and `=` knows upper and lower case: `{name}` never comes"
            ));
        }
        let (source, _) = self.pitfalls.only.iter().find(|(_, names)| names.contains(name))?;
        if found.looks_for(source, name) {
            return None;
        }
        let elsewhere = found.demands.iter().find_map(|demand| {
            let named = demand.names.as_ref().is_some_and(|names| names.contains(name));
            demand.sources.as_ref().filter(|sources| named && !sources.contains(source))
        })?;
        let asked = elsewhere.iter().map(|source| format!("`{source}`")).collect::<Vec<_>>().join(", ");
        Some(format!("`{name}` comes from `{source}` alone, and is asked of {asked}"))
    }

    fn source(&self, source: &str) -> Option<String> {
        if let Some(right) = self.pitfalls.sources.get(source) {
            return Some(format!("no event has the source `{source}`: write `{right}`"));
        }
        if source.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Some(format!("sources are in lower case: write `{}`", source.to_ascii_lowercase()));
        }
        (!source.contains('.')).then(|| format!("`{source}` is no source: write `{source}.amazonaws.com`"))
    }
}

/// Looks at all rules of a library, and at some Sigma rules.
///
/// # Errors
/// When what is built in is broken.
pub async fn lint(library: &Library, sigma: &Sigma, only: impl Fn(&Rule) -> bool) -> Result<Vec<Remark>, DetectError> {
    let planner = Planner::new(&Settings::default())?;
    let events = Events::known(&planner).await?;
    let topics = Topics::load(library)?;
    let mut remarks = Vec::new();
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for query in library.under("detections") {
        let cases = library.beside(query, "cases.yaml").map(|(_, text)| text.to_string());
        let rule = match Rule::parse(query, cases) {
            Ok(rule) => rule,
            Err(RuleError { file, line, reason }) => {
                remarks.push(Remark { file, line, rule: query.id.clone(), check: "head", message: reason });
                continue;
            }
        };
        if !only(&rule) {
            continue;
        }
        let mut look = Look { query, rule: &rule, found: Vec::new() };
        if let Some(other) = seen.insert(rule.id.clone(), rule.file.clone()) {
            look.note("id", 1, format!("the id `{}` is taken by {other}", rule.id));
        }
        look.head(&topics);
        look.cases();
        match planner.inspect(&rule).await {
            Ok(found) => look.sql(&found, events),
            Err(DetectError::Rule(error)) => look.note("threshold", error.line, error.reason),
            Err(DetectError::Sql { source, .. }) => {
                let message = source.strip_backtrace();
                look.note("sql", look.line_of(&message), message);
            }
            Err(other) => return Err(other),
        }
        remarks.extend(look.told());
    }
    remarks.extend(of_sigma(sigma, &planner, events, only).await);
    remarks.sort();
    Ok(remarks)
}

/// A rule, and what was found so far.
struct Look<'a> {
    query: &'a Query,
    rule: &'a Rule,
    found: Vec<Remark>,
}

impl Look<'_> {
    fn note(&mut self, check: &'static str, line: usize, message: String) {
        let (file, rule) = (self.rule.file.clone(), self.rule.id.clone());
        self.found.push(Remark { file, line, rule, check, message });
    }

    /// The line of the head that begins with a key.
    fn line_of_key(&self, key: &str) -> usize {
        let begins = |line: &str| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':'));
        self.query.head.lines().position(begins).map_or(1, |at| at + 1)
    }

    /// The line of the SELECT that has a text.
    fn line_of_text(&self, text: &str) -> usize {
        let at = self.query.sql.find(text);
        self.query.line + at.map_or(0, |at| self.query.sql[..at].matches('\n').count())
    }

    /// The line of what an error of planning speaks of: the last word of the SELECT that it has in quotes.
    fn line_of(&self, message: &str) -> usize {
        let quoted = message.split(['"', '\'', '`', ' ', ',']).map(|word| word.trim_end_matches(['.', ':']));
        let named = quoted.filter(|word| word.len() > 2).map(|word| word.rsplit('.').next().unwrap_or(word));
        let mut places = named.filter(|word| self.query.sql.contains(word) && !["table", "cloudtrail"].contains(word));
        places.next().map_or(self.query.line, |word| self.line_of_text(word))
    }

    fn head(&mut self, topics: &Topics) {
        let rule = self.rule;
        let line = self.line_of_key("topics");
        let mut seen = BTreeSet::new();
        for topic in &rule.topics {
            if !seen.insert(topic) {
                self.note("topics", line, format!("the topic {topic} is there twice"));
            }
            if !topics.topics.contains_key(topic) {
                self.note("topics", line, format!("there is no topic {topic} (see `trailwarden rules coverage`)"));
            }
        }
        let digits = |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
        for technique in &rule.mitre {
            let (number, part) = technique.split_once('.').unwrap_or((technique, "000"));
            if !number.strip_prefix('T').is_some_and(|number| digits(number, 4)) || !digits(part, 3) {
                let line = self.line_of_key("mitre");
                self.note("mitre", line, format!("`{technique}` is no technique (write T1078 or T1078.004)"));
            }
        }
        for item in rule.cis.iter().filter(|item| !topics.has_cis(item)) {
            let line = self.line_of_key("cis");
            self.note("cis", line, format!("there is no CIS item `{item}` (4.1 to 4.15)"));
        }
        let line = self.line_of_key("threshold");
        for name in rule.thresholds.keys() {
            let named = |at: usize| {
                let rest = &rule.sql[at + 1 + name.len()..];
                !rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
            };
            if !rule.sql.match_indices(&format!("${name}")).any(|(at, _)| named(at)) {
                self.note("threshold", line, format!("the SQL does not name `${name}`: the threshold changes nothing"));
            }
        }
        if let (Some(window), Some(every)) = (rule.window, rule.every)
            && window.as_secs() / every.as_secs() > MOST_WINDOWS
        {
            let count = window.as_secs() / every.as_secs();
            let line = self.line_of_key("every");
            self.note("window", line, format!("each event is in {count} windows: make `every` longer"));
        }
    }

    fn cases(&mut self) {
        let file = self.rule.file.replace("detect.sql", "cases.yaml");
        let mut note = |message: String| {
            let rule = self.rule.id.clone();
            self.found.push(Remark { file: file.clone(), line: 1, rule, check: "cases", message });
        };
        let Some(text) = &self.rule.cases else {
            return note("there are no cases: nobody has seen it fire".to_owned());
        };
        let cases: yaml_serde::Value = match yaml_serde::from_str(text) {
            Ok(cases) => cases,
            Err(error) => return note(error.to_string()),
        };
        let count = |key: &str| cases.get(key).and_then(yaml_serde::Value::as_sequence).map_or(0, Vec::len);
        if count("fires") == 0 {
            note("no case under `fires`: nobody has seen it fire".to_owned());
        }
        if count("quiet") < QUIET {
            note(format!("fewer than {QUIET} cases under `quiet`: a near miss, and an AWS service that does the same"));
        }
    }

    fn sql(&mut self, found: &Inspected, events: &Events) {
        for name in &found.names {
            if let Some(message) = events.name(name, found) {
                self.note("event-name", self.line_of_text(&format!("'{name}'")), message);
            }
        }
        for source in &found.sources {
            if let Some(message) = events.source(source) {
                self.note("event-source", self.line_of_text(&format!("'{source}'")), message);
            }
        }
        let line = self.query.line;
        let anything = |demand: &crate::inspect::Demand| demand.names.is_none() && demand.sources.is_none();
        if self.rule.kind == Kind::Match && found.demands.iter().any(anything) {
            let message = "it names neither event names nor sources with `=` or `IN`, and so costs on every event";
            self.note("cost", line, message.to_owned());
        }
        if self.rule.kind == Kind::Window && !found.windowed {
            self.note("window", line, "it does not group by `_window`: all windows together are one".to_owned());
        }
        let mut columns: BTreeSet<&str> = found.columns.iter().flatten().map(String::as_str).collect();
        if self.rule.kind == Kind::Match {
            columns.extend(BROUGHT);
        }
        columns.extend(self.rule.enrich.as_deref().map_or(&[][..], crate::enrich::adds));
        columns.extend(["principal", "account", "region", "count", "windows"]);
        for column in placeholders(&self.rule.title).filter(|column| !columns.contains(column)) {
            let line = self.line_of_key("title");
            self.note("column", line, format!("the title names `{column}`, which is no column of the result"));
        }
        for column in self.rule.group_by.iter().filter(|column| !columns.contains(column.as_str())) {
            let line = self.line_of_key("group_by");
            self.note("column", line, format!("it groups by `{column}`, which is no column of the result"));
        }
    }

    /// What was found, without what the author accepts; what is accepted in vain is told, too.
    fn told(mut self) -> Vec<Remark> {
        let accepted = &self.rule.accept;
        let unused: Vec<&String> =
            accepted.keys().filter(|check| !self.found.iter().any(|remark| remark.check == check.as_str())).collect();
        let line = self.line_of_key("accept");
        let idle = unused.into_iter().map(|check| Remark {
            file: self.rule.file.clone(),
            line,
            rule: self.rule.id.clone(),
            check: "accept",
            message: format!("it accepts `{check}`, and there is nothing of that kind"),
        });
        let idle: Vec<Remark> = idle.collect();
        self.found.retain(|remark| !accepted.contains_key(remark.check));
        self.found.extend(idle);
        self.found
    }
}

/// The names in the braces of a title.
fn placeholders(title: &str) -> impl Iterator<Item = &str> {
    title.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

/// Sigma rules know no upper and lower case, and their authors give no cases.
async fn of_sigma(sigma: &Sigma, planner: &Planner, events: &Events, only: impl Fn(&Rule) -> bool) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for document in &sigma.documents {
        let rule = match &document.fate {
            Fate::Runs(id) => id.clone(),
            Fate::Serves | Fate::Refused(_) => String::new(),
        };
        let refused = match &document.fate {
            Fate::Refused(reason) => Some(("sigma", format!("`{}` cannot be translated: {reason}", document.title))),
            Fate::Runs(_) | Fate::Serves => None,
        };
        let remarked = document.remarks.iter().map(|remark| ("column", remark.clone()));
        for (check, message) in refused.into_iter().chain(remarked) {
            remarks.push(Remark { file: document.file.clone(), line: 1, rule: rule.clone(), check, message });
        }
    }
    for rule in sigma.rules.iter().filter(|rule| only(rule)) {
        let note = |check, message| Remark { file: rule.file.clone(), line: 1, rule: rule.id.clone(), check, message };
        match planner.inspect(rule).await {
            Err(error) => remarks.push(note("sql", error.to_string())),
            Ok(found) => {
                let names: BTreeSet<&String> =
                    found.demands.iter().flat_map(|demand| &demand.names).flatten().collect();
                let never = |name: &String| {
                    let never = events.pitfalls.never.iter().find(|never| never.name.eq_ignore_ascii_case(name))?;
                    let meant = never.source.as_ref().is_none_or(|source| found.looks_for(source, name));
                    meant.then(|| never.message())
                };
                remarks.extend(names.into_iter().filter_map(never).map(|message| note("event-name", message)));
            }
        }
    }
    remarks
}

/// Looks at what the settings say of rules: names that name none, columns that none has, exceptions that are over.
///
/// # Errors
/// When a rule cannot be planned, or an exception or a class of callers cannot be used at all.
pub async fn lint_settings(
    file: &str,
    settings: &Settings,
    rules: &Rules,
    today: Date,
) -> Result<Vec<Remark>, DetectError> {
    crate::exceptions::Exceptions::new(&settings.exceptions)?;
    crate::callers::Callers::new(&settings.callers)?;
    let mut remarks = Vec::new();
    let mut note = |check, message| {
        remarks.push(Remark { file: file.to_owned(), line: 1, rule: String::new(), check, message });
    };
    let planner = Planner::new(settings)?;
    let of = |glob: &String| -> Vec<&Rule> {
        let globs = crate::exceptions::globs(std::slice::from_ref(glob)).ok().flatten();
        globs.map_or_else(Vec::new, |globs| rules.iter().filter(|rule| rule.is_named(&globs)).collect())
    };
    let named = settings.disabled.iter().map(|glob| ("disabled", glob));
    let named = named.chain(settings.enabled.iter().map(|glob| ("enabled", glob)));
    for (key, glob) in named.chain(settings.severity.keys().map(|glob| ("severity", glob))) {
        if of(glob).is_empty() {
            note("setting", format!("`{key}` names `{glob}`, and no detection is called so"));
        }
    }
    for (glob, numbers) in &settings.thresholds {
        let meant = of(glob);
        if meant.is_empty() {
            note("setting", format!("`thresholds` names `{glob}`, and no detection is called so"));
        }
        for rule in meant {
            for name in numbers.keys().filter(|name| !rule.thresholds.contains_key(*name)) {
                note("setting", format!("`{}` has no threshold `{name}`", rule.id));
            }
        }
    }
    for exception in &settings.exceptions {
        let name = &exception.name;
        if exception.is_over(today) {
            note(
                "exception",
                format!("the exception `{name}` held until {} and suppresses nothing new", exception.until),
            );
        }
        for glob in exception.what.0.iter().filter(|glob| of(glob).is_empty()) {
            note("exception", format!("the exception `{name}` is for `{glob}`, and no detection is called so"));
        }
        let meant: Vec<&Rule> = match exception.what.0.is_empty() {
            true => rules.iter().collect(),
            false => exception.what.0.iter().flat_map(of).collect(),
        };
        let mut columns: BTreeSet<String> = BROUGHT.iter().map(|&column| column.to_owned()).collect();
        for rule in meant {
            columns.extend(planner.inspect(rule).await?.columns.into_iter().flatten());
            let added = rule.enrich.as_deref().map_or(&[][..], crate::enrich::adds);
            columns.extend(added.iter().map(|&column| column.to_owned()));
        }
        for word in exception.who.keys() {
            if !crate::exceptions::columns(word).iter().any(|column| columns.contains(column)) {
                note("exception", format!("the exception `{name}` asks for `{word}`, which no such detection has"));
            }
        }
    }
    Ok(remarks)
}

#[cfg(test)]
mod tests;
