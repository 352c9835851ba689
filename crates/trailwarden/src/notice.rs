//! A finding as a notice: what happened, who, where from, the events, and the SQL to look further.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;
use trail_detect::{Finding, Rule, Rules, Severity, asff, ocsf};
use trail_notify::{Format, Notice, Section};

use crate::findings::time;

/// Event ids that a notice lists; the query finds the rest.
const LISTED: usize = 20;

/// The notice of a finding, with it in the forms that channels want beside our own. Its id is the finding's, so that a repeat is
/// known for one.
pub(crate) fn notice(finding: &Finding, rules: &Rules, formats: &BTreeSet<Format>, now: Timestamp) -> Notice {
    let rule = rules.get(&finding.detection);
    let mut facts = vec![("Detection".to_owned(), finding.detection.clone())];
    let mut fact = |name: &str, value: Option<String>| facts.extend(value.map(|value| (name.to_owned(), value)));
    fact("Principal", finding.principal.clone());
    fact("Account", finding.account.clone());
    fact("Region", finding.region.clone());
    fact("First", finding.first.map(|us| time(Some(us))));
    fact("Last", finding.last.map(|us| time(Some(us))));
    fact("Events", Some(finding.count.to_string()));
    let details: Vec<(String, String)> =
        finding.details.iter().filter_map(|(name, value)| Some((name.clone(), shown(value)?))).collect();

    let mut sections = vec![Section::facts("What happened", facts)];
    if !details.is_empty() {
        sections.push(Section::facts("Details", details));
    }
    if let Some(rule) = rule {
        sections.extend(advice(rule));
    }
    if !finding.event_ids.is_empty() {
        let ids = finding.event_ids.iter().take(LISTED).cloned().collect::<Vec<_>>().join("\n");
        sections.push(Section::text("Events", ids));
        sections.push(Section::code("Look further", query(finding)));
    }
    Notice {
        id: finding.id.clone(),
        group_key: format!("{}/{}", finding.detection, finding.account.as_deref().unwrap_or_default()),
        severity: severity(finding.severity),
        title: finding.title.clone(),
        summary: summary(finding),
        sections,
        tags: tags(finding),
        labels: labels(finding, rule),
        channels: Vec::new(),
        forms: formats.iter().filter_map(|format| Some((*format, form(*format, finding, rule, now)?))).collect(),
        created: now,
        attachments: Vec::new(),
    }
}

fn severity(severity: Severity) -> trail_notify::Severity {
    match severity {
        Severity::Info => trail_notify::Severity::Info,
        Severity::Low => trail_notify::Severity::Low,
        Severity::Medium => trail_notify::Severity::Medium,
        Severity::High => trail_notify::Severity::High,
        Severity::Critical => trail_notify::Severity::Critical,
    }
}

fn summary(finding: &Finding) -> String {
    let who = finding.principal.as_deref().unwrap_or("somebody");
    let place = finding.account.as_ref().map_or_else(String::new, |account| format!(" in account {account}"));
    let events = if finding.count == 1 { "one event".to_owned() } else { format!("{} events", finding.count) };
    format!("{who}{place}, {events} between {} and {}", time(finding.first), time(finding.last))
}

fn advice(rule: &Rule) -> Vec<Section> {
    [("Why it matters", &rule.why), ("What to do", &rule.action), ("When it is harmless", &rule.false_positives)]
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(heading, text)| Section::text(heading, text.clone()))
        .collect()
}

/// A detail in words; nothing for what is not there.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(items) if items.is_empty() => None,
        Value::Array(items) => Some(items.iter().filter_map(shown).collect::<Vec<_>>().join(", ")),
        other => Some(other.to_string()),
    }
}

/// A query for the finding's events. Ids come from logs, so quotes in them are doubled.
fn query(finding: &Finding) -> String {
    let quoted = |id: &String| format!("'{}'", id.replace('\'', "''"));
    let ids = finding.event_ids.iter().take(LISTED).map(quoted).collect::<Vec<_>>().join(",\n  ");
    format!(
        "SELECT eventtime, eventname, useridentity.arn, sourceipaddress, errorcode, requestparameters\nFROM cloudtrail\n\
         WHERE eventid IN (\n  {ids})\nORDER BY eventtime"
    )
}

fn tags(finding: &Finding) -> BTreeMap<String, String> {
    let mut tags = BTreeMap::from([("detection".to_owned(), finding.detection.clone())]);
    let optional = [("principal", &finding.principal), ("account", &finding.account), ("region", &finding.region)];
    for (name, value) in optional {
        if let Some(value) = value {
            tags.insert(name.to_owned(), value.clone());
        }
    }
    tags
}

/// What routes and silences may choose by beside the tags.
fn labels(finding: &Finding, rule: Option<&Rule>) -> BTreeMap<String, Vec<String>> {
    let topics = finding.topics.iter().map(ToString::to_string).collect();
    let mut labels = vec![("topic", topics)];
    if let Some(rule) = rule {
        labels.extend([
            ("service", vec![rule.service.clone()]),
            ("mitre", rule.mitre.clone()),
            ("cis", rule.cis.clone()),
        ]);
    }
    labels
        .into_iter()
        .filter(|(_, values)| !values.is_empty())
        .map(|(name, values)| (name.to_owned(), values))
        .collect()
}

fn form(format: Format, finding: &Finding, rule: Option<&Rule>, now: Timestamp) -> Option<Value> {
    match format {
        Format::Ocsf => Some(ocsf(finding, rule, now.as_microsecond())),
        Format::Asff => Some(asff(finding, rule, now.as_microsecond())),
        Format::Text | Format::Json => None,
    }
}
