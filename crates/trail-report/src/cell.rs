//! The values of a report's rows: few kinds, each with one form for people and one for programs.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Int64Type, TimeUnit, TimestampMicrosecondType};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use crate::period::Period;

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Nothing,
    Text(String),
    Number(i64),
    Flag(bool),
    Time(Timestamp),
    Day(Date),
    List(Vec<String>),
}

impl Cell {
    /// For people; lists are joined by a comma.
    pub(crate) fn show(&self, period: &Period) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Text(text) => text.clone(),
            Self::Number(number) => grouped(*number),
            Self::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
            Self::Time(time) => period.show(*time),
            Self::Day(day) => day.to_string(),
            Self::List(items) => items.join(", "),
        }
    }

    /// For CSV: numbers bare, times in RFC 3339.
    pub(crate) fn plain(&self, period: &Period) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Time(time) => period.rfc3339(*time),
            other => other.show(period),
        }
    }

    pub(crate) fn json(&self, period: &Period) -> Value {
        match self {
            Self::Nothing => Value::Null,
            Self::Text(text) => json!(text),
            Self::Number(number) => json!(number),
            Self::Flag(flag) => json!(flag),
            Self::Time(time) => json!(period.rfc3339(*time)),
            Self::Day(day) => json!(day.to_string()),
            Self::List(items) => json!(items),
        }
    }

    pub(crate) fn number(&self) -> i64 {
        if let Self::Number(number) = self { *number } else { 0 }
    }
}

/// `1234567` as `1,234,567`.
pub(crate) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = String::from(if number < 0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// What kind of values a column has, for the page: numbers stand to the right, flags and times do not wrap.
pub(crate) fn kind(of: &DataType) -> &'static str {
    match of {
        kind if kind.is_numeric() => "number",
        DataType::Boolean => "flag",
        kind if kind.is_temporal() => "time",
        DataType::List(_) => "list",
        _ => "text",
    }
}

/// The rows of a batch.
pub(crate) fn rows(batch: &RecordBatch) -> Result<Vec<Vec<Cell>>, arrow::error::ArrowError> {
    let columns = batch.columns().iter().map(cells).collect::<Result<Vec<_>, _>>()?;
    Ok((0..batch.num_rows()).map(|row| columns.iter().map(|column| column[row].clone()).collect()).collect())
}

fn cells(column: &ArrayRef) -> Result<Vec<Cell>, arrow::error::ArrowError> {
    let rows = 0..column.len();
    let valid = |row: usize| column.is_valid(row);
    let when = |row, cell: &dyn Fn(usize) -> Cell| if valid(row) { cell(row) } else { Cell::Nothing };
    Ok(match column.data_type() {
        DataType::Boolean => rows.map(|row| when(row, &|row| Cell::Flag(column.as_boolean().value(row)))).collect(),
        DataType::Date32 => {
            let days = column.as_primitive::<Date32Type>();
            let epoch = Date::constant(1970, 1, 1);
            let day = |row| epoch.checked_add(i64::from(days.value(row)).days()).map_or(Cell::Nothing, Cell::Day);
            rows.map(|row| when(row, &day)).collect()
        }
        DataType::Timestamp(_, zone) => {
            let times = cast(column, &DataType::Timestamp(TimeUnit::Microsecond, zone.clone()))?;
            let times = times.as_primitive::<TimestampMicrosecondType>();
            let time = |row| Timestamp::from_microsecond(times.value(row)).map_or(Cell::Nothing, Cell::Time);
            rows.map(|row| when(row, &time)).collect()
        }
        DataType::List(_) => {
            let lists = column.as_list::<i32>();
            let item = |row| {
                let items = cast(&lists.value(row), &DataType::Utf8)?;
                let items = items.as_string::<i32>().iter().flatten().map(str::to_owned).collect();
                Ok::<_, arrow::error::ArrowError>(Cell::List(items))
            };
            rows.map(|row| if valid(row) { item(row) } else { Ok(Cell::Nothing) }).collect::<Result<_, _>>()?
        }
        kind if kind.is_numeric() => {
            let numbers = cast(column, &DataType::Int64)?;
            let numbers = numbers.as_primitive::<Int64Type>();
            rows.map(|row| when(row, &|row| Cell::Number(numbers.value(row)))).collect()
        }
        _ => {
            let texts = cast(column, &DataType::Utf8)?;
            let texts = texts.as_string::<i32>();
            rows.map(|row| when(row, &|row| Cell::Text(texts.value(row).to_owned()))).collect()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }
}
