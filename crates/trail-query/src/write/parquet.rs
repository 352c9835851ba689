//! One Parquet file, with strings as other tools expect them.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::compute::cast;
use futures::StreamExt;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::plain::plain_schema;
use crate::{Answer, QueryError};

/// Writes an answer as one Parquet file and gives its number of rows.
///
/// # Errors
/// When the query stops, a column has a type that Parquet lacks, or `out` takes no more.
pub async fn parquet(mut answer: Answer, out: impl Write + Send) -> Result<u64, QueryError> {
    let schema = plain_schema(&answer.schema());
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
    let failed = |error: parquet::errors::ParquetError| QueryError::Write(std::io::Error::other(error));
    let mut writer = ArrowWriter::try_new(out, schema.clone(), Some(properties)).map_err(failed)?;
    let mut rows = 0;
    while let Some(batch) = answer.next().await {
        let batch = batch?;
        let columns =
            schema.fields().iter().zip(batch.columns()).map(|(field, column)| cast(column, field.data_type()));
        let plain =
            columns.collect::<Result<Vec<_>, _>>().and_then(|columns| RecordBatch::try_new(schema.clone(), columns));
        writer.write(&plain.map_err(|error| QueryError::Engine(error.to_string()))?).map_err(failed)?;
        rows += batch.num_rows() as u64;
    }
    writer.close().map_err(failed)?;
    Ok(rows)
}
