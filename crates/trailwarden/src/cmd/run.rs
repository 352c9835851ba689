//! `run`: the daemon.

use crate::args::RunArgs;
use crate::daemon;
use crate::exit::Status;

/// Reads the config and runs until told to stop.
pub(crate) async fn run(args: RunArgs) -> anyhow::Result<Status> {
    daemon::run(&args.config, args.once).await
}
