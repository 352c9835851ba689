//! Answers written out: a table for people, CSV, JSON, NDJSON and Parquet for programs. Everything from a log is hostile, so
//! tables show control characters instead of sending them to a terminal, and CSV holds no formulas.

mod cells;
mod csv;
mod json;
mod parquet;
mod table;
mod vertical;
mod visible;

use std::io::Write;

use serde::{Deserialize, Serialize};

pub use self::cells::time;
pub use self::csv::{csv, guard};
pub use self::json::{json, ndjson};
pub use self::parquet::parquet;
pub use self::table::{People, table};
pub use self::vertical::vertical;
pub use self::visible::{Visible, visible};
use crate::{Answer, QueryError};

/// The forms that an answer can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people.
    Table,
    /// For people, a line a column.
    Vertical,
    /// RFC 4180 with a head line; text that a spreadsheet would take for a formula gets a `'` before it.
    Csv,
    /// One array of objects.
    Json,
    /// One object a line, as the rows come.
    Ndjson,
    /// One file with zstd; strings are plain strings.
    Parquet,
}

/// Writes an answer as its rows come and gives their number. `people` is for what people read: programs get times in UTC.
///
/// # Errors
/// When the query stops or `out` takes no more.
pub async fn write(format: Format, answer: Answer, out: impl Write + Send, people: People) -> Result<u64, QueryError> {
    match format {
        Format::Table => table(answer, out, people).await,
        Format::Vertical => vertical(answer, out, people).await,
        Format::Csv => csv(answer, out).await,
        Format::Json => json(answer, out).await,
        Format::Ndjson => ndjson(answer, out).await,
        Format::Parquet => parquet(answer, out).await,
    }
}
