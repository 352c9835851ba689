//! Steps in Rust that the rows of a match rule pass through, for what SQL cannot say. A rule names one with `enrich`.

mod power;
mod trust;

use crate::row::Row;
use crate::settings::Settings;

/// Sees the rows of one rule in the order of event time.
pub(crate) trait Enrich: Send {
    /// What becomes of a row: `None` drops it.
    fn enrich(&mut self, row: Row) -> Option<Row>;
}

/// The step of that name.
pub(crate) fn find(name: &str, settings: &Settings) -> Option<Box<dyn Enrich>> {
    match name {
        "trust" => Some(Box::new(trust::TrustChanges::new(settings))),
        "power" => Some(Box::new(power::PolicyPower)),
        _ => None,
    }
}

/// The columns that a step adds to its rows.
pub(crate) fn adds(name: &str) -> &'static [&'static str] {
    match name {
        "trust" => &["change", "changes", "reach", "gained_by", "compared_with"],
        "power" => &["power", "actions"],
        _ => &[],
    }
}

/// True for a step that compares a row with the rows before it.
pub(crate) fn remembers(name: &str) -> bool {
    name == "trust"
}

/// Severities of `trail-iam` in our words.
fn severity(of: trail_iam::policy::Severity) -> crate::severity::Severity {
    use crate::severity::Severity;
    match of {
        trail_iam::policy::Severity::Info => Severity::Info,
        trail_iam::policy::Severity::Low => Severity::Low,
        trail_iam::policy::Severity::Medium => Severity::Medium,
        trail_iam::policy::Severity::High => Severity::High,
        trail_iam::policy::Severity::Critical => Severity::Critical,
    }
}
