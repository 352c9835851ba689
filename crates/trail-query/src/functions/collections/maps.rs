//! Maps, and JSON objects as maps of texts.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, ListArray, MapArray, StringViewArray, StringViewBuilder, StructArray,
    UInt64Builder,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{cast, concat, take};
use arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::ScalarUDF;

use super::super::function::{Call, Function, JSON, Kind, Types, list_of, map_of, whole};
use super::super::json::entries;
use super::super::json::path::{compact, scalar};

pub(super) fn functions() -> Vec<ScalarUDF> {
    use Kind::{Any, Text};
    vec![
        Function::new("element_at", &[Any, Any], element_type, element_at).into(),
        Function::new("cardinality", &[Any], whole, cardinality).into(),
        Function::new("map_keys", &[Any], |types| Ok(list_of(parts(types.of[0])?.0)), |call| side(call, 0)).into(),
        Function::new("map_values", &[Any], |types| Ok(list_of(parts(types.of[0])?.1)), |call| side(call, 1)).into(),
        Function::new("map_entries", &[Any], entries_type, map_entries).into(),
        Function::new("map_from_entries", &[Any], from_entries_type, from_entries).into(),
        Function::new("map_concat", &[Any], |types| map_type(types.of[0]), map_concat).and_more().into(),
        Function::new("text_map", &[Any], |types| map_type(types.of[0]), |call| Ok(Arc::new(as_map(&call.args[0])?)))
            .into(),
        Function::new("split_to_map", &[Text, Text, Text], |_| map_type(&DataType::Utf8View), split_to_map).into(),
    ]
}

fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::Utf8View) || *kind == JSON
}

/// The types of a map's keys and values. The values of a JSON object in text are texts; those of `JSON` are JSON.
fn parts(kind: &DataType) -> Result<(DataType, DataType)> {
    match kind {
        kind if *kind == JSON => Ok((DataType::Utf8View, JSON)),
        kind if is_text(kind) => Ok((DataType::Utf8View, DataType::Utf8View)),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) if fields.len() == 2 => {
                Ok((fields[0].data_type().clone(), fields[1].data_type().clone()))
            }
            other => plan_err!("a map of {other} is not known"),
        },
        other => plan_err!("expected a map, found {other}"),
    }
}

fn map_type(kind: &DataType) -> Result<DataType> {
    let (key, value) = parts(kind)?;
    Ok(map_of(key, value))
}

/// A map's value as text: a string without its quotes, anything else as compact JSON; `null` is NULL.
fn value_text(json: &str) -> Option<Cow<'_, str>> {
    match json.as_bytes().first()? {
        b'{' | b'[' => Some(compact(json)),
        _ => scalar(json),
    }
}

/// A column of maps; JSON objects in text become some. What is no object is NULL.
pub(crate) fn as_map(array: &ArrayRef) -> Result<MapArray> {
    if let Some(map) = array.as_map_opt() {
        return Ok(map.clone());
    }
    let json = *array.data_type() == JSON;
    let DataType::Map(field, _) = map_type(array.data_type())? else { return plan_err!("expected a map") };
    let texts = cast(array, &DataType::Utf8View)?;
    let texts = texts.as_string_view();
    let mut keys = StringViewBuilder::new();
    let mut values = StringViewBuilder::new();
    let mut lengths = Vec::with_capacity(texts.len());
    let mut there = Vec::with_capacity(texts.len());
    for text in texts {
        let members = text.and_then(entries);
        lengths.push(members.as_ref().map_or(0, Vec::len));
        there.push(members.is_some());
        for (name, value) in members.into_iter().flatten() {
            keys.append_value(name);
            values.append_option(if json { Some(compact(value)) } else { value_text(value) });
        }
    }
    let values = cast(&values.finish(), &if json { JSON } else { DataType::Utf8View })?;
    let DataType::Struct(fields) = field.data_type() else { return plan_err!("expected a map") };
    let pairs = StructArray::try_new(fields.clone(), vec![Arc::new(keys.finish()), values], None)?;
    let nulls = NullBuffer::from_iter(there);
    Ok(MapArray::try_new(field.clone(), OffsetBuffer::from_lengths(lengths), pairs, Some(nulls), false)?)
}

fn element_type(types: &Types<'_>) -> Result<DataType> {
    match types.of[0] {
        DataType::List(item) => Ok(item.data_type().clone()),
        DataType::Null => Ok(DataType::Null),
        DataType::Struct(fields) => match types.text(1) {
            Some(name) => match fields.iter().find(|field| field.name().eq_ignore_ascii_case(name)) {
                Some(field) => Ok(field.data_type().clone()),
                None => plan_err!("no field `{name}`"),
            },
            None => plan_err!("the field of a row must be a constant"),
        },
        kind if is_text(kind) && types.of[1].is_integer() => Ok(JSON),
        kind => Ok(parts(kind)?.1),
    }
}

/// An array's element (from 1; negative from the end), a map's value, or a JSON object's member. NULL where it is not there.
fn element_at(call: &Call) -> Result<ArrayRef> {
    let array = &call.args[0];
    match array.data_type() {
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            let at = cast(&call.args[1], &DataType::Int64)?;
            let at = at.as_primitive::<arrow::datatypes::Int64Type>();
            let mut places = UInt64Builder::with_capacity(call.rows);
            for row in 0..call.rows {
                places.append_option((list.is_valid(row) && at.is_valid(row)).then_some(()).and_then(|()| {
                    let (start, end) = (list.value_offsets()[row], list.value_offsets()[row + 1]);
                    place(i64::from(start), i64::from(end), at.value(row))
                }));
            }
            Ok(take(list.values(), &places.finish(), None)?)
        }
        DataType::Null => Ok(array.clone()),
        DataType::Struct(fields) => {
            let names = cast(&call.args[1], &DataType::Utf8View)?;
            let name = names.as_string_view().value(0);
            match fields.iter().position(|field| field.name().eq_ignore_ascii_case(name)) {
                Some(at) => {
                    let fields = array.as_struct();
                    Ok(arrow::compute::nullif(fields.column(at), &arrow::compute::is_null(fields)?)?)
                }
                None => plan_err!("no field `{name}`"),
            }
        }
        kind if is_text(kind) && call.args[1].data_type().is_integer() => {
            let texts = cast(array, &DataType::Utf8View)?;
            let at = cast(&call.args[1], &DataType::Int64)?;
            let (texts, at) = (texts.as_string_view(), at.as_primitive::<arrow::datatypes::Int64Type>());
            let elements = (0..call.rows).map(|row| {
                let items: Vec<&serde_json::value::RawValue> =
                    serde_json::from_str(texts.is_valid(row).then(|| texts.value(row))?).ok()?;
                let place = place(0, i64::try_from(items.len()).ok()?, at.is_valid(row).then(|| at.value(row))?)?;
                Some(compact(items[usize::try_from(place).ok()?].get()).into_owned())
            });
            Ok(Arc::new(elements.collect::<arrow::array::LargeStringArray>()))
        }
        kind if is_text(kind) => member(array, &call.args[1]),
        _ => {
            let map = array.as_map();
            let wanted = cast(&call.args[1], map.keys().data_type())?;
            let mut places = UInt64Builder::with_capacity(call.rows);
            for row in 0..call.rows {
                let found = (map.is_valid(row) && wanted.is_valid(row)).then_some(()).and_then(|()| {
                    let wanted = ScalarValue::try_from_array(&wanted, row).ok()?;
                    let (start, end) = (map.value_offsets()[row], map.value_offsets()[row + 1]);
                    (start..end).find(|at| {
                        usize::try_from(*at).is_ok_and(|at| wanted.eq_array(map.keys(), at).unwrap_or(false))
                    })
                });
                places.append_option(found.and_then(|at| u64::try_from(at).ok()));
            }
            Ok(take(map.values(), &places.finish(), None)?)
        }
    }
}

fn place(start: i64, end: i64, at: i64) -> Option<u64> {
    let place = match at {
        1.. => start.checked_add(at - 1)?,
        0 => return None,
        _ => end.checked_add(at)?,
    };
    (place >= start && place < end).then(|| u64::try_from(place).ok()).flatten()
}

/// A member of JSON objects by its exact name. No tree is built: the walk ends at the member.
fn member(array: &ArrayRef, names: &ArrayRef) -> Result<ArrayRef> {
    let json = *array.data_type() == JSON;
    let (texts, names) = (cast(array, &DataType::Utf8View)?, cast(names, &DataType::Utf8View)?);
    let (texts, names) = (texts.as_string_view(), names.as_string_view());
    let mut out = StringViewBuilder::with_capacity(texts.len());
    let mut path: Option<(&str, super::super::json::path::JsonPath)> = None;
    for row in 0..texts.len() {
        if texts.is_null(row) || names.is_null(row) {
            out.append_null();
            continue;
        }
        let name = names.value(row);
        if path.as_ref().is_none_or(|(of, _)| *of != name) {
            path = Some((name, super::super::json::path::JsonPath::of_key(name)));
        }
        let found = path.as_ref().and_then(|(_, path)| path.find(texts.value(row)));
        out.append_option(found.and_then(|found| if json { Some(compact(found)) } else { value_text(found) }));
    }
    Ok(if json { cast(&out.finish(), &JSON)? } else { Arc::new(out.finish()) })
}

fn cardinality(call: &Call) -> Result<ArrayRef> {
    let array = &call.args[0];
    let count = |row: usize| -> Option<i64> {
        match array.data_type() {
            DataType::List(_) => Some(i64::from(array.as_list::<i32>().value_length(row))),
            DataType::Map(..) => Some(i64::from(array.as_map().value_length(row))),
            _ => None,
        }
    };
    if is_text(array.data_type()) {
        // An object's members; an array's elements.
        let texts = cast(array, &DataType::Utf8View)?;
        let size = |json: &str| match json.trim_start().starts_with('[') {
            true => serde_json::from_str::<Vec<&serde_json::value::RawValue>>(json).ok().map(|items| items.len()),
            false => entries(json).map(|members| members.len()),
        };
        let counts = texts.as_string_view().iter().map(|json| i64::try_from(size(json?)?).ok());
        return Ok(Arc::new(counts.collect::<Int64Array>()));
    }
    if !matches!(array.data_type(), DataType::List(_) | DataType::Map(..)) {
        return plan_err!("`cardinality` wants an array or a map, found {}", array.data_type());
    }
    let counts = (0..call.rows).map(|row| array.is_valid(row).then(|| count(row)).flatten());
    Ok(Arc::new(counts.collect::<Int64Array>()))
}

fn side(call: &Call, column: usize) -> Result<ArrayRef> {
    let map = as_map(&call.args[0])?;
    let values = map.entries().column(column).clone();
    let field = Field::new_list_field(values.data_type().clone(), true);
    Ok(Arc::new(ListArray::try_new(field.into(), map.offsets().clone(), values, map.nulls().cloned())?))
}

fn entries_type(types: &Types<'_>) -> Result<DataType> {
    let (key, value) = parts(types.of[0])?;
    Ok(list_of(DataType::Struct(pair(key, value))))
}

fn pair(key: DataType, value: DataType) -> Fields {
    vec![Field::new("key", key, true), Field::new("value", value, true)].into()
}

fn map_entries(call: &Call) -> Result<ArrayRef> {
    let map = as_map(&call.args[0])?;
    let columns = map.entries().columns().to_vec();
    let fields = pair(columns[0].data_type().clone(), columns[1].data_type().clone());
    let pairs = Arc::new(StructArray::try_new(fields, columns, None)?);
    let field = Field::new_list_field(pairs.data_type().clone(), true);
    Ok(Arc::new(ListArray::try_new(field.into(), map.offsets().clone(), pairs, map.nulls().cloned())?))
}

fn from_entries_type(types: &Types<'_>) -> Result<DataType> {
    match types.item(0)? {
        DataType::Struct(fields) if fields.len() == 2 => {
            Ok(map_of(fields[0].data_type().clone(), fields[1].data_type().clone()))
        }
        other => plan_err!("`map_from_entries` wants an array of rows of two, found {other}"),
    }
}

/// A map of the pairs of a list, in their order; of a key that is there again the first counts, and NULL is no key.
pub(super) fn from_entries(call: &Call) -> Result<ArrayRef> {
    let list = call.args[0].as_list::<i32>();
    let pairs = list.values().as_struct();
    let chosen = distinct_keys(pairs.column(0), list.value_offsets(), list)?;
    assemble(&call.gives, &chosen, pairs.column(0), pairs.column(1), list.nulls().cloned())
}

/// For each row the places of the keys that count.
pub(super) fn distinct_keys(keys: &ArrayRef, offsets: &[i32], rows: &dyn Array) -> Result<Vec<Vec<u64>>> {
    let mut chosen = Vec::with_capacity(rows.len());
    for row in 0..rows.len() {
        let mut seen = std::collections::HashSet::new();
        let mut places = Vec::new();
        if rows.is_valid(row) {
            for at in offsets[row]..offsets[row + 1] {
                let at = usize::try_from(at).unwrap_or_default();
                if keys.is_valid(at) && seen.insert(ScalarValue::try_from_array(keys, at)?) {
                    places.push(at as u64);
                }
            }
        }
        chosen.push(places);
    }
    Ok(chosen)
}

pub(super) fn assemble(
    gives: &DataType,
    chosen: &[Vec<u64>],
    keys: &ArrayRef,
    values: &ArrayRef,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef> {
    let DataType::Map(field, _) = gives else { return plan_err!("expected a map, found {gives}") };
    let DataType::Struct(fields) = field.data_type() else { return plan_err!("expected a map, found {gives}") };
    let places: arrow::array::UInt64Array = chosen.iter().flatten().copied().collect::<Vec<_>>().into();
    let columns = vec![
        cast(&take(keys, &places, None)?, fields[0].data_type())?,
        cast(&take(values, &places, None)?, fields[1].data_type())?,
    ];
    let pairs = StructArray::try_new(fields.clone(), columns, None)?;
    let offsets = OffsetBuffer::from_lengths(chosen.iter().map(Vec::len));
    Ok(Arc::new(MapArray::try_new(field.clone(), offsets, pairs, nulls, false)?))
}

/// All maps in one; of a key that is in several the last one's value counts.
fn map_concat(call: &Call) -> Result<ArrayRef> {
    let maps = call.args.iter().map(as_map).collect::<Result<Vec<_>>>()?;
    let keys: Vec<&dyn Array> = maps.iter().map(|map| map.keys().as_ref()).collect();
    let values: Vec<&dyn Array> = maps.iter().map(|map| map.values().as_ref()).collect();
    let (keys, values) = (concat(&keys)?, concat(&values)?);
    let mut starts = Vec::new();
    let mut start = 0_usize;
    for map in &maps {
        starts.push(start);
        start += map.keys().len();
    }
    let mut chosen = Vec::with_capacity(call.rows);
    let mut there = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        let mut places: Vec<(ScalarValue, u64)> = Vec::new();
        for (map, start) in maps.iter().zip(&starts) {
            for at in map.value_offsets()[row]..map.value_offsets()[row + 1] {
                let at = start + usize::try_from(at).unwrap_or_default();
                let key = ScalarValue::try_from_array(&keys, at)?;
                match places.iter_mut().find(|(other, _)| *other == key) {
                    Some(other) => other.1 = at as u64,
                    None => places.push((key, at as u64)),
                }
            }
        }
        chosen.push(places.into_iter().map(|(_, at)| at).collect());
        there.push(maps.iter().all(|map| map.is_valid(row)));
    }
    assemble(&call.gives, &chosen, &keys, &values, Some(NullBuffer::from_iter(there)))
}

fn split_to_map(call: &Call) -> Result<ArrayRef> {
    let mut keys: Vec<&str> = Vec::new();
    let mut values: Vec<&str> = Vec::new();
    let mut chosen = Vec::with_capacity(call.rows);
    let mut there = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        let parts = (|| Some((call.text(0, row)?, call.text(1, row)?, call.text(2, row)?)))();
        let mut places: Vec<u64> = Vec::new();
        if let Some((text, between, is)) = parts {
            for entry in text.split(between).filter(|entry| !entry.is_empty()) {
                let (key, value) = entry.split_once(is).unwrap_or((entry, ""));
                places.push(keys.len() as u64);
                keys.push(key);
                values.push(value);
            }
        }
        there.push(parts.is_some());
        chosen.push(places);
    }
    let keys: ArrayRef = Arc::new(keys.into_iter().map(Some).collect::<StringViewArray>());
    let values: ArrayRef = Arc::new(values.into_iter().map(Some).collect::<StringViewArray>());
    assemble(&call.gives, &chosen, &keys, &values, Some(NullBuffer::from_iter(there)))
}
