//! One query on the cluster: handed in, waited for, its rows fetched from where they were computed.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use ballista_core::client::BallistaClient;
use ballista_core::extension::BallistaConfigGrpcEndpoint;
use ballista_core::serde::BallistaPhysicalExtensionCodec;
use ballista_core::serde::protobuf::execute_query_params::Query;
use ballista_core::serde::protobuf::job_status::Status as Stage;
use ballista_core::serde::protobuf::{CleanJobDataParams, ExecuteQueryParams, PartitionLocation};
use ballista_core::version::insert_version_header;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result, internal_err, plan_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{Column, cast as cast_expr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use datafusion_proto::physical_plan::AsExecutionPlan as _;
use datafusion_proto::protobuf::PhysicalPlanNode;
use futures::StreamExt as _;
use prost::Message as _;
use tokio::sync::mpsc::Sender;
use trail_query::plain_schema;
use uuid::Uuid;

use crate::ClusterError;
use crate::dial::{Dial, MESSAGE};
use crate::reads::lightened;
use crate::session::pairs;

type Rows = Sender<Result<RecordBatch>>;

/// The largest plan, in bytes: rows in memory go with it, to each executor that works on it.
const LUGGAGE: usize = 64 << 20;
/// How often a query is asked whose executor was lost.
const ASKS: u8 = 3;
/// How often a member that does not answer is tried again for a result.
const TRIES: u8 = 2;
const PAUSE_MS: u64 = 500;

/// A plan whose rows come from a cluster.
#[derive(Debug, Clone)]
pub(crate) struct OnCluster {
    plan: Arc<dyn ExecutionPlan>,
    scheduler: String,
    dial: Dial,
    properties: Arc<PlanProperties>,
}

impl OnCluster {
    pub(crate) fn new(plan: Arc<dyn ExecutionPlan>, scheduler: String, dial: Dial) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(plan.schema()),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self { plan, scheduler, dial, properties: Arc::new(properties) }
    }
}

impl DisplayAs for OnCluster {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OnCluster: scheduler={}", self.scheduler)
    }
}

impl ExecutionPlan for OnCluster {
    fn name(&self) -> &str {
        "OnCluster"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    // What is computed elsewhere is not to be walked into, changed or executed here.
    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        if partition != 0 {
            return internal_err!("a cluster gives one stream of rows, and number {partition} was asked for");
        }
        let query = ExecuteQueryParams {
            session_id: context.session_id(),
            settings: pairs(context.session_config()),
            operation_id: String::new(),
            query: Some(Query::PhysicalPlan(encoded(without_views(self.plan.clone())?)?)),
        };
        let mut rows = RecordBatchReceiverStreamBuilder::new(self.schema(), 2);
        let (scheduler, dial) = (self.scheduler.clone(), self.dial.clone());
        let job = Job { scheduler, dial, schema: self.schema(), rows: rows.tx() };
        rows.spawn(async move { job.run(query).await.map_err(failed) });
        Ok(rows.build())
    }
}

fn failed(error: ClusterError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// The plan with its result in plain strings: what is computed may be views, which would be written with all that they share.
fn without_views(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let schema = plan.schema();
    let plain = plain_schema(&schema);
    if plain == schema {
        return Ok(plan);
    }
    let columns = plain.fields().iter().enumerate().map(|(at, field)| {
        let column = Arc::new(Column::new(field.name(), at));
        Ok((cast_expr(column, &schema, field.data_type().clone())?, field.name().clone()))
    });
    Ok(Arc::new(ProjectionExec::try_new(columns.collect::<Result<Vec<_>>>()?, plan)?))
}

/// Rows in the types that were asked for.
fn as_asked(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let columns = schema.fields().iter().zip(batch.columns()).map(|(field, column)| cast(column, field.data_type()));
    Ok(RecordBatch::try_new(schema.clone(), columns.collect::<Result<_, _>>()?)?)
}

/// The plan as it travels.
fn encoded(plan: Arc<dyn ExecutionPlan>) -> Result<Vec<u8>> {
    let node = PhysicalPlanNode::try_from_physical_plan(lightened(plan)?, &BallistaPhysicalExtensionCodec::default());
    let node = node.map_err(|error| {
        DataFusionError::NotImplemented(format!(
            "a cluster cannot compute this: {} (ask without `--engine`)",
            error.find_root().strip_backtrace()
        ))
    })?;
    let node = node.encode_to_vec();
    if node.len() > LUGGAGE {
        return plan_err!(
            "this would send {} MiB to a cluster, and at most {} may travel: rows that are in memory here are joined with the \
             lake, or very many files are read (narrow them, or ask without `--engine`)",
            node.len() >> 20,
            LUGGAGE >> 20
        );
    }
    Ok(node)
}

struct Job {
    scheduler: String,
    dial: Dial,
    schema: SchemaRef,
    rows: Rows,
}

impl Job {
    /// Asks, and asks again where an executor was lost, as long as no row has been handed on.
    async fn run(self, query: ExecuteQueryParams) -> Result<(), ClusterError> {
        let mut handed = false;
        for _ in 1..ASKS {
            match self.ask(query.clone(), &mut handed).await {
                Err(ClusterError::Lost(reason)) if !handed => tracing::warn!(reason, "a query is asked again"),
                ended => return ended,
            }
        }
        self.ask(query, &mut handed).await
    }

    /// Dropped on the way, the scheduler hears that nobody waits any more, and stops the work.
    async fn ask(&self, mut query: ExecuteQueryParams, handed: &mut bool) -> Result<(), ClusterError> {
        let told = |status: tonic::Status| ClusterError::answered("scheduler", &self.scheduler, &status);
        let mut scheduler = self.dial.scheduler(&self.scheduler).await?;
        query.operation_id = Uuid::new_v4().to_string();
        let mut query = tonic::Request::new(query);
        insert_version_header(query.metadata_mut());
        let mut updates = scheduler.execute_query_push(query).await.map_err(told)?.into_inner();
        let (job, places) = loop {
            let update = updates.message().await.map_err(told)?;
            let Some(status) = update.map(|update| update.status) else {
                return Err(ClusterError::Failed(format!(
                    "the scheduler at `{}` left while the query ran (ask again when it is back)",
                    self.scheduler
                )));
            };
            let Some(status) = status else { continue };
            match status.status {
                Some(Stage::Successful(done)) => break (status.job_id, done.partition_location),
                Some(Stage::Failed(job)) => return Err(ClusterError::Failed(plain(&job.error))),
                _ => {}
            }
        };
        let mut executors = HashMap::new();
        let mut fetched = Ok(true);
        for place in places {
            fetched = self.fetch(place, &mut executors, handed).await;
            if !matches!(fetched, Ok(true)) {
                break;
            }
        }
        // They go by themselves after a while; there is no reason to keep them so long.
        if let Err(status) = scheduler.clean_job_data(CleanJobDataParams { job_id: job, ..Default::default() }).await {
            tracing::debug!(reason = status.message(), "the results of a query are not cleared yet");
        }
        fetched.map(drop)
    }

    /// Hands on one part of the result; false when nobody wants more.
    async fn fetch(
        &self,
        place: PartitionLocation,
        executors: &mut HashMap<(String, u16), BallistaClient>,
        handed: &mut bool,
    ) -> Result<bool, ClusterError> {
        let layout = place.layout();
        let (Some(executor), Some(part)) = (place.executor_meta, place.partition_id) else {
            return Err(ClusterError::Failed("the scheduler does not say where the result is".to_owned()));
        };
        let port = u16::try_from(executor.port).unwrap_or_default();
        let lost = |error: &dyn fmt::Display| {
            ClusterError::Lost(format!(
                "the executor at `{}:{port}` was lost before its result was fetched (ask again): {error}",
                executor.host
            ))
        };
        let key = (executor.host.clone(), port);
        if !executors.contains_key(&key) {
            let customize = Arc::new(BallistaConfigGrpcEndpoint::new(self.dial.customize()));
            let (host, secret) = (executor.host.as_str(), self.dial.secret());
            let client =
                BallistaClient::try_new(host, port, MESSAGE, secret, Some(customize), TRIES, PAUSE_MS, 0, 0).await;
            executors.insert(key.clone(), client.map_err(|error| lost(&error))?);
        }
        let Some(client) = executors.get_mut(&key) else { return Ok(false) };
        let rows = client.fetch_partition(&executor.id, &part.into(), place.file_id, layout, true).await;
        let mut rows = rows.map_err(|error| lost(&error))?;
        while let Some(batch) = rows.next().await {
            let batch = as_asked(&batch.map_err(|error| lost(&error))?, &self.schema);
            *handed = true;
            if self.rows.send(batch).await.is_err() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// What went wrong, without the layers that it came through: an executor says it as [`DataFusionError::Execution`], which arrives
/// in Rust's own notation ([`crate::tasks`]).
fn plain(error: &str) -> String {
    const BEGIN: &str = "Execution(\"";
    let told = error.find(BEGIN).and_then(|at| {
        let told = &error[at + BEGIN.len()..];
        told.rfind("\")").map(|end| told[..end].replace("\\\"", "\"").replace("\\'", "'").replace("\\n", " "))
    });
    told.unwrap_or_else(|| error.replace('\n', " ")).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_in_plain_words() {
        let check = |error: &str, expected: &str| assert_eq!(plain(error), expected);
        check(
            "Job failed due to stage 1 failed: Task failed: DataFusionError(Execution(\"no \\\"x\\\" in\\nthere\"))\n",
            "no \"x\" in there",
        );
        check("Job failed:\nnobody is there", "Job failed: nobody is there");
        check("Execution(\" without an end", "Execution(\" without an end");
    }
}
