//! Steps in Rust that the rows of a match rule pass through, for what SQL cannot say. A rule names one with `enrich`.

use crate::group::Row;
use crate::settings::Settings;

/// Sees the rows of one rule in the order of event time.
pub(crate) trait Enrich: Send {
    /// Makes rows of findings from a row: none to drop it.
    fn enrich(&mut self, row: Row) -> Vec<Row>;
}

/// The step of that name.
pub(crate) fn find(name: &str, _settings: &Settings) -> Option<Box<dyn Enrich>> {
    match name {
        _ => None,
    }
}
