//! The order of rows in a file: what is asked for together lies together, so that a reader skips the pages of all others.

use arrow::array::RecordBatch;
use arrow::compute::{SortColumn, concat, interleave_record_batch, lexsort_to_indices};

use crate::activity::column;
use crate::error::Error;
use crate::schema::Table;

/// Rows that are put in order at a time: columns of so many fit the cache while they are encoded.
const SLICE: usize = 8192;

/// The columns that rows of `table` are sorted by.
fn columns(table: Table) -> &'static [&'static str] {
    match table {
        Table::CloudTrail => &["recipientaccountid", "principal", "eventname", "eventtime"],
        Table::Sessions => &["issued_key"],
        Table::Objects | Table::Digests | Table::Proofs => &["uri"],
        Table::IamAccessKeys => &["account", "accesskeyid"],
        Table::Rejects => &["object"],
        Table::Findings | Table::Activity => &["updated_at"],
    }
}

/// The rows of `batches` in the order of `table`'s files, a slice at a time: only the order itself is held beside them.
pub(crate) fn in_order<'a>(
    table: Table,
    batches: &'a [RecordBatch],
) -> Result<impl Iterator<Item = Result<RecordBatch, Error>> + use<'a>, Error> {
    let sort_by = |name: &&str| -> Result<SortColumn, Error> {
        let parts = batches.iter().map(|batch| Ok(column(batch, name)?.as_ref())).collect::<Result<Vec<_>, Error>>()?;
        Ok(SortColumn { values: concat(&parts)?, options: None })
    };
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let places: Vec<(usize, usize)> = if rows == 0 {
        Vec::new()
    } else {
        let sort = columns(table).iter().map(sort_by).collect::<Result<Vec<_>, Error>>()?;
        let order = lexsort_to_indices(&sort, None)?;
        let ends: Vec<usize> = batches
            .iter()
            .scan(0, |end, batch| {
                *end += batch.num_rows();
                Some(*end)
            })
            .collect();
        let place = |row: usize| {
            let batch = ends.partition_point(|end| *end <= row);
            (batch, row - batch.checked_sub(1).map_or(0, |before| ends[before]))
        };
        order.values().iter().map(|row| place(*row as usize)).collect()
    };
    let all: Vec<&RecordBatch> = batches.iter().collect();
    let slices = (0..rows).step_by(SLICE);
    Ok(slices.map(move |at| Ok(interleave_record_batch(&all, &places[at..rows.min(at + SLICE)])?)))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, AsArray, Int64Array, StringViewArray};

    use super::*;

    #[test]
    fn rows_of_several_batches_come_in_order() {
        let batch = |uris: &[Option<&str>], sizes: &[i64]| {
            let schema = Table::Objects.schema();
            let columns = schema.fields().iter().map(|field| -> ArrayRef {
                match field.name().as_str() {
                    "uri" => Arc::new(uris.iter().copied().collect::<StringViewArray>()),
                    "size" => Arc::new(Int64Array::from(sizes.to_vec())),
                    _ => arrow::array::new_null_array(field.data_type(), uris.len()),
                }
            });
            RecordBatch::try_new(schema.clone(), columns.collect()).unwrap()
        };
        let batches = [batch(&[Some("c"), None], &[1, 2]), batch(&[], &[]), batch(&[Some("a"), Some("b")], &[3, 4])];
        let found: Vec<_> = in_order(Table::Objects, &batches).unwrap().map(Result::unwrap).collect();
        let sizes: Vec<i64> = found
            .iter()
            .flat_map(|batch| batch["size"].as_primitive::<arrow::datatypes::Int64Type>().values().to_vec())
            .collect();
        assert_eq!(sizes, [2, 3, 4, 1]);
        assert_eq!(in_order(Table::Objects, &[]).unwrap().count(), 0);
    }
}
