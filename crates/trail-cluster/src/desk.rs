//! The scheduler as it is asked: Ballista's own, with three things more. A query that nobody could compute is refused at once, one
//! whose asker has gone is stopped, and so is one that has lost an executor.
//!
//! **Why nothing is computed again.** Ballista would give the lost parts to other executors. But where a stage begins anew, what its
//! tasks had handed on before stays with the next stage, beside what they hand on the second time: rows are counted twice, and
//! nobody is told. So no second part is handed out: the query ends, and who asked begins it anew ([`crate::job`]).

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use ballista_core::config::BALLISTA_JOB_NAME;
use ballista_core::serde::protobuf::failed_task::FailedReason;
use ballista_core::serde::protobuf::job_status::Status as Stage;
use ballista_core::serde::protobuf::scheduler_grpc_server::SchedulerGrpc;
use ballista_core::serde::protobuf::task_status::Status as Task;
use ballista_core::serde::protobuf::{
    CancelJobParams, CancelJobResult, CleanJobDataParams, CleanJobDataResult, CreateUpdateSessionParams,
    CreateUpdateSessionResult, ExecuteQueryParams, ExecuteQueryResult, ExecutorStoppedParams, ExecutorStoppedResult,
    GetJobMetricsParams, GetJobMetricsResult, GetJobStatusParams, GetJobStatusResult, HeartBeatParams, HeartBeatResult,
    KeyValuePair, PollWorkParams, PollWorkResult, RegisterExecutorParams, RegisterExecutorResult, RemoveSessionParams,
    RemoveSessionResult, UpdateTaskStatusParams, UpdateTaskStatusResult,
};
use ballista_scheduler::scheduler_server::SchedulerServer;
use ballista_scheduler::state::execution_graph::ExecutionGraph;
use ballista_scheduler::state::execution_stage::ExecutionStage;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use futures::{Stream, StreamExt as _};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use crate::counts::{Ended, SchedulerWatch};

pub(crate) type Ballista = SchedulerServer<LogicalPlanNode, PhysicalPlanNode>;
type Answer<T> = Result<Response<T>, Status>;
type Updates = Pin<Box<dyn Stream<Item = Result<GetJobStatusResult, Status>> + Send>>;

/// How often and how soon again a query is looked for that is to be stopped.
const LOOKS: u32 = 20;
const LOOK: Duration = Duration::from_millis(100);
/// Updates of a query that wait for who asked.
const UPDATES: usize = 16;

pub(crate) struct Desk {
    ballista: Arc<Ballista>,
    watch: SchedulerWatch,
    /// The queries that run, by name; cancelled when one has lost an executor.
    queries: Arc<Mutex<HashMap<String, CancellationToken>>>,
}

impl Desk {
    pub(crate) fn new(ballista: Arc<Ballista>, watch: SchedulerWatch) -> Self {
        Self { ballista, watch, queries: Arc::default() }
    }

    fn ready(&self) -> Result<(), Status> {
        if self.ballista.is_ready() {
            return Ok(());
        }
        Err(Status::failed_precondition(
            "it has no executor at the moment (start one with `trailwarden cluster executor`)",
        ))
    }

    /// Takes tasks away again whose query has lost something and would compute it anew.
    async fn keep_unbroken(&self, work: &mut PollWorkResult) {
        if work.tasks.is_empty() {
            return;
        }
        let jobs = self.ballista.state.task_manager.get_running_job_cache();
        let mut broken = Vec::new();
        for (id, job) in jobs.iter() {
            let graph = job.execution_graph.read().await;
            if recomputes(&**graph) {
                broken.push(id.to_string());
                if let Some(lost) = locked(&self.queries).get(graph.job_name()) {
                    lost.cancel();
                }
            }
        }
        work.tasks.retain(|task| !broken.contains(&task.job_id));
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a stage has begun anew, or a task's result is lost with its executor. A task that failed by itself and is tried again is
/// neither: it has handed nothing on.
fn recomputes(graph: &dyn ExecutionGraph) -> bool {
    graph.stages().values().any(|stage| {
        let attempt = match stage {
            ExecutionStage::UnResolved(stage) => stage.stage_attempt_num,
            ExecutionStage::Resolved(stage) => stage.stage_attempt_num,
            ExecutionStage::Running(stage) => stage.stage_attempt_num,
            ExecutionStage::Successful(stage) => stage.stage_attempt_num,
            ExecutionStage::Failed(stage) => stage.stage_attempt_num,
        };
        let lost = |task: &Task| match task {
            Task::Failed(task) => matches!(task.failed_reason, Some(FailedReason::ResultLost(_))),
            _ => false,
        };
        attempt > 0 || stage.task_infos().unwrap_or_default().iter().any(|task| lost(&task.task_status))
    })
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
        let lost = CancellationToken::new();
        locked(&self.queries).insert(name.clone(), lost.clone());
        let answer = self.ballista.execute_query_push(request).await;
        let answer = answer.inspect_err(|_| drop(locked(&self.queries).remove(&name)))?;
        let (metadata, updates, extensions) = answer.into_parts();
        let (told, heard) = mpsc::channel(UPDATES);
        let (queries, ballista, watch) = (self.queries.clone(), self.ballista.clone(), self.watch.clone());
        watch.begun();
        tokio::spawn(async move {
            let ended = attend(updates, told, lost).await;
            locked(&queries).remove(&name);
            watch.ended(ended);
            if matches!(ended, Ended::Abandoned | Ended::Lost) {
                stop(&ballista, &name, ended).await;
            }
        });
        Ok(Response::from_parts(metadata, Box::pin(ReceiverStream::new(heard)), extensions))
    }

    /// Nobody would notice when its asker goes.
    async fn execute_query(&self, _: Request<ExecuteQueryParams>) -> Answer<ExecuteQueryResult> {
        Err(Status::unimplemented("ask with `execute_query_push`"))
    }

    async fn poll_work(&self, request: Request<PollWorkParams>) -> Answer<PollWorkResult> {
        if let Some(executor) = &request.get_ref().metadata {
            self.watch.called(&executor.id);
        }
        let mut work = self.ballista.poll_work(request).await?;
        self.keep_unbroken(work.get_mut()).await;
        Ok(work)
    }

    async fn register_executor(&self, request: Request<RegisterExecutorParams>) -> Answer<RegisterExecutorResult> {
        self.ballista.register_executor(request).await
    }

    async fn heart_beat_from_executor(&self, request: Request<HeartBeatParams>) -> Answer<HeartBeatResult> {
        self.ballista.heart_beat_from_executor(request).await
    }

    async fn update_task_status(&self, request: Request<UpdateTaskStatusParams>) -> Answer<UpdateTaskStatusResult> {
        SchedulerGrpc::update_task_status(&*self.ballista, request).await
    }

    async fn create_update_session(
        &self,
        request: Request<CreateUpdateSessionParams>,
    ) -> Answer<CreateUpdateSessionResult> {
        self.ballista.create_update_session(request).await
    }

    async fn remove_session(&self, request: Request<RemoveSessionParams>) -> Answer<RemoveSessionResult> {
        self.ballista.remove_session(request).await
    }

    async fn get_job_status(&self, request: Request<GetJobStatusParams>) -> Answer<GetJobStatusResult> {
        self.ballista.get_job_status(request).await
    }

    async fn get_job_metrics(&self, request: Request<GetJobMetricsParams>) -> Answer<GetJobMetricsResult> {
        self.ballista.get_job_metrics(request).await
    }

    async fn executor_stopped(&self, request: Request<ExecutorStoppedParams>) -> Answer<ExecutorStoppedResult> {
        self.watch.left(&request.get_ref().executor_id);
        self.ballista.executor_stopped(request).await
    }

    async fn cancel_job(&self, request: Request<CancelJobParams>) -> Answer<CancelJobResult> {
        SchedulerGrpc::cancel_job(&*self.ballista, request).await
    }

    async fn clean_job_data(&self, request: Request<CleanJobDataParams>) -> Answer<CleanJobDataResult> {
        self.ballista.clean_job_data(request).await
    }
}

/// Tells who asked how its query stands, until it is over or nobody listens any more.
async fn attend(
    mut updates: Updates,
    told: mpsc::Sender<Result<GetJobStatusResult, Status>>,
    lost: CancellationToken,
) -> Ended {
    loop {
        tokio::select! {
            biased;
            () = lost.cancelled() => {
                let text = "an executor was lost while the query ran (ask again)";
                // Where nobody hears it, there is nobody to tell.
                let _ = told.send(Err(Status::aborted(text))).await;
                return Ended::Lost;
            }
            () = told.closed() => return Ended::Abandoned,
            update = updates.next() => {
                let Some(update) = update else { return Ended::Failed };
                let ended = match &update {
                    Ok(GetJobStatusResult { status: Some(job), .. }) => match job.status {
                        Some(Stage::Successful(_)) => Some(Ended::Answered),
                        Some(Stage::Failed(_)) => Some(Ended::Failed),
                        _ => None,
                    },
                    Ok(_) => None,
                    Err(_) => Some(Ended::Failed),
                };
                if told.send(update).await.is_err() {
                    return Ended::Abandoned;
                }
                if let Some(ended) = ended {
                    return ended;
                }
            }
        }
    }
}

/// Stops a query, which may still be on its way into the queue, and has what it has computed removed.
async fn stop(ballista: &Ballista, name: &str, why: Ended) {
    for _ in 0..LOOKS {
        let jobs = ballista.state.task_manager.get_all_jobs().await.unwrap_or_default();
        if let Some(job) = jobs.into_iter().find(|job| job.job_name == name) {
            tracing::info!(job = %job.job_id, ?why, "a query is stopped");
            if let Err(error) = Ballista::cancel_job(ballista, job.job_id.clone()).await {
                tracing::warn!(%error, "a query could not be stopped");
            }
            return ballista.state.executor_manager.clean_up_job_data(job.job_id);
        }
        tokio::time::sleep(LOOK).await;
    }
}
