//! Like rows become one finding with a count, so that a hundred repeats are one message.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::finding::{Finding, MAX_EVENT_IDS, fingerprint};
use crate::hits::Hits;
use crate::planned::Planned;
use crate::row::Row;
use crate::rule::{Kind, Rule};
use crate::severity::Severity;
use crate::value::Cell;

/// Different values of one detail that a finding keeps.
const MAX_VALUES: usize = 20;
/// A title longer than this is cut.
const MAX_TITLE: usize = 240;
const DAY_US: i64 = 86_400_000_000;

/// What rows must have in common to be one finding.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    rule: usize,
    /// The values that the rule groups by.
    values: Vec<String>,
    /// Whole days since 1970 in UTC.
    day: Option<i64>,
    /// The exception that covers the rows, by its number.
    excuse: Option<usize>,
}

/// A [`Key`] that is looked up without making one. Both hash alike.
#[derive(Hash)]
struct KeyView<'a> {
    rule: usize,
    values: Vec<Cow<'a, str>>,
    day: Option<i64>,
    excuse: Option<usize>,
}

impl hashbrown::Equivalent<Key> for KeyView<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        let of_one = (self.rule, self.day, self.excuse) == (key.rule, key.day, key.excuse);
        of_one && self.values.iter().eq(&key.values)
    }
}

#[derive(Debug)]
struct Group {
    first_row: Row,
    severity: Severity,
    values: BTreeMap<String, Vec<Value>>,
}

/// Rows of all rules, grouped as they come.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    groups: hashbrown::HashMap<Key, Group, ahash::RandomState>,
}

fn day(time: Option<i64>) -> Option<i64> {
    time.map(|us| us.div_euclid(DAY_US))
}

/// The UTC day as text, or a word for "unknown".
fn day_word(day: Option<i64>) -> String {
    day.and_then(|day| jiff::Timestamp::from_microsecond(day.saturating_mul(DAY_US)).ok())
        .map_or_else(|| "undated".to_owned(), |midnight| midnight.strftime("%F").to_string())
}

impl Groups {
    /// Adds a row. With `group` off, every row is its own finding, named by its event.
    pub(crate) fn add(
        &mut self,
        number: usize,
        rule: &Rule,
        severity: Severity,
        excuse: Option<usize>,
        group: bool,
        row: Row,
    ) {
        let mut values: Vec<String> = rule
            .group_by
            .iter()
            .map(|name| match row.column(name) {
                Some(Value::String(text)) => text,
                Some(value) => value.to_string(),
                None => String::new(),
            })
            .collect();
        if !group {
            values.push(
                row.event_ids
                    .first()
                    .cloned()
                    .unwrap_or_else(|| format!("{:?} {}", row.first, Value::from(row.details.clone()))),
            );
        }
        match self.groups.entry(Key { rule: number, values, day: day(row.first), excuse }) {
            hashbrown::hash_map::Entry::Occupied(mut group) if rule.kind == Kind::Match => {
                group.get_mut().merge(row, severity);
            }
            hashbrown::hash_map::Entry::Occupied(mut group) => group.get_mut().keep_strongest(row, severity),
            hashbrown::hash_map::Entry::Vacant(place) => {
                let values = row.details.iter().map(|(name, value)| (name.clone(), vec![value.clone()])).collect();
                place.insert(Group { severity, values, first_row: row });
            }
        }
    }

    /// Adds the rows of a match rule; `severity` makes of what a row says what counts, `excuse` tells the exception that covers it.
    pub(crate) fn add_hits(
        &mut self,
        number: usize,
        rule: &Rule,
        severity: impl Fn(Option<Severity>) -> Severity,
        excuse: impl Fn(usize) -> Option<usize>,
        group: bool,
        hits: &Hits,
    ) {
        for at in 0..hits.count() {
            let excuse = excuse(at);
            if group && hits.single() {
                let text = |name: &String| match hits.cell(name, at) {
                    Cell::Text(text) => Cow::Borrowed(text),
                    cell => match cell.into_value() {
                        Some(Value::String(text)) => Cow::Owned(text),
                        Some(value) => Cow::Owned(value.to_string()),
                        None => Cow::Borrowed(""),
                    },
                };
                let time = hits.time(at);
                let values = rule.group_by.iter().map(text).collect();
                let key = KeyView { rule: number, values, day: day(time), excuse };
                // The first row of a group says more than the others; it is worth making.
                if let Some(group) = self.groups.get_mut(&key)
                    && time > group.first_row.first
                {
                    group.merge_later(hits, at, time, &severity);
                    continue;
                }
            }
            let row = hits.row(at);
            self.add(number, rule, severity(row.severity), excuse, group, row);
        }
    }

    /// Takes over the groups of another detector over the same rules.
    pub(crate) fn absorb(&mut self, others: Groups) {
        for (key, other) in others.groups {
            match self.groups.entry(key) {
                hashbrown::hash_map::Entry::Occupied(mut group) => group.get_mut().absorb(other),
                hashbrown::hash_map::Entry::Vacant(place) => {
                    place.insert(other);
                }
            }
        }
    }

    /// All findings, the gravest first, then by time.
    pub(crate) fn finish(self, planned: &Planned) -> Vec<Finding> {
        let groups = self.groups.into_iter();
        let finding = |(key, group): (Key, Group)| {
            let exception = key.excuse.map(|at| planned.exception(at));
            group.finding(&key, &planned.rules[key.rule], exception)
        };
        let mut findings: Vec<Finding> = groups.map(finding).collect();
        findings.sort_by(|a, b| {
            (b.severity, a.first, &a.detection, &a.id).cmp(&(a.severity, b.first, &b.detection, &b.id))
        });
        findings
    }
}

impl Group {
    fn absorb(&mut self, other: Group) {
        self.merge(other.first_row, other.severity);
        for (name, values) in other.values {
            let into = self.values.entry(name).or_default();
            values.into_iter().for_each(|value| note(into, value));
        }
    }

    /// Adds an event that is later than the first of the group.
    fn merge_later(
        &mut self,
        hits: &Hits,
        at: usize,
        time: Option<i64>,
        severity: impl Fn(Option<Severity>) -> Severity,
    ) {
        let into = &mut self.first_row;
        into.count += 1;
        into.last = into.last.max(time);
        let word = match hits.cell("severity", at) {
            Cell::Text(word) => word.parse().ok(),
            _ => None,
        };
        self.severity = self.severity.max(severity(word));
        if let Cell::Text(id) = hits.cell("eventid", at) {
            keep_also(&mut into.event_ids, id);
        }
        for (name, cell) in hits.details(at) {
            match (self.values.get_mut(name), cell) {
                (_, Cell::Null) => {}
                (Some(values), Cell::Text(text)) if values.iter().any(|value| value.as_str() == Some(text)) => {}
                (Some(values), cell) => cell.into_value().into_iter().for_each(|value| note(values, value)),
                (None, cell) => {
                    self.values.extend(cell.into_value().map(|value| (name.to_owned(), vec![value])));
                }
            }
        }
    }

    fn merge(&mut self, row: Row, severity: Severity) {
        let into = &mut self.first_row;
        // The earliest row tells who, where and the title, whatever order the rows came in.
        let earlier = row.first.is_some() && (into.first.is_none() || row.place() < into.place());
        into.count += row.count;
        self.severity = self.severity.max(severity);
        row.event_ids.iter().for_each(|id| keep_also(&mut into.event_ids, id));
        if earlier {
            into.first = row.first;
            into.region = row.region;
            into.principal = row.principal;
            into.account = row.account;
            into.title = row.title.or(into.title.take());
        }
        into.last = into.last.max(row.last);
        for (name, value) in row.details {
            note(self.values.entry(name).or_default(), value);
        }
    }

    /// Rows of windows overlap: counts must not be added up, and values of two windows do not go together. The strongest
    /// window speaks for all; the others lend it their time and events.
    fn keep_strongest(&mut self, mut row: Row, severity: Severity) {
        let windows = self.values.get("windows").and_then(|windows| windows[0].as_i64()).unwrap_or(1) + 1;
        if (severity, row.count) > (self.severity, self.first_row.count) {
            self.severity = severity;
            self.values = row.details.iter().map(|(name, value)| (name.clone(), vec![value.clone()])).collect();
            std::mem::swap(&mut self.first_row, &mut row);
        }
        let into = &mut self.first_row;
        into.first = into.first.into_iter().chain(row.first).min();
        into.last = into.last.max(row.last);
        row.event_ids.iter().for_each(|id| keep_also(&mut into.event_ids, id));
        self.values.insert("windows".to_owned(), vec![windows.into()]);
    }

    fn finding(self, key: &Key, rule: &Rule, exception: Option<&str>) -> Finding {
        let row = self.first_row;
        let mut details = Map::new();
        let mut words: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, mut values) in self.values {
            // Batches may be looked at in any order; the finding must read the same.
            values.sort_by_cached_key(Value::to_string);
            words.insert(name.clone(), values.iter().map(word).collect());
            details.insert(name, if values.len() == 1 { values.remove(0) } else { Value::Array(values) });
        }
        for (name, value) in [("principal", &row.principal), ("account", &row.account), ("region", &row.region)] {
            words.entry(name.to_owned()).or_insert_with(|| value.iter().cloned().collect());
        }
        words.insert("count".to_owned(), vec![row.count.to_string()]);
        let day = day_word(key.day);
        let parts = [rule.id.as_str(), &day].into_iter().chain(key.values.iter().map(String::as_str));
        // What an exception covers is told apart from the rest of the group, and both keep their names.
        let parts = parts.chain(exception);
        let mut finding = Finding {
            id: fingerprint(parts),
            detection: rule.id.clone(),
            topics: rule.topics.clone(),
            severity: self.severity,
            title: title(row.title.as_deref().unwrap_or(&rule.title), &words),
            principal: row.principal,
            account: row.account,
            region: row.region,
            first: row.first,
            last: row.last,
            count: row.count,
            event_ids: row.event_ids,
            details,
            kind: rule.kind,
        };
        exception.into_iter().for_each(|name| finding.suppress(name));
        finding
    }
}

/// Adds a value to the different ones of a detail. Of more than it may keep the same ones stay, whatever order they came in.
fn note(values: &mut Vec<Value>, value: Value) {
    if values.contains(&value) {
        return;
    }
    if values.len() < MAX_VALUES {
        values.push(value);
    } else if let Some(last) = values.iter_mut().max_by(|one, other| by_text(one, other))
        && by_text(&value, last).is_lt()
    {
        *last = value;
    }
}

fn by_text(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::String(one), Value::String(other)) => one.cmp(other),
        _ => one.to_string().cmp(&other.to_string()),
    }
}

/// Adds an id to sorted ones, if it is one of those that a finding names.
fn keep_also(event_ids: &mut Vec<String>, id: &str) {
    if let Err(place) = event_ids.binary_search_by(|kept| kept.as_str().cmp(id))
        && place < MAX_EVENT_IDS
    {
        event_ids.insert(place, id.to_owned());
        event_ids.truncate(MAX_EVENT_IDS);
    }
}

/// Keeps the same ids of more than a finding may name, whatever order they came in.
pub(crate) fn keep(event_ids: &mut Vec<String>) {
    event_ids.sort_unstable();
    event_ids.truncate(MAX_EVENT_IDS);
}

/// Adds a match finding to what is stored under its id: other events of the same day.
pub(crate) fn absorb(stored: Finding, new: Finding, rules: &[Rule]) -> Finding {
    let mut all = stored;
    all.severity = all.severity.max(new.severity);
    all.count += new.count;
    if new.first.is_some() && (all.first.is_none() || new.first < all.first) {
        (all.first, all.region, all.principal, all.account) = (new.first, new.region, new.principal, new.account);
    }
    all.last = all.last.max(new.last);
    all.event_ids.extend(new.event_ids);
    all.event_ids.truncate(MAX_EVENT_IDS);
    for (name, value) in new.details {
        let mut values = values_of(all.details.remove(&name));
        for value in values_of(Some(value)) {
            note(&mut values, value);
        }
        values.sort_by_cached_key(Value::to_string);
        all.details.insert(name, if values.len() == 1 { values.remove(0) } else { Value::Array(values) });
    }
    if let Some(rule) = rules.iter().find(|rule| rule.id == all.detection) {
        let mut words: BTreeMap<String, Vec<String>> = all
            .details
            .iter()
            .map(|(name, value)| (name.clone(), values_of(Some(value.clone())).iter().map(word).collect()))
            .collect();
        for (name, value) in [("principal", &all.principal), ("account", &all.account), ("region", &all.region)] {
            words.entry(name.to_owned()).or_insert_with(|| value.iter().cloned().collect());
        }
        words.insert("count".to_owned(), vec![all.count.to_string()]);
        all.title = title(&rule.title, &words);
    }
    all
}

fn values_of(detail: Option<Value>) -> Vec<Value> {
    match detail {
        None => Vec::new(),
        Some(Value::Array(values)) => values,
        Some(value) => vec![value],
    }
}

fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(word).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// An ARN of IAM or STS without the parts that everybody knows: `user/alice`.
fn short(text: &str) -> &str {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts[..] {
        ["arn", _, "iam" | "sts", _, _, rest] => rest,
        _ => text,
    }
}

/// Fills the placeholders of a title and makes one clean line of it.
fn title(template: &str, words: &BTreeMap<String, Vec<String>>) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            break;
        };
        match words.get(name).map(Vec::as_slice) {
            None | Some([]) => out.push_str("(unknown)"),
            Some([one]) => out.push_str(short(one)),
            Some([one, two]) => out.push_str(&format!("{} and {}", short(one), short(two))),
            Some([one, two, more @ ..]) => {
                out.push_str(&format!("{}, {} and {} more", short(one), short(two), more.len()));
            }
        }
        rest = after;
    }
    out.push_str(rest);
    let clean: String = out.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match clean.char_indices().nth(MAX_TITLE) {
        Some((cut, _)) => format!("{}…", &clean[..cut]),
        None => clean,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_filled() {
        let words = BTreeMap::from([
            ("who".to_owned(), vec!["arn:aws:iam::111122223333:user/alice".to_owned()]),
            ("what".to_owned(), ["a", "b", "c", "d"].map(str::to_owned).to_vec()),
            ("evil".to_owned(), vec!["x\r\nBcc: y {who}".to_owned()]),
        ]);
        let cases = [
            ("{who} did {what}", "user/alice did a, b and 2 more"),
            ("{nobody}", "(unknown)"),
            ("{evil}", "x  Bcc: y {who}"),
            ("open { brace", "open { brace"),
        ];
        for (template, expected) in cases {
            assert_eq!(title(template, &words), expected);
        }
    }
}
