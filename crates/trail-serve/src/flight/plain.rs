//! Columns that every Arrow client knows: views of strings and bytes, which are young, become plain ones.

use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use arrow::error::ArrowError;

/// The schema with plain types. Any column may be NULL: what a plan says of that before it is optimized and after is not the same,
/// and clients refuse rows whose schema is not the one that they were told.
pub(super) fn schema(schema: &Schema) -> SchemaRef {
    let column = |given: &FieldRef| Field::new(given.name(), kind(given.data_type()), true);
    Arc::new(Schema::new(schema.fields().iter().map(column).collect::<Fields>()))
}

fn field(field: &FieldRef) -> FieldRef {
    let kind = kind(field.data_type());
    if kind == *field.data_type() { field.clone() } else { Arc::new(Field::clone(field).with_data_type(kind)) }
}

fn kind(given: &DataType) -> DataType {
    match given {
        DataType::Utf8View => DataType::Utf8,
        DataType::BinaryView => DataType::Binary,
        DataType::List(item) | DataType::ListView(item) => DataType::List(field(item)),
        DataType::LargeList(item) | DataType::LargeListView(item) => DataType::LargeList(field(item)),
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(field(item), *size),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(field).collect()),
        DataType::Map(entries, sorted) => DataType::Map(field(entries), *sorted),
        other => other.clone(),
    }
}

/// The batch with plain types.
pub(super) fn batch(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().zip(schema.fields()).map(|(column, field)| {
        if column.data_type() == field.data_type() { Ok(column.clone()) } else { cast(column, field.data_type()) }
    });
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(schema.clone(), columns.collect::<Result<_, _>>()?, &options)
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, ArrayRef, AsArray, ListArray, StringViewArray, StructArray};
    use arrow::buffer::OffsetBuffer;

    use super::*;

    #[test]
    fn views_become_plain_at_any_depth() {
        let text = Arc::new(StringViewArray::from(vec!["one that is longer than twelve bytes", "x"])) as ArrayRef;
        let inner =
            Arc::new(StructArray::from(vec![(Arc::new(Field::new("arn", DataType::Utf8View, true)), text.clone())]))
                as ArrayRef;
        let item = Arc::new(Field::new("item", inner.data_type().clone(), true));
        let list = Arc::new(ListArray::new(item, OffsetBuffer::from_lengths([2, 0]), inner, None)) as ArrayRef;
        let given = RecordBatch::try_from_iter_with_nullable([("t", text, true), ("l", list, true)]).unwrap();
        let wanted = schema(&given.schema());
        assert!(!format!("{wanted:?}").contains("View"), "{wanted:?}");
        let found = batch(&given, &wanted).unwrap();
        assert_eq!(found.column(0).as_string::<i32>().value(0), "one that is longer than twelve bytes");
        let inner = found.column(1).as_list::<i32>().values().as_struct().column(0).clone();
        assert_eq!(inner.as_string::<i32>().value(1), "x");
    }
}
