//! The scheduler as it is asked: Ballista's own, with two things more. A query that nobody could compute is refused at once, and
//! one whose asker has gone is stopped.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use ballista_core::config::BALLISTA_JOB_NAME;
use ballista_core::serde::protobuf::job_status::Status as Stage;
use ballista_core::serde::protobuf::scheduler_grpc_server::SchedulerGrpc;
use ballista_core::serde::protobuf::{
    CancelJobParams, CancelJobResult, CleanJobDataParams, CleanJobDataResult, CreateUpdateSessionParams,
    CreateUpdateSessionResult, ExecuteQueryParams, ExecuteQueryResult, ExecutorStoppedParams, ExecutorStoppedResult,
    GetJobMetricsParams, GetJobMetricsResult, GetJobStatusParams, GetJobStatusResult, HeartBeatParams, HeartBeatResult,
    KeyValuePair, PollWorkParams, PollWorkResult, RegisterExecutorParams, RegisterExecutorResult, RemoveSessionParams,
    RemoveSessionResult, UpdateTaskStatusParams, UpdateTaskStatusResult,
};
use ballista_scheduler::scheduler_server::SchedulerServer;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use futures::Stream;
use tonic::{Request, Response, Status};

pub(crate) type Ballista = SchedulerServer<LogicalPlanNode, PhysicalPlanNode>;
type Answer<T> = Result<Response<T>, Status>;
type Updates = Pin<Box<dyn Stream<Item = Result<GetJobStatusResult, Status>> + Send>>;

/// How often and how soon again a query is looked for that is to be stopped.
const LOOKS: u32 = 20;
const LOOK: Duration = Duration::from_millis(100);

pub(crate) struct Desk(pub(crate) Arc<Ballista>);

impl Desk {
    fn ready(&self) -> Result<(), Status> {
        if self.0.is_ready() {
            return Ok(());
        }
        Err(Status::failed_precondition(
            "it has no executor at the moment (start one with `trailwarden cluster executor`)",
        ))
    }
}

#[async_trait]
impl SchedulerGrpc for Desk {
    type ExecuteQueryPushStream = Updates;

    async fn execute_query_push(&self, mut request: Request<ExecuteQueryParams>) -> Answer<Updates> {
        self.ready()?;
        // By this name the query is found again: its asker may be gone before it has been told of an id.
        let query = request.get_mut();
        let name = query.operation_id.clone();
        query.settings.retain(|setting| setting.key != BALLISTA_JOB_NAME);
        query.settings.push(KeyValuePair { key: BALLISTA_JOB_NAME.to_owned(), value: Some(name.clone()) });
        let updates = self.0.execute_query_push(request).await?;
        let scheduler = self.0.clone();
        Ok(updates.map(|updates| Box::pin(Watched { updates, scheduler, name, over: false }) as Updates))
    }

    /// Nobody would notice when its asker goes.
    async fn execute_query(&self, _: Request<ExecuteQueryParams>) -> Answer<ExecuteQueryResult> {
        Err(Status::unimplemented("ask with `execute_query_push`"))
    }

    async fn poll_work(&self, request: Request<PollWorkParams>) -> Answer<PollWorkResult> {
        self.0.poll_work(request).await
    }

    async fn register_executor(&self, request: Request<RegisterExecutorParams>) -> Answer<RegisterExecutorResult> {
        self.0.register_executor(request).await
    }

    async fn heart_beat_from_executor(&self, request: Request<HeartBeatParams>) -> Answer<HeartBeatResult> {
        self.0.heart_beat_from_executor(request).await
    }

    async fn update_task_status(&self, request: Request<UpdateTaskStatusParams>) -> Answer<UpdateTaskStatusResult> {
        SchedulerGrpc::update_task_status(&*self.0, request).await
    }

    async fn create_update_session(
        &self,
        request: Request<CreateUpdateSessionParams>,
    ) -> Answer<CreateUpdateSessionResult> {
        self.0.create_update_session(request).await
    }

    async fn remove_session(&self, request: Request<RemoveSessionParams>) -> Answer<RemoveSessionResult> {
        self.0.remove_session(request).await
    }

    async fn get_job_status(&self, request: Request<GetJobStatusParams>) -> Answer<GetJobStatusResult> {
        self.0.get_job_status(request).await
    }

    async fn get_job_metrics(&self, request: Request<GetJobMetricsParams>) -> Answer<GetJobMetricsResult> {
        self.0.get_job_metrics(request).await
    }

    async fn executor_stopped(&self, request: Request<ExecutorStoppedParams>) -> Answer<ExecutorStoppedResult> {
        self.0.executor_stopped(request).await
    }

    async fn cancel_job(&self, request: Request<CancelJobParams>) -> Answer<CancelJobResult> {
        SchedulerGrpc::cancel_job(&*self.0, request).await
    }

    async fn clean_job_data(&self, request: Request<CleanJobDataParams>) -> Answer<CleanJobDataResult> {
        self.0.clean_job_data(request).await
    }
}

/// What an asker is told of its query. Dropped before the query is over, it stops it: the connection is gone.
struct Watched {
    updates: Updates,
    scheduler: Arc<Ballista>,
    name: String,
    over: bool,
}

impl Stream for Watched {
    type Item = Result<GetJobStatusResult, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let update = self.updates.as_mut().poll_next(cx);
        if let Poll::Ready(Some(Ok(GetJobStatusResult { status: Some(job), .. }))) = &update {
            self.over |= matches!(job.status, Some(Stage::Successful(_) | Stage::Failed(_)));
        }
        update
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if !self.over {
            let (scheduler, name) = (self.scheduler.clone(), std::mem::take(&mut self.name));
            tokio::spawn(async move {
                if let Err(error) = stop(&scheduler, &name).await {
                    tracing::warn!(%error, "a query that nobody waits for could not be stopped");
                }
            });
        }
    }
}

/// Stops a query, which may still be on its way into the queue.
async fn stop(scheduler: &Ballista, name: &str) -> ballista_core::error::Result<()> {
    for _ in 0..LOOKS {
        let jobs = scheduler.state.task_manager.get_all_jobs().await?;
        if let Some(job) = jobs.into_iter().find(|job| job.job_name == name) {
            tracing::info!(job = %job.job_id, "who asked is gone, and the query is stopped");
            return Ballista::cancel_job(scheduler, job.job_id).await;
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}
