//! Regular expressions as in Trino: Java's syntax, as far as Rust's crate has it (no look-around, no back references).

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Builder, ListBuilder, StringViewBuilder};
use datafusion::common::{Result, plan_datafusion_err, plan_err};
use datafusion::logical_expr::ScalarUDF;
use regex::{Captures, Regex, RegexBuilder};

use super::function::{Call, Function, Kind, text, texts, whole};

pub(super) fn functions() -> Vec<ScalarUDF> {
    use Kind::{Text, Whole};
    vec![
        Function::new("regexp_extract", &[Text, Text, Whole], text, extract).at_least(2).into(),
        Function::new("regexp_extract_all", &[Text, Text, Whole], texts, extract_all).at_least(2).into(),
        Function::new("regexp_replace", &[Text, Text, Text, Text], text, replace).at_least(2).into(),
        Function::new("regexp_split", &[Text, Text], texts, split).into(),
        Function::new("regexp_count", &[Text, Text, Whole, Text], whole, count).at_least(2).into(),
        Function::new("regexp_position", &[Text, Text, Whole, Whole], whole, position).at_least(2).into(),
    ]
}

/// The expressions of a column: nearly always one.
#[derive(Default)]
struct Compiled(Option<(String, Regex)>);

impl Compiled {
    fn get(&mut self, pattern: &str) -> Result<&Regex> {
        if self.0.as_ref().is_none_or(|(of, _)| of != pattern) {
            let regex = RegexBuilder::new(pattern).build().map_err(|error| {
                let reason = error.to_string();
                let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ");
                plan_datafusion_err!("`{pattern}` is not a regular expression that is known here: {reason}")
            })?;
            self.0 = Some((pattern.to_owned(), regex));
        }
        match &self.0 {
            Some((_, regex)) => Ok(regex),
            None => plan_err!("no expression"),
        }
    }
}

/// Runs over the rows where the first two arguments are there.
fn each<'a>(call: &'a Call, mut run: impl FnMut(usize, Option<(&'a str, &Regex)>) -> Result<()>) -> Result<()> {
    let mut compiled = Compiled::default();
    for row in 0..call.rows {
        match (call.text(0, row), call.text(1, row)) {
            (Some(text), Some(pattern)) => run(row, Some((text, compiled.get(pattern)?)))?,
            _ => run(row, None)?,
        }
    }
    Ok(())
}

fn group(call: &Call, row: usize, regex: &Regex) -> Result<usize> {
    let wanted = if call.len() > 2 { call.whole(2, row).unwrap_or(0) } else { 0 };
    match usize::try_from(wanted) {
        Ok(group) if group < regex.captures_len() => Ok(group),
        _ => plan_err!("`{}` has no group {wanted} (it has {})", regex.as_str(), regex.captures_len() - 1),
    }
}

fn extract(call: &Call) -> Result<ArrayRef> {
    let mut out = StringViewBuilder::with_capacity(call.rows);
    each(call, |row, found| {
        let Some((text, regex)) = found else {
            out.append_null();
            return Ok(());
        };
        let group = group(call, row, regex)?;
        let found = match group {
            0 => regex.find(text),
            _ => regex.captures(text).and_then(|captures| captures.get(group)),
        };
        out.append_option(found.map(|found| found.as_str()));
        Ok(())
    })?;
    Ok(Arc::new(out.finish()))
}

fn extract_all(call: &Call) -> Result<ArrayRef> {
    let mut out = ListBuilder::new(StringViewBuilder::new());
    each(call, |row, found| {
        if let Some((text, regex)) = found {
            let group = group(call, row, regex)?;
            regex.captures_iter(text).for_each(|captures| {
                out.values().append_option(captures.get(group).map(|found| found.as_str()));
            });
        }
        out.append(found.is_some());
        Ok(())
    })?;
    Ok(Arc::new(out.finish()))
}

fn split(call: &Call) -> Result<ArrayRef> {
    let mut out = ListBuilder::new(StringViewBuilder::new());
    each(call, |_, found| {
        if let Some((text, regex)) = found {
            regex.split(text).for_each(|part| out.values().append_value(part));
        }
        out.append(found.is_some());
        Ok(())
    })?;
    Ok(Arc::new(out.finish()))
}

fn count(call: &Call) -> Result<ArrayRef> {
    let mut out = Int64Builder::with_capacity(call.rows);
    each(call, |_, found| {
        out.append_option(found.and_then(|(text, regex)| i64::try_from(regex.find_iter(text).count()).ok()));
        Ok(())
    })?;
    Ok(Arc::new(out.finish()))
}

/// The place of the n-th match at or behind a place, from 1; -1 where there is none.
fn position(call: &Call) -> Result<ArrayRef> {
    let mut out = Int64Builder::with_capacity(call.rows);
    each(call, |row, found| {
        let given = |argument: usize| if call.len() > argument { call.whole(argument, row) } else { Some(1) };
        let place = found.and_then(|(text, regex)| {
            let (start, nth) = (usize::try_from(given(2)?).ok()?, usize::try_from(given(3)?).ok()?);
            let from = text.char_indices().nth(start.max(1) - 1).map_or(text.len(), |(at, _)| at);
            let found = regex.find_iter(&text[from..]).nth(nth.max(1) - 1);
            Some(found.map_or(-1, |found| {
                i64::try_from(text[..from + found.start()].chars().count() + 1).unwrap_or(i64::MAX)
            }))
        });
        out.append_option(place);
        Ok(())
    })?;
    Ok(Arc::new(out.finish()))
}

/// All matches are replaced. A fourth argument, flags, is PostgreSQL's: without `g` only the first is.
fn replace(call: &Call) -> Result<ArrayRef> {
    let mut out = StringViewBuilder::with_capacity(call.rows);
    each(call, |row, found| {
        let with = if call.len() > 2 { call.text(2, row) } else { Some("") };
        let (Some((text, regex)), Some(with)) = (found, with) else {
            out.append_null();
            return Ok(());
        };
        let limit = match call.len() {
            4 => usize::from(!call.text(3, row).unwrap_or_default().contains('g')),
            _ => 0,
        };
        let replaced: Cow<'_, str> = match with.contains(['$', '\\']) {
            false => regex.replacen(text, limit, regex::NoExpand(with)),
            true => regex.replacen(text, limit, |captures: &Captures<'_>| expand(with, captures)),
        };
        out.append_value(replaced);
        Ok(())
    })?;
    Ok(Arc::new(out.finish()))
}

/// Java's replacement: `$1` (no more digits than there are groups), `${name}`, and `\` before what stands for itself.
/// `\1` is a group too, as in PostgreSQL.
fn expand(with: &str, captures: &Captures<'_>) -> String {
    let mut out = String::new();
    let mut rest = with.chars().peekable();
    let group = |number: usize| captures.get(number).map_or("", |found| found.as_str());
    while let Some(character) = rest.next() {
        match character {
            '\\' => match rest.next() {
                Some(digit) if digit.is_ascii_digit() => out.push_str(group(digit as usize - '0' as usize)),
                Some(itself) => out.push(itself),
                None => {}
            },
            '$' if rest.peek() == Some(&'{') => {
                rest.next();
                let name: String = rest.by_ref().take_while(|character| *character != '}').collect();
                out.push_str(captures.name(&name).map_or("", |found| found.as_str()));
            }
            '$' => {
                let mut number = None;
                while let Some(digit) = rest.peek().and_then(|digit| digit.to_digit(10)) {
                    let longer = number.unwrap_or(0) * 10 + digit as usize;
                    if number.is_some() && longer >= captures.len() {
                        break;
                    }
                    number = Some(longer);
                    rest.next();
                }
                match number {
                    Some(number) => out.push_str(group(number)),
                    None => out.push('$'),
                }
            }
            other => out.push(other),
        }
    }
    out
}
