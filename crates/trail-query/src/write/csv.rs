//! CSV with a head line. NULL is an empty field, and text is guarded against spreadsheets that run what looks like a formula.

use std::borrow::Cow;
use std::io::Write;

use futures::StreamExt;

use super::cells::{Cells, is_text};
use crate::{Answer, QueryError};

/// Text that a spreadsheet would take for a formula (it begins with `=`, `+`, `-`, `@`, a tab or a carriage return) with a
/// `'` before it, as OWASP's page on CSV injection advises; other text as it is.
pub fn guard(text: &str) -> Cow<'_, str> {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

/// Writes an answer as CSV and gives its number of rows.
///
/// # Errors
/// When the query stops or `out` takes no more.
pub async fn csv(mut answer: Answer, out: impl Write + Send) -> Result<u64, QueryError> {
    let mut writer = ::csv::Writer::from_writer(out);
    let failed = |error: ::csv::Error| QueryError::Write(std::io::Error::other(error));
    let schema = answer.schema();
    writer.write_record(schema.fields().iter().map(|field| guard(field.name()).into_owned())).map_err(failed)?;
    let text: Vec<bool> = schema.fields().iter().map(is_text).collect();
    let mut rows = 0;
    while let Some(batch) = answer.next().await {
        let batch = batch?;
        let mut cells = Cells::new(&batch)?;
        for row in 0..batch.num_rows() {
            let record = text.iter().enumerate().map(|(column, text)| {
                let cell = cells.get(column, row).unwrap_or_default();
                if *text { guard(&cell).into_owned() } else { cell }
            });
            writer.write_record(record).map_err(failed)?;
        }
        rows += batch.num_rows() as u64;
        writer.flush()?;
    }
    writer.flush()?;
    Ok(rows)
}
