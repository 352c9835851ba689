//! Patterns of times: MySQL's (`%Y-%m-%d`) of `date_format` and `date_parse`, Joda's (`yyyy-MM-dd`) of `format_datetime` and
//! `parse_datetime`. One list of fields serves both.

use arrow::array::ArrayRef;
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::ScalarUDF;
use jiff::Zoned;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use super::super::function::{Call, Function, Kind, civil, moment, text};
use super::super::strings::each_text;
use super::{Times, array};

pub(super) fn functions() -> Vec<ScalarUDF> {
    use Kind::Text;
    vec![
        Function::new("date_format", &[Kind::Time, Text], text, |call| format(call, mysql)).into(),
        Function::new("format_datetime", &[Kind::Time, Text], text, |call| format(call, joda)).into(),
        Function::new("date_parse", &[Text, Text], |_| Ok(civil()), |call| parse(call, mysql)).into(),
        Function::new("parse_datetime", &[Text, Text], |_| Ok(moment()), |call| parse(call, joda)).into(),
    ]
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

#[derive(Debug, Clone, PartialEq, Eq)]
enum Field {
    Literal(String),
    /// A number with at least so many digits.
    Number(Number, usize),
    MonthName {
        short: bool,
    },
    DayName {
        short: bool,
    },
    AmPm,
    /// So many digits of the second's fraction.
    Fraction(usize),
    Offset {
        colon: bool,
    },
    ZoneName,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Number {
    Year,
    YearOfCentury,
    Month,
    Day,
    DayOfYear,
    /// Monday is 1.
    DayOfWeek,
    /// Sunday is 0.
    DayFromSunday,
    Week,
    WeekYear,
    Hour,
    /// 1 to 12.
    HalfHour,
    Minute,
    Second,
}

fn mysql(pattern: &str) -> Result<Vec<Field>> {
    use Number::{
        Day, DayFromSunday, DayOfYear, HalfHour, Hour, Minute, Month, Second, Week, WeekYear, Year, YearOfCentury,
    };
    let mut fields = Vec::new();
    let mut rest = pattern.chars();
    let number = |number, digits| Field::Number(number, digits);
    let literal = |text: &str| Field::Literal(text.to_owned());
    while let Some(character) = rest.next() {
        if character != '%' {
            fields.push(Field::Literal(character.to_string()));
            continue;
        }
        match rest.next() {
            Some('Y') => fields.push(number(Year, 4)),
            Some('y') => fields.push(number(YearOfCentury, 2)),
            Some('m') => fields.push(number(Month, 2)),
            Some('c') => fields.push(number(Month, 1)),
            Some('d') => fields.push(number(Day, 2)),
            Some('e') => fields.push(number(Day, 1)),
            Some('j') => fields.push(number(DayOfYear, 3)),
            Some('H') => fields.push(number(Hour, 2)),
            Some('k') => fields.push(number(Hour, 1)),
            Some('h' | 'I') => fields.push(number(HalfHour, 2)),
            Some('l') => fields.push(number(HalfHour, 1)),
            Some('i') => fields.push(number(Minute, 2)),
            Some('s' | 'S') => fields.push(number(Second, 2)),
            Some('f') => fields.push(Field::Fraction(6)),
            Some('v') => fields.push(number(Week, 2)),
            Some('x') => fields.push(number(WeekYear, 4)),
            Some('w') => fields.push(number(DayFromSunday, 1)),
            Some('M') => fields.push(Field::MonthName { short: false }),
            Some('b') => fields.push(Field::MonthName { short: true }),
            Some('W') => fields.push(Field::DayName { short: false }),
            Some('a') => fields.push(Field::DayName { short: true }),
            Some('p') => fields.push(Field::AmPm),
            Some('T') => {
                let clock = [number(Hour, 2), literal(":"), number(Minute, 2), literal(":"), number(Second, 2)];
                fields.extend(clock);
            }
            Some('r') => {
                let clock = [number(HalfHour, 2), literal(":"), number(Minute, 2), literal(":"), number(Second, 2)];
                fields.extend(clock);
                fields.extend([literal(" "), Field::AmPm]);
            }
            Some(other @ ('D' | 'U' | 'u' | 'V' | 'X')) => {
                return plan_err!("`%{other}` in `{pattern}` is not known, in Trino neither");
            }
            Some(other) => fields.push(Field::Literal(other.to_string())),
            None => return plan_err!("`{pattern}` ends in `%`"),
        }
    }
    Ok(fields)
}

fn joda(pattern: &str) -> Result<Vec<Field>> {
    let mut fields = Vec::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            // Two quotes are one, within quotes and outside.
            let mut text = String::new();
            let mut inner = rest[1..].chars().peekable();
            let mut length = 1;
            while let Some(character) = inner.next() {
                length += character.len_utf8();
                if character == '\'' {
                    if inner.peek() != Some(&'\'') {
                        break;
                    }
                    inner.next();
                    length += 1;
                }
                text.push(character);
            }
            fields.push(Field::Literal(if text.is_empty() { "'".to_owned() } else { text }));
            rest = &rest[length..];
            continue;
        }
        let count = rest.chars().take_while(|character| *character == first).count();
        rest = &rest[count * first.len_utf8()..];
        let number = |number| Field::Number(number, count);
        fields.push(match first {
            'y' | 'Y' if count == 2 => number(Number::YearOfCentury),
            'y' | 'Y' => number(Number::Year),
            'x' => number(Number::WeekYear),
            'w' => number(Number::Week),
            'M' if count >= 3 => Field::MonthName { short: count == 3 },
            'M' => number(Number::Month),
            'd' => number(Number::Day),
            'D' => number(Number::DayOfYear),
            'e' => number(Number::DayOfWeek),
            'E' => Field::DayName { short: count <= 3 },
            'H' => number(Number::Hour),
            'h' => number(Number::HalfHour),
            'm' => number(Number::Minute),
            's' => number(Number::Second),
            'S' => Field::Fraction(count),
            'a' => Field::AmPm,
            'Z' if count >= 3 => Field::ZoneName,
            'Z' => Field::Offset { colon: count == 2 },
            'z' => Field::ZoneName,
            other if other.is_ascii_alphabetic() => {
                return plan_err!("`{other}` in `{pattern}` is not known (letters of text stand in quotes)");
            }
            other => Field::Literal(other.to_string().repeat(count)),
        });
    }
    Ok(fields)
}

/// The patterns of a column: nearly always one.
fn patterns(call: &Call, read: fn(&str) -> Result<Vec<Field>>) -> Result<Vec<Option<std::rc::Rc<Vec<Field>>>>> {
    let mut last: Option<(&str, std::rc::Rc<Vec<Field>>)> = None;
    (0..call.rows)
        .map(|row| {
            let Some(pattern) = call.text(1, row) else { return Ok(None) };
            let fields = match &last {
                Some((of, fields)) if *of == pattern => fields.clone(),
                _ => std::rc::Rc::new(read(pattern)?),
            };
            last = Some((pattern, fields.clone()));
            Ok(Some(fields))
        })
        .collect()
}

fn format(call: &Call, read: fn(&str) -> Result<Vec<Field>>) -> Result<ArrayRef> {
    let (times, patterns) = (Times::new(&call.args[0])?, patterns(call, read)?);
    Ok(each_text(call, |row| {
        let time = jiff::Timestamp::from_microsecond(times.get(row)?).ok()?.to_zoned(times.zone.clone());
        let mut out = String::new();
        patterns[row].as_ref()?.iter().for_each(|field| show(field, &time, &mut out));
        Some(out.into())
    }))
}

fn show(field: &Field, time: &Zoned, out: &mut String) {
    let week = time.date().iso_week_date();
    match field {
        Field::Literal(text) => out.push_str(text),
        Field::Number(number, digits) => {
            let value: i64 = match number {
                Number::Year => time.year().into(),
                Number::YearOfCentury => (time.year() % 100).into(),
                Number::Month => time.month().into(),
                Number::Day => time.day().into(),
                Number::DayOfYear => time.day_of_year().into(),
                Number::DayOfWeek => time.weekday().to_monday_one_offset().into(),
                Number::DayFromSunday => time.weekday().to_sunday_zero_offset().into(),
                Number::Week => week.week().into(),
                Number::WeekYear => week.year().into(),
                Number::Hour => time.hour().into(),
                Number::HalfHour => ((time.hour() + 11) % 12 + 1).into(),
                Number::Minute => time.minute().into(),
                Number::Second => time.second().into(),
            };
            out.push_str(&format!("{value:0digits$}"));
        }
        Field::MonthName { short } => {
            let name = MONTHS[usize::from(time.month().unsigned_abs()) - 1];
            out.push_str(if *short { &name[..3] } else { name });
        }
        Field::DayName { short } => {
            let name = DAYS[usize::from(time.weekday().to_monday_zero_offset().unsigned_abs())];
            out.push_str(if *short { &name[..3] } else { name });
        }
        Field::AmPm => out.push_str(if time.hour() < 12 { "AM" } else { "PM" }),
        Field::Fraction(digits) => {
            let nanos = format!("{:09}", time.subsec_nanosecond());
            out.push_str(&format!("{nanos:0<digits$}")[..*digits]);
        }
        Field::Offset { colon } => {
            out.push_str(&time.strftime(if *colon { "%:z" } else { "%z" }).to_string());
        }
        Field::ZoneName => out.push_str(time.time_zone().iana_name().unwrap_or("UTC")),
    }
}

/// Text that does not fit the pattern gives NULL, where Trino fails.
fn parse(call: &Call, read: fn(&str) -> Result<Vec<Field>>) -> Result<ArrayRef> {
    let patterns = patterns(call, read)?;
    array((0..call.rows).map(|row| instant(patterns[row].as_ref()?, call.text(0, row)?)), &call.gives)
}

fn digits<'a>(rest: &mut &'a str, most: usize) -> Option<&'a str> {
    let end = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (number, after) = rest.split_at(end);
    *rest = after;
    (!number.is_empty()).then_some(number)
}

fn name(rest: &mut &str, names: &[&str]) -> Option<i8> {
    let found = names.iter().position(|name| {
        let long = rest.get(..name.len()).is_some_and(|text| text.eq_ignore_ascii_case(name));
        let length = if long { name.len() } else { 3 };
        let fits = rest.get(..length).is_some_and(|text| text.eq_ignore_ascii_case(&name[..length]));
        if fits {
            *rest = &rest[length..];
        }
        fits
    });
    i8::try_from(found? + 1).ok()
}

fn instant(fields: &[Field], text: &str) -> Option<i64> {
    let mut rest = text;
    let (mut year, mut month, mut day, mut of_year) = (1970_i16, 1_i8, 1_i8, None);
    let (mut hour, mut minute, mut second, mut nanos) = (0_i8, 0_i8, 0_i8, 0_i32);
    let (mut afternoon, mut zone) = (None, TimeZone::UTC);
    for field in fields {
        match field {
            Field::Literal(text) => rest = rest.strip_prefix(text.as_str())?,
            Field::Number(number, width) => {
                let most = match number {
                    Number::Year | Number::WeekYear => 4.max(*width),
                    Number::DayOfYear => 3,
                    _ => 2,
                };
                let value: i16 = digits(&mut rest, most)?.parse().ok()?;
                let small = i8::try_from(value);
                match number {
                    Number::Year | Number::WeekYear => year = value,
                    Number::YearOfCentury => year = value + if value < 70 { 2000 } else { 1900 },
                    Number::Month => month = small.ok()?,
                    Number::Day => day = small.ok()?,
                    Number::DayOfYear => of_year = Some(value),
                    Number::Hour | Number::HalfHour => hour = small.ok()?,
                    Number::Minute => minute = small.ok()?,
                    Number::Second => second = small.ok()?,
                    Number::DayOfWeek | Number::DayFromSunday | Number::Week => {}
                }
            }
            Field::MonthName { .. } => month = name(&mut rest, &MONTHS)?,
            Field::DayName { .. } => {
                name(&mut rest, &DAYS)?;
            }
            Field::AmPm => {
                let half = rest.get(..2)?;
                afternoon = Some(half.eq_ignore_ascii_case("PM"));
                rest = &rest[2..];
            }
            Field::Fraction(_) => {
                let fraction = digits(&mut rest, 9)?;
                nanos = format!("{fraction:0<9}").parse().ok()?;
            }
            Field::Offset { .. } | Field::ZoneName => {
                let end =
                    rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+-:/_".contains(c))).unwrap_or(rest.len());
                let (written, after) = rest.split_at(end);
                rest = after;
                let short = written.len() == 5 && written.starts_with(['+', '-']);
                zone = if short {
                    super::zone(&format!("{}:{}", &written[..3], &written[3..])).ok()?
                } else {
                    super::zone(written).ok()?
                };
            }
        }
    }
    if !rest.is_empty() {
        return None;
    }
    if let Some(afternoon) = afternoon {
        hour = hour % 12 + if afternoon { 12 } else { 0 };
    }
    let mut date = Date::new(year, month, day).ok()?;
    if let Some(of_year) = of_year {
        date = date.with().day_of_year(of_year).build().ok()?;
    }
    super::instant(date.to_datetime(Time::new(hour, minute, second, nanos).ok()?), &zone)
}
