//! Event times as text to microseconds since 1970-01-01T00:00:00Z.

const MICROS: i64 = 1_000_000;

/// Reads `2026-03-01T12:00:00Z` and its lenient relatives: a blank for the `T`, a fraction, an offset, no zone (then UTC).
///
/// `None` is text that is no time, or a date that does not exist.
pub(crate) fn parse(text: &[u8]) -> Option<i64> {
    let (head, rest) = text.split_at_checked(19)?;
    let separators = [head[4], head[7], head[13], head[16]];
    if separators != *b"--::" || !matches!(head[10], b'T' | b't' | b' ') {
        return None;
    }
    let (year, month, day) = (digits(&head[..4])?, digits(&head[5..7])?, digits(&head[8..10])?);
    let (hour, minute, second) = (digits(&head[11..13])?, digits(&head[14..16])?, digits(&head[17..19])?);
    if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    if rest == b"Z" {
        return Some(seconds * MICROS);
    }
    let (fraction, zone) = split_fraction(rest)?;
    Some((seconds - offset(zone)?) * MICROS + fraction)
}

fn digits(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0, |value, &byte| byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0')))
}

/// A leading `.123…` as microseconds (further digits are cut), and what stands behind it.
fn split_fraction(rest: &[u8]) -> Option<(i64, &[u8])> {
    let Some(tail) = rest.strip_prefix(b".").or_else(|| rest.strip_prefix(b",")) else {
        return Some((0, rest));
    };
    let length = tail.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if length == 0 {
        return None;
    }
    let kept = length.min(6);
    let scale = 10_i64.pow(6 - u32::try_from(kept).ok()?);
    Some((digits(&tail[..kept])? * scale, &tail[length..]))
}

/// `Z`, nothing, `+02:00`, `+0200` or `+02` in seconds east of UTC.
fn offset(zone: &[u8]) -> Option<i64> {
    let (sign, tail) = match zone {
        [] | [b'Z' | b'z'] => return Some(0),
        [b'+', tail @ ..] => (1, tail),
        [b'-', tail @ ..] => (-1, tail),
        _ => return None,
    };
    let (hours, minutes) = match tail {
        [_, _] => (digits(tail)?, 0),
        [_, _, b':', _, _] => (digits(&tail[..2])?, digits(&tail[3..])?),
        [_, _, _, _] => (digits(&tail[..2])?, digits(&tail[2..])?),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date in the proleptic Gregorian calendar.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    #[track_caller]
    fn check(text: &str, expected: Option<i64>) {
        assert_eq!(super::parse(text.as_bytes()), expected, "{text}");
    }

    #[test]
    fn times() {
        check("1970-01-01T00:00:00Z", Some(0));
        check("2021-07-29T13:02:53Z", Some(1_627_563_773_000_000));
        check("2024-02-29 00:00:00", Some(1_709_164_800_000_000));
        check("2026-03-01T12:00:00.5Z", Some(1_772_366_400_500_000));
        check("2026-03-01T12:00:00.123456789Z", Some(1_772_366_400_123_456));
        check("2026-03-01T14:00:00+02:00", Some(1_772_366_400_000_000));
        check("2026-03-01T14:00:00+0200", Some(1_772_366_400_000_000));
        check("2023-02-29T00:00:00Z", None);
        check("2026-13-01T00:00:00Z", None);
        check("2026-03-01T24:00:00Z", None);
        check("2026-03-01", None);
        check("yesterday", None);
        check("2026-03-01T12:00:00.Z", None);
        check("2026-03-01T12:00:00+99:00", None);
    }
}
