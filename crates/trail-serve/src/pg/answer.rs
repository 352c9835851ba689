//! Rows on the wire: PostgreSQL's types, and JSON for lists and structs, as `trailwarden query` writes them.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, StringArray};
use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use arrow::json::writer::{EncoderOptions, make_encoder};
use datafusion_postgres::arrow_pg::datatypes::{encode_recordbatch, field_into_pg_type};
use datafusion_postgres::pgwire::api::Type;
use datafusion_postgres::pgwire::api::portal::Format;
use datafusion_postgres::pgwire::api::results::{FieldFormat, FieldInfo, QueryResponse};
use datafusion_postgres::pgwire::error::PgWireResult;
use datafusion_postgres::pgwire::messages::data::DataRow;
use futures::StreamExt;
use futures::stream::{self, BoxStream};

use super::error::{plain, stopped};
use crate::rows::Rows;

/// The columns of an answer. A format that the client did not say is text.
pub(super) fn fields(schema: &Schema, format: &Format) -> Vec<FieldInfo> {
    let of = |(at, field): (usize, &FieldRef)| {
        let format = match format {
            Format::UnifiedText => FieldFormat::Text,
            Format::UnifiedBinary => FieldFormat::Binary,
            Format::Individual(formats) => {
                formats.get(at).map_or(FieldFormat::Text, |format| FieldFormat::from(*format))
            }
        };
        let name = field.name().replace('\0', "\u{fffd}");
        FieldInfo::new(name, None, None, wire_type(field), format)
    };
    schema.fields().iter().enumerate().map(of).collect()
}

fn wire_type(field: &FieldRef) -> Type {
    match field.data_type() {
        DataType::Null => Type::TEXT,
        nested if nested.is_nested() => Type::JSON,
        _ => field_into_pg_type(field).unwrap_or(Type::TEXT),
    }
}

/// An answer whose rows are written as they come.
pub(super) fn response(rows: Rows, format: &Format) -> QueryResponse {
    let fields = Arc::new(fields(&rows.schema(), format));
    let described = fields.clone();
    let encoded = rows.map(move |batch| {
        let batch = batch.map_err(|error| stopped(&error)).and_then(|batch| plain_batch(&batch));
        match batch {
            Ok(batch) => batch_rows(batch, described.clone()),
            Err(error) => stream::iter([Err(error)]).boxed(),
        }
    });
    QueryResponse::new(fields, encoded.flatten())
}

fn batch_rows(batch: RecordBatch, fields: Arc<Vec<FieldInfo>>) -> BoxStream<'static, PgWireResult<DataRow>> {
    // An answer without columns has rows as well, which the encoder does not count.
    if batch.num_columns() == 0 {
        let count = batch.num_rows();
        return stream::iter((0..count).map(|_| Ok(DataRow::new(bytes::BytesMut::new(), 0)))).boxed();
    }
    stream::iter(encode_recordbatch(fields, batch)).boxed()
}

/// The batch with columns that the encoder knows.
fn plain_batch(batch: &RecordBatch) -> PgWireResult<RecordBatch> {
    let schema = batch.schema();
    let columns = schema.fields().iter().zip(batch.columns()).map(|(field, column)| plain_column(field, column));
    let columns = columns.collect::<Result<Vec<_>, _>>().map_err(|error| plain("XX000", error.to_string()))?;
    let fields = schema.fields().iter().zip(&columns);
    let fields: Vec<Field> = fields
        .map(|(field, column)| Field::clone(field).with_data_type(column.data_type().clone()).with_nullable(true))
        .collect();
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
        .map_err(|error| plain("XX000", error.to_string()))
}

fn plain_column(field: &FieldRef, column: &ArrayRef) -> Result<ArrayRef, arrow::error::ArrowError> {
    static JSON: LazyLock<Arc<EncoderOptions>> = LazyLock::new(Arc::default);
    match column.data_type() {
        nested if nested.is_nested() => {
            let mut encoder = make_encoder(field, column.as_ref(), &JSON)?;
            let cell = |row: usize| {
                (!encoder.is_null(row)).then(|| {
                    let mut json = Vec::new();
                    encoder.encode(row, &mut json);
                    String::from_utf8_lossy(&json).into_owned()
                })
            };
            Ok(Arc::new((0..column.len()).map(cell).collect::<StringArray>()))
        }
        DataType::Null => Ok(Arc::new(StringArray::new_null(column.len()))),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Ok(without_nul(column)),
        _ if field_into_pg_type(field).is_err() => arrow::compute::cast(column, &DataType::Utf8),
        _ => Ok(column.clone()),
    }
}

/// PostgreSQL's text never has a NUL, and clients written in C take it for the end: what comes after it must not vanish.
fn without_nul(column: &ArrayRef) -> ArrayRef {
    fn clean<'a>(values: impl Iterator<Item = Option<&'a str>> + Clone) -> Option<ArrayRef> {
        let dirty = values.clone().flatten().any(|text| text.as_bytes().contains(&0));
        dirty.then(|| {
            Arc::new(values.map(|text| text.map(|text| text.replace('\0', "\u{fffd}"))).collect::<StringArray>()) as _
        })
    }
    let cleaned = match column.data_type() {
        DataType::Utf8 => clean(column.as_string::<i32>().iter()),
        DataType::LargeUtf8 => clean(column.as_string::<i64>().iter()),
        _ => clean(column.as_string_view().iter()),
    };
    cleaned.unwrap_or_else(|| column.clone())
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int64Array, ListArray, StringViewArray};
    use arrow::datatypes::Int64Type;

    use super::*;

    #[test]
    fn columns_are_what_clients_know() {
        let list: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>([
            Some([Some(1), None]),
            None::<[Option<i64>; 2]>,
        ]));
        let text: ArrayRef = Arc::new(StringViewArray::from(vec!["a\0b", "c"]));
        let number: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
        let batch =
            RecordBatch::try_from_iter_with_nullable([("l\0", list, true), ("t", text, true), ("n", number, true)])
                .unwrap();
        let fields = fields(&batch.schema(), &Format::Individual(vec![1]));
        let told: Vec<_> =
            fields.iter().map(|field| format!("{} {} {:?}", field.name(), field.datatype(), field.format())).collect();
        assert_eq!(told, ["l\u{fffd} json Binary", "t text Text", "n int8 Text"]);
        let plain = plain_batch(&batch).unwrap();
        let of = |column: usize, row| arrow::util::display::array_value_to_string(plain.column(column), row).unwrap();
        assert_eq!((of(0, 0), of(0, 1), of(1, 0)), ("[1,null]".to_owned(), String::new(), "a\u{fffd}b".to_owned()));
    }
}
