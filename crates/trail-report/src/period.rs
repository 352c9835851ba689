//! A period of time, and how times are shown: always with their offset.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::ReportError;

const DAY_SECONDS: i64 = 86_400;

/// From a time on until before another, as people of a time zone see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Period {
    /// The first moment of it.
    pub from: Timestamp,
    /// The first moment after it.
    pub until: Timestamp,
    /// The time zone that times are shown in.
    pub zone: TimeZone,
}

impl Period {
    /// Refuses a period without any time in it.
    pub(crate) fn check(&self) -> Result<(), ReportError> {
        let Self { from, until, .. } = *self;
        if from < until { Ok(()) } else { Err(ReportError::EmptyPeriod { from, until }) }
    }

    /// A time with its offset: `2023-01-05 14:51:00 +01:00`.
    pub(crate) fn show(&self, time: Timestamp) -> String {
        time.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
    }

    /// A time with its offset in RFC 3339.
    pub(crate) fn rfc3339(&self, time: Timestamp) -> String {
        time.to_zoned(self.zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    /// The whole UTC days in it, as days since 1970: from one on until before another. None where it has no whole day.
    pub(crate) fn whole_days(from: Option<Timestamp>, until: Timestamp) -> Option<(i64, i64)> {
        let first = from.map_or(i64::MIN, |from| {
            let seconds = from.as_second() + i64::from(from.subsec_nanosecond() > 0);
            seconds.div_euclid(DAY_SECONDS) + i64::from(seconds.rem_euclid(DAY_SECONDS) > 0)
        });
        let last = until.as_second().div_euclid(DAY_SECONDS);
        (first < last).then_some((first, last))
    }

    /// Midnight UTC of a day since 1970.
    pub(crate) fn midnight(day: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(day * DAY_SECONDS)
    }

    /// How many days it is long, begun ones too.
    pub(crate) fn days(&self) -> i64 {
        (self.until.as_second() - self.from.as_second() + DAY_SECONDS - 1) / DAY_SECONDS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(from: &str, until: &str, days: Option<(&str, &str)>) {
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        let found = Period::whole_days(Some(time(from)), time(until));
        assert_eq!(
            found.map(|(a, b)| (Period::midnight(a), Period::midnight(b))),
            days.map(|(a, b)| (time(a), time(b)))
        );
    }

    #[test]
    fn whole_days_are_inside() {
        check("2023-01-05T00:00:00Z", "2023-01-07T00:00:00Z", Some(("2023-01-05T00:00:00Z", "2023-01-07T00:00:00Z")));
        check(
            "2023-01-05T01:00:00+02:00",
            "2023-01-07T01:00:00+02:00",
            Some(("2023-01-05T00:00:00Z", "2023-01-06T00:00:00Z")),
        );
        check("2023-01-05T00:00:00.5Z", "2023-01-06T12:00:00Z", None);
        check("1969-12-30T00:00:01Z", "1970-01-01T00:00:00Z", Some(("1969-12-31T00:00:00Z", "1970-01-01T00:00:00Z")));
    }
}
