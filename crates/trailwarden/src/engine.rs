//! The engine that the settings ask for: in this process, or one that a cluster computes for.

use std::sync::Arc;

use trail_cluster::{Access, Cluster, ClusterError};
use trail_query::{Config, Engine};

use crate::args::OverArgs;
use crate::cmd::cluster::args::EngineArgs;
use crate::exit::usage;

/// An engine for these settings. A cluster is called at once: what is wrong with it is told before anything else is done.
pub(crate) async fn open(config: Config, access: &Access) -> anyhow::Result<Engine> {
    let Some(url) = &config.engine else { return Ok(Engine::new(config)?) };
    let cluster = Cluster::reach(url, access).await.map_err(whose_to_mend)?;
    Ok(Engine::computing_in(Arc::new(cluster), config)?)
}

/// The same for what the arguments name.
pub(crate) async fn over(config: Config, args: &EngineArgs, over: &OverArgs) -> anyhow::Result<Engine> {
    if args.engine.is_some() && !over.logs.is_empty() {
        return Err(usage(
            "a cluster computes over a lake, and `--logs` are read by this process alone: take them into a lake with \
             `trailwarden ingest` and ask with `--lake`, or leave `--engine` out",
        ));
    }
    open(Config { engine: args.engine.clone(), ..config }, &args.access.access()).await
}

/// A wrong setting is its author's to mend, everything else a failure.
pub(crate) fn whose_to_mend(error: ClusterError) -> anyhow::Error {
    match error {
        ClusterError::Setting(_) => usage(error),
        other => other.into(),
    }
}
