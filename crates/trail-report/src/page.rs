//! A report's sections as one HTML page, CSV files and JSON.

use jiff::tz::TimeZone;
use minijinja::{AutoEscape, Environment, Value, context};
use serde::Serialize;
use serde_json::{Map, json};

use crate::cell::{Cell, grouped};
use crate::chart::{Days, Rank, ranks};
use crate::coverage::{Counts, Hours};
use crate::period::Period;
use crate::section::{Column, Section};
use crate::{Access, Report, ReportError};

/// Rows of a section on the page; all of them are in its CSV.
const MAX_ROWS: usize = 250;
/// Values of a list on the page.
const MAX_LISTED: usize = 8;
/// Silent days that are named.
const MAX_SILENT: usize = 31;

pub(crate) struct Page<'a> {
    pub(crate) access: &'a Access,
    pub(crate) counts: Counts,
    pub(crate) sections: Vec<Section>,
    pub(crate) charts: Vec<Section>,
}

#[derive(Serialize)]
struct ShownColumn {
    name: String,
    label: String,
    kind: &'static str,
}

#[derive(Serialize)]
struct ShownCell {
    text: String,
    /// What `text` is short for.
    full: String,
    /// The values of a list.
    items: Vec<String>,
    /// How many values of a list are not shown.
    more: usize,
}

#[derive(Serialize)]
struct Shown {
    id: String,
    title: String,
    note: String,
    empty: String,
    columns: Vec<ShownColumn>,
    rows: Vec<Vec<ShownCell>>,
    total: String,
    cut: bool,
}

#[derive(Serialize)]
struct Card {
    label: &'static str,
    value: String,
    note: String,
    /// Whether somebody should look.
    alert: bool,
}

impl Page<'_> {
    pub(crate) fn render(&self, template: &str) -> Result<Report, ReportError> {
        let mut environment = Environment::new();
        // Every value is escaped, whatever the template is called.
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
        environment.set_trim_blocks(true);
        environment.set_lstrip_blocks(true);
        environment.add_template("page", template)?;
        let html = environment.get_template("page")?.render(self.context())?;
        let csv = |section: &Section| Ok((format!("{}.csv", section.id), section.csv(self.period())?));
        let csvs = self.sections.iter().map(csv).collect::<Result<Vec<_>, ReportError>>()?;
        let json = serde_json::to_vec_pretty(&self.json()).map_err(|error| ReportError::Write(error.to_string()))?;
        Ok(Report { title: self.title(), summary: self.summary(), html, csvs, json })
    }

    fn period(&self) -> &Period {
        &self.access.period
    }

    fn chart(&self, id: &str) -> Option<&Section> {
        self.charts.iter().find(|chart| chart.id == id)
    }

    fn number(&self, name: &str) -> i64 {
        let summary = self.chart("summary").map(Section::record).unwrap_or_default();
        summary.get(name).and_then(serde_json::Value::as_i64).unwrap_or_default()
    }

    fn title(&self) -> String {
        let day = |time: jiff::Timestamp| time.to_zoned(self.period().zone.clone()).strftime("%Y-%m-%d").to_string();
        let last = self.period().until - jiff::SignedDuration::from_nanos(1);
        format!("Access report {} to {}", day(self.period().from), day(last))
    }

    /// Keys whose remark is that they were not seen.
    fn quiet_keys(&self) -> i64 {
        let Some(keys) = self.sections.iter().find(|section| section.id == "keys") else { return 0 };
        let quiet = |row: &&Vec<Cell>| {
            row.iter().any(|cell| matches!(cell, Cell::Text(text) if text.starts_with("no use seen")))
        };
        i64::try_from(keys.rows.iter().filter(quiet).count()).unwrap_or(i64::MAX)
    }

    fn keys(&self) -> i64 {
        let keys = self.sections.iter().find(|section| section.id == "keys");
        i64::try_from(keys.map_or(0, |keys| keys.rows.len())).unwrap_or(i64::MAX)
    }

    fn cards(&self) -> Vec<Card> {
        let card = |label, value: i64, note: String, alert| Card { label, value: grouped(value), note, alert };
        let root = self.number("root_direct");
        let without_mfa = self.number("logins_without_mfa");
        let trust = self.number("trust_changes");
        let quiet = self.quiet_keys();
        vec![
            card("Events", self.number("events"), format!("{} days", self.period().days()), false),
            card(
                "Principals",
                self.number("principals"),
                format!("{} of them people", grouped(self.number("people"))),
                false,
            ),
            card(
                "Denied calls",
                self.number("denied"),
                format!("{} by AWS services", grouped(self.number("denied_aws"))),
                self.number("denied") > self.number("denied_aws"),
            ),
            card(
                "Root events",
                root,
                format!("and {} through services", grouped(self.number("root_all") - root)),
                root > 0,
            ),
            card(
                "Sign-ins without MFA",
                without_mfa,
                format!("{} failed sign-ins", grouped(self.number("logins_failed"))),
                without_mfa > 0,
            ),
            card("Trust changes", trust, "that took effect".to_owned(), trust > 0),
            card("Access keys", self.keys(), format!("{} without use seen", grouped(quiet)), quiet > 0),
        ]
    }

    /// What a reader of a mail should know without opening the page.
    fn summary(&self) -> Vec<String> {
        let cards = self.cards().into_iter().map(|card| format!("{}: {} ({})", card.label, card.value, card.note));
        cards.chain([format!("Coverage: {}", self.coverage_line())]).collect()
    }

    fn coverage_line(&self) -> String {
        let Counts { objects, read, partial, failed, rejects, .. } = self.counts;
        let [objects, read, partial, failed, rejects] = [objects, read, partial, failed, rejects].map(grouped);
        let read =
            format!("{objects} log objects, {read} read whole, {partial} in part, {failed} not; {rejects} rejects");
        let Some(Hours { valid, invalid, unknown, holes }) = self.counts.digests_by_hour else { return read };
        if valid + invalid + unknown == 0 {
            return format!("{read}; no digests");
        }
        let [valid, invalid, unknown, holes] = [valid, invalid, unknown, holes].map(grouped);
        format!(
            "{read}; hours with digests: {valid} valid, {invalid} invalid, {unknown} unknown; {holes} hours of holes"
        )
    }

    fn days(&self) -> Option<Days> {
        let day = |time: jiff::Timestamp| time.to_zoned(TimeZone::UTC).date();
        let last = self.period().until - jiff::SignedDuration::from_nanos(1);
        Some(Days::new(self.chart("days")?, day(self.period().from), day(last)))
    }

    fn ranks(&self, id: &str) -> (String, Vec<Rank>) {
        let chart = self.chart(id);
        (chart.map_or_else(String::new, |chart| chart.head.title.clone()), chart.map(ranks).unwrap_or_default())
    }

    fn cell(&self, column: &Column, cell: &Cell, account: &str) -> ShownCell {
        let mut shown = ShownCell { text: String::new(), full: String::new(), items: Vec::new(), more: 0 };
        match cell {
            Cell::List(items) => {
                shown.items = items.iter().take(MAX_LISTED).cloned().collect();
                shown.more = items.len().saturating_sub(MAX_LISTED);
            }
            // The time and its offset stay together on a line.
            Cell::Time(time) => shown.text = self.period().show(*time).replacen(' ', "\n", 1).replace(' ', "\u{a0}"),
            Cell::Text(text) => {
                shown.text = short(&column.name, text, account).to_owned();
                if shown.text != *text {
                    shown.full.clone_from(text);
                }
            }
            other => shown.text = other.show(self.period()),
        }
        shown
    }

    fn shown(&self, section: &Section) -> Shown {
        let asked = self.access.keys.is_some();
        let shown =
            |column: &&Column| !section.head.hide.contains(&column.name) && (asked || column.name != "iam_last_use");
        let account = section.columns.iter().position(|column| column.name == "account");
        let row = |row: &Vec<Cell>| {
            let account = account.map(|at| row[at].show(self.period())).unwrap_or_default();
            let cells = section.columns.iter().zip(row).filter(|(column, _)| shown(column));
            cells.map(|(column, cell)| self.cell(column, cell, &account)).collect()
        };
        let columns = section.columns.iter().filter(shown).map(|column| ShownColumn {
            name: column.name.clone(),
            label: column.label(),
            kind: column.kind,
        });
        Shown {
            id: section.id.clone(),
            title: section.head.title.clone(),
            note: section.head.note.clone(),
            empty: section.head.empty.clone(),
            columns: columns.collect(),
            rows: section.rows.iter().take(MAX_ROWS).map(row).collect(),
            total: grouped(i64::try_from(section.rows.len()).unwrap_or(i64::MAX)),
            cut: section.rows.len() > MAX_ROWS,
        }
    }

    fn context(&self) -> Value {
        let time = |time: Option<jiff::Timestamp>| time.map(|time| self.period().show(time)).unwrap_or_default();
        let days = self.days();
        let silent = days.as_ref().map(|days| days.silent.clone()).unwrap_or_default();
        let counts = &self.counts;
        let lines: Vec<(&str, String)> = vec![
            ("Read from", counts.location.clone()),
            ("Log objects", self.coverage_line()),
            (
                "Events in all logs",
                format!("{} (and {} duplicates)", grouped(counts.events), grouped(counts.duplicates)),
            ),
            ("First event in all logs", time(counts.first)),
            ("Last event in all logs", time(counts.last)),
            ("Digest files among the objects", grouped(counts.digests)),
        ];
        let reasons: Vec<(String, String)> =
            counts.reasons.iter().map(|(reason, count)| (reason.clone(), grouped(*count))).collect();
        let (principals_title, principals) = self.ranks("principals");
        let (services_title, services) = self.ranks("services");
        let sections = self.sections.iter().filter(|section| section.head.page).map(|section| self.shown(section));
        context! {
            title => self.title(),
            from => self.period().show(self.period().from),
            until => self.period().show(self.period().until),
            generated => self.period().show(self.access.now),
            zone => self.period().zone.iana_name().unwrap_or("fixed offset"),
            iam_asked => self.access.keys.is_some(),
            cards => self.cards(),
            days => days,
            silent_count => silent.len(),
            silent => silent.into_iter().take(MAX_SILENT).collect::<Vec<_>>(),
            rankings => [(principals_title, principals), (services_title, services)],
            coverage => lines,
            failed => counts.failed + counts.partial > 0,
            reasons => reasons,
            logs_since => time(counts.first),
            sections => sections.collect::<Vec<_>>(),
        }
    }

    fn json(&self) -> serde_json::Value {
        let period = self.period();
        let sections: Map<_, _> =
            self.sections.iter().map(|section| (section.id.clone(), section.json(period))).collect();
        json!({
            "title": self.title(),
            "period": { "from": period.rfc3339(period.from), "until": period.rfc3339(period.until), "zone": period.zone.iana_name() },
            "generated": period.rfc3339(self.access.now),
            "summary": self.chart("summary").map(Section::record),
            "coverage": self.counts,
            "sections": sections,
        })
    }
}

/// A name without what the columns beside it tell: `user/ann` for a user of the row's account, `s3` for a service.
fn short<'a>(column: &str, text: &'a str, account: &str) -> &'a str {
    match column {
        "service" => text.strip_suffix(".amazonaws.com").unwrap_or(text),
        "principal" | "owner" | "who" if !account.is_empty() => {
            let own = text.strip_prefix("arn:aws:iam::").and_then(|rest| rest.strip_prefix(account)?.strip_prefix(':'));
            own.unwrap_or(text)
        }
        _ => text,
    }
}
