//! What is computed of all values of a group at once: the grammar writes `approx_percentile(x, 0.9)` as a function of
//! `array_agg(x)`, and so on. Exact where Trino is approximate.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, ListArray, UInt64Array, UInt64Builder};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{cast, sort_to_indices, take};
use arrow::datatypes::{DataType, Field, Float64Type};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::ScalarUDF;

use super::super::function::{Call, Function, Kind, Types, list_of, map_of};
use super::maps::{assemble, distinct_keys, from_entries};

pub(super) fn functions() -> Vec<ScalarUDF> {
    use Kind::{Any, List, Whole};
    vec![
        Function::new("percentile_of", &[List, Any], percentile_type, percentile).into(),
        Function::new("counts_of", &[List, Whole], |types| Ok(map_of(types.item(0)?, DataType::Int64)), counts)
            .at_least(1)
            .into(),
        Function::new("map_of_pairs", &[List], |types| pairs_type(types, false), from_entries).into(),
        Function::new("multimap_of_pairs", &[List], |types| pairs_type(types, true), multimap).into(),
    ]
}

fn percentile_type(types: &Types<'_>) -> Result<DataType> {
    let item = types.item(0)?;
    Ok(if matches!(types.of[1], DataType::List(_)) { list_of(item) } else { item })
}

/// The least value that has at least such a part of all values at or below it; of an array of parts an array.
fn percentile(call: &Call) -> Result<ArrayRef> {
    let list = call.args[0].as_list::<i32>();
    let parts = match call.args[1].as_list_opt::<i32>() {
        Some(parts) => cast(parts, &list_of(DataType::Float64))?,
        None => cast(&call.args[1], &DataType::Float64)?,
    };
    let mut places = UInt64Builder::new();
    let mut lengths = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        let wanted: Vec<f64> = match parts.as_list_opt::<i32>() {
            Some(parts) => parts.value(row).as_primitive::<Float64Type>().values().to_vec(),
            None => vec![parts.as_primitive::<Float64Type>().value(row)],
        };
        let start = usize::try_from(list.value_offsets()[row]).unwrap_or(0);
        let items = list.value(row);
        let order = sort_to_indices(&items, None, None)?;
        let nulls = items.null_count();
        let count = items.len() - nulls;
        for part in &wanted {
            if !(0.0..=1.0).contains(part) {
                return plan_err!("a percentile lies between 0 and 1, found {part}");
            }
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "within the list"
            )]
            let at = ((part * count as f64).ceil() as usize).max(1) - 1;
            let place =
                (list.is_valid(row) && count > 0).then(|| start + order.value(nulls + at.min(count - 1)) as usize);
            places.append_option(place.map(|place| place as u64));
        }
        lengths.push(wanted.len());
    }
    let values = take(list.values(), &places.finish(), None)?;
    match &call.gives {
        DataType::List(item) => {
            Ok(Arc::new(ListArray::try_new(item.clone(), OffsetBuffer::from_lengths(lengths), values, None)?))
        }
        _ => Ok(values),
    }
}

/// How often each value is there; with a second argument only the most frequent ones.
fn counts(call: &Call) -> Result<ArrayRef> {
    let list = call.args[0].as_list::<i32>();
    let mut chosen = distinct_keys(list.values(), list.value_offsets(), list)?;
    let mut counts: Vec<Option<i64>> = vec![None; list.values().len()];
    for (row, places) in chosen.iter_mut().enumerate() {
        let mut of: HashMap<ScalarValue, i64> = HashMap::new();
        let items = list.value(row);
        for at in (0..items.len()).filter(|at| items.is_valid(*at)) {
            *of.entry(ScalarValue::try_from_array(&items, at)?).or_default() += 1;
        }
        for at in places.iter() {
            let at = usize::try_from(*at).unwrap_or(0);
            counts[at] = of.get(&ScalarValue::try_from_array(list.values(), at)?).copied();
        }
        if call.len() > 1 {
            places.sort_by_key(|at| std::cmp::Reverse(counts[usize::try_from(*at).unwrap_or(0)]));
            places.truncate(call.whole(1, row).and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX));
        }
    }
    let counts: ArrayRef = Arc::new(Int64Array::from(counts));
    assemble(&call.gives, &chosen, list.values(), &counts, list.nulls().cloned())
}

fn pairs_type(types: &Types<'_>, many: bool) -> Result<DataType> {
    match types.item(0)? {
        DataType::Struct(fields) if fields.len() == 2 => {
            let value = fields[1].data_type().clone();
            Ok(map_of(fields[0].data_type().clone(), if many { list_of(value) } else { value }))
        }
        other => plan_err!("expected pairs, found {other}"),
    }
}

fn multimap(call: &Call) -> Result<ArrayRef> {
    let list = call.args[0].as_list::<i32>();
    let pairs = list.values().as_struct();
    let (keys, values) = (pairs.column(0), pairs.column(1));
    let chosen = distinct_keys(keys, list.value_offsets(), list)?;
    // A list for each key that counts, at that key's place.
    let mut members: Vec<Vec<u64>> = vec![Vec::new(); keys.len()];
    for (row, places) in chosen.iter().enumerate() {
        let first: HashMap<ScalarValue, usize> = places
            .iter()
            .map(|at| usize::try_from(*at).unwrap_or(0))
            .map(|at| Ok((ScalarValue::try_from_array(keys, at)?, at)))
            .collect::<Result<_>>()?;
        for at in list.value_offsets()[row]..list.value_offsets()[row + 1] {
            let at = usize::try_from(at).unwrap_or(0);
            if let Some(first) = first.get(&ScalarValue::try_from_array(keys, at)?) {
                members[*first].push(at as u64);
            }
        }
    }
    let offsets = OffsetBuffer::from_lengths(members.iter().map(Vec::len));
    let places: UInt64Array = members.into_iter().flatten().collect::<Vec<_>>().into();
    let items = take(values, &places, None)?;
    let field = Field::new_list_field(items.data_type().clone(), true);
    let lists: ArrayRef = Arc::new(ListArray::try_new(field.into(), offsets, items, None)?);
    assemble(&call.gives, &chosen, keys, &lists, list.nulls().cloned())
}
