//! A table for people: numbers to the right, long text wrapped to the terminal, nothing in it that a terminal would obey.

use std::io::Write;

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};
use futures::StreamExt;
use jiff::tz::TimeZone;

use super::cells::Cells;
use super::visible::visible;
use crate::{Answer, QueryError};

/// Rows that are laid out together. More of them begin another table, so that memory stays bounded.
const ROWS: usize = 5000;

/// How a table is made for who reads it.
#[derive(Debug, Clone)]
pub struct People {
    /// The terminal's width; without it lines are as long as they are.
    pub width: Option<u16>,
    /// The zone of times.
    pub zone: TimeZone,
}

impl Default for People {
    fn default() -> Self {
        Self { width: None, zone: TimeZone::UTC }
    }
}

/// Writes an answer as a table and gives its number of rows.
///
/// # Errors
/// When the query stops or `out` takes no more.
pub async fn table(mut answer: Answer, mut out: impl Write + Send, people: People) -> Result<u64, QueryError> {
    let schema = answer.schema();
    let head = || {
        let mut table = Table::new();
        table.load_preset(UTF8_HORIZONTAL_ONLY);
        if let Some(width) = people.width {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        }
        table.set_header(schema.fields().iter().map(|field| visible(field.name()).into_owned()));
        table
    };
    let numeric: Vec<bool> = schema.fields().iter().map(|field| field.data_type().is_numeric()).collect();
    let mut rows = 0;
    let mut page = head();
    let mut paged = 0;
    while let Some(batch) = answer.next().await {
        let batch = batch?;
        let mut cells = Cells::in_zone(&batch, &people.zone)?;
        for row in 0..batch.num_rows() {
            let cell = |(column, numeric): (usize, &bool)| {
                let text = cells.get(column, row).unwrap_or_default();
                let cell = Cell::new(visible(&text));
                if *numeric { cell.set_alignment(CellAlignment::Right) } else { cell }
            };
            page.add_row(numeric.iter().enumerate().map(cell).collect::<Vec<_>>());
            paged += 1;
            if paged == ROWS {
                writeln!(out, "{page}")?;
                page = head();
                paged = 0;
            }
        }
        rows += batch.num_rows() as u64;
    }
    if paged > 0 || rows == 0 {
        writeln!(out, "{page}")?;
    }
    out.flush()?;
    Ok(rows)
}
