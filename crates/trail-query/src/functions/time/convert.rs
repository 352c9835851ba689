//! Times from text and numbers, and back.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use arrow::datatypes::{DataType, Float64Type, TimeUnit};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use jiff::tz::TimeZone;

use super::super::function::{Call, Function, Kind, Types, moment, number, text};
use super::super::strings::each_text;
use super::{Times, array, civil, instant, iso, zone};

pub(super) fn functions() -> Vec<ScalarUDF> {
    use Kind::{Number, Text, Time};
    vec![
        Function::new("from_iso8601_timestamp", &[Text], |_| Ok(moment()), from_iso).into(),
        Function::new("from_iso8601_date", &[Text], |_| Ok(DataType::Date32), from_iso).into(),
        Function::new("to_iso8601", &[Time], text, to_iso).into(),
        Function::new("time_text", &[Kind::Any], text, time_text).into(),
        Function::new("date", &[Time], |_| Ok(DataType::Date32), date).into(),
        Function::new("from_unixtime", &[Number, Text], |types| zoned(types, 1), from_unixtime).at_least(1).into(),
        Function::new("to_unixtime", &[Time], number, to_unixtime).into(),
        Function::new("at_timezone", &[Time, Text], |types| zoned(types, 1), at_timezone).into(),
        Function::new("with_timezone", &[Time, Text], |types| zoned(types, 1), with_timezone).into(),
    ]
}

/// Text that is no time gives NULL, where Trino fails.
fn from_iso(call: &Call) -> Result<ArrayRef> {
    array((0..call.rows).map(|row| iso::instant(call.text(0, row)?)), &call.gives)
}

fn to_iso(call: &Call) -> Result<ArrayRef> {
    let (times, kind) = (Times::new(&call.args[0])?, call.args[0].data_type());
    Ok(each_text(call, |row| {
        let us = times.get(row)?;
        let time = civil(us, &times.zone)?;
        let text = match kind {
            DataType::Date32 => return iso::shown(us, kind).map(Into::into),
            DataType::Timestamp(_, None) => time.strftime("%Y-%m-%dT%H:%M:%S%.3f").to_string(),
            _ if times.zone == TimeZone::UTC => time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
            _ => {
                let stamp = jiff::Timestamp::from_microsecond(us).ok()?.to_zoned(times.zone.clone());
                stamp.strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
            }
        };
        Some(text.into())
    }))
}

/// `CAST(time AS varchar)`: the planner puts it there.
fn time_text(call: &Call) -> Result<ArrayRef> {
    let (times, kind) = (Times::new(&call.args[0])?, call.args[0].data_type());
    Ok(each_text(call, |row| iso::shown(times.get(row)?, kind).map(Into::into)))
}

fn date(call: &Call) -> Result<ArrayRef> {
    let times = Times::new(&call.args[0])?;
    let days = (0..call.rows).map(|row| {
        let day = times.civil(row)?.date();
        instant(day.to_datetime(jiff::civil::Time::midnight()), &TimeZone::UTC)
    });
    array(days, &call.gives)
}

/// A timestamp in the zone that an argument names, if that is a constant.
fn zoned(types: &Types<'_>, argument: usize) -> Result<DataType> {
    let name = types.text(argument).unwrap_or("UTC");
    zone(name)?;
    Ok(DataType::Timestamp(TimeUnit::Millisecond, Some(name.into())))
}

fn from_unixtime(call: &Call) -> Result<ArrayRef> {
    let seconds = call.args[0].as_primitive::<Float64Type>();
    #[expect(clippy::cast_possible_truncation, reason = "microseconds of any year that there is")]
    let us = seconds.iter().map(|seconds| seconds.map(|seconds| (seconds * 1e6).round() as i64));
    array(us, &call.gives)
}

fn to_unixtime(call: &Call) -> Result<ArrayRef> {
    let times = Times::new(&call.args[0])?;
    #[expect(clippy::cast_precision_loss, reason = "seconds as a double are what is asked for")]
    let seconds = (0..call.rows).map(|row| times.get(row).map(|us| us as f64 / 1e6));
    Ok(Arc::new(seconds.collect::<Float64Array>()))
}

fn at_timezone(call: &Call) -> Result<ArrayRef> {
    let times = Times::new(&call.args[0])?;
    array((0..call.rows).map(|row| times.get(row).filter(|_| call.args[1].is_valid(row))), &call.gives)
}

/// The clock's time, said of another zone.
fn with_timezone(call: &Call) -> Result<ArrayRef> {
    let times = Times::new(&call.args[0])?;
    let zones = (0..call.rows).map(|row| call.text(1, row).map(zone).transpose()).collect::<Result<Vec<_>>>()?;
    array((0..call.rows).map(|row| instant(times.civil(row)?, zones[row].as_ref()?)), &call.gives)
}
