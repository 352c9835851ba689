//! Trino's functions that look into JSON: of text, or of its type `JSON`.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanBuilder, LargeStringBuilder};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use serde_json::value::RawValue;

use super::super::function::{Call, Function, Kind, flag, json, text, whole};
use super::super::strings::{each_text, each_whole};
use super::path::{JsonPath, compact, scalar};

pub(super) fn functions() -> Vec<ScalarUDF> {
    use Kind::{Any, Text, Whole};
    vec![
        Function::new("json_extract", &[Text, Text], json, extract).into(),
        Function::new("json_query", &[Text, Text], json, extract).into(),
        Function::new("json_value", &[Text, Text], text, value).into(),
        Function::new("json_exists", &[Text, Text], flag, exists).into(),
        Function::new("json_parse", &[Text], json, parse).into(),
        Function::new("json_format", &[Text], text, format).into(),
        Function::new("json_size", &[Text, Text], whole, size).into(),
        Function::new("json_array_length", &[Text], whole, array_length).into(),
        Function::new("json_array_get", &[Text, Whole], json, array_get).into(),
        Function::new("json_array_contains", &[Text, Any], flag, array_contains).into(),
        Function::new("is_json_scalar", &[Text], flag, is_scalar).into(),
    ]
}

/// The paths of a column: nearly always one, parsed once.
#[derive(Default)]
struct Paths(Option<(String, JsonPath)>);

impl Paths {
    fn get(&mut self, text: &str) -> Result<&JsonPath> {
        if self.0.as_ref().is_none_or(|(of, _)| of != text) {
            // SQL's own path language says first what an error is worth; here nothing fails on data.
            let path = text.trim().trim_start_matches("lax ").trim_start_matches("strict ");
            self.0 = Some((text.to_owned(), JsonPath::parse(path)?));
        }
        self.0.as_ref().map(|(_, path)| path).ok_or_else(|| datafusion::common::plan_datafusion_err!("no path"))
    }
}

/// What stands at the path of each row.
fn found(call: &Call) -> Result<Vec<Option<&str>>> {
    let mut paths = Paths::default();
    let find = |row| match (call.text(0, row), call.text(1, row)) {
        (Some(document), Some(path)) => Ok(paths.get(path)?.find(document)),
        _ => Ok(None),
    };
    (0..call.rows).map(find).collect()
}

pub(super) fn each_json<'a>(call: &Call, run: impl Fn(usize) -> Option<Cow<'a, str>>) -> ArrayRef {
    let mut out = LargeStringBuilder::new();
    (0..call.rows).for_each(|row| out.append_option(run(row)));
    Arc::new(out.finish())
}

fn each_flag(call: &Call, run: impl Fn(usize) -> Option<bool>) -> ArrayRef {
    let mut out = BooleanBuilder::with_capacity(call.rows);
    (0..call.rows).for_each(|row| out.append_option(run(row)));
    Arc::new(out.finish())
}

fn extract(call: &Call) -> Result<ArrayRef> {
    let found = found(call)?;
    Ok(each_json(call, |row| found[row].map(compact)))
}

fn value(call: &Call) -> Result<ArrayRef> {
    let found = found(call)?;
    Ok(each_text(call, |row| found[row].and_then(scalar)))
}

fn exists(call: &Call) -> Result<ArrayRef> {
    let found = found(call)?;
    Ok(each_flag(call, |row| call.text(0, row).map(|_| found[row].is_some())))
}

/// Text that is not JSON gives NULL, where Trino fails: one broken record must not hide all others.
fn parse(call: &Call) -> Result<ArrayRef> {
    Ok(each_json(call, |row| {
        let json: &RawValue = serde_json::from_str(call.text(0, row)?).ok()?;
        Some(compact(json.get()))
    }))
}

fn format(call: &Call) -> Result<ArrayRef> {
    Ok(each_text(call, |row| call.text(0, row).map(compact)))
}

/// How many members or elements; a scalar has none, what is not there has no size.
fn size(call: &Call) -> Result<ArrayRef> {
    let found = found(call)?;
    Ok(each_whole(call, |row| {
        let json = found[row]?;
        let count = match json.as_bytes().first()? {
            b'{' => super::entries(json)?.len(),
            b'[' => elements(json)?.len(),
            _ => 0,
        };
        i64::try_from(count).ok()
    }))
}

pub(super) fn elements(json: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(json).ok()
}

fn array_length(call: &Call) -> Result<ArrayRef> {
    Ok(each_whole(call, |row| i64::try_from(elements(call.text(0, row)?)?.len()).ok()))
}

fn array_get(call: &Call) -> Result<ArrayRef> {
    Ok(each_json(call, |row| {
        let (elements, at) = (elements(call.text(0, row)?)?, call.whole(1, row)?);
        let at = if at < 0 { at.checked_add(i64::try_from(elements.len()).ok()?)? } else { at };
        Some(compact(elements.get(usize::try_from(at).ok()?)?.get()))
    }))
}

fn array_contains(call: &Call) -> Result<ArrayRef> {
    let wanted = arrow::compute::cast(&call.args[1], &DataType::Utf8View)?;
    let wanted = arrow::array::AsArray::as_string_view(&wanted);
    let textual = matches!(call.args[1].data_type(), DataType::Utf8View | DataType::Utf8);
    Ok(each_flag(call, |row| {
        let elements = elements(call.text(0, row)?)?;
        let wanted = wanted.is_valid(row).then(|| wanted.value(row))?;
        let equal = |json: &str| json.starts_with('"') == textual && scalar(json).is_some_and(|found| found == wanted);
        Some(elements.iter().any(|json| equal(json.get())))
    }))
}

fn is_scalar(call: &Call) -> Result<ArrayRef> {
    Ok(each_flag(call, |row| {
        let json: &RawValue = serde_json::from_str(call.text(0, row)?).ok()?;
        Some(!json.get().starts_with(['{', '[']))
    }))
}
