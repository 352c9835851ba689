//! The rows of a query as they come: a stream that keeps the statement's limits and stops the work when it is dropped.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::compute::concat_batches;
use arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::ExecutionPlan;
use futures::{Stream, StreamExt, TryStreamExt};
use tokio::time::Sleep;

use crate::QueryError;

/// A query's answer: its schema, and its rows as a stream of batches. Dropping it cancels the query.
pub struct Answer {
    schema: SchemaRef,
    stream: SendableRecordBatchStream,
    plan: Arc<dyn ExecutionPlan>,
    deadline: Option<(Pin<Box<Sleep>>, Duration)>,
    max_rows: Option<u64>,
    rows: u64,
    over: bool,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer").field("schema", &self.schema).field("rows", &self.rows).finish_non_exhaustive()
    }
}

/// What reading an answer's files took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scanned {
    /// Bytes that the Parquet scans read.
    pub bytes: u64,
    /// Rows that came out of the scans.
    pub rows: u64,
}

impl Answer {
    pub(crate) fn new(
        stream: SendableRecordBatchStream,
        plan: Arc<dyn ExecutionPlan>,
        headings: &HashMap<String, String>,
        deadline: Option<(Pin<Box<Sleep>>, Duration)>,
        max_rows: Option<u64>,
    ) -> Self {
        let schema = with_headings(&stream.schema(), headings);
        Self { schema, stream, plan, deadline, max_rows, rows: 0, over: false }
    }

    /// The columns, named as the query wrote them.
    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// All rows at once; for answers that are known to be small.
    ///
    /// # Errors
    /// Whatever stops the query: limits, unreadable data, a cast that fails.
    pub async fn collect(self) -> Result<Vec<RecordBatch>, QueryError> {
        self.try_collect().await
    }

    /// All rows in one batch; for answers that are known to be small.
    ///
    /// # Errors
    /// As [`Answer::collect`].
    pub async fn one_batch(self) -> Result<RecordBatch, QueryError> {
        let schema = self.schema();
        let batches = self.collect().await?;
        concat_batches(&schema, &batches).map_err(|error| QueryError::Engine(error.to_string()))
    }

    /// What the scans of this query have read so far.
    pub fn scanned(&self) -> Scanned {
        fn add(plan: &Arc<dyn ExecutionPlan>, sum: &mut Scanned) {
            if let Some(metrics) = plan.metrics()
                && plan.children().is_empty()
            {
                let count = |name| metrics.sum_by_name(name).map_or(0, |value| value.as_usize() as u64);
                sum.bytes += count("bytes_scanned");
                sum.rows += metrics.output_rows().unwrap_or(0) as u64;
            }
            for child in plan.children() {
                add(child, sum);
            }
        }
        let mut sum = Scanned::default();
        add(&self.plan, &mut sum);
        sum
    }
}

pub(crate) fn with_headings(schema: &SchemaRef, headings: &HashMap<String, String>) -> SchemaRef {
    if headings.is_empty() {
        return schema.clone();
    }
    let fields = schema.fields().iter().map(|field| match headings.get(field.name()) {
        Some(heading) => Arc::new(Field::clone(field).with_name(heading)),
        None => field.clone(),
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

impl Stream for Answer {
    type Item = Result<RecordBatch, QueryError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.over {
            return Poll::Ready(None);
        }
        if let Some((sleep, limit)) = &mut self.deadline
            && sleep.as_mut().poll(cx).is_ready()
        {
            let limit = *limit;
            self.over = true;
            return Poll::Ready(Some(Err(QueryError::Timeout { limit })));
        }
        let item = ready!(self.stream.poll_next_unpin(cx));
        let item = item.map(|batch| {
            let batch = batch?;
            self.rows += batch.num_rows() as u64;
            if let Some(limit) = self.max_rows
                && self.rows > limit
            {
                return Err(QueryError::TooManyRows { limit });
            }
            let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            RecordBatch::try_new_with_options(self.schema.clone(), batch.columns().to_vec(), &rows)
                .map_err(|error| QueryError::Engine(error.to_string()))
        });
        self.over = !matches!(item, Some(Ok(_)));
        Poll::Ready(item)
    }
}
