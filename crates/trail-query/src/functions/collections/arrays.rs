//! Trino's functions of arrays that DataFusion lacks, or whose meaning differs there.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanBuilder, Int64Builder, ListArray, StringViewBuilder};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{cast, take};
use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::ScalarUDF;

use super::super::addresses;
use super::super::function::{ADDRESS, Call, Function, Kind, Types, flag, whole};

pub(super) fn functions() -> Vec<ScalarUDF> {
    use Kind::{Any, List, Whole};
    let same = |types: &Types<'_>| Ok(types.of[0].clone());
    vec![
        Function::new("contains", &[Any, Any], flag, contains).into(),
        Function::new("array_position", &[List, Any], whole, position).into(),
        Function::new("array_distinct", &[List], same, distinct).into(),
        Function::new("slice", &[List, Whole, Whole], same, slice).into(),
        Function::new("reverse", &[Any], same, reverse).into(),
    ]
}

/// Whether an array has a value, a network an address, or a text another.
fn contains(call: &Call) -> Result<ArrayRef> {
    let (within, wanted) = (&call.args[0], &call.args[1]);
    let mut out = BooleanBuilder::with_capacity(call.rows);
    if let DataType::List(item) = within.data_type() {
        let wanted = cast(wanted, item.data_type())?;
        let list = within.as_list::<i32>();
        for row in 0..call.rows {
            out.append_option(match list.is_valid(row) && wanted.is_valid(row) {
                true => has(&list.value(row), &ScalarValue::try_from_array(&wanted, row)?)?,
                false => None,
            });
        }
        return Ok(Arc::new(out.finish()));
    }
    let texts = cast(within, &DataType::Utf8View)?;
    let texts = texts.as_string_view();
    if *wanted.data_type() == ADDRESS {
        let addresses = wanted.as_fixed_size_binary();
        for row in 0..call.rows {
            let both = texts.is_valid(row) && addresses.is_valid(row);
            out.append_option(both.then(|| addresses::lies_in(texts.value(row), addresses.value(row))).flatten());
        }
        return Ok(Arc::new(out.finish()));
    }
    let wanted = cast(wanted, &DataType::Utf8View)?;
    let wanted = wanted.as_string_view();
    for row in 0..call.rows {
        let both = texts.is_valid(row) && wanted.is_valid(row);
        out.append_option(both.then(|| texts.value(row).contains(wanted.value(row))));
    }
    Ok(Arc::new(out.finish()))
}

/// True, or false, or NULL where an element is NULL and none is the one.
fn has(items: &ArrayRef, wanted: &ScalarValue) -> Result<Option<bool>> {
    for at in 0..items.len() {
        if items.is_valid(at) && wanted.eq_array(items, at)? {
            return Ok(Some(true));
        }
    }
    Ok(if items.null_count() > 0 { None } else { Some(false) })
}

/// Where a value stands first, from 1; 0 if nowhere.
fn position(call: &Call) -> Result<ArrayRef> {
    let list = call.args[0].as_list::<i32>();
    let wanted = cast(&call.args[1], list.values().data_type())?;
    let mut out = Int64Builder::with_capacity(call.rows);
    for row in 0..call.rows {
        if list.is_null(row) || wanted.is_null(row) {
            out.append_null();
            continue;
        }
        let (items, wanted) = (list.value(row), ScalarValue::try_from_array(&wanted, row)?);
        let mut found = 0;
        for at in 0..items.len() {
            if items.is_valid(at) && wanted.eq_array(&items, at)? {
                found = i64::try_from(at + 1).unwrap_or(i64::MAX);
                break;
            }
        }
        out.append_value(found);
    }
    Ok(Arc::new(out.finish()))
}

/// A list of chosen elements of another's.
fn pick(
    list: &ListArray,
    gives: &DataType,
    chosen: impl Fn(usize, usize, usize) -> Result<Vec<u64>>,
) -> Result<ArrayRef> {
    let DataType::List(item) = gives else { return plan_err!("expected an array, found {gives}") };
    let mut places: Vec<u64> = Vec::new();
    let mut lengths = Vec::with_capacity(list.len());
    for row in 0..list.len() {
        let offsets = list.value_offsets();
        let (start, end) = (offsets[row], offsets[row + 1]);
        let (start, end) = (usize::try_from(start).unwrap_or(0), usize::try_from(end).unwrap_or(0));
        let found = if list.is_valid(row) { chosen(row, start, end)? } else { Vec::new() };
        lengths.push(found.len());
        places.extend(found);
    }
    let values = take(list.values(), &arrow::array::UInt64Array::from(places), None)?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(ListArray::try_new(item.clone(), offsets, values, list.nulls().cloned())?))
}

/// Each element once, in the order of their first places.
fn distinct(call: &Call) -> Result<ArrayRef> {
    let list = call.args[0].as_list::<i32>();
    pick(list, &call.gives, |_, start, end| {
        let mut seen = std::collections::HashSet::new();
        let mut found = Vec::new();
        for at in start..end {
            if seen.insert(ScalarValue::try_from_array(list.values(), at)?) {
                found.push(at as u64);
            }
        }
        Ok(found)
    })
}

/// So many elements from a place on, which is negative from the end.
fn slice(call: &Call) -> Result<ArrayRef> {
    let list = call.args[0].as_list::<i32>();
    pick(list, &call.gives, |row, start, end| {
        let (Some(from), Some(length)) = (call.whole(1, row), call.whole(2, row)) else { return Ok(Vec::new()) };
        let Ok(length) = usize::try_from(length) else { return plan_err!("`slice` cannot take {length} elements") };
        let first = match from {
            1.. => usize::try_from(from - 1).ok().map(|from| start + from),
            0 => return plan_err!("the elements of an array count from 1"),
            _ => usize::try_from(from.unsigned_abs()).ok().and_then(|back| end.checked_sub(back)),
        };
        let first = first.filter(|first| *first >= start).unwrap_or(end);
        Ok((first..end.min(first.saturating_add(length))).map(|at| at as u64).collect())
    })
}

fn reverse(call: &Call) -> Result<ArrayRef> {
    let array = &call.args[0];
    if let Some(list) = array.as_list_opt::<i32>() {
        return pick(list, &call.gives, |_, start, end| Ok((start..end).rev().map(|at| at as u64).collect()));
    }
    let texts = cast(array, &DataType::Utf8View)?;
    let mut out = StringViewBuilder::with_capacity(call.rows);
    for text in texts.as_string_view() {
        out.append_option(text.map(|text| text.chars().rev().collect::<String>()));
    }
    Ok(cast(&out.finish(), &call.gives)?)
}
