//! What the members of a cluster show over HTTP.

use std::sync::Arc;

use anyhow::Context as _;
use tokio::sync::watch;
use trail_cluster::{ExecutorCounts, ExecutorWatch, SchedulerCounts, SchedulerWatch};
use trail_web::{Config, ExecutorFigures, Listener, Member, Pages, SchedulerFigures};

use super::args::MemberArgs;
use crate::exit::usage;

/// A scheduler's pages.
pub(super) struct Scheduling(pub Member, pub SchedulerWatch);

/// An executor's pages.
pub(super) struct Executing(pub Member, pub ExecutorWatch);

/// This program as a member.
pub(super) fn member() -> Member {
    Member::new(env!("CARGO_PKG_VERSION"))
}

/// Opens the port for the pages, if one is named.
pub(super) async fn show(args: &MemberArgs, pages: Arc<dyn Pages>) -> anyhow::Result<()> {
    let Some(listen) = args.metrics else { return Ok(()) };
    let config = Config { listen, token_env: None, token_file: args.metrics_token.clone() };
    let token = config.token(None);
    let token = token.map_err(|error| usage(format!("`--metrics` and `--metrics-token` are no good: {error}")))?;
    let listener = Listener::bind(&config).await.with_context(|| format!("`--metrics` `{listen}` cannot be opened"))?;
    say!("metrics {}", listener.address()?);
    let (_, token) = watch::channel(token);
    tokio::spawn(listener.serve(pages, token));
    Ok(())
}

impl Pages for Scheduling {
    fn metrics(&self) -> String {
        let SchedulerCounts { executors, running, answered, failed, abandoned, lost } = self.1.counts();
        let queries = [("answered", answered), ("failed", failed), ("abandoned", abandoned), ("lost", lost)];
        self.0.scheduler(&SchedulerFigures { executors, running, queries })
    }

    fn alive(&self) -> Result<(), String> {
        Ok(())
    }

    fn ready(&self) -> Result<(), String> {
        match self.1.counts().executors {
            0 => Err("no executor has called of late".to_owned()),
            _ => Ok(()),
        }
    }
}

impl Pages for Executing {
    fn metrics(&self) -> String {
        let ExecutorCounts { running, answered, failed, stopped, disk, disk_limit, .. } = self.1.counts();
        let tasks = [("answered", answered), ("failed", failed), ("stopped", stopped)];
        self.0.executor(&ExecutorFigures { running, tasks, disk, disk_limit })
    }

    fn alive(&self) -> Result<(), String> {
        Ok(())
    }

    fn ready(&self) -> Result<(), String> {
        if self.1.counts().ready {
            return Ok(());
        }
        Err("the scheduler does not answer, or this executor takes no more work".to_owned())
    }
}
