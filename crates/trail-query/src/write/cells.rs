//! The values of a batch as text: times in RFC 3339, lists and structs as JSON.

use std::sync::{Arc, LazyLock};

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, FieldRef};
use arrow::json::writer::{EncoderOptions, NullableEncoder, make_encoder};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::QueryError;

enum Column<'a> {
    Plain(ArrayFormatter<'a>),
    Json(NullableEncoder<'a>),
}

/// The columns of a batch, ready to be asked cell by cell.
pub(crate) struct Cells<'a> {
    batch: &'a RecordBatch,
    columns: Vec<Column<'a>>,
}

pub(crate) fn is_text(field: &FieldRef) -> bool {
    // Lists and structs may hold text, so they are treated as such.
    !(field.data_type().is_numeric() || field.data_type().is_temporal() || field.data_type() == &DataType::Boolean)
}

impl<'a> Cells<'a> {
    pub(crate) fn new(batch: &'a RecordBatch) -> Result<Self, QueryError> {
        const PLAIN: FormatOptions<'static> = FormatOptions::new();
        static JSON: LazyLock<Arc<EncoderOptions>> = LazyLock::new(Arc::default);
        let schema = batch.schema_ref();
        let column = |(field, array): (&'a FieldRef, &'a arrow::array::ArrayRef)| {
            Ok::<_, arrow::error::ArrowError>(match field.data_type().is_nested() {
                true => Column::Json(make_encoder(field, array.as_ref(), &JSON)?),
                false => Column::Plain(ArrayFormatter::try_new(array.as_ref(), &PLAIN)?),
            })
        };
        let columns = schema.fields().iter().zip(batch.columns()).map(column).collect::<Result<_, _>>();
        Ok(Self { batch, columns: columns.map_err(|error| QueryError::Engine(error.to_string()))? })
    }

    /// The text of a cell; `None` for NULL.
    pub(crate) fn get(&mut self, column: usize, row: usize) -> Option<String> {
        if self.batch.column(column).is_null(row) {
            return None;
        }
        Some(match &mut self.columns[column] {
            Column::Plain(formatter) => formatter.value(row).to_string(),
            Column::Json(encoder) => {
                let mut json = Vec::new();
                encoder.encode(row, &mut json);
                String::from_utf8_lossy(&json).into_owned()
            }
        })
    }
}
