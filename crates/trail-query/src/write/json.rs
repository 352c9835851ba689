//! JSON: one array, or one object a line. NULL is `null`, times are RFC 3339 text, JSON columns stay text.

use std::io::Write;

use arrow::json::writer::{JsonArray, JsonFormat, LineDelimited, WriterBuilder};
use futures::StreamExt;

use crate::{Answer, QueryError};

/// Writes an answer as one JSON array and gives its number of rows.
///
/// # Errors
/// When the query stops or `out` takes no more.
pub async fn json(answer: Answer, out: impl Write + Send) -> Result<u64, QueryError> {
    write::<JsonArray>(answer, out).await
}

/// Writes an answer as one JSON object a line, each batch as it comes, and gives its number of rows.
///
/// # Errors
/// When the query stops or `out` takes no more.
pub async fn ndjson(answer: Answer, out: impl Write + Send) -> Result<u64, QueryError> {
    write::<LineDelimited>(answer, out).await
}

async fn write<F: JsonFormat + Send>(mut answer: Answer, mut out: impl Write + Send) -> Result<u64, QueryError> {
    let mut rows = 0;
    {
        let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, F>(&mut out);
        let failed = |error: arrow::error::ArrowError| match error {
            arrow::error::ArrowError::IoError(_, source) => QueryError::Write(source),
            other => QueryError::Statement(other.to_string()),
        };
        while let Some(batch) = answer.next().await {
            let batch = batch?;
            writer.write(&batch).map_err(failed)?;
            rows += batch.num_rows() as u64;
            writer.get_mut().flush()?;
        }
        writer.finish().map_err(failed)?;
    }
    out.flush()?;
    Ok(rows)
}
