//! Window and baseline rules: their SQL over the rows that were set aside.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::dataframe::DataFrame;
use datafusion::datasource::MemTable;
use datafusion::functions::datetime::expr_fn::date_bin;
use datafusion::logical_expr::{Expr, cast, col, lit};
use datafusion::prelude::SessionContext;
use datafusion::scalar::ScalarValue;

use crate::error::DetectError;
use crate::plan::{EVENTS, WINDOW};
use crate::row::Row;
use crate::rows::Rows;
use crate::rule::Rule;

/// Runs the rule's SQL over its rows and gives the result's rows.
pub(crate) async fn evaluate(
    context: &SessionContext,
    rule: &Rule,
    sql: &str,
    rows: Option<&mut Rows>,
) -> Result<Vec<Row>, DetectError> {
    let failed = |error| DetectError::sql(&rule.file, error);
    if let Some(rows) = rows {
        let table = rows.table()?;
        let frame = context.read_table(table).map_err(failed)?;
        let frame = windowed(frame, rule).map_err(failed)?;
        context.deregister_table(EVENTS).map_err(failed)?;
        context.register_table(EVENTS, frame.into_view()).map_err(failed)?;
    }
    let batches = context.sql(sql).await.map_err(failed)?.collect().await.map_err(failed)?;
    let mut rows: Vec<Row> = batches.iter().flat_map(rows_of).collect();
    // Where rows are grouped the first of two that are alike is kept, and SQL gives them in no order.
    rows.sort_by(|a, b| (a.first, &a.event_ids).cmp(&(b.first, &b.event_ids)));
    Ok(rows)
}

/// Makes batches a table in place of the one of that name.
pub(crate) fn attach(
    context: &SessionContext,
    name: &str,
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
) -> datafusion::error::Result<()> {
    context.deregister_table(name)?;
    context.register_table(name, Arc::new(MemTable::try_new(schema, vec![batches])?))?;
    Ok(())
}

/// Adds the column [`WINDOW`]; where windows overlap, a row is there once for each window that it is in.
pub(crate) fn windowed(frame: DataFrame, rule: &Rule) -> datafusion::error::Result<DataFrame> {
    let Some(window) = rule.window else { return Ok(frame) };
    let every = rule.every.unwrap_or(window);
    let span = |seconds: u64| {
        lit(ScalarValue::new_interval_mdn(0, 0, i64::try_from(seconds).unwrap_or(0).saturating_mul(1_000_000_000)))
    };
    let utc: Option<Arc<str>> = Some("UTC".into());
    let epoch = lit(ScalarValue::TimestampMicrosecond(Some(0), utc));
    let start = date_bin(span(every.as_secs()), col("eventtime"), epoch);
    let mut all: Option<DataFrame> = None;
    for hop in 0..window.as_secs() / every.as_secs() {
        let shifted: Expr = cast(start.clone() - span(hop * every.as_secs()), trail_event::timestamp());
        let part = frame.clone().with_column(WINDOW, shifted)?;
        all = Some(match all {
            None => part,
            Some(others) => others.union(part)?,
        });
    }
    Ok(all.unwrap_or(frame))
}

pub(crate) fn rows_of(batch: &RecordBatch) -> Vec<Row> {
    let mut rows = vec![Row { count: 1, ..Row::default() }; batch.num_rows()];
    for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
        for (at, row) in rows.iter_mut().enumerate() {
            row.set(field.name(), array, at);
        }
    }
    rows
}
