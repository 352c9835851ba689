//! Parts of a time: `year`, `day_of_week` and their like, as whole numbers.

use arrow::array::ArrayRef;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use jiff::civil::DateTime;

use super::super::function::{Call, Function, Kind, text, whole};
use super::super::strings::{each_text, each_whole};
use super::Times;

macro_rules! parts {
    ($($name:literal => $part:expr),* $(,)?) => {
        vec![$(Function::new($name, &[Kind::Time], whole, |call| part(call, $part)).into()),*]
    };
}

pub(super) fn functions() -> Vec<ScalarUDF> {
    let mut functions: Vec<ScalarUDF> = parts!(
        "year" => |time| time.year().into(),
        "quarter" => |time| i64::from((time.month() + 2) / 3),
        "month" => |time| time.month().into(),
        "week" => |time| time.date().iso_week_date().week().into(),
        "week_of_year" => |time| time.date().iso_week_date().week().into(),
        "year_of_week" => |time| time.date().iso_week_date().year().into(),
        "yow" => |time| time.date().iso_week_date().year().into(),
        "day" => |time| time.day().into(),
        "day_of_month" => |time| time.day().into(),
        "day_of_week" => |time| time.weekday().to_monday_one_offset().into(),
        "dow" => |time| time.weekday().to_monday_one_offset().into(),
        "day_of_year" => |time| time.day_of_year().into(),
        "doy" => |time| time.day_of_year().into(),
        "hour" => |time| time.hour().into(),
        "minute" => |time| time.minute().into(),
        "second" => |time| time.second().into(),
        "millisecond" => |time| i64::from(time.subsec_nanosecond() / 1_000_000),
    );
    functions.push(Function::new("timezone_hour", &[Kind::Time], whole, |call| offset(call, 3_600, i64::MAX)).into());
    functions.push(Function::new("timezone_minute", &[Kind::Time], whole, |call| offset(call, 60, 60)).into());
    functions.push(Function::new("event_partition", &[Kind::Time, Kind::Text], text, partition).into());
    functions
}

fn part(call: &Call, of: fn(DateTime) -> i64) -> Result<ArrayRef> {
    let times = Times::new(&call.args[0])?;
    Ok(each_whole(call, |row| times.civil(row).map(of)))
}

fn offset(call: &Call, unit: i64, within: i64) -> Result<ArrayRef> {
    let times = Times::new(&call.args[0])?;
    Ok(each_whole(call, |row| {
        let time = jiff::Timestamp::from_microsecond(times.get(row)?).ok()?;
        Some(i64::from(times.zone.to_offset(time).seconds()) / unit % within)
    }))
}

/// The text that stands in the folder's name where CloudTrail delivers an event of this time: Athena's tables are partitioned by it.
fn partition(call: &Call) -> Result<ArrayRef> {
    let times = Times::new(&call.args[0])?;
    Ok(each_text(call, |row| {
        let time = times.civil(row)?;
        let format = match call.text(1, row)? {
            "year" => "%Y",
            "month" => "%m",
            "day" => "%d",
            "hour" => "%H",
            "date" => "%Y-%m-%d",
            _ => "%Y/%m/%d",
        };
        Some(time.strftime(format).to_string().into())
    }))
}
