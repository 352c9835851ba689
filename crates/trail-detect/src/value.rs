//! Cells of a result as plain values: text, JSON and times.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType};
use serde_json::{Number, Value};

/// The JSON form of a cell. A time becomes ISO 8601 text in UTC.
pub(crate) fn json(array: &dyn Array, row: usize) -> Value {
    if array.is_null(row) {
        return Value::Null;
    }
    match array.data_type() {
        DataType::Utf8View | DataType::Utf8 | DataType::LargeUtf8 => match Cell::of(array, row) {
            Cell::Text(text) => Value::from(text),
            _ => Value::Null,
        },
        DataType::Boolean => Value::from(array.as_boolean().value(row)),
        DataType::Timestamp(..) => match time(array, row).and_then(|us| jiff::Timestamp::from_microsecond(us).ok()) {
            Some(time) => Value::from(time.to_string()),
            None => Value::Null,
        },
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(row);
            (0..items.len()).map(|at| json(&items, at)).collect()
        }
        DataType::Struct(fields) => {
            let parent = array.as_struct();
            let pairs = fields.iter().zip(parent.columns());
            Value::Object(pairs.map(|(field, child)| (field.name().clone(), json(child, row))).collect())
        }
        kind if kind.is_integer() => integer(array, row).map_or(Value::Null, Value::from),
        kind if kind.is_floating() => float(array, row).and_then(Number::from_f64).map_or(Value::Null, Value::Number),
        _ => arrow::util::display::array_value_to_string(array, row).map_or(Value::Null, Value::from),
    }
}

/// A cell as text; null and other types than text and times give `None`.
pub fn text(array: &dyn Array, row: usize) -> Option<String> {
    match Cell::of(array, row) {
        Cell::Text(text) => Some(text.to_owned()),
        Cell::Other(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// A cell that is looked at where it lies, if it is text.
pub(crate) enum Cell<'a> {
    Null,
    Text(&'a str),
    Other(Value),
}

impl<'a> Cell<'a> {
    pub(crate) fn of(array: &'a dyn Array, row: usize) -> Cell<'a> {
        if array.is_null(row) {
            return Cell::Null;
        }
        match array.data_type() {
            DataType::Utf8View => Cell::Text(array.as_string_view().value(row)),
            DataType::Utf8 => Cell::Text(array.as_string::<i32>().value(row)),
            DataType::LargeUtf8 => Cell::Text(array.as_string::<i64>().value(row)),
            _ => Cell::Other(json(array, row)),
        }
    }

    /// The value itself; none for null.
    pub(crate) fn into_value(self) -> Option<Value> {
        match self {
            Cell::Null | Cell::Other(Value::Null) => None,
            Cell::Text(text) => Some(Value::from(text)),
            // A list that SQL gathered has the order in which the rows came, which is nobody's.
            Cell::Other(Value::Array(mut list)) => {
                list.sort_by_cached_key(Value::to_string);
                Some(Value::Array(list))
            }
            Cell::Other(value) => Some(value),
        }
    }
}

/// A timestamp cell in microseconds since 1970.
pub fn time(array: &dyn Array, row: usize) -> Option<i64> {
    if let Some(times) = array.as_primitive_opt::<TimestampMicrosecondType>() {
        return times.is_valid(row).then(|| times.value(row));
    }
    let wanted = DataType::Timestamp(TimeUnit::Microsecond, None);
    let cast = arrow::compute::cast(&array.slice(row, 1), &wanted).ok()?;
    let cast = cast.as_primitive::<TimestampMicrosecondType>();
    cast.is_valid(0).then(|| cast.value(0))
}

/// A whole number.
pub(crate) fn integer(array: &dyn Array, row: usize) -> Option<i64> {
    let cast = arrow::compute::cast(&array.slice(row, 1), &DataType::Int64).ok()?;
    let cast = cast.as_primitive::<Int64Type>();
    cast.is_valid(0).then(|| cast.value(0))
}

fn float(array: &dyn Array, row: usize) -> Option<f64> {
    let cast = arrow::compute::cast(&array.slice(row, 1), &DataType::Float64).ok()?;
    let cast = cast.as_primitive::<Float64Type>();
    cast.is_valid(0).then(|| cast.value(0))
}
