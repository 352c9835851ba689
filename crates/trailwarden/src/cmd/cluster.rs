//! `cluster`: the members of a cluster, which run until they are told to stop.

pub(crate) mod args;
mod pages;

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use trail_cluster::{Cluster, Executor, ExecutorConfig, Reach, Scheduler, SchedulerConfig};

use self::args::{ClusterArgs, ClusterCommand, ExecutorArgs, SchedulerArgs};
use self::pages::{Executing, Scheduling};
use super::open_lake;
use crate::engine::whose_to_mend;
use crate::exit::Status;
use crate::stop::stop_signal;

/// Runs the member that the arguments name.
pub(crate) async fn run(args: ClusterArgs) -> anyhow::Result<Status> {
    match args.member {
        ClusterCommand::Scheduler(args) => scheduler(&args).await,
        ClusterCommand::Executor(args) => executor(*args).await,
    }
}

async fn scheduler(args: &SchedulerArgs) -> anyhow::Result<Status> {
    let config = SchedulerConfig {
        listen: args.listen,
        access: args.member.access.access(),
        certificate: args.member.certificate(),
    };
    let scheduler = Scheduler::open(&config).await.map_err(whose_to_mend)?;
    // Who started us must learn where it is, also where the system chose the port.
    say!("scheduler {}", scheduler.address());
    pages::show(&args.member, Arc::new(Scheduling(pages::member(), scheduler.watch()))).await?;
    scheduler.serve(until_stopped()).await?;
    Ok(Status::Fine)
}

async fn executor(args: ExecutorArgs) -> anyhow::Result<Status> {
    let aws = args.aws.config();
    let mut lakes = Vec::with_capacity(args.lakes.len());
    for location in &args.lakes {
        // Opened, so that one which cannot be read shows now and not in the middle of somebody's query.
        let lake = open_lake(location, trail_lake::Config::default(), &aws, false).await?;
        lakes.push(Reach { url: lake.url().clone(), store: lake.object_store() });
    }
    let config = ExecutorConfig {
        scheduler: Cluster::address(&args.scheduler).map_err(whose_to_mend)?,
        listen: args.listen,
        host: args.host,
        access: args.member.access.access(),
        certificate: args.member.certificate(),
        lakes,
        cores: args.threads,
        memory_limit_mib: args.memory,
        disk_limit_mib: args.disk,
        work: args.work,
        patience: Duration::from_secs(args.drain),
    };
    let executor = Executor::open(&config).await.map_err(whose_to_mend)?;
    say!("executor {}", executor.address());
    pages::show(&args.member, Arc::new(Executing(pages::member(), executor.watch()))).await?;
    executor.serve(until_stopped()).await?;
    Ok(Status::Fine)
}

/// Cancelled by the first signal.
fn until_stopped() -> CancellationToken {
    let stop = CancellationToken::new();
    let token = stop.clone();
    tokio::spawn(async move {
        stop_signal().await;
        token.cancel();
    });
    stop
}
