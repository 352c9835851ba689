//! Reports for auditors: the queries under `queries/reports/` over a period of time, as one HTML file, CSV and JSON.
//!
//! A report says what it has seen and never more: keys have "no use seen in these logs since", coverage stands on the first page.
//! Knows nothing of recipients and schedules.

mod access;
mod cell;
mod chart;
mod coverage;
mod error;
mod page;
mod period;
mod section;

pub use access::{Access, IamKey, access_report};
pub use coverage::Coverage;
pub use error::ReportError;
pub use period::Period;

/// A finished report.
#[derive(Debug, Clone)]
pub struct Report {
    /// What it is, in a line.
    pub title: String,
    /// What it says, in a few lines of plain text, for a mail.
    pub summary: Vec<String>,
    /// One self-contained page.
    pub html: String,
    /// A file name and its bytes for every section; text is guarded against spreadsheet formulas.
    pub csvs: Vec<(String, Vec<u8>)>,
    /// Everything, for programs.
    pub json: Vec<u8>,
}
