//! Values that clients bind to `$1`, `$2` and so on, as the engine takes them.

use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::ScalarValue;
use datafusion_postgres::pgwire::api::Type;

/// From 1970 to 2000, where PostgreSQL counts from.
const EPOCH_DAYS: i32 = 10_957;
const EPOCH_US: i64 = EPOCH_DAYS as i64 * 86_400_000_000;
/// Digits of PostgreSQL's binary numbers that are still read.
const DIGITS: usize = 64;

/// The Arrow type that a client means by a type of PostgreSQL; `None` where it leaves it to us.
fn meant(hint: &Type) -> Option<DataType> {
    Some(match *hint {
        Type::BOOL => DataType::Boolean,
        Type::INT2 | Type::INT4 | Type::INT8 | Type::OID => DataType::Int64,
        Type::FLOAT4 | Type::FLOAT8 => DataType::Float64,
        Type::DATE => DataType::Date32,
        Type::TIMESTAMP => DataType::Timestamp(TimeUnit::Microsecond, None),
        Type::TIMESTAMPTZ => utc(),
        _ => return None,
    })
}

fn utc() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// A value as PostgreSQL's protocol sends it: what it is meant to be (`hint`), what the plan wants (`wanted`), and its bytes.
pub(crate) fn value(
    number: usize,
    bytes: Option<&[u8]>,
    binary: bool,
    hint: &Type,
    wanted: Option<&DataType>,
) -> Result<ScalarValue, String> {
    let Some(bytes) = bytes else {
        return Ok(wanted.and_then(|kind| ScalarValue::try_from(kind).ok()).unwrap_or(ScalarValue::Null));
    };
    let found = match binary {
        true => from_binary(bytes, hint),
        false => text(bytes).map(|text| ScalarValue::Utf8(Some(text))),
    };
    let found = found.map_err(|reason| format!("`${number}` cannot be read as {}: {reason}", hint.name()))?;
    // Text for a time or a number is read as the engine reads a literal; text for text stays what it is.
    let target = match (wanted, meant(hint)) {
        (Some(wanted), _) => wanted.clone(),
        (None, Some(meant)) => meant,
        (None, None) if *hint == Type::NUMERIC => DataType::Float64,
        (None, None) => return Ok(found),
    };
    fit(number, found, &target)
}

/// A value as the plan wants it.
pub(crate) fn fit(number: usize, value: ScalarValue, target: &DataType) -> Result<ScalarValue, String> {
    let is_text = matches!(target, DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8);
    if is_text && matches!(value, ScalarValue::Utf8(_) | ScalarValue::Utf8View(_) | ScalarValue::LargeUtf8(_)) {
        return Ok(value);
    }
    // A number with a fraction is not cut to fit a whole number: it is compared as what it is.
    if target.is_integer() && matches!(value, ScalarValue::Float32(_) | ScalarValue::Float64(_)) {
        return Ok(value);
    }
    if let (ScalarValue::Utf8(Some(text)), true) = (&value, target.is_integer())
        && let Ok(fraction) = text.trim().parse::<f64>()
        && fraction.fract() != 0.0
    {
        return Ok(ScalarValue::Float64(Some(fraction)));
    }
    value.cast_to(target).map_err(|error| {
        let reason = error.strip_backtrace();
        format!("`${number}` cannot be `{value}`: {reason}")
    })
}

fn text(bytes: &[u8]) -> Result<String, String> {
    String::from_utf8(bytes.to_owned()).map_err(|_| "it is not UTF-8".to_owned())
}

fn from_binary(bytes: &[u8], hint: &Type) -> Result<ScalarValue, String> {
    fn array<const N: usize>(bytes: &[u8]) -> Result<[u8; N], String> {
        bytes.try_into().map_err(|_| format!("it has {} bytes and not {N}", bytes.len()))
    }
    Ok(match *hint {
        Type::BOOL => ScalarValue::Boolean(Some(array::<1>(bytes)?[0] != 0)),
        Type::INT2 => ScalarValue::Int64(Some(i16::from_be_bytes(array(bytes)?).into())),
        Type::INT4 => ScalarValue::Int64(Some(i32::from_be_bytes(array(bytes)?).into())),
        Type::OID => ScalarValue::Int64(Some(u32::from_be_bytes(array(bytes)?).into())),
        Type::INT8 => ScalarValue::Int64(Some(i64::from_be_bytes(array(bytes)?))),
        Type::FLOAT4 => ScalarValue::Float64(Some(f32::from_be_bytes(array(bytes)?).into())),
        Type::FLOAT8 => ScalarValue::Float64(Some(f64::from_be_bytes(array(bytes)?))),
        Type::DATE => {
            let days = i32::from_be_bytes(array(bytes)?).checked_add(EPOCH_DAYS);
            ScalarValue::Date32(Some(days.ok_or("it is no day")?))
        }
        Type::TIMESTAMP | Type::TIMESTAMPTZ => {
            let us = i64::from_be_bytes(array(bytes)?).checked_add(EPOCH_US).ok_or("it is no time")?;
            let zone = (*hint == Type::TIMESTAMPTZ).then(|| "UTC".into());
            ScalarValue::TimestampMicrosecond(Some(us), zone)
        }
        Type::NUMERIC => ScalarValue::Utf8(Some(numeric(bytes)?)),
        Type::BYTEA => ScalarValue::Binary(Some(bytes.to_owned())),
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN | Type::JSON | Type::CHAR => {
            ScalarValue::Utf8(Some(text(bytes)?))
        }
        _ => return Err("no value of this type can be bound in binary form".to_owned()),
    })
}

/// PostgreSQL's binary `numeric` as text: digits to the base of 10,000.
fn numeric(bytes: &[u8]) -> Result<String, String> {
    let mut words = bytes.chunks_exact(2).map(|word| i16::from_be_bytes([word[0], word[1]]));
    let mut next = || words.next().ok_or("it is cut off");
    let (count, weight, sign, _) = (next()?, next()?, next()?, next()?);
    let count = usize::try_from(count).ok().filter(|count| *count <= DIGITS).ok_or("it is too long")?;
    let sign = match sign {
        0 => "",
        0x4000 => "-",
        _ => return Err("it is no number".to_owned()),
    };
    let mut out = format!("{sign}0");
    for _ in 0..count {
        let digit = next()?;
        if !(0..10_000).contains(&digit) {
            return Err("it has a digit that is none".to_owned());
        }
        out.push_str(&format!("{digit:04}"));
    }
    // What was written is a whole number of 10,000ths to the power of what follows the point.
    let exponent = (i32::from(weight) - i32::try_from(count).unwrap_or(0) + 1) * 4;
    Ok(if exponent == 0 { out } else { format!("{out}e{exponent}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], binary: bool, hint: &Type, wanted: Option<&DataType>, expected: &str) {
        let found = value(1, Some(bytes), binary, hint, wanted);
        let found = found.map_or_else(|error| error, |value| format!("{:?} {value}", value.data_type()));
        assert!(found.contains(expected), "{found}");
    }

    #[test]
    fn values_become_what_the_plan_wants() {
        const TEXT: bool = false;
        const BINARY: bool = true;
        check(b"abc", TEXT, &Type::UNKNOWN, Some(&DataType::Utf8View), "Utf8 abc");
        check(b"42", TEXT, &Type::UNKNOWN, Some(&DataType::Int64), "Int64 42");
        check(b"1.5", TEXT, &Type::NUMERIC, Some(&DataType::Int64), "Float64 1.5");
        check(b"t", TEXT, &Type::BOOL, None, "Boolean true");
        check(b"2026-03-01", TEXT, &Type::UNKNOWN, Some(&utc()), "1772323200000000");
        check(b"2026-03-01 00:00:00+00", TEXT, &Type::TIMESTAMPTZ, None, "1772323200000000");
        check(b"2026-03-01 02:00:00+02:00", TEXT, &Type::TIMESTAMPTZ, Some(&utc()), "1772323200000000");
        check(b"never", TEXT, &Type::UNKNOWN, Some(&utc()), "`$1` cannot be `never`");
        check(&7i32.to_be_bytes(), BINARY, &Type::INT4, Some(&DataType::UInt64), "UInt64 7");
        check(&7i16.to_be_bytes(), BINARY, &Type::INT2, None, "Int64 7");
        check(&[1, 2, 3], BINARY, &Type::INT4, None, "`$1` cannot be read as int4: it has 3 bytes and not 4");
        check(
            &(-EPOCH_US).to_be_bytes(),
            BINARY,
            &Type::TIMESTAMPTZ,
            Some(&utc()),
            "Timestamp(Microsecond, Some(\"UTC\")) 0",
        );
        check(&i64::MAX.to_be_bytes(), BINARY, &Type::TIMESTAMP, None, "it is no time");
        check(&[0, 2, 0, 0, 0, 0, 0, 2, 0, 1, 0x13, 0x88], BINARY, &Type::NUMERIC, None, "Float64 1.5");
        check(&[0xff, 0xff, 0, 0, 0, 0, 0, 2], BINARY, &Type::NUMERIC, None, "it is too long");
        check(&[0xff], BINARY, &Type::TEXT, None, "it is not UTF-8");
        assert!(value(1, None, true, &Type::INT4, Some(&DataType::Int64)).unwrap().is_null());
    }
}
