//! The rows that `UNNEST` makes of arrays and maps, as one list of rows: the shorter ones are filled with NULL.

use std::hash::Hash;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, ListArray, StructArray, UInt64Builder};
use arrow::buffer::OffsetBuffer;
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::super::function::{JSON, list_of};
use super::super::json::path::compact;
use super::maps::as_map;

/// What the cells of a row are called: this and their place from 0.
pub(crate) const CELLS: &str = "c";

/// A list of rows of all arguments, with a last cell that counts from 1 if it is to be.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct UnnestRows {
    ordinality: bool,
    signature: Signature,
}

impl UnnestRows {
    pub(crate) fn udf(ordinality: bool) -> ScalarUDF {
        Self { ordinality, signature: Signature::variadic_any(Volatility::Immutable) }.into()
    }

    /// The types of the cells that one argument makes.
    pub(crate) fn cells(kind: &DataType) -> Result<Vec<DataType>> {
        Ok(match kind {
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
                vec![item.data_type().clone()]
            }
            DataType::Map(field, _) => match field.data_type() {
                DataType::Struct(parts) => parts.iter().map(|part| part.data_type().clone()).collect(),
                other => return plan_err!("`UNNEST` of a map of {other} is not known"),
            },
            kind if *kind == JSON => vec![JSON],
            DataType::Utf8 | DataType::Utf8View => vec![DataType::Utf8View; 2],
            DataType::Null => vec![DataType::Null],
            other => return plan_err!("`UNNEST` wants an array or a map, found {other}"),
        })
    }

    fn row(&self, kinds: &[DataType]) -> Result<Fields> {
        let cells = kinds.iter().map(Self::cells).collect::<Result<Vec<_>>>()?;
        let mut cells = cells.concat();
        if self.ordinality {
            cells.push(DataType::Int64);
        }
        let fields = cells.into_iter().enumerate().map(|(at, kind)| Field::new(format!("{CELLS}{at}"), kind, true));
        Ok(fields.collect())
    }
}

impl ScalarUDFImpl for UnnestRows {
    fn name(&self) -> &str {
        if self.ordinality { "unnest_rows_numbered" } else { "unnest_rows" }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, kinds: &[DataType]) -> Result<DataType> {
        Ok(list_of(DataType::Struct(self.row(kinds)?)))
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let kinds: Vec<_> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        Ok(Field::new(self.name(), self.return_type(&kinds)?, true).into())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let lists = args.args.iter().map(|arg| columns(&arg.to_array(rows)?)).collect::<Result<Vec<_>>>()?;
        let lengths: Vec<usize> =
            (0..rows).map(|row| lists.iter().map(|list| list.rows[row].1).max().unwrap_or(0)).collect();
        let total = lengths.iter().sum();
        let mut cells: Vec<ArrayRef> = Vec::new();
        for list in &lists {
            let mut places = UInt64Builder::with_capacity(total);
            for (row, most) in lengths.iter().enumerate() {
                let (start, own) = list.rows[row];
                (0..*most).for_each(|at| places.append_option((at < own).then(|| (start + at) as u64)));
            }
            let places = places.finish();
            for values in &list.values {
                cells.push(take(values, &places, None)?);
            }
        }
        if self.ordinality {
            let numbers = lengths.iter().flat_map(|most| (1..=*most).map(|at| at as i64));
            cells.push(Arc::new(numbers.collect::<Int64Array>()));
        }
        let DataType::List(item) = args.return_field.data_type() else { return plan_err!("expected an array") };
        let DataType::Struct(fields) = item.data_type() else { return plan_err!("expected rows") };
        let found: ArrayRef = Arc::new(StructArray::try_new_with_length(fields.clone(), cells, None, total)?);
        let offsets = OffsetBuffer::from_lengths(lengths);
        Ok(ColumnarValue::Array(Arc::new(ListArray::try_new(item.clone(), offsets, found, None)?)))
    }
}

/// The values of an argument, and of each row where they begin and how many they are.
struct Spread {
    values: Vec<ArrayRef>,
    rows: Vec<(usize, usize)>,
}

/// A row that is NULL may own values all the same, which nobody is to see.
fn spans(offsets: &[i32], array: &dyn Array) -> Vec<(usize, usize)> {
    let spans = offsets.windows(2).enumerate().map(|(row, ends)| {
        let start = usize::try_from(ends[0]).unwrap_or(0);
        (start, if array.is_valid(row) { usize::try_from(ends[1]).unwrap_or(0) - start } else { 0 })
    });
    spans.collect()
}

fn columns(array: &ArrayRef) -> Result<Spread> {
    Ok(match array.data_type() {
        DataType::List(_) => list(array.as_list()),
        DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            list(arrow::compute::cast(array, &DataType::List(item.clone()))?.as_list())
        }
        kind if *kind == JSON => {
            let parsed: Vec<Option<Vec<&serde_json::value::RawValue>>> =
                array.as_string::<i64>().iter().map(|json| serde_json::from_str(json?).ok()).collect();
            let items = parsed.iter().flatten().flatten().map(|item| Some(compact(item.get())));
            let values: ArrayRef = Arc::new(items.collect::<arrow::array::LargeStringArray>());
            let lengths = parsed.iter().map(|items| items.as_ref().map_or(0, Vec::len));
            Spread { values: vec![values], rows: spans(&OffsetBuffer::from_lengths(lengths), array) }
        }
        DataType::Null => Spread { values: vec![array.slice(0, 0)], rows: vec![(0, 0); array.len()] },
        _ => {
            let map = as_map(array)?;
            Spread { values: map.entries().columns().to_vec(), rows: spans(map.value_offsets(), &map) }
        }
    })
}

fn list(list: &ListArray) -> Spread {
    Spread { values: vec![list.values().clone()], rows: spans(list.value_offsets(), list) }
}
