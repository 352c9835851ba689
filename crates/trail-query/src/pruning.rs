//! Which files may hold rows that pass a filter: by the bounds of their columns, and by what their day tells.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, TimestampMicrosecondArray, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::Session;
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::{Column, DFSchema, Result, ScalarValue};
use datafusion::logical_expr::Expr;
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;

use crate::day_grain::replace_of_day;
use crate::files::{Bounds, DAY_US, DataFile};

/// For each file, whether it may hold a row that passes. `time` is the column whose days files are of.
pub(crate) fn keep(
    state: &dyn Session,
    filter: Expr,
    schema: &SchemaRef,
    time: Option<&str>,
    files: &[DataFile],
    bounds: impl Fn(&DataFile, &str) -> Bounds,
) -> Result<Vec<bool>> {
    let mut known = Known { files, schema: schema.clone(), bounds, of_days: Vec::new() };
    let filter = match time.and_then(|time| Some((time, schema.field_with_name(time).ok()?.clone()))) {
        Some((name, field)) => {
            let days = days(files, &field)?;
            let found = replace_of_day(filter, name, |part| {
                let values = known.add(state, &part, &days)?;
                Ok(Expr::Column(Column::from_name(values)))
            })?;
            found.data
        }
        None => filter,
    };
    let schema = known.wider();
    let filter = state.create_physical_expr(filter, &DFSchema::try_from(schema.clone())?)?;
    match PruningPredicateBuilder::new().with_file_schema(schema).build(filter) {
        Some(predicate) => predicate.prune(&known),
        None => Ok(vec![true; files.len()]),
    }
}

/// The first moment of each file's day.
fn days(files: &[DataFile], field: &Field) -> Result<RecordBatch> {
    let starts = files.iter().map(|file| Some(i64::from(file.day?) * DAY_US));
    let starts = arrow::compute::cast(&starts.collect::<TimestampMicrosecondArray>(), field.data_type())?;
    Ok(RecordBatch::try_new(Arc::new(Schema::new(vec![field.clone().with_nullable(true)])), vec![starts])?)
}

/// What is known of all files, as the engine's pruning asks for it.
struct Known<'a, F> {
    files: &'a [DataFile],
    schema: SchemaRef,
    bounds: F,
    /// Columns of one value a file, which follow from its day.
    of_days: Vec<(String, ArrayRef)>,
}

impl<F: Fn(&DataFile, &str) -> Bounds> Known<'_, F> {
    /// Computes an expression of each file's day; the name of the column that stands for it.
    fn add(&mut self, state: &dyn Session, expr: &Expr, days: &RecordBatch) -> Result<String> {
        let schema = DFSchema::try_from(days.schema())?;
        let values = state.create_physical_expr(expr.clone(), &schema)?.evaluate(days)?.into_array(days.num_rows())?;
        let name = format!("__of_day_{}", self.of_days.len());
        self.of_days.push((name.clone(), values));
        Ok(name)
    }

    fn wider(&self) -> SchemaRef {
        let of_days =
            self.of_days.iter().map(|(name, values)| Field::new(name, values.data_type().clone(), true).into());
        Arc::new(Schema::new(self.schema.fields().iter().cloned().chain(of_days).collect::<Vec<_>>()))
    }

    fn of_day(&self, column: &Column) -> Option<&ArrayRef> {
        self.of_days.iter().find(|(name, _)| name == column.name()).map(|(_, values)| values)
    }

    fn values(&self, column: &Column, pick: impl Fn(Bounds) -> Option<ScalarValue>) -> Option<ArrayRef> {
        if let Some(values) = self.of_day(column) {
            return Some(values.clone());
        }
        let kind: &DataType = self.schema.field_with_name(column.name()).ok()?.data_type();
        let null = ScalarValue::try_from(kind).ok()?;
        let values = self.files.iter().map(|file| {
            let value = pick((self.bounds)(file, column.name()));
            value.and_then(|value| value.cast_to(kind).ok()).unwrap_or_else(|| null.clone())
        });
        ScalarValue::iter_to_array(values).ok()
    }
}

impl<F: Fn(&DataFile, &str) -> Bounds> PruningStatistics for Known<'_, F> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.values(column, |bounds| bounds.min)
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.values(column, |bounds| bounds.max)
    }

    fn num_containers(&self) -> usize {
        self.files.len()
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        let count = |(at, file): (usize, &DataFile)| match self.of_day(column) {
            Some(values) if values.is_valid(at) => Some(0),
            Some(_) => file.day.is_none().then_some(file.rows),
            None => (self.bounds)(file, column.name()).nulls,
        };
        Some(Arc::new(self.files.iter().enumerate().map(count).collect::<UInt64Array>()))
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        Some(Arc::new(self.files.iter().map(|file| Some(file.rows)).collect::<UInt64Array>()))
    }

    fn contained(&self, _column: &Column, _values: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}
