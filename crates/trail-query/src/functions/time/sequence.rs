//! `sequence`: whole numbers, days or moments, one step after the other. And how long an interval is.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, ListArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Field, Int64Type, IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalUnit, TimeUnit,
};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::ScalarUDF;
use jiff::tz::TimeZone;

use super::super::function::{Call, Function, Kind, Types, list_of, whole};
use super::{DAY_US, Times, array, civil, instant};

/// As many as Trino gives at the most.
const MOST: usize = 10_000;

pub(super) fn functions() -> Vec<ScalarUDF> {
    vec![
        Function::new("sequence", &[Kind::Any, Kind::Any, Kind::Any], kind, sequence).at_least(2).into(),
        Function::new("to_milliseconds", &[Kind::Any], whole, to_milliseconds).into(),
    ]
}

fn kind(types: &Types<'_>) -> Result<DataType> {
    Ok(list_of(match types.of[0] {
        kind if kind.is_integer() => DataType::Int64,
        kind @ (DataType::Date32 | DataType::Timestamp(..)) => kind.clone(),
        other => return plan_err!("`sequence` goes from a whole number, a date or a timestamp, and not from {other}"),
    }))
}

fn sequence(call: &Call) -> Result<ArrayRef> {
    let DataType::List(item) = &call.gives else { return plan_err!("`sequence` gives an array") };
    let mut all: Vec<Option<i64>> = Vec::new();
    let mut lengths = Vec::with_capacity(call.rows);
    let mut valid = Vec::with_capacity(call.rows);
    let rows: Box<dyn Fn(usize) -> Result<Option<Vec<i64>>>> = match item.data_type() {
        DataType::Int64 => numbers(call)?,
        kind => times(call, kind)?,
    };
    for row in 0..call.rows {
        let found = rows(row)?;
        valid.push(found.is_some());
        let found = found.unwrap_or_default();
        lengths.push(found.len());
        all.extend(found.into_iter().map(Some));
    }
    let values: ArrayRef = match item.data_type() {
        DataType::Int64 => Arc::new(all.into_iter().collect::<Int64Array>()),
        kind => array(all.into_iter(), kind)?,
    };
    let field = Arc::new(Field::new(item.name(), item.data_type().clone(), true));
    Ok(Arc::new(ListArray::try_new(field, OffsetBuffer::from_lengths(lengths), values, Some(NullBuffer::from(valid)))?))
}

/// Goes on from `start` by `next`, which counts from 1, as long as `stop` is not passed.
fn walk(start: i64, stop: i64, next: impl Fn(i64) -> Option<i64>) -> Result<Vec<i64>> {
    let mut found = vec![start];
    let up = stop >= start;
    while let Some(value) = next(i64::try_from(found.len()).unwrap_or(i64::MAX)) {
        let last = found.last().copied().unwrap_or(start);
        if value == last || (value > last) != up {
            return plan_err!("the step of a `sequence` must lead from its start to its end");
        }
        if if up { value > stop } else { value < stop } {
            break;
        }
        if found.len() == MOST {
            return plan_err!("a `sequence` has at most {MOST} elements");
        }
        found.push(value);
    }
    Ok(found)
}

type Rows<'a> = Box<dyn Fn(usize) -> Result<Option<Vec<i64>>> + 'a>;

fn numbers(call: &Call) -> Result<Rows<'_>> {
    let whole = |at: usize| call.args.get(at).map(|array| cast(array, &DataType::Int64)).transpose();
    let (Some(starts), Some(stops), steps) = (whole(0)?, whole(1)?, whole(2)?) else {
        return plan_err!("`sequence` takes a start and an end");
    };
    let get = |array: &ArrayRef, row: usize| {
        let array = array.as_primitive::<Int64Type>();
        array.is_valid(row).then(|| array.value(row))
    };
    Ok(Box::new(move |row| {
        let (Some(start), Some(stop)) = (get(&starts, row), get(&stops, row)) else { return Ok(None) };
        let step = match &steps {
            Some(steps) => get(steps, row),
            None => Some(if stop >= start { 1 } else { -1 }),
        };
        let Some(step) = step else { return Ok(None) };
        walk(start, stop, |count| start.checked_add(step.checked_mul(count)?)).map(Some)
    }))
}

fn times<'a>(call: &'a Call, kind: &DataType) -> Result<Rows<'a>> {
    let (starts, stops) = (Times::new(&call.args[0])?, Times::new(&call.args[1])?);
    let steps = match call.args.get(2) {
        Some(steps) => Some(cast(steps, &DataType::Interval(IntervalUnit::MonthDayNano))?),
        None if *kind == DataType::Date32 => None,
        None => return plan_err!("a `sequence` of timestamps needs a step (write `INTERVAL '1' HOUR`)"),
    };
    Ok(Box::new(move |row| {
        let (Some(start), Some(stop)) = (starts.get(row), stops.get(row)) else { return Ok(None) };
        let step = match &steps {
            Some(steps) => {
                let steps = steps.as_primitive::<IntervalMonthDayNanoType>();
                steps.is_valid(row).then(|| steps.value(row))
            }
            None => Some(IntervalMonthDayNano::new(0, if stop >= start { 1 } else { -1 }, 0)),
        };
        let Some(step) = step else { return Ok(None) };
        walk(start, stop, |count| moved(start, step, count)).map(Some)
    }))
}

/// A time some steps on. Months are counted from the first time, so that they end where it does.
fn moved(from: i64, step: IntervalMonthDayNano, count: i64) -> Option<i64> {
    let months = i64::from(step.months).checked_mul(count)?;
    let time = civil(from, &TimeZone::UTC)?.checked_add(jiff::Span::new().try_months(months).ok()?).ok()?;
    let further =
        i64::from(step.days).checked_mul(DAY_US)?.checked_add(step.nanoseconds / 1_000)?.checked_mul(count)?;
    instant(time, &TimeZone::UTC)?.checked_add(further)
}

/// Milliseconds of an interval of days and shorter: what one time less another gives.
fn to_milliseconds(call: &Call) -> Result<ArrayRef> {
    let array = &call.args[0];
    match array.data_type() {
        DataType::Duration(_) => Ok(cast(&cast(array, &DataType::Duration(TimeUnit::Millisecond))?, &DataType::Int64)?),
        DataType::Interval(_) => {
            let array = cast(array, &DataType::Interval(IntervalUnit::MonthDayNano))?;
            let array = array.as_primitive::<IntervalMonthDayNanoType>();
            let length = |step: IntervalMonthDayNano| {
                let days = i64::from(step.days).checked_mul(DAY_US / 1_000)?;
                if step.months == 0 { days.checked_add(step.nanoseconds / 1_000_000) } else { None }
            };
            Ok(Arc::new(array.iter().map(|step| step.and_then(length)).collect::<Int64Array>()))
        }
        other => plan_err!("`to_milliseconds` takes an interval, and not {other}"),
    }
}
