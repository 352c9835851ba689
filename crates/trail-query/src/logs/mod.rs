//! The table `cloudtrail` over log objects as CloudTrail delivered them: no ingest, nothing kept. Objects are read and decoded
//! in parallel as a stream, and each event appears once in a scan, as it would in the lake.

mod coverage;
mod pass;
mod worker;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::compute::BatchCoalescer;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Result, exec_err};
use datafusion::datasource::TableType;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use tokio::sync::mpsc::Sender;
use trail_event::Limits;
use trail_source::SourceConfig;

pub use coverage::Coverage;
use pass::Pass;
use worker::Worker;

use crate::{Engine, QueryError};

/// Use by use, as the lake's `activity` has it, but for the rows' filter.
const ACTIVITY: &str = include_str!("activity.sql");
/// Session by session, as the lake's `sessions` has them: a SELECT over `cloudtrail`.
pub const SESSIONS_SQL: &str = include_str!("sessions.sql");
/// Passes whose counts are remembered.
const MAX_PASSES: usize = 16;
/// Batches that wait between a decoder and the query.
const WAITING: usize = 2;

/// Which log objects to read, and within which bounds.
#[derive(Debug, Clone)]
pub struct LogInput {
    /// Folders, files and S3 prefixes.
    pub sources: Vec<SourceConfig>,
    /// The most bytes of an object as stored; larger ones are counted as failed.
    pub max_object_bytes: u64,
    /// What an object may do to the decoder.
    pub limits: Limits,
}

impl From<Vec<SourceConfig>> for LogInput {
    fn from(sources: Vec<SourceConfig>) -> Self {
        Self { sources, max_object_bytes: 256 << 20, limits: Limits::default() }
    }
}

/// A handle on the log objects behind the table `cloudtrail`: what the queries so far have seen of them.
#[derive(Debug, Clone, Default)]
pub struct Logs {
    passes: Arc<Mutex<VecDeque<Arc<Mutex<Coverage>>>>>,
}

impl Logs {
    /// The counts of the pass that has seen the most; a query that names `cloudtrail` twice makes two passes.
    pub fn coverage(&self) -> Coverage {
        let passes = self.passes.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = passes.iter().map(|pass| pass.lock().unwrap_or_else(PoisonError::into_inner).clone());
        counts.max_by_key(|pass| (pass.complete, pass.objects)).unwrap_or_default()
    }

    fn begin(&self) -> Arc<Mutex<Coverage>> {
        let pass = Arc::new(Mutex::new(Coverage::default()));
        let mut passes = self.passes.lock().unwrap_or_else(PoisonError::into_inner);
        passes.push_back(pass.clone());
        if passes.len() > MAX_PASSES {
            passes.pop_front();
        }
        pass
    }
}

/// A SELECT over `cloudtrail` that gives what the lake keeps in `activity`, of events from a time on and before a time.
pub fn activity_sql(from: Option<jiff::Timestamp>, until: Option<jiff::Timestamp>) -> String {
    let from = from.map(|time| format!("eventtime >= '{time}'"));
    let until = until.map(|time| format!("eventtime < '{time}'"));
    let tests: Vec<String> = from.into_iter().chain(until).collect();
    let filter = if tests.is_empty() { "true".to_owned() } else { tests.join(" AND ") };
    ACTIVITY.replace("/* events */ true", &filter)
}

impl Engine {
    /// Makes log objects the table `cloudtrail`, and `activity` and `sessions` views over it. Each scan reads all of them.
    ///
    /// # Errors
    /// When a source's settings are wrong; what cannot be read later is found in [`Logs::coverage`].
    pub async fn attach_logs(&self, input: impl Into<LogInput>) -> std::result::Result<Logs, QueryError> {
        let input = input.into();
        for source in &input.sources {
            source.build().await.map_err(|error| QueryError::Storage(error.to_string()))?;
        }
        let logs = Logs::default();
        let table = LogsTable { schema: trail_event::schema(), input, logs: logs.clone() };
        self.attach_provider("cloudtrail", Arc::new(table))?;
        self.attach_view("activity", &activity_sql(None, None)).await?;
        self.attach_view("sessions", SESSIONS_SQL).await?;
        Ok(logs)
    }
}

#[derive(Debug)]
struct LogsTable {
    schema: SchemaRef,
    input: LogInput,
    logs: Logs,
}

#[async_trait]
impl TableProvider for LogsTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let LogInput { sources, max_object_bytes, limits } = &self.input;
        let pool = &state.runtime_env().memory_pool;
        let pass = Arc::new(Pass::begin(sources, *limits, *max_object_bytes, self.logs.begin(), pool).await?);
        let schema = match projection {
            Some(columns) => Arc::new(self.schema.project(columns)?),
            None => self.schema.clone(),
        };
        let partition = || LogPartition {
            pass: pass.clone(),
            schema: schema.clone(),
            projection: projection.map(|columns| columns.as_slice().into()),
            taken: AtomicBool::new(false),
        };
        let count = state.config().target_partitions().max(1);
        let partitions = (0..count).map(|_| Arc::new(partition()) as Arc<dyn PartitionStream>).collect();
        Ok(Arc::new(StreamingTableExec::try_new(schema, partitions, None, [], false, limit)?))
    }
}

/// One of the readers of a pass.
#[derive(Debug)]
struct LogPartition {
    pass: Arc<Pass>,
    schema: SchemaRef,
    projection: Option<Arc<[usize]>>,
    taken: AtomicBool,
}

impl PartitionStream for LogPartition {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, ctx: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut stream = RecordBatchReceiverStream::builder(self.schema.clone(), WAITING);
        let (pass, schema, projection) = (self.pass.clone(), self.schema.clone(), self.projection.clone());
        let again = self.taken.swap(true, Ordering::Relaxed);
        let rows = ctx.session_config().batch_size();
        let out = stream.tx();
        stream.spawn(async move {
            if again {
                return exec_err!("log objects are read once in a statement: ingest them into a lake for this query");
            }
            produce(pass, schema, projection, rows, out).await
        });
        stream.build()
    }
}

/// Reads and decodes until the pass is over, and sends batches of about `rows` rows: log objects are mostly small.
async fn produce(
    pass: Arc<Pass>,
    schema: SchemaRef,
    projection: Option<Arc<[usize]>>,
    rows: usize,
    out: Sender<Result<RecordBatch>>,
) -> Result<()> {
    let mut gathered = BatchCoalescer::new(schema.clone(), rows);
    let mut worker = Worker::new(pass, projection);
    while let Some(body) = worker.next().await? {
        for batch in worker.work(body, |batches| batches).await? {
            // Without columns there is nothing to gather but a number.
            if schema.fields().is_empty() {
                if out.send(Ok(batch)).await.is_err() {
                    return Ok(());
                }
                continue;
            }
            gathered.push_batch(batch)?;
            while let Some(batch) = gathered.next_completed_batch() {
                if out.send(Ok(batch)).await.is_err() {
                    return Ok(());
                }
            }
        }
    }
    gathered.finish_buffered_batch()?;
    while let Some(batch) = gathered.next_completed_batch() {
        if out.send(Ok(batch)).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}
