//! Trino's functions of text that DataFusion lacks, or whose meaning differs there.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Builder, ListBuilder, StringViewBuilder};
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::ScalarUDF;

use super::function::{ADDRESS, Call, Function, JSON, Kind, text, texts, whole};

pub(super) fn functions() -> Vec<ScalarUDF> {
    use Kind::{Any, Number, Text, Whole};
    vec![
        Function::new("substr", &[Text, Whole, Whole], text, substr).at_least(2).into(),
        Function::new("substring", &[Text, Whole, Whole], text, substr).at_least(2).into(),
        Function::new("split", &[Text, Text, Whole], texts, split).at_least(2).into(),
        Function::new("split_part", &[Text, Text, Whole], text, split_part).into(),
        Function::new("strpos", &[Text, Text, Whole], whole, strpos).at_least(2).into(),
        Function::new("hamming_distance", &[Text, Text], whole, hamming).into(),
        Function::new("format", &[Text, Any], text, format).at_least(1).and_more().into(),
        Function::new("human_readable_seconds", &[Number], text, human_readable_seconds).into(),
        Function::new("typeof", &[Any], text, type_of).into(),
    ]
}

/// A function of one row's texts that gives a text.
pub(super) fn each_text<'a>(call: &'a Call, run: impl Fn(usize) -> Option<std::borrow::Cow<'a, str>>) -> ArrayRef {
    let mut out = StringViewBuilder::with_capacity(call.rows);
    (0..call.rows).for_each(|row| out.append_option(run(row)));
    Arc::new(out.finish())
}

/// A function of one row that gives a whole number.
pub(super) fn each_whole(call: &Call, run: impl Fn(usize) -> Option<i64>) -> ArrayRef {
    let mut out = Int64Builder::with_capacity(call.rows);
    (0..call.rows).for_each(|row| out.append_option(run(row)));
    Arc::new(out.finish())
}

/// A function of one row that gives texts.
pub(super) fn each_list<'a>(call: &'a Call, run: impl Fn(usize) -> Option<Vec<&'a str>>) -> ArrayRef {
    let mut out = ListBuilder::new(StringViewBuilder::new());
    for row in 0..call.rows {
        let parts = run(row);
        parts.iter().flatten().for_each(|part| out.values().append_value(part));
        out.append(parts.is_some());
    }
    Arc::new(out.finish())
}

fn nth_char(text: &str, nth: usize) -> usize {
    if text.is_ascii() {
        return nth.min(text.len());
    }
    text.char_indices().nth(nth).map_or(text.len(), |(at, _)| at)
}

fn substr(call: &Call) -> Result<ArrayRef> {
    Ok(each_text(call, |row| {
        let (text, start) = (call.text(0, row)?, call.whole(1, row)?);
        let length = if call.len() > 2 { call.whole(2, row)? } else { i64::MAX };
        let chars = if text.is_ascii() { text.len() } else { text.chars().count() };
        // Places count from 1, negative ones from the end; outside of the text there is nothing.
        let first = match start {
            1.. => usize::try_from(start - 1).ok(),
            0 => None,
            _ => usize::try_from(start.unsigned_abs()).ok().and_then(|back| chars.checked_sub(back)),
        };
        let Some(first) = first.filter(|first| *first < chars && length > 0) else { return Some("".into()) };
        let from = nth_char(text, first);
        let rest = &text[from..];
        let end = nth_char(rest, usize::try_from(length).unwrap_or(usize::MAX));
        Some(rest[..end].into())
    }))
}

fn split(call: &Call) -> Result<ArrayRef> {
    Ok(each_list(call, |row| {
        let (text, at) = (call.text(0, row)?, call.text(1, row)?);
        let limit = if call.len() > 2 { usize::try_from(call.whole(2, row)?).ok()? } else { usize::MAX };
        Some(if at.is_empty() { vec![text] } else { text.splitn(limit, at).collect() })
    }))
}

fn split_part(call: &Call) -> Result<ArrayRef> {
    Ok(each_text(call, |row| {
        let (text, at, part) = (call.text(0, row)?, call.text(1, row)?, call.whole(2, row)?);
        if at.is_empty() {
            return (part == 1).then(|| text.into());
        }
        match part {
            1.. => text.split(at).nth(usize::try_from(part - 1).ok()?),
            0 => None,
            _ => text.rsplit(at).nth(usize::try_from(part.unsigned_abs() - 1).ok()?),
        }
        .map(Into::into)
    }))
}

fn strpos(call: &Call) -> Result<ArrayRef> {
    Ok(each_whole(call, |row| {
        let (text, wanted) = (call.text(0, row)?, call.text(1, row)?);
        let nth = if call.len() > 2 { call.whole(2, row)? } else { 1 };
        let place = |at: usize| i64::try_from(text[..at].chars().count() + 1).ok();
        let found = match nth {
            1.. => text.match_indices(wanted).nth(usize::try_from(nth - 1).ok()?),
            _ => text.rmatch_indices(wanted).nth(usize::try_from(nth.unsigned_abs().max(1) - 1).ok()?),
        };
        found.map_or(Some(0), |(at, _)| place(at))
    }))
}

fn hamming(call: &Call) -> Result<ArrayRef> {
    for row in 0..call.rows {
        if let (Some(one), Some(other)) = (call.text(0, row), call.text(1, row))
            && one.chars().count() != other.chars().count()
        {
            return exec_err!("`hamming_distance` needs texts of one length, found `{one}` and `{other}`");
        }
    }
    Ok(each_whole(call, |row| {
        let differing = call.text(0, row)?.chars().zip(call.text(1, row)?.chars()).filter(|(one, other)| one != other);
        i64::try_from(differing.count()).ok()
    }))
}

/// Java's `%s`, `%d`, `%05d`, `%,d`, `%.2f`, `%x`, `%%`, with widths and `-`.
fn format(call: &Call) -> Result<ArrayRef> {
    let options = FormatOptions::new();
    let shown: Vec<_> =
        call.args[1..].iter().map(|array| ArrayFormatter::try_new(array, &options)).collect::<Result<_, _>>()?;
    let mut out = StringViewBuilder::with_capacity(call.rows);
    for row in 0..call.rows {
        let Some(pattern) = call.text(0, row) else {
            out.append_null();
            continue;
        };
        let mut text = String::new();
        let mut rest = pattern;
        let mut next = 0;
        while let Some(at) = rest.find('%') {
            text.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let end = rest.find(|c: char| c.is_ascii_alphabetic() || c == '%');
            let Some(end) = end else { return plan_err!("`{pattern}` ends within a `%`") };
            let (flags, kind) = (&rest[..end], rest.as_bytes()[end]);
            rest = &rest[end + 1..];
            if kind == b'%' {
                text.push('%');
                continue;
            }
            if kind == b'n' {
                text.push('\n');
                continue;
            }
            let Some(argument) = shown.get(next) else {
                return plan_err!("`{pattern}` wants more than {} values", shown.len());
            };
            let value = match call.args[next + 1].is_null(row) {
                true => "null".to_owned(),
                false => argument.value(row).try_to_string()?,
            };
            next += 1;
            text.push_str(&formatted(pattern, flags, kind, value)?);
        }
        text.push_str(rest);
        out.append_value(text);
    }
    Ok(Arc::new(out.finish()))
}

fn formatted(pattern: &str, flags: &str, kind: u8, value: String) -> Result<String> {
    let (left, zeros, commas) = (flags.contains('-'), flags.starts_with('0'), flags.contains(','));
    let numbers = flags.trim_start_matches(['-', '0', ',', '+', ' ', '#']);
    let (width, digits) = numbers.split_once('.').unwrap_or((numbers, ""));
    let (width, digits) = (width.parse().unwrap_or(0), digits.parse().ok());
    let mut value = match kind {
        b's' | b'd' | b'b' | b'S' => value,
        b'f' | b'e' => match value.parse::<f64>() {
            Ok(number) => format!("{number:.*}", digits.unwrap_or(6)),
            Err(_) => value,
        },
        b'x' | b'X' => value.parse::<i64>().map_or(value, |number| format!("{number:x}")),
        other => return plan_err!("`%{}` in `{pattern}` is not known (there are: s, d, f, x)", char::from(other)),
    };
    if kind.is_ascii_uppercase() {
        value = value.to_uppercase();
    }
    if commas {
        let whole = value.find('.').unwrap_or(value.len());
        let first = usize::from(value.starts_with('-'));
        let mut at = whole;
        while at > first + 3 {
            at -= 3;
            value.insert(at, ',');
        }
    }
    let missing = width - value.chars().count().min(width);
    Ok(match (left, zeros) {
        (true, _) => value + &" ".repeat(missing),
        (false, true) if value.starts_with('-') => format!("-{}{}", "0".repeat(missing), &value[1..]),
        (false, true) => "0".repeat(missing) + &value,
        (false, false) => " ".repeat(missing) + &value,
    })
}

fn human_readable_seconds(call: &Call) -> Result<ArrayRef> {
    let seconds = call.args[0].as_primitive::<arrow::datatypes::Float64Type>();
    Ok(each_text(call, |row| {
        if seconds.is_null(row) {
            return None;
        }
        let mut rest = seconds.value(row).abs().round();
        let mut parts = Vec::new();
        for (unit, length) in [("week", 604_800.0), ("day", 86_400.0), ("hour", 3_600.0), ("minute", 60.0)] {
            let count = (rest / length).floor();
            rest -= count * length;
            if count > 0.0 {
                parts.push(format!("{count} {unit}{}", if count == 1.0 { "" } else { "s" }));
            }
        }
        if rest > 0.0 || parts.is_empty() {
            parts.push(format!("{rest} second{}", if rest == 1.0 { "" } else { "s" }));
        }
        Some(parts.join(", ").into())
    }))
}

fn type_of(call: &Call) -> Result<ArrayRef> {
    let name = trino_name(call.args[0].data_type());
    Ok(each_text(call, |_| Some(name.clone().into())))
}

/// What Trino calls a type.
pub(crate) fn trino_name(kind: &DataType) -> String {
    match kind {
        DataType::Null => "unknown".to_owned(),
        DataType::Boolean => "boolean".to_owned(),
        DataType::Int8 => "tinyint".to_owned(),
        DataType::Int16 => "smallint".to_owned(),
        DataType::Int32 => "integer".to_owned(),
        kind if kind.is_integer() => "bigint".to_owned(),
        DataType::Float32 => "real".to_owned(),
        DataType::Float64 => "double".to_owned(),
        kind if *kind == JSON => "json".to_owned(),
        kind if *kind == ADDRESS => "ipaddress".to_owned(),
        DataType::Utf8 | DataType::Utf8View => "varchar".to_owned(),
        DataType::Date32 => "date".to_owned(),
        DataType::Timestamp(_, None) => "timestamp(3)".to_owned(),
        DataType::Timestamp(_, Some(_)) => "timestamp(3) with time zone".to_owned(),
        DataType::Interval(_) => "interval day to second".to_owned(),
        DataType::Binary | DataType::BinaryView | DataType::LargeBinary => "varbinary".to_owned(),
        DataType::List(item) => format!("array({})", trino_name(item.data_type())),
        DataType::Struct(fields) => {
            let fields: Vec<_> =
                fields.iter().map(|field| format!("{} {}", field.name(), trino_name(field.data_type()))).collect();
            format!("row({})", fields.join(", "))
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) if fields.len() == 2 => {
                format!("map({}, {})", trino_name(fields[0].data_type()), trino_name(fields[1].data_type()))
            }
            _ => "map".to_owned(),
        },
        other => other.to_string().to_lowercase(),
    }
}
