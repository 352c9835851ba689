//! Trino's functions of URLs.

use std::borrow::Cow;

use arrow::array::ArrayRef;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use url::Url;

use super::function::{Call, Function, Kind, text, whole};
use super::strings::{each_text, each_whole};

pub(super) fn functions() -> Vec<ScalarUDF> {
    use Kind::Text;
    vec![
        Function::new("url_extract_protocol", &[Text], text, |call| part(call, |url| Some(url.scheme().into()))).into(),
        Function::new("url_extract_host", &[Text], text, |call| {
            part(call, |url| Some(url.host_str().unwrap_or_default().to_owned()))
        })
        .into(),
        Function::new("url_extract_path", &[Text], text, |call| part(call, |url| Some(url.path().to_owned()))).into(),
        Function::new("url_extract_query", &[Text], text, |call| {
            part(call, |url| Some(url.query().unwrap_or_default().to_owned()))
        })
        .into(),
        Function::new("url_extract_fragment", &[Text], text, |call| {
            part(call, |url| Some(url.fragment().unwrap_or_default().to_owned()))
        })
        .into(),
        Function::new("url_extract_port", &[Text], whole, |call| {
            Ok(each_whole(call, |row| Url::parse(call.text(0, row)?).ok()?.port().map(i64::from)))
        })
        .into(),
        Function::new("url_extract_parameter", &[Text, Text], text, parameter).into(),
        Function::new("url_encode", &[Text], text, encode).into(),
        Function::new("url_decode", &[Text], text, decode).into(),
    ]
}

fn part(call: &Call, of: impl Fn(&Url) -> Option<String>) -> Result<ArrayRef> {
    Ok(each_text(call, |row| Some(Cow::Owned(of(&Url::parse(call.text(0, row)?).ok()?)?))))
}

fn parameter(call: &Call) -> Result<ArrayRef> {
    Ok(each_text(call, |row| {
        let (url, wanted) = (Url::parse(call.text(0, row)?).ok()?, call.text(1, row)?);
        url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| Cow::Owned(value.into_owned()))
    }))
}

fn encode(call: &Call) -> Result<ArrayRef> {
    Ok(each_text(call, |row| {
        let text = call.text(0, row)?;
        Some(Cow::Owned(url::form_urlencoded::byte_serialize(text.as_bytes()).collect()))
    }))
}

/// `%41` and `+`. What is no text when it is decoded gives NULL.
fn decode(call: &Call) -> Result<ArrayRef> {
    Ok(each_text(call, |row| {
        let text = call.text(0, row)?;
        if !text.contains(['%', '+']) {
            return Some(Cow::Borrowed(text));
        }
        let mut bytes = Vec::with_capacity(text.len());
        let mut rest = text.as_bytes();
        while let Some((first, after)) = rest.split_first() {
            rest = after;
            match first {
                b'+' => bytes.push(b' '),
                b'%' => {
                    let digits = std::str::from_utf8(after.get(..2)?).ok()?;
                    bytes.push(u8::from_str_radix(digits, 16).ok()?);
                    rest = &after[2..];
                }
                other => bytes.push(*other),
            }
        }
        String::from_utf8(bytes).ok().map(Cow::Owned)
    }))
}
