//! The stretch of time that is wanted, as people write it, and the delivery days that it can lie in.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, SpanRelativeTo, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::error::SourceError;

/// A point in time as people write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum When {
    /// A UTC day, `2026-03-01`: its start as `from`, its end as `to`.
    Day(Date),
    /// An instant in RFC 3339, `2026-03-01T12:00:00Z`.
    At(Timestamp),
    /// So long ago, `14d`, `24h`, `90m`: seen from the moment of each use, so the window of a daemon moves on.
    Ago(Duration),
}

const FORMS: &str =
    "write a day `2026-03-01` (UTC), an instant `2026-03-01T12:00:00Z`, or how long ago: `14d`, `24h`, `90m`";

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        // jiff's date also takes longer forms and drops their time; only the plain form means a whole day.
        if text.len() == 10
            && let Ok(day) = text.parse::<Date>()
        {
            return Ok(Self::Day(day));
        }
        if let Ok(at) = text.parse::<Timestamp>() {
            return Ok(Self::At(at));
        }
        duration(text).map(Self::Ago).map_err(|_| FORMS.to_owned())
    }
}

impl TryFrom<String> for When {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map_err(|hint| format!("`{text}` is not a time: {hint}"))
    }
}

impl From<When> for String {
    fn from(when: When) -> Self {
        when.to_string()
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => write!(f, "{day}"),
            Self::At(at) => write!(f, "{at}"),
            Self::Ago(ago) => write!(f, "{}s", ago.as_secs()),
        }
    }
}

/// From when to when events are wanted; both ends may be open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Window {
    /// The first moment wanted.
    pub from: Option<When>,
    /// The end: the first moment no longer wanted (a day is wanted whole).
    pub to: Option<When>,
}

impl Window {
    /// Reads both ends as given on a command line, and refuses an end that is not after the start.
    pub fn parse(from: Option<&str>, to: Option<&str>) -> Result<Self, SourceError> {
        let read = |name: &'static str, text: Option<&str>| {
            text.map(|text| text.parse().map_err(|hint: String| SourceError::setting(name, text, hint))).transpose()
        };
        let window = Self { from: read("from", from)?, to: read("to", to)? };
        window.check(Timestamp::now())?;
        Ok(window)
    }

    /// Both ends in UTC as of `now`: the first moment wanted, and the first no longer wanted.
    pub fn bounds(&self, now: Timestamp) -> (Option<Timestamp>, Option<Timestamp>) {
        let ago = |ago: Duration| now.checked_sub(ago).unwrap_or(Timestamp::MIN);
        let from = self.from.map(|when| match when {
            When::Day(day) => start_of(day),
            When::At(at) => at,
            When::Ago(duration) => ago(duration),
        });
        let to = self.to.map(|when| match when {
            When::Day(day) => day.tomorrow().map_or(Timestamp::MAX, start_of),
            When::At(at) => at,
            When::Ago(duration) => ago(duration),
        });
        (from, to)
    }

    pub(crate) fn check(&self, now: Timestamp) -> Result<(), SourceError> {
        match self.bounds(now) {
            (Some(from), Some(to)) if from >= to => {
                Err(SourceError::setting("to", to.to_string(), format!("it must be after `from`, which is `{from}`")))
            }
            _ => Ok(()),
        }
    }

    /// The delivery days that can hold this window's events. CloudTrail files objects by the day of delivery, minutes after the
    /// event and seldom much more: a day of slack on both sides.
    pub(crate) fn days(&self, now: Timestamp) -> Days {
        let (from, to) = self.bounds(now);
        Days {
            first: from.map(|at| utc_day(at).yesterday().unwrap_or(Date::MIN)),
            // The end itself is not wanted: the day that begins with it is slack already.
            last: to.map(|at| utc_day(at.checked_sub(1.nanosecond()).unwrap_or(at)).tomorrow().unwrap_or(Date::MAX)),
        }
    }
}

/// A range of delivery days, both ends included; an open end is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Days {
    pub(crate) first: Option<Date>,
    pub(crate) last: Option<Date>,
}

impl Days {
    /// Whether any day from `first` to `last` is in this range.
    pub(crate) fn overlap(&self, first: Date, last: Date) -> bool {
        self.first.is_none_or(|mine| mine <= last) && self.last.is_none_or(|mine| mine >= first)
    }

    /// This range, but from `floor` on.
    pub(crate) fn not_before(self, floor: Date) -> Self {
        Self { first: Some(self.first.map_or(floor, |first| first.max(floor))), ..self }
    }

    /// All days of a short range, up to the day after `today` at the most; `None` when there are more than `most`.
    pub(crate) fn each(&self, today: Date, most: usize) -> Option<Vec<Date>> {
        let end = today.tomorrow().unwrap_or(today);
        let (first, last) = (self.first?, self.last.map_or(end, |last| last.min(end)));
        let days: Vec<Date> = first.series(1.day()).take_while(|day| *day <= last).take(most + 1).collect();
        (days.len() <= most).then_some(days)
    }
}

pub(crate) fn utc_day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

fn start_of(day: Date) -> Timestamp {
    day.to_zoned(TimeZone::UTC).map_or(Timestamp::MIN, |zoned| zoned.timestamp())
}

/// A length of time as text: `30s`, `5m`, `24h`, `14d`, `2w`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let hint = || "write a length of time such as `30s`, `5m`, `24h`, `14d`".to_owned();
    let span: Span = text.trim().parse().map_err(|_| hint())?;
    let length = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| hint())?;
    Ok(length.unsigned_abs())
}

/// Serde for a [`Duration`] as text.
pub(crate) mod duration_text {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(length: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}s", length.as_secs()))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(deserializer)?;
        super::duration(&text).map_err(|hint| D::Error::custom(format!("`{text}` is not a length of time: {hint}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-03-20T10:00:00Z";

    #[track_caller]
    fn check(from: Option<&str>, to: Option<&str>, expected: &str) {
        let now: Timestamp = NOW.parse().expect("a timestamp");
        let read = |text: Option<&str>| text.map(|text| text.parse::<When>()).transpose();
        let shown = match (read(from), read(to)) {
            (Ok(from), Ok(to)) => {
                let window = Window { from, to };
                let show = |at: Option<Timestamp>| at.map_or("open".to_owned(), |at| at.to_string());
                let day = |day: Option<Date>| day.map_or("open".to_owned(), |day| day.to_string());
                let ((from, to), days) = (window.bounds(now), window.days(now));
                match window.check(now) {
                    Ok(()) => format!("{} .. {}; days {} .. {}", show(from), show(to), day(days.first), day(days.last)),
                    Err(error) => error.to_string(),
                }
            }
            (Err(hint), _) | (_, Err(hint)) => hint,
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn windows_as_people_write_them() {
        check(None, None, "open .. open; days open .. open");
        check(
            Some("2026-03-01"),
            Some("2026-03-01"),
            "2026-03-01T00:00:00Z .. 2026-03-02T00:00:00Z; days 2026-02-28 .. 2026-03-02",
        );
        check(Some("14d"), None, "2026-03-06T10:00:00Z .. open; days 2026-03-05 .. open");
        check(
            Some("24h ago"),
            Some("90m"),
            "2026-03-19T10:00:00Z .. 2026-03-20T08:30:00Z; days 2026-03-18 .. 2026-03-21",
        );
        check(Some("2026-03-01T01:00:00+02:00"), None, "2026-02-28T23:00:00Z .. open; days 2026-02-27 .. open");
        check(Some("2w"), Some("P1D"), "2026-03-06T10:00:00Z .. 2026-03-19T10:00:00Z; days 2026-03-05 .. 2026-03-20");
    }

    #[test]
    fn bad_times_name_the_forms() {
        for bad in [
            "",
            "yesterday",
            "2026-02-30",
            "2026-3-1",
            "20260301",
            "2026-03-01T10:00:00",
            "14",
            "3mo",
            "1y",
            "03/01/2026",
        ] {
            check(Some(bad), None, FORMS);
        }
        check(
            Some("2026-03-02"),
            Some("2026-03-01"),
            "`2026-03-02T00:00:00Z` is not a valid `to`: it must be after `from`, which is `2026-03-02T00:00:00Z`",
        );
        let error = Window::parse(Some("tomorrow"), None).expect_err("no such form").to_string();
        assert_eq!(error, format!("`tomorrow` is not a valid `from`: {FORMS}"));
    }

    #[test]
    fn short_ranges_are_spelled_out() {
        let today: Date = "2026-03-20".parse().expect("a date");
        let days = Days::default().not_before("2026-03-18".parse().expect("a date"));
        let text: Vec<String> = days.each(today, 7).expect("short").iter().map(Date::to_string).collect();
        assert_eq!(text, ["2026-03-18", "2026-03-19", "2026-03-20", "2026-03-21"]);
        assert_eq!(days.each(today, 3), None);
        assert_eq!(Days::default().each(today, 7), None);
    }
}
