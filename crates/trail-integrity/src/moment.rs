//! Times from foreign text, held to years in which adding and subtracting hours cannot overflow.

use jiff::Timestamp;

/// The first moment of 1970 to that of the year 3000, in seconds.
const YEARS: std::ops::Range<i64> = 0..32_503_680_000;

/// The time, if it is of a year that a log can be of.
pub(crate) fn plausible(at: Timestamp) -> Option<Timestamp> {
    YEARS.contains(&at.as_second()).then_some(at)
}

/// A time as text with its offset, if it is one that a log can be of.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    text.parse().ok().and_then(plausible)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_years_of_logs_count() {
        for good in ["1970-01-01T00:00:00Z", "2999-12-31T23:59:59Z", "2026-03-01T00:00:00+01:00"] {
            assert!(parse(good).is_some(), "{good}");
        }
        for wrong in
            ["3000-01-01T00:00:00Z", "9999-12-30T22:00:00Z", "-009999-01-02T02:00:00Z", "1969-12-31T23:59:59Z", "noon"]
        {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
