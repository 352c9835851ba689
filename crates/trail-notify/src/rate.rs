//! How many messages a channel takes in a time: a bucket of tokens that fills evenly.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::wait;

/// So many messages in so much time, such as `30/1m`; or `none`, which is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rate(Option<(u32, Duration)>);

impl Rate {
    /// No limit.
    pub const NONE: Rate = Rate(None);
    /// What people's inboxes bear.
    pub const FOR_PEOPLE: Rate = Rate(Some((30, Duration::from_secs(60))));

    pub(crate) fn none() -> Self {
        Self::NONE
    }

    pub(crate) fn for_people() -> Self {
        Self::FOR_PEOPLE
    }

    /// The time that the limit is over; nothing without a limit.
    pub(crate) fn period(self) -> Duration {
        self.0.map_or(Duration::ZERO, |(_, per)| per)
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self::NONE);
        }
        let bad = || format!("`{text}` is no rate (write `30/1m` for 30 messages a minute, or `none`)");
        let (messages, per) = text.split_once('/').ok_or_else(bad)?;
        let messages: u32 = messages.trim().parse().map_err(|_| bad())?;
        let per = wait::parse(per.trim()).map_err(|_| bad())?;
        if messages == 0 || per.is_zero() { Err(bad()) } else { Ok(Self(Some((messages, per)))) }
    }
}

impl TryFrom<String> for Rate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some((messages, per)) => write!(f, "{messages}/{}", wait::text(per)),
            None => f.write_str("none"),
        }
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> Self {
        rate.to_string()
    }
}

/// The messages that a channel may still send now. Full at a start.
#[derive(Debug)]
pub(crate) struct Bucket {
    rate: Rate,
    tokens: f64,
    filled: Option<Timestamp>,
}

impl Bucket {
    pub(crate) fn new(rate: Rate) -> Self {
        Self { rate, tokens: rate.0.map_or(f64::INFINITY, |(messages, _)| f64::from(messages)), filled: None }
    }

    /// How many messages may go at `now`.
    pub(crate) fn free(&mut self, now: Timestamp) -> u32 {
        let Some((messages, per)) = self.rate.0 else { return u32::MAX };
        // A clock that was set back fills nothing.
        let passed = self.filled.map_or(0.0, |filled| now.duration_since(filled).as_secs_f64().max(0.0));
        self.filled = Some(now);
        let fresh = passed * f64::from(messages) / per.as_secs_f64();
        self.tokens = (self.tokens + fresh).min(f64::from(messages));
        // A token that is due to the millisecond counts, though the sum of fractions may be a hair short of it.
        (self.tokens + 1e-6) as u32
    }

    /// One message goes.
    pub(crate) fn take(&mut self) {
        self.tokens = (self.tokens - 1.0).max(0.0);
    }

    /// When the next message may go, if none may go now.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        let (messages, per) = self.rate.0?;
        let missing = 1.0 - 1e-6 - self.tokens;
        if missing <= 0.0 {
            return None;
        }
        let wait = (missing * per.as_millis() as f64 / f64::from(messages)).ceil();
        self.filled?.checked_add(SignedDuration::from_millis(wait as i64)).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sample::at;

    #[test]
    fn rates() {
        fn check(text: &str, want: Option<(u32, u64)>) {
            let rate = text.parse::<Rate>();
            assert_eq!(rate.clone().ok().map(|r| r.0.map(|(n, per)| (n, per.as_secs()))), want.map(Some), "{text}");
            if let Ok(rate) = rate {
                assert_eq!(rate.to_string().parse(), Ok(rate));
            }
        }
        check("30/1m", Some((30, 60)));
        check("1 / 5s", Some((1, 5)));
        assert_eq!("none".parse(), Ok(Rate::NONE));
        for bad in ["", "30", "30/", "/1m", "0/1m", "30/0s", "-1/1m", "30/minute", "1.5/1s"] {
            check(bad, None);
        }
        assert!("30".parse::<Rate>().unwrap_err().contains("`30` is no rate (write `30/1m`"));
    }

    #[test]
    fn tokens_come_back_evenly() {
        let mut bucket = Bucket::new("2/10s".parse().unwrap());
        assert_eq!((bucket.free(at(0)), bucket.next()), (2, None));
        bucket.take();
        bucket.take();
        assert_eq!((bucket.free(at(0)), bucket.next()), (0, Some(at(5))));
        assert_eq!((bucket.free(at(4)), bucket.next()), (0, Some(at(5))));
        assert_eq!(bucket.free(at(5)), 1);
        // Set back, then far ahead: never more than all.
        assert_eq!(bucket.free(at(-100)), 1);
        assert_eq!(bucket.free(at(9_000)), 2);
        assert_eq!(Bucket::new(Rate::NONE).free(at(0)), u32::MAX);
    }

    proptest! {
        #[test]
        fn never_more_than_the_rate(steps in prop::collection::vec(0i64..40, 1..80), messages in 1u32..20, per in 1u64..100) {
            let mut bucket = Bucket::new(Rate(Some((messages, Duration::from_secs(per)))));
            let (mut now, mut sent) = (0, 0u32);
            for step in steps {
                now += step;
                while bucket.free(at(now)) > 0 {
                    bucket.take();
                    sent += 1;
                }
                let most = f64::from(messages) * (1.0 + now as f64 / per as f64);
                prop_assert!(f64::from(sent) <= most + 1e-3, "{sent} > {most}");
                let next = bucket.next().unwrap();
                prop_assert!(bucket.free(next) >= 1 && next > at(now));
                bucket.take();
                sent += 1;
                now = next.duration_since(at(0)).as_secs() + 1;
            }
        }
    }
}
