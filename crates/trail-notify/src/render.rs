//! Turns the notices of one delivery into what people and programs read: subject, text, HTML, JSON.
//!
//! Everything shown passes `clean` here, once; the HTML template escapes on top of that.

mod json;
mod slack;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use crate::clean;
use crate::notice::{Body, Notice, Section, Severity};
use crate::tally::Tally;

const TITLE: usize = 200;
const VALUE: usize = 2_000;
const CELL: usize = 400;
const BLOCK: usize = 20_000;
const SECTIONS: usize = 50;
const ROWS: usize = 200;
const COLUMNS: usize = 20;
/// Values of one tag that a digest counts for people.
const COUNTED: usize = 15;

/// What a channel gets to send: one notice, or several of one group.
#[derive(Debug, Clone)]
pub(crate) struct Parcel {
    /// The delivery id: the same on every try.
    pub(crate) id: String,
    /// A short name for the group, safe in headers and ids.
    pub(crate) group: String,
    /// At least one, in the order of their submission; with a tally, only the gravest.
    pub(crate) notices: Vec<Notice>,
    /// Counts over all notices where they are too many to list.
    pub(crate) tally: Option<Tally>,
    /// Whether it gathers notices that have nothing to do with each other.
    pub(crate) digest: bool,
    /// How to see all that it stands for.
    pub(crate) see_all: Option<String>,
    /// When this try is made.
    pub(crate) now: Timestamp,
    /// How many notices of a group are listed one by one.
    pub(crate) rows: usize,
}

impl Parcel {
    pub(crate) fn severity(&self) -> Severity {
        self.notices.iter().map(|n| n.severity).max().unwrap_or(Severity::Info)
    }

    /// Most severe first, then oldest first.
    fn ordered(&self) -> Vec<&Notice> {
        let mut notices: Vec<_> = self.notices.iter().collect();
        notices.sort_by_key(|n| (std::cmp::Reverse(n.severity), n.created));
        notices
    }

    /// How many notices it stands for.
    pub(crate) fn count(&self) -> usize {
        self.tally.as_ref().map_or(self.notices.len(), |tally| tally.total)
    }

    /// The different values that a tag has.
    pub(crate) fn values(&self, tag: &str) -> BTreeSet<&str> {
        let counted = self.tally.iter().flat_map(|tally| tally.tags()).find(|(counted, _)| *counted == tag);
        match counted {
            Some((_, values)) => values.into_iter().map(|(value, _)| value).collect(),
            None => self.notices.iter().filter_map(|n| n.tags.get(tag)).map(String::as_str).collect(),
        }
    }

    /// The tags that all notices have in common.
    fn common_tags(&self) -> BTreeMap<&str, &str> {
        let mut tags: BTreeMap<&str, &str> = BTreeMap::new();
        if self.tally.is_some() {
            return tags;
        }
        if let Some((first, rest)) = self.notices.split_first() {
            tags.extend(first.tags.iter().map(|(k, v)| (k.as_str(), v.as_str())));
            tags.retain(|k, v| rest.iter().all(|n| n.tags.get(*k).is_some_and(|other| other == v)));
        }
        tags
    }

    fn span(&self) -> (Timestamp, Timestamp) {
        if let Some(tally) = &self.tally {
            return (tally.first, tally.last);
        }
        let times = || self.notices.iter().map(|n| n.created);
        (times().min().unwrap_or(self.now), times().max().unwrap_or(self.now))
    }

    pub(crate) fn page(&self) -> Page {
        let ordered = self.ordered();
        let lead = ordered.first().copied();
        let (first, last) = self.span();
        let tags = self.common_tags();
        let mut page = Page {
            severity: self.severity().name(),
            title: lead.map(|n| clean::line(&n.title, TITLE)).unwrap_or_default(),
            same_title: lead.is_some_and(|lead| ordered.iter().all(|n| n.title == lead.title)),
            summary: lead.map(|n| clean::block(&n.summary, VALUE)).unwrap_or_default(),
            count: self.count(),
            digest: false,
            first: time(first),
            last: time(last),
            members: None,
            counts: Vec::new(),
            sections: lead.map(|n| sections(&n.sections)).unwrap_or_default(),
            tags: facts(tags.into_iter()),
            ids: ordered.iter().map(|n| clean::line(&n.id, CELL)).collect(),
            short: self.rows,
            delivery: self.id.clone(),
            see_all: None,
            left_out: Vec::new(),
        };
        if let Some(tally) = &self.tally {
            page.same_title = tally.same_title;
            page.ids = tally.ids.iter().map(|id| clean::line(id, CELL)).collect();
            page.see_all = self.see_all.clone();
            page.counts = counts(tally);
            if self.digest {
                // What the gravest one says of itself would hide the others.
                (page.title, page.summary) = digest_head(tally, &page.title);
                page.same_title = true;
                page.sections = Vec::new();
            }
        }
        page.members =
            (page.count > 1).then(|| members(&ordered, self.rows, page.count, page.same_title && !self.digest));
        page.digest = self.digest && self.tally.is_some();
        page
    }
}

/// What a digest says of itself: how many there are of each severity, and the gravest.
fn digest_head(tally: &Tally, worst: &str) -> (String, String) {
    let counts: Vec<_> = tally.severities().iter().map(|(severity, count)| format!("{count} {severity}")).collect();
    let title = format!("{} notices at once: {}", tally.total, counts.join(", "));
    let summary = format!(
        "More came at once than is sent one by one, so this is one message for all of them. The gravest: {worst}"
    );
    (title, summary)
}

/// The counts of a digest, a table for each thing that is counted.
fn counts(tally: &Tally) -> Vec<Counted> {
    let severities: Vec<_> = tally.severities().into_iter().map(|(severity, count)| (severity.name(), count)).collect();
    let mut counted = vec![Counted::new("severity", &severities)];
    counted.extend(tally.tags().map(|(tag, values)| Counted::new(tag, &values)));
    counted.retain(|counted| !counted.table.rows.is_empty());
    counted
}

/// One delivery, cleaned and cut to size: what the templates show.
#[derive(Debug, Serialize)]
pub(crate) struct Page {
    pub(crate) severity: &'static str,
    title: String,
    same_title: bool,
    summary: String,
    count: usize,
    first: String,
    last: String,
    members: Option<Table>,
    /// Whether it gathers notices that have nothing to do with each other.
    digest: bool,
    counts: Vec<Counted>,
    sections: Vec<Shown>,
    tags: Vec<(String, String)>,
    /// The ids of all notices, and how many of them a short list holds.
    ids: Vec<String>,
    short: usize,
    delivery: String,
    see_all: Option<String>,
    left_out: Vec<String>,
}

/// How many notices have each value of something.
#[derive(Debug, Serialize)]
struct Counted {
    by: String,
    table: Table,
}

impl Counted {
    fn new(by: &str, values: &[(&str, usize)]) -> Self {
        let shown: Vec<_> = values
            .iter()
            .take(COUNTED)
            .map(|(value, count)| vec![count.to_string(), if value.is_empty() { "(none)" } else { value }.to_owned()])
            .collect();
        let more = values.len() - shown.len();
        let by = clean::line(by, 60);
        let table = table(&["Count".to_owned(), capital(&by)], &shown, more);
        Self { by, table }
    }
}

/// A section as the templates take it: exactly one of the bodies is set.
#[derive(Debug, Default, Serialize)]
struct Shown {
    heading: String,
    text: Option<String>,
    facts: Option<Vec<(String, String)>>,
    table: Option<Table>,
    code: Option<String>,
}

#[derive(Debug, Serialize)]
struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    /// How many rows are not shown.
    more: usize,
    /// The table as lines of text, since only here the widths are known.
    lines: Vec<String>,
}

impl Page {
    /// Attachments that did not fit, by name.
    pub(crate) fn with_left_out(mut self, names: Vec<String>) -> Self {
        self.left_out = names;
        self
    }

    /// The title, at most `max` characters of it, and how many notices there are beside.
    pub(crate) fn headline(&self, max: usize) -> String {
        let title = clean::line(&self.title, max);
        match self.count {
            _ if self.digest => title,
            0 | 1 => title,
            count if self.same_title => format!("{title} ({count} times)"),
            count => format!("{title} and {} more", count - 1),
        }
    }

    pub(crate) fn text(&self) -> Result<String, minijinja::Error> {
        TEMPLATES.get_template("notice.txt")?.render(self)
    }

    pub(crate) fn html(&self) -> Result<String, minijinja::Error> {
        TEMPLATES.get_template("notice.html")?.render(self)
    }
}

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates.set_trim_blocks(true);
    templates.set_lstrip_blocks(true);
    // The loader reports a template that does not parse where it is used, instead of a panic here.
    templates.set_loader(|name| {
        Ok(match name {
            "notice.html" => Some(include_str!("templates/notice.html").to_owned()),
            "notice.txt" => Some(include_str!("templates/notice.txt").to_owned()),
            _ => None,
        })
    });
    templates
});

fn time(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn members(ordered: &[&Notice], rows: usize, count: usize, same_title: bool) -> Table {
    // Of the tags, only those that tell the notices apart are worth a column.
    let differing = |tag: &&String| ordered.iter().any(|n| n.tags.get(*tag) != ordered[0].tags.get(*tag));
    let tags: Vec<&String> = ordered
        .iter()
        .flat_map(|n| n.tags.keys())
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .filter(differing)
        .take(3)
        .collect();
    let same_severity = ordered.iter().all(|n| n.severity == ordered[0].severity);
    let mut columns = vec!["Time".to_owned()];
    columns.extend((!same_severity).then(|| "Severity".to_owned()));
    columns.extend((!same_title).then(|| "Title".to_owned()));
    columns.extend(tags.iter().map(|t| capital(t)));
    let row = |n: &&Notice| {
        let mut row = vec![time(n.created)];
        row.extend((!same_severity).then(|| n.severity.to_string()));
        row.extend((!same_title).then(|| n.title.clone()));
        row.extend(tags.iter().map(|t| n.tags.get(*t).cloned().unwrap_or_default()));
        row
    };
    let shown: Vec<_> = ordered.iter().take(rows).map(row).collect();
    table(&columns, &shown, count.saturating_sub(shown.len()))
}

fn sections(sections: &[Section]) -> Vec<Shown> {
    let mut shown: Vec<_> = sections.iter().take(SECTIONS).map(section).collect();
    if let Some(more) = sections.len().checked_sub(SECTIONS + 1) {
        let text = format!("{} more sections are not shown.", more + 1);
        shown.push(Shown { heading: "More".to_owned(), text: Some(text), ..Shown::default() });
    }
    shown
}

fn section(section: &Section) -> Shown {
    let mut shown = Shown { heading: clean::line(&section.heading, TITLE), ..Shown::default() };
    match &section.body {
        Body::Text(text) => shown.text = Some(clean::block(text, BLOCK)),
        Body::Code(code) => shown.code = Some(clean::block(code, BLOCK)),
        Body::Facts(pairs) => shown.facts = Some(facts(pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())))),
        Body::Table { columns, rows } => {
            let more = rows.len().saturating_sub(ROWS);
            shown.table = Some(table(columns, &rows[..rows.len() - more], more));
        }
    }
    shown
}

fn facts<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
    pairs.take(ROWS).map(|(k, v)| (clean::line(k, 100), clean::block(v, VALUE))).collect()
}

fn table(columns: &[String], rows: &[Vec<String>], more: usize) -> Table {
    let columns: Vec<_> = columns.iter().take(COLUMNS).map(|c| clean::line(c, 60)).collect();
    let cell = |row: &Vec<String>, n: usize| row.get(n).map(|c| clean::line(c, CELL)).unwrap_or_default();
    let rows: Vec<Vec<String>> = rows.iter().map(|row| (0..columns.len()).map(|n| cell(row, n)).collect()).collect();
    Table { lines: lines(&columns, &rows), columns, rows, more }
}

fn lines(columns: &[String], rows: &[Vec<String>]) -> Vec<String> {
    const WIDEST: usize = 120;
    let cut = |text: &String| clean::line(text, WIDEST);
    let width = |n: usize| {
        let cells = rows.iter().map(|row| &row[n]).chain([&columns[n]]);
        cells.map(|cell| cut(cell).chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..columns.len()).map(width).collect();
    let line = |cells: &[String]| {
        let padded: Vec<_> = cells.iter().zip(&widths).map(|(cell, width)| format!("{:width$}", cut(cell))).collect();
        padded.join("  ").trim_end().to_owned()
    };
    let rule: Vec<_> = widths.iter().map(|width| "-".repeat(*width)).collect();
    [line(columns), line(&rule)].into_iter().chain(rows.iter().map(|row| line(row))).collect()
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests;
