//! Findings for people: a table on the terminal, the gravest first.

use std::collections::BTreeMap;
use std::io::Write;

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{Cell, CellAlignment, Color, ContentArrangement, Table};
use jiff::tz::TimeZone;
use trail_detect::{Finding, Severity};
use trail_query::write::visible;

/// Writes the findings as a table; nothing if there are none.
pub(crate) fn table(
    out: &mut impl Write,
    findings: &[Finding],
    width: Option<u16>,
    zone: &TimeZone,
) -> std::io::Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    if let Some(width) = width {
        table.set_width(width);
    }
    table.set_header(["severity", "what", "who", "events", "first", "last", "detection"]);
    for finding in findings {
        table.add_row([
            severity(finding.severity),
            Cell::new(visible(&finding.title)),
            Cell::new(visible(finding.principal.as_deref().unwrap_or("-"))),
            Cell::new(finding.count).set_alignment(CellAlignment::Right),
            Cell::new(shown(finding.first, zone)),
            Cell::new(shown(finding.last, zone)),
            Cell::new(visible(&finding.detection)),
        ]);
    }
    writeln!(out, "{table}")
}

fn severity(severity: Severity) -> Cell {
    let color = match severity {
        Severity::Critical | Severity::High => Color::Red,
        Severity::Medium => Color::Yellow,
        Severity::Low => Color::Cyan,
        Severity::Info => Color::Grey,
    };
    Cell::new(severity.as_str()).fg(color)
}

/// A time for people, or a dash.
pub(crate) fn shown(us: Option<i64>, zone: &TimeZone) -> String {
    us.map_or_else(|| "-".to_owned(), |us| trail_query::write::time(us, zone))
}

/// A time for programs: in UTC.
pub(crate) fn time(us: Option<i64>) -> String {
    shown(us, &TimeZone::UTC)
}

/// How many findings there are of each severity that has any.
pub(crate) fn tally(findings: &[Finding]) -> String {
    let all = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info];
    let counts: Vec<String> = all
        .into_iter()
        .map(|severity| (severity, findings.iter().filter(|finding| finding.severity == severity).count()))
        .filter(|&(_, count)| count > 0)
        .map(|(severity, count)| format!("{count} {}", severity.as_str()))
        .collect();
    if counts.is_empty() {
        "no findings".to_owned()
    } else {
        format!("{} findings: {}", findings.len(), counts.join(", "))
    }
}

/// How many findings each exception covers.
pub(crate) fn by_exception(suppressed: &[Finding]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for name in suppressed.iter().filter_map(Finding::suppressed_by) {
        *counts.entry(name.to_owned()).or_insert(0) += 1;
    }
    counts
}
