//! Tasks as an executor runs them: counted, ended where results and spills fill the disk, and failing in plain words.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use ballista_core::JobId;
use ballista_core::error::BallistaError;
use ballista_core::serde::protobuf::{RuntimeStatsReport, ShuffleWritePartition, TaskColumnStats, WindowStateReport};
use ballista_executor::execution_engine::{DefaultExecutionEngine, ExecutionEngine, QueryStageExecutor};
use datafusion::common::{DataFusionError, Result, exec_datafusion_err};
use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::prelude::SessionConfig;
use tokio::sync::watch;

use crate::counts::ExecutorWatch;

/// Makes the tasks of an executor.
pub(crate) struct Tasks {
    ballista: DefaultExecutionEngine,
    watch: ExecutorWatch,
    full: watch::Receiver<bool>,
}

impl Tasks {
    /// `full` says whether the disk has no room for more.
    pub(crate) fn new(watch: ExecutorWatch, full: watch::Receiver<bool>) -> Self {
        Self { ballista: DefaultExecutionEngine::new(), watch, full }
    }
}

impl ExecutionEngine for Tasks {
    fn create_query_stage_exec(
        &self,
        job: JobId,
        stage: usize,
        task: usize,
        parts: Vec<usize>,
        plan: Arc<dyn ExecutionPlan>,
        folder: &str,
        config: &SessionConfig,
    ) -> Result<Arc<dyn QueryStageExecutor>> {
        let inner = self.ballista.create_query_stage_exec(job, stage, task, parts, plan, folder, config);
        let inner = inner.map_err(plain)?;
        Ok(Arc::new(Task { inner, watch: self.watch.clone(), full: self.full.clone() }))
    }
}

#[derive(Debug)]
struct Task {
    inner: Arc<dyn QueryStageExecutor>,
    watch: ExecutorWatch,
    full: watch::Receiver<bool>,
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// A task that runs. Dropped before it has ended, it was stopped.
struct Running<'a> {
    watch: &'a ExecutorWatch,
    fine: Option<bool>,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let mut counts = self.watch.locked();
        counts.running -= 1;
        match self.fine {
            Some(true) => counts.answered += 1,
            Some(false) => counts.failed += 1,
            None => counts.stopped += 1,
        }
    }
}

#[async_trait]
impl QueryStageExecutor for Task {
    async fn execute_query_stage(&self, task: usize, context: Arc<TaskContext>) -> Result<Vec<ShuffleWritePartition>> {
        self.watch.locked().running += 1;
        let mut running = Running { watch: &self.watch, fine: None };
        let mut full = self.full.clone();
        let done = tokio::select! {
            biased;
            Ok(_) = full.wait_for(|full| *full) => {
                let limit = self.watch.counts().disk_limit >> 20;
                Err(exec_datafusion_err!(
                    "results and spills fill the {limit} MiB that an executor may have on disk (narrow the query, or start \
                     executors with a larger `--disk`)"
                ))
            }
            done = self.inner.execute_query_stage(task, context) => done,
        };
        running.fine = Some(done.is_ok());
        done.map_err(plain)
    }

    fn collect_plan_metrics(&self) -> Vec<MetricsSet> {
        self.inner.collect_plan_metrics()
    }

    fn collect_runtime_stats_reports(&self) -> Vec<RuntimeStatsReport> {
        self.inner.collect_runtime_stats_reports()
    }

    fn collect_window_state_reports(&self) -> Result<Vec<WindowStateReport>> {
        self.inner.collect_window_state_reports()
    }

    fn collect_column_stats(&self) -> Vec<TaskColumnStats> {
        self.inner.collect_column_stats()
    }
}

/// What went wrong, as people are told; Ballista would show its types.
fn plain(error: DataFusionError) -> DataFusionError {
    told(&error).map_or(error, DataFusionError::Execution)
}

/// The words for an error; none for those that Ballista looks at by itself.
fn told(error: &DataFusionError) -> Option<String> {
    match error.find_root() {
        DataFusionError::IoError(_) => None,
        DataFusionError::External(inner) => match inner.downcast_ref() {
            Some(BallistaError::FetchFailed(..) | BallistaError::IoError(_) | BallistaError::Cancelled) => None,
            Some(BallistaError::DataFusionError(inner)) => told(inner),
            Some(other) => Some(other.to_string()),
            None => Some(inner.to_string()),
        },
        DataFusionError::Execution(text) => Some(text.clone()),
        root @ DataFusionError::ResourcesExhausted(_) => {
            let text = root.strip_backtrace();
            Some(format!("{text} (narrow the query, or start executors with more `--memory` for each core)"))
        }
        root => Some(root.strip_backtrace()),
    }
}
