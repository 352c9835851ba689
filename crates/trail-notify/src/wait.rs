//! Lengths of time in config files: `250ms`, `30s`, `5m`, `2h`, `14d`.

use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer, Serializer};

const UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    parse(&String::deserialize(from)?).map_err(D::Error::custom)
}

pub(crate) fn serialize<S: Serializer>(length: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&text(*length))
}

/// The length in the largest unit that keeps it whole.
pub(crate) fn text(length: Duration) -> String {
    let ms = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
    let (unit, size) = UNITS.into_iter().rev().find(|(_, size)| ms % size == 0).unwrap_or(UNITS[0]);
    if ms == 0 { "0s".to_owned() } else { format!("{}{unit}", ms / size) }
}

pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    UNITS
        .into_iter()
        .find(|(name, _)| *name == unit)
        .and_then(|(_, size)| number.parse::<u64>().ok()?.checked_mul(size))
        .map(Duration::from_millis)
        .ok_or_else(|| format!("`{text}` is not a length of time (write `30s`, `5m`, `2h` or `14d`)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths() {
        fn check(input: &str, want: Option<u64>) {
            assert_eq!(parse(input).ok(), want.map(Duration::from_millis), "{input:?}");
            if let Some(ms) = want {
                assert_eq!(parse(&text(Duration::from_millis(ms))), Ok(Duration::from_millis(ms)));
            }
        }
        check("0s", Some(0));
        check("250ms", Some(250));
        check("30s", Some(30_000));
        check("5m", Some(300_000));
        check("14d", Some(14 * 86_400_000));
        check("30", None);
        check("5 m", None);
        check("-5m", None);
        check("5w", None);
        check("99999999999999999999d", None);
        check("", None);
    }
}
