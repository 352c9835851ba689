//! Arithmetic of times: `date_add`, `date_diff`, `date_trunc`, `last_day_of_month`.

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::ScalarUDF;
use jiff::ToSpan;
use jiff::civil::{DateTime, Time, date};

use super::super::function::{Call, Function, Kind, whole};
use super::super::strings::each_whole;
use super::{Times, array, instant};

pub(super) fn functions() -> Vec<ScalarUDF> {
    use Kind::{Text, Time, Whole};
    vec![
        Function::new("date_add", &[Text, Whole, Time], |types| Ok(types.of[2].clone()), add).into(),
        Function::new("date_diff", &[Text, Time, Time], whole, diff).into(),
        Function::new("date_trunc", &[Text, Time], |types| Ok(types.of[1].clone()), truncate).into(),
        Function::new("last_day_of_month", &[Time], |_| Ok(DataType::Date32), last_day).into(),
    ]
}

/// Units of one length, in microseconds.
const FIXED: [(&str, i64); 6] = [
    ("millisecond", 1_000),
    ("second", 1_000_000),
    ("minute", 60_000_000),
    ("hour", 3_600_000_000),
    ("day", 86_400_000_000),
    ("week", 604_800_000_000),
];

/// Units of the calendar, in months.
const MONTHS: [(&str, i64); 3] = [("month", 1), ("quarter", 3), ("year", 12)];

#[derive(Clone, Copy)]
enum Unit {
    /// Microseconds; the clock goes on by them.
    Length(i64),
    /// Days of the calendar, which may have 23 or 25 hours.
    Days(i64),
    Months(i64),
}

fn unit(name: &str) -> Result<Unit> {
    let wanted = name.to_ascii_lowercase();
    let wanted = wanted.strip_suffix('s').unwrap_or(&wanted);
    if let Some((_, months)) = MONTHS.iter().find(|(name, _)| *name == wanted) {
        return Ok(Unit::Months(*months));
    }
    match FIXED.iter().find(|(name, _)| *name == wanted) {
        Some((_, length)) if *length >= 86_400_000_000 => Ok(Unit::Days(*length / 86_400_000_000)),
        Some((_, length)) => Ok(Unit::Length(*length)),
        None => {
            let names: Vec<_> = FIXED.iter().chain(&MONTHS).map(|(name, _)| *name).collect();
            plan_err!("`{name}` is not a unit of time (there are: {})", names.join(", "))
        }
    }
}

fn units(call: &Call, argument: usize) -> Result<Vec<Option<Unit>>> {
    (0..call.rows).map(|row| call.text(argument, row).map(unit).transpose()).collect()
}

fn add(call: &Call) -> Result<ArrayRef> {
    let (units, times) = (units(call, 0)?, Times::new(&call.args[2])?);
    let shifted = (0..call.rows).map(|row| {
        let (count, us) = (call.whole(1, row)?, times.get(row)?);
        let time = times.civil(row)?;
        let moved = match units[row]? {
            Unit::Length(length) => return us.checked_add(length.checked_mul(count)?),
            Unit::Days(days) => time.checked_add(jiff::Span::new().try_days(count.checked_mul(days)?).ok()?).ok()?,
            Unit::Months(months) => {
                time.checked_add(jiff::Span::new().try_months(count.checked_mul(months)?).ok()?).ok()?
            }
        };
        instant(moved, &times.zone)
    });
    array(shifted, &call.gives)
}

/// Whole units from the first time to the second: 23 hours are no day.
fn diff(call: &Call) -> Result<ArrayRef> {
    let (units, from, to) = (units(call, 0)?, Times::new(&call.args[1])?, Times::new(&call.args[2])?);
    Ok(each_whole(call, |row| match units[row]? {
        Unit::Length(length) => Some(to.get(row)?.checked_sub(from.get(row)?)? / length),
        Unit::Days(days) => {
            let (from, to) = (from.civil(row)?, to.civil(row)?);
            let hours =
                from.until(to).ok()?.total((jiff::Unit::Day, jiff::SpanRelativeTo::days_are_24_hours())).ok()?;
            #[expect(clippy::cast_possible_truncation, reason = "cut off on purpose")]
            Some(hours.trunc() as i64 / days)
        }
        Unit::Months(months) => Some(whole_months(from.civil(row)?, to.civil(row)?) / months),
    }))
}

fn whole_months(from: DateTime, to: DateTime) -> i64 {
    let count = |time: DateTime| i64::from(time.year()) * 12 + i64::from(time.month());
    let months = count(to) - count(from);
    let reached = |months: i64| jiff::Span::new().try_months(months).ok().and_then(|span| from.checked_add(span).ok());
    match reached(months) {
        Some(reached) if months > 0 && reached > to => months - 1,
        Some(reached) if months < 0 && reached < to => months + 1,
        _ => months,
    }
}

fn truncate(call: &Call) -> Result<ArrayRef> {
    let times = Times::new(&call.args[1])?;
    let names: Vec<Option<String>> = (0..call.rows).map(|row| call.text(0, row).map(str::to_ascii_lowercase)).collect();
    for name in names.iter().flatten() {
        unit(name)?;
    }
    let start = |time: DateTime, unit: &str| -> Option<DateTime> {
        let midnight = |date: jiff::civil::Date| date.to_datetime(Time::midnight());
        let day = time.date();
        Some(match unit {
            "millisecond" => {
                time.with().subsec_nanosecond(time.subsec_nanosecond() / 1_000_000 * 1_000_000).build().ok()?
            }
            "second" => time.with().subsec_nanosecond(0).build().ok()?,
            "minute" => time.with().second(0).subsec_nanosecond(0).build().ok()?,
            "hour" => time.with().minute(0).second(0).subsec_nanosecond(0).build().ok()?,
            "day" => midnight(day),
            "week" => midnight(day.checked_sub(i64::from(day.weekday().to_monday_zero_offset()).days()).ok()?),
            "month" => midnight(day.first_of_month()),
            "quarter" => midnight(date(day.year(), (day.month() - 1) / 3 * 3 + 1, 1)),
            _ => midnight(day.first_of_year()),
        })
    };
    let cut = (0..call.rows).map(|row| instant(start(times.civil(row)?, names[row].as_deref()?)?, &times.zone));
    array(cut, &call.gives)
}

fn last_day(call: &Call) -> Result<ArrayRef> {
    let times = Times::new(&call.args[0])?;
    let last = (0..call.rows).map(|row| {
        let day = times.civil(row)?.date().last_of_month();
        instant(day.to_datetime(Time::midnight()), &jiff::tz::TimeZone::UTC)
    });
    array(last, &call.gives)
}
