//! Times as text: ISO 8601 and its relatives, as people write them in queries, and Trino's way to show them.

use arrow::datatypes::{DataType, TimeUnit};
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use super::{DAY_US, civil};

/// Microseconds since 1970 of `2023-01-05`, `2023-01-05 13:51[:00[.5]]`, `2023-01-05T13:51:00Z`, with an offset or a zone behind it.
/// What has no zone is UTC.
pub(crate) fn instant(text: &str) -> Option<i64> {
    let text = text.trim();
    let (time, zone) = parse(text)?;
    super::instant(time, &zone.unwrap_or(TimeZone::UTC))
}

fn number(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<i64> {
    let plain = digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

fn parse(text: &str) -> Option<(DateTime, Option<TimeZone>)> {
    let (date, rest) = text.split_at_checked(10).unwrap_or((text, ""));
    let mut parts = date.splitn(3, '-');
    let (year, month, day) =
        (number(parts.next()?, 4..=4)?, number(parts.next()?, 1..=2)?, number(parts.next()?, 1..=2)?);
    let date = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    if rest.is_empty() {
        return Some((date.to_datetime(Time::midnight()), None));
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?.trim_start();
    let end = rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.'))).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at(end);
    let zone = match zone.trim() {
        "" => None,
        "Z" | "z" | "UTC" | "GMT" => Some(TimeZone::UTC),
        name => Some(super::zone(name).ok()?),
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut parts = clock.split(':');
    let hour = number(parts.next()?, 1..=2)?;
    let minute = parts.next().map_or(Some(0), |part| number(part, 1..=2))?;
    let second = parts.next().map_or(Some(0), |part| number(part, 1..=2))?;
    if parts.next().is_some() || (!fraction.is_empty() && number(fraction, 1..=12).is_none()) {
        return None;
    }
    let nanos: i32 = format!("{fraction:0<9}")[..9].parse().ok()?;
    let small = |value: i64| i8::try_from(value).ok();
    let time = Time::new(small(hour)?, small(minute)?, small(second)?, nanos).ok()?;
    Some((date.to_datetime(time), zone))
}

/// A time as Trino's `CAST(… AS varchar)` has it: `2023-01-05 13:51:00.000 UTC`. The events' own time, which is told by its
/// precision, is text of ISO 8601 in Athena, and so it is here.
pub(crate) fn shown(us: i64, kind: &DataType) -> Option<String> {
    let zone = match kind {
        DataType::Timestamp(_, Some(name)) => super::zone(name).ok()?,
        _ => TimeZone::UTC,
    };
    let time = civil(us, &zone)?;
    Some(match kind {
        DataType::Date32 => civil(us.div_euclid(DAY_US) * DAY_US, &zone)?.date().to_string(),
        DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => {
            let precise = us.rem_euclid(1_000_000) != 0;
            time.strftime(if precise { "%Y-%m-%dT%H:%M:%S%.fZ" } else { "%Y-%m-%dT%H:%M:%SZ" }).to_string()
        }
        DataType::Timestamp(_, Some(name)) => format!("{} {name}", time.strftime("%Y-%m-%d %H:%M:%S%.3f")),
        _ => time.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string(),
    })
}
