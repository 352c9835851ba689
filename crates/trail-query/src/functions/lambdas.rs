//! Trino's functions with lambdas that DataFusion lacks: `reduce`, `zip_with`, and those of maps.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, MapArray, StructArray, UInt64Array, UInt64Builder};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{cast, concat, filter, take, take_arrays};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, HigherOrderFunctionArgs, HigherOrderReturnFieldArgs, HigherOrderSignature, HigherOrderUDF,
    HigherOrderUDFImpl, LambdaArgument, LambdaParametersProgress, ValueOrLambda, Volatility,
};

use super::function::map_of;

pub(super) fn functions() -> Vec<Arc<HigherOrderUDF>> {
    [What::Reduce, What::ZipWith, What::MapFilter, What::TransformValues, What::TransformKeys]
        .into_iter()
        .map(|what| Arc::new(HigherOrderUDF::new_from_impl(Lambdas::new(what))))
        .collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum What {
    Reduce,
    ZipWith,
    MapFilter,
    TransformValues,
    TransformKeys,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Lambdas {
    what: What,
    signature: HigherOrderSignature,
}

type Shape = ValueOrLambda<FieldRef, Option<FieldRef>>;

impl Lambdas {
    fn new(what: What) -> Self {
        let (value, lambda) = (ValueOrLambda::Value(()), ValueOrLambda::Lambda(()));
        let args = match what {
            What::Reduce => vec![value.clone(), value, lambda.clone(), lambda],
            What::ZipWith => vec![value.clone(), value, lambda],
            _ => vec![value, lambda],
        };
        Self { what, signature: HigherOrderSignature::exact(args, Volatility::Immutable) }
    }

    /// The types of the arguments that are values.
    fn parameters(&self, values: &[&DataType]) -> Result<Vec<DataType>> {
        match self.what {
            What::Reduce => Ok(vec![values[1].clone(), item(values[0])?]),
            What::ZipWith => Ok(vec![item(values[0])?, item(values[1])?]),
            _ => {
                let (key, value) = pair(values[0])?;
                Ok(vec![key, value])
            }
        }
    }
}

fn item(kind: &DataType) -> Result<DataType> {
    match kind {
        DataType::List(item) => Ok(item.data_type().clone()),
        other => plan_err!("expected an array, found {other}"),
    }
}

fn pair(kind: &DataType) -> Result<(DataType, DataType)> {
    match kind {
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) if fields.len() == 2 => {
                Ok((fields[0].data_type().clone(), fields[1].data_type().clone()))
            }
            other => plan_err!("a map of {other} is not known"),
        },
        other => plan_err!("expected a map, found {other}"),
    }
}

fn field(name: &str, kind: DataType) -> FieldRef {
    Field::new(name, kind, true).into()
}

fn value_types<L>(args: &[ValueOrLambda<FieldRef, L>]) -> Vec<&DataType> {
    args.iter()
        .filter_map(|arg| match arg {
            ValueOrLambda::Value(field) => Some(field.data_type()),
            ValueOrLambda::Lambda(_) => None,
        })
        .collect()
}

impl HigherOrderUDFImpl for Lambdas {
    fn name(&self) -> &str {
        match self.what {
            What::Reduce => "reduce",
            What::ZipWith => "zip_with",
            What::MapFilter => "map_filter",
            What::TransformValues => "transform_values",
            What::TransformKeys => "transform_keys",
        }
    }

    fn signature(&self) -> &HigherOrderSignature {
        &self.signature
    }

    fn coerce_value_types(&self, found: &[DataType]) -> Result<Vec<DataType>> {
        let plain = |kind: &DataType| match kind {
            DataType::LargeList(item) | DataType::FixedSizeList(item, _) => DataType::List(item.clone()),
            other => other.clone(),
        };
        Ok(found.iter().map(plain).collect())
    }

    fn lambda_parameters(&self, _step: usize, args: &[Shape]) -> Result<LambdaParametersProgress> {
        let kinds = self.parameters(&value_types(args))?;
        let of = |kinds: Vec<DataType>| kinds.into_iter().map(|kind| field("", kind)).collect::<Vec<_>>();
        if self.what != What::Reduce {
            return Ok(LambdaParametersProgress::Complete(vec![of(kinds)]));
        }
        // What a step gives is what the next one begins with: its type may be wider than that of the first value.
        let given = match args.get(2) {
            Some(ValueOrLambda::Lambda(Some(given))) => Some(given.data_type().clone()),
            _ => None,
        };
        Ok(match given {
            Some(state) => {
                LambdaParametersProgress::Complete(vec![of(vec![state.clone(), kinds[1].clone()]), of(vec![state])])
            }
            None => LambdaParametersProgress::Partial(vec![Some(of(kinds)), None]),
        })
    }

    fn return_field_from_args(&self, args: HigherOrderReturnFieldArgs<'_>) -> Result<FieldRef> {
        let given = args.arg_fields.iter().rev().find_map(|arg| match arg {
            ValueOrLambda::Lambda(field) => Some(field.data_type().clone()),
            ValueOrLambda::Value(_) => None,
        });
        let Some(given) = given else { return plan_err!("`{}` wants a lambda: `x -> x`", self.name()) };
        let values = value_types(args.arg_fields);
        let kind = match self.what {
            What::Reduce => given,
            What::ZipWith => DataType::new_list(given, true),
            What::MapFilter => values[0].clone(),
            What::TransformValues => map_of(pair(values[0])?.0, given),
            What::TransformKeys => map_of(given, pair(values[0])?.1),
        };
        Ok(field("", kind))
    }

    fn invoke_with_args(&self, args: HigherOrderFunctionArgs) -> Result<ColumnarValue> {
        let mut values = Vec::new();
        let mut lambdas = Vec::new();
        for arg in &args.args {
            match arg {
                ValueOrLambda::Value(value) => values.push(value.to_array(args.number_rows)?),
                ValueOrLambda::Lambda(lambda) => lambdas.push(lambda),
            }
        }
        let found = match self.what {
            What::Reduce => {
                let kinds: Vec<_> = args
                    .arg_fields
                    .iter()
                    .filter_map(|arg| match arg {
                        ValueOrLambda::Lambda(field) => Some(field.data_type()),
                        ValueOrLambda::Value(_) => None,
                    })
                    .collect();
                reduce(values[0].as_list(), &cast(&values[1], kinds[0])?, &lambdas)?
            }
            What::ZipWith => zip_with(values[0].as_list(), values[1].as_list(), lambdas[0])?,
            what => of_map(values[0].as_map(), lambdas[0], what, args.return_field.data_type())?,
        };
        Ok(ColumnarValue::Array(if found.data_type() == args.return_field.data_type() {
            found
        } else {
            cast(&found, args.return_field.data_type())?
        }))
    }
}

/// Calls a lambda with columns that belong to rows of the batch.
fn evaluate(lambda: &LambdaArgument, columns: &[&ArrayRef], rows: &UInt64Array) -> Result<ArrayRef> {
    let given: Vec<_> = columns.iter().map(|column| move || Ok(ArrayRef::clone(column))).collect();
    let given: Vec<&dyn Fn() -> Result<ArrayRef>> = given.iter().map(|column| column as _).collect();
    let found = lambda.evaluate(&given, |captures| Ok(take_arrays(captures, rows, None)?))?;
    found.into_array(rows.len())
}

/// All rows take one step at a time: as many calls as the longest array has elements.
fn reduce(list: &ListArray, first: &ArrayRef, lambdas: &[&LambdaArgument]) -> Result<ArrayRef> {
    let mut state = first.clone();
    let longest = (0..list.len()).filter(|row| list.is_valid(*row)).map(|row| list.value_length(row)).max();
    for at in 0..longest.unwrap_or(0) {
        let (mut rows, mut items) = (UInt64Builder::new(), UInt64Builder::new());
        for row in (0..list.len()).filter(|row| list.is_valid(*row) && list.value_length(*row) > at) {
            rows.append_value(row as u64);
            items.append_value(u64::try_from(list.value_offsets()[row] + at).unwrap_or(0));
        }
        let (rows, items) = (rows.finish(), take(list.values(), &items.finish(), None)?);
        let next = evaluate(lambdas[0], &[&take(&state, &rows, None)?, &items], &rows)?;
        let next = cast(&next, state.data_type())?;
        let mut places: Vec<u64> = (0..state.len() as u64).collect();
        for (at, row) in rows.values().iter().enumerate() {
            places[usize::try_from(*row).unwrap_or(0)] = (state.len() + at) as u64;
        }
        state = take(&concat(&[&state, &next])?, &UInt64Array::from(places), None)?;
    }
    let rows: UInt64Array = (0..list.len() as u64).collect::<Vec<_>>().into();
    let found = evaluate(lambdas[1], &[&state], &rows)?;
    let missing = arrow::compute::is_null(list)?;
    Ok(arrow::compute::nullif(&found, &missing)?)
}

/// Elements side by side; the shorter array is filled with NULL.
fn zip_with(one: &ListArray, other: &ListArray, lambda: &LambdaArgument) -> Result<ArrayRef> {
    let (mut rows, mut left, mut right) = (UInt64Builder::new(), UInt64Builder::new(), UInt64Builder::new());
    let mut lengths = Vec::with_capacity(one.len());
    for row in 0..one.len() {
        let both = one.is_valid(row) && other.is_valid(row);
        let most = if both { one.value_length(row).max(other.value_length(row)) } else { 0 };
        lengths.push(usize::try_from(most).unwrap_or(0));
        for at in 0..most {
            rows.append_value(row as u64);
            let place = |list: &ListArray| {
                (at < list.value_length(row)).then(|| u64::try_from(list.value_offsets()[row] + at).unwrap_or(0))
            };
            left.append_option(place(one));
            right.append_option(place(other));
        }
    }
    let (left, right) = (take(one.values(), &left.finish(), None)?, take(other.values(), &right.finish(), None)?);
    let found = evaluate(lambda, &[&left, &right], &rows.finish())?;
    let nulls = arrow::buffer::NullBuffer::union(one.nulls(), other.nulls());
    let item = Field::new_list_field(found.data_type().clone(), true);
    Ok(Arc::new(ListArray::try_new(item.into(), OffsetBuffer::from_lengths(lengths), found, nulls)?))
}

fn of_map(map: &MapArray, lambda: &LambdaArgument, what: What, gives: &DataType) -> Result<ArrayRef> {
    let (mut rows, mut places) = (UInt64Builder::new(), UInt64Builder::new());
    let mut lengths = Vec::with_capacity(map.len());
    for row in 0..map.len() {
        let length = if map.is_valid(row) { map.value_length(row) } else { 0 };
        lengths.push(usize::try_from(length).unwrap_or(0));
        for at in 0..length {
            rows.append_value(row as u64);
            places.append_value(u64::try_from(map.value_offsets()[row] + at).unwrap_or(0));
        }
    }
    let (rows, places) = (rows.finish(), places.finish());
    let (mut keys, mut values) = (take(map.keys(), &places, None)?, take(map.values(), &places, None)?);
    let found = evaluate(lambda, &[&keys, &values], &rows)?;
    match what {
        What::TransformKeys => keys = found,
        What::TransformValues => values = found,
        _ => {
            let kept = found.as_boolean();
            let kept = match kept.null_count() {
                0 => kept.clone(),
                _ => arrow::compute::prep_null_mask_filter(kept),
            };
            (keys, values) = (filter(&keys, &kept)?, filter(&values, &kept)?);
            let mut at = 0;
            for length in &mut lengths {
                let end = at + *length;
                *length = (at..end).filter(|at| kept.value(*at)).count();
                at = end;
            }
        }
    }
    let DataType::Map(entries, sorted) = gives else { return plan_err!("expected a map, found {gives}") };
    let DataType::Struct(fields) = entries.data_type() else { return plan_err!("expected a map, found {gives}") };
    let columns = vec![cast(&keys, fields[0].data_type())?, cast(&values, fields[1].data_type())?];
    let pairs = StructArray::try_new(fields.clone(), columns, None)?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(MapArray::try_new(entries.clone(), offsets, pairs, map.nulls().cloned(), *sorted)?))
}
