//! Trino's functions of dates and times. A timestamp with a zone is read and shown in that zone; everything else is UTC.

mod convert;
mod iso;
mod parts;
mod pattern;
mod sequence;
mod shift;

pub(crate) use iso::instant as parse_instant;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, TimestampMicrosecondArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{Result, plan_datafusion_err};
use datafusion::logical_expr::ScalarUDF;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

const DAY_US: i64 = 86_400_000_000;

pub(super) fn functions() -> Vec<ScalarUDF> {
    let mut functions = parts::functions();
    functions.extend(shift::functions());
    functions.extend(convert::functions());
    functions.extend(pattern::functions());
    functions.extend(sequence::functions());
    functions
}

/// A zone by its name or offset: `America/New_York`, `+02:00`.
pub(crate) fn zone(name: &str) -> Result<TimeZone> {
    let unknown = || plan_datafusion_err!("`{name}` is not a time zone (write `Europe/Zurich` or `+02:00`)");
    if matches!(name, "UTC" | "Z" | "+00:00") {
        return Ok(TimeZone::UTC);
    }
    match name.strip_prefix(['+', '-']) {
        Some(offset) => {
            let (hours, minutes) = offset.split_once(':').unwrap_or((offset, "0"));
            let (hours, minutes): (i32, i32) =
                (hours.parse().map_err(|_| unknown())?, minutes.parse().map_err(|_| unknown())?);
            let seconds = (hours * 60 + minutes) * if name.starts_with('-') { -60 } else { 60 };
            Ok(Offset::from_seconds(seconds).map_err(|_| unknown())?.to_time_zone())
        }
        None => TimeZone::get(name).map_err(|_| unknown()),
    }
}

/// The microseconds since 1970 of a column of dates or timestamps, with the zone that they are read in.
struct Times {
    us: TimestampMicrosecondArray,
    zone: TimeZone,
}

impl Times {
    fn new(array: &ArrayRef) -> Result<Self> {
        let zone = match array.data_type() {
            DataType::Timestamp(_, Some(name)) => zone(name)?,
            _ => TimeZone::UTC,
        };
        let name = match array.data_type() {
            DataType::Timestamp(_, name) => name.clone(),
            _ => None,
        };
        let us = match array.as_primitive_opt::<Date32Type>() {
            Some(days) => days.iter().map(|day| day.map(|day| i64::from(day) * DAY_US)).collect(),
            None => {
                let array = cast(array, &DataType::Timestamp(TimeUnit::Microsecond, name))?;
                array.as_primitive::<TimestampMicrosecondType>().clone()
            }
        };
        Ok(Self { us, zone })
    }

    fn get(&self, row: usize) -> Option<i64> {
        self.us.is_valid(row).then(|| self.us.value(row))
    }

    /// What calendar and clock show in a row.
    fn civil(&self, row: usize) -> Option<DateTime> {
        civil(self.get(row)?, &self.zone)
    }
}

fn civil(us: i64, zone: &TimeZone) -> Option<DateTime> {
    let time = Timestamp::from_microsecond(us).ok()?;
    Some(zone.to_datetime(time))
}

fn instant(time: DateTime, zone: &TimeZone) -> Option<i64> {
    Some(zone.to_ambiguous_zoned(time).compatible().ok()?.timestamp().as_microsecond())
}

/// Microseconds as an array of a date or timestamp type.
fn array(us: impl Iterator<Item = Option<i64>>, kind: &DataType) -> Result<ArrayRef> {
    if *kind == DataType::Date32 {
        let days = us.map(|us| us.and_then(|us| i32::try_from(us.div_euclid(DAY_US)).ok()));
        return Ok(Arc::new(days.collect::<Date32Array>()));
    }
    let DataType::Timestamp(_, zone) = kind else {
        return Err(plan_datafusion_err!("expected a type of time, found {kind}"));
    };
    let micros = us.collect::<TimestampMicrosecondArray>().with_timezone_opt(zone.clone());
    Ok(cast(&micros, kind)?)
}
