//! The values of a batch as text: times in RFC 3339, lists and structs as JSON.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, FieldRef, TimeUnit, TimestampMicrosecondType};
use arrow::json::writer::{EncoderOptions, NullableEncoder, make_encoder};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::QueryError;

enum Column<'a> {
    Plain(ArrayFormatter<'a>),
    Json(NullableEncoder<'a>),
    /// Microseconds since 1970, to be shown in a zone.
    Time(arrow::array::ArrayRef, &'a TimeZone),
}

/// A time as people are shown it: RFC 3339 with the zone's offset, `Z` for UTC.
pub fn time(us: i64, zone: &TimeZone) -> String {
    match Timestamp::from_microsecond(us) {
        Ok(time) if *zone == TimeZone::UTC => time.to_string(),
        Ok(time) => time.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string(),
        Err(_) => us.to_string(),
    }
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

    /// The same with times in a zone. Times without a zone of their own are left as they are, and so are those inside of lists
    /// and structs.
    pub(crate) fn in_zone(batch: &'a RecordBatch, zone: &'a TimeZone) -> Result<Self, QueryError> {
        let mut cells = Self::new(batch)?;
        if *zone == TimeZone::UTC {
            return Ok(cells);
        }
        for (column, array) in cells.columns.iter_mut().zip(batch.columns()) {
            if let DataType::Timestamp(_, Some(named)) = array.data_type() {
                let wanted = DataType::Timestamp(TimeUnit::Microsecond, Some(named.clone()));
                let times = arrow::compute::cast(array, &wanted);
                *column = Column::Time(times.map_err(|error| QueryError::Engine(error.to_string()))?, zone);
            }
        }
        Ok(cells)
    }

    /// The text of a cell; `None` for NULL.
    pub(crate) fn get(&mut self, column: usize, row: usize) -> Option<String> {
        if self.batch.column(column).is_null(row) {
            return None;
        }
        Some(match &mut self.columns[column] {
            Column::Plain(formatter) => formatter.value(row).to_string(),
            Column::Time(times, zone) => time(times.as_primitive::<TimestampMicrosecondType>().value(row), zone),
            Column::Json(encoder) => {
                let mut json = Vec::new();
                encoder.encode(row, &mut json);
                String::from_utf8_lossy(&json).into_owned()
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(us: i64, zone: &str, expected: &str) {
        assert_eq!(time(us, &TimeZone::get(zone).unwrap()), expected);
    }

    #[test]
    fn times_have_their_offset() {
        const WINTER: i64 = 1_767_225_600_000_000;
        const SUMMER: i64 = 1_782_864_000_250_000;
        check(WINTER, "UTC", "2026-01-01T00:00:00Z");
        check(WINTER, "Europe/Zurich", "2026-01-01T01:00:00+01:00");
        check(SUMMER, "Europe/Zurich", "2026-07-01T02:00:00.25+02:00");
        check(WINTER, "Asia/Kolkata", "2026-01-01T05:30:00+05:30");
        check(WINTER, "America/St_Johns", "2025-12-31T20:30:00-03:30");
        check(i64::MAX, "Europe/Zurich", "9223372036854775807");
    }
}
