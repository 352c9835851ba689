//! One Parquet file, with strings as other tools expect them.

use std::io::Write;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use futures::StreamExt;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

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

/// The schema with plain strings and bytes for views, at every depth.
fn plain_schema(schema: &SchemaRef) -> SchemaRef {
    Arc::new(Schema::new(schema.fields().iter().map(plain_field).collect::<Fields>()))
}

fn plain_field(field: &FieldRef) -> FieldRef {
    Arc::new(Field::clone(field).with_data_type(plain_type(field.data_type())))
}

fn plain_type(kind: &DataType) -> DataType {
    match kind {
        DataType::Utf8View => DataType::Utf8,
        DataType::BinaryView => DataType::Binary,
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(plain_field).collect()),
        DataType::List(item) => DataType::List(plain_field(item)),
        DataType::LargeList(item) => DataType::LargeList(plain_field(item)),
        DataType::Map(entries, sorted) => DataType::Map(plain_field(entries), *sorted),
        other => other.clone(),
    }
}
