//! Days of event time: the partitions of `cloudtrail`, in days since 1970-01-01 as Arrow's Date32 has them.

use jiff::ToSpan;
use jiff::civil::{Date, date};

const EPOCH: Date = date(1970, 1, 1);
const MICROSECONDS: i64 = 86_400_000_000;

/// The UTC day of a time in microseconds since 1970; none outside the years 0 to 9999, which no partition can name.
pub(crate) fn of(microseconds: i64) -> Option<i32> {
    let day = i32::try_from(microseconds.div_euclid(MICROSECONDS)).ok()?;
    (-719_528..=2_932_896).contains(&day).then_some(day)
}

/// `2026-03-01`, as the Delta log writes it.
pub(crate) fn text(day: i32) -> String {
    EPOCH.checked_add(day.days()).unwrap_or(EPOCH).to_string()
}

/// What [`text`] wrote.
pub(crate) fn parse(text: &str) -> Option<i32> {
    let day: Date = text.parse().ok()?;
    Some(day.since(EPOCH).ok()?.get_days())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_days() {
        let check = |microseconds: i64, expected: Option<&str>| {
            let day = of(microseconds);
            assert_eq!(day.map(text).as_deref(), expected);
            assert_eq!(day.map(text).as_deref().and_then(parse), day);
        };
        check(0, Some("1970-01-01"));
        check(-1, Some("1969-12-31"));
        check(1_772_323_199_999_999, Some("2026-02-28"));
        check(1_772_323_200_000_000, Some("2026-03-01"));
        check(253_402_300_799_999_999, Some("9999-12-31"));
        check(253_402_300_800_000_000, None);
        check(-62_167_219_200_000_000, Some("0000-01-01"));
        check(-62_167_219_200_000_001, None);
        check(i64::MIN, None);
        assert_eq!(parse("yesterday"), None);
    }
}
