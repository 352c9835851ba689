//! A row a block, a column a line: for rows that are wider than any screen.

use std::io::Write;

use futures::StreamExt;

use super::cells::Cells;
use super::table::People;
use super::visible::visible;
use crate::{Answer, QueryError};

/// Writes an answer with each column on a line of its own, and gives its number of rows. NULL is an empty line.
///
/// # Errors
/// When the query stops or `out` takes no more.
pub async fn vertical(mut answer: Answer, mut out: impl Write + Send, people: People) -> Result<u64, QueryError> {
    let schema = answer.schema();
    let names: Vec<String> = schema.fields().iter().map(|field| visible(field.name()).into_owned()).collect();
    let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let mut rows = 0;
    while let Some(batch) = answer.next().await {
        let batch = batch?;
        let mut cells = Cells::in_zone(&batch, &people.zone)?;
        for row in 0..batch.num_rows() {
            rows += 1;
            writeln!(out, "── row {rows} ──")?;
            for (column, name) in names.iter().enumerate() {
                let text = cells.get(column, row).unwrap_or_default();
                writeln!(out, "{name:<longest$}  {}", visible(&text))?;
            }
        }
    }
    out.flush()?;
    Ok(rows)
}
