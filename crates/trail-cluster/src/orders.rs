//! What a scheduler may tell an executor: to stop tasks whose query is over. Work itself is fetched by the executor, and never
//! sent to it.

use std::sync::Arc;

use async_trait::async_trait;
use ballista_core::serde::protobuf::executor_grpc_server::ExecutorGrpc;
use ballista_core::serde::protobuf::{
    CancelTasksParams, CancelTasksResult, LaunchMultiTaskParams, LaunchMultiTaskResult, LaunchTaskParams,
    LaunchTaskResult, RemoveJobDataParams, RemoveJobDataResult, StopExecutorParams, StopExecutorResult,
};
use ballista_executor::executor::Executor;
use tonic::{Request, Response, Status};

type Answer<T> = Result<Response<T>, Status>;

pub(crate) struct Orders(pub(crate) Arc<Executor>);

fn not_taken<T>() -> Answer<T> {
    Err(Status::unimplemented("this executor fetches its work by itself"))
}

#[async_trait]
impl ExecutorGrpc for Orders {
    async fn cancel_tasks(&self, request: Request<CancelTasksParams>) -> Answer<CancelTasksResult> {
        let mut cancelled = true;
        for task in request.into_inner().task_infos {
            let stopped = self.0.cancel_task(task.job_id.into(), task.stage_id as usize, task.task_id as usize).await;
            cancelled &= stopped.unwrap_or(false);
        }
        Ok(Response::new(CancelTasksResult { cancelled }))
    }

    /// Told when a scheduler has not heard of an executor for long. It may have been a pause; the executor goes on, and is taken
    /// back with its next call.
    async fn stop_executor(&self, request: Request<StopExecutorParams>) -> Answer<StopExecutorResult> {
        tracing::warn!(reason = request.into_inner().reason, "the scheduler had given this executor up");
        Ok(Response::new(StopExecutorResult {}))
    }

    async fn launch_task(&self, _: Request<LaunchTaskParams>) -> Answer<LaunchTaskResult> {
        not_taken()
    }

    async fn launch_multi_task(&self, _: Request<LaunchMultiTaskParams>) -> Answer<LaunchMultiTaskResult> {
        not_taken()
    }

    async fn remove_job_data(&self, _: Request<RemoveJobDataParams>) -> Answer<RemoveJobDataResult> {
        not_taken()
    }
}
