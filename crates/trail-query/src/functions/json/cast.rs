//! Casts from Trino's type `JSON` and to it.

use std::hash::Hash;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, LargeStringArray, ListArray, MapArray, StringViewArray, StructArray, new_null_array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Float64Type};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::super::function::{ADDRESS, Call, Function, JSON, Kind, json};
use super::path::{compact, scalar};
use super::values::elements;
use crate::functions::addresses;

pub(super) fn functions() -> Vec<ScalarUDF> {
    vec![Function::new("to_json", &[Kind::Any], json, to_json).into()]
}

/// The members of an object in their order; of a name that is twice there the last counts, in the first one's place.
pub(crate) fn entries(json: &str) -> Option<Vec<(String, &str)>> {
    struct Members;
    impl<'a> Visitor<'a> for Members {
        type Value = Vec<(String, &'a RawValue)>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<M: MapAccess<'a>>(self, mut map: M) -> std::result::Result<Self::Value, M::Error> {
            let mut members: Self::Value = Vec::new();
            while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
                match members.iter_mut().find(|(other, _)| *other == name) {
                    Some(other) => other.1 = value,
                    None => members.push((name, value)),
                }
            }
            Ok(members)
        }
    }
    let members = serde_json::Deserializer::from_str(json).deserialize_map(Members).ok()?;
    Some(members.into_iter().map(|(name, value)| (name, value.get())).collect())
}

/// `CAST(json AS …)`: the planner puts it in the place of a cast whose argument is JSON.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct FromJson {
    to: DataType,
    /// What does not fit gives NULL (`TRY_CAST`) instead of an error.
    safe: bool,
    signature: Signature,
}

impl FromJson {
    pub(crate) fn udf(to: DataType, safe: bool) -> ScalarUDF {
        Self { to, safe, signature: Signature::exact(vec![JSON], Volatility::Immutable) }.into()
    }
}

impl ScalarUDFImpl for FromJson {
    fn name(&self) -> &str {
        "from_json"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.to.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let constant = matches!(args.args[0], ColumnarValue::Scalar(_));
        let array = args.args[0].to_array(if constant { 1 } else { args.number_rows })?;
        let texts: Vec<Option<&str>> = array.as_string::<i64>().iter().collect();
        let found = read(&texts, &self.to, self.safe)?;
        Ok(if constant {
            ColumnarValue::Scalar(ScalarValue::try_from_array(&found, 0)?)
        } else {
            ColumnarValue::Array(found)
        })
    }
}

/// JSON values as an array of a type.
fn read(values: &[Option<&str>], to: &DataType, safe: bool) -> Result<ArrayRef> {
    let values: Vec<Option<&str>> = values.iter().map(|value| value.filter(|json| *json != "null")).collect();
    Ok(match to {
        kind if *kind == JSON => Arc::new(values.iter().map(|value| value.map(compact)).collect::<LargeStringArray>()),
        DataType::List(item) => {
            let lists: Vec<_> = values.iter().map(|value| elements((*value)?)).collect();
            let inner: Vec<_> = lists.iter().flatten().flatten().map(|value| Some(value.get())).collect();
            let offsets = OffsetBuffer::from_lengths(lists.iter().map(|list| list.as_ref().map_or(0, Vec::len)));
            let nulls = NullBuffer::from_iter(lists.iter().map(Option::is_some));
            let inner = read(&inner, item.data_type(), safe)?;
            Arc::new(ListArray::try_new(item.clone(), offsets, inner, Some(nulls))?)
        }
        DataType::Map(field, sorted) => {
            let DataType::Struct(parts) = field.data_type() else { return Ok(new_null_array(to, values.len())) };
            let maps: Vec<_> = values.iter().map(|value| entries((*value)?)).collect();
            let names: StringViewArray = maps.iter().flatten().flatten().map(|(name, _)| Some(name.as_str())).collect();
            let inner: Vec<_> = maps.iter().flatten().flatten().map(|(_, value)| Some(*value)).collect();
            let offsets = OffsetBuffer::from_lengths(maps.iter().map(|map| map.as_ref().map_or(0, Vec::len)));
            let nulls = NullBuffer::from_iter(maps.iter().map(Option::is_some));
            let keys = cast_with_options(&names, parts[0].data_type(), &CastOptions { safe, ..Default::default() })?;
            let pairs =
                StructArray::try_new(parts.clone(), vec![keys, read(&inner, parts[1].data_type(), safe)?], None)?;
            Arc::new(MapArray::try_new(field.clone(), offsets, pairs, Some(nulls), *sorted)?)
        }
        DataType::Struct(fields) => {
            // A row is read from an object by names without regard to case, or from an array by places.
            let objects: Vec<_> = values.iter().map(|value| entries((*value)?)).collect();
            let arrays: Vec<_> = values.iter().map(|value| elements((*value)?)).collect();
            let columns = fields.iter().enumerate().map(|(at, field)| {
                let of = |row: usize| match (&objects[row], &arrays[row]) {
                    (Some(members), _) => {
                        let member = members.iter().find(|(name, _)| name.eq_ignore_ascii_case(field.name()));
                        member.map(|(_, value)| *value)
                    }
                    (None, Some(elements)) => elements.get(at).map(|value| value.get()),
                    _ => None,
                };
                read(&(0..values.len()).map(of).collect::<Vec<_>>(), field.data_type(), safe)
            });
            let nulls =
                NullBuffer::from_iter((0..values.len()).map(|row| objects[row].is_some() || arrays[row].is_some()));
            Arc::new(StructArray::try_new_with_length(
                fields.clone(),
                columns.collect::<Result<_>>()?,
                Some(nulls),
                values.len(),
            )?)
        }
        plain => {
            // Objects and arrays have no plain text in Trino; here it is their JSON, which is what was meant.
            let texts = values.iter().map(|value| value.map(|json| scalar(json).unwrap_or_else(|| compact(json))));
            let texts: StringViewArray = texts.collect();
            if *plain == DataType::Utf8View {
                return Ok(Arc::new(texts));
            }
            let options = CastOptions { safe, ..Default::default() };
            if plain.is_integer() {
                // `5.0` is a whole number too.
                let whole = |text: &str| match text.parse::<f64>() {
                    Ok(number) if text.contains(['.', 'e', 'E']) => format!("{number:.0}"),
                    _ => text.to_owned(),
                };
                let texts: StringViewArray = texts.iter().map(|text| text.map(whole)).collect();
                return Ok(cast_with_options(&texts, plain, &options)?);
            }
            cast_with_options(&texts, plain, &options)?
        }
    })
}

fn to_json(call: &Call) -> Result<ArrayRef> {
    let array = &call.args[0];
    let mut out = arrow::array::LargeStringBuilder::new();
    for row in 0..call.rows {
        match array.is_null(row) {
            true => out.append_null(),
            false => {
                let mut json = String::new();
                write_json(array, row, &mut json)?;
                out.append_value(json);
            }
        }
    }
    Ok(Arc::new(out.finish()))
}

fn quoted(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

/// Writes a list as a JSON array, each item as `each` writes it.
pub(crate) fn write_list(
    items: &dyn Array,
    out: &mut String,
    each: impl Fn(&dyn Array, usize, &mut String) -> Result<()>,
) -> Result<()> {
    out.push('[');
    for at in 0..items.len() {
        if at > 0 {
            out.push(',');
        }
        each(items, at, out)?;
    }
    out.push(']');
    Ok(())
}

/// Writes a value as JSON: JSON as it is, rows and maps as objects.
pub(crate) fn write_json(array: &dyn Array, row: usize, out: &mut String) -> Result<()> {
    if array.is_null(row) {
        out.push_str("null");
        return Ok(());
    }
    match array.data_type() {
        kind if *kind == JSON => out.push_str(array.as_string::<i64>().value(row)),
        kind if *kind == ADDRESS => quoted(&addresses::text(array.as_fixed_size_binary().value(row)), out),
        DataType::Utf8View => quoted(array.as_string_view().value(row), out),
        DataType::Float64 => {
            let number = array.as_primitive::<Float64Type>().value(row);
            out.push_str(&serde_json::Number::from_f64(number).map_or("null".to_owned(), |number| number.to_string()));
        }
        DataType::List(_) => write_list(&array.as_list::<i32>().value(row), out, write_json)?,
        DataType::Struct(fields) => {
            let columns = array.as_struct();
            out.push('{');
            for (at, field) in fields.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                quoted(field.name(), out);
                out.push(':');
                write_json(columns.column(at), row, out)?;
            }
            out.push('}');
        }
        DataType::Map(..) => {
            let entries = array.as_map().value(row);
            let names = arrow::compute::cast(entries.column(0), &DataType::Utf8View)?;
            out.push('{');
            for at in 0..entries.len() {
                if at > 0 {
                    out.push(',');
                }
                quoted(names.as_string_view().value(at), out);
                out.push(':');
                write_json(entries.column(1), at, out)?;
            }
            out.push('}');
        }
        kind => {
            let text = ArrayFormatter::try_new(array, &FormatOptions::new())?.value(row).try_to_string()?;
            match kind.is_numeric() || *kind == DataType::Boolean {
                true => out.push_str(&text),
                false => quoted(&text, out),
            }
        }
    }
    Ok(())
}
