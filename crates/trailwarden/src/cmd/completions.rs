//! `completions`: the completions of a shell, on standard output.

use clap::CommandFactory;

use crate::args::{Args, CompletionsArgs};
use crate::exit::Status;

/// Prints them.
pub(crate) fn run(args: &CompletionsArgs) -> anyhow::Result<Status> {
    clap_complete::generate(args.shell, &mut Args::command(), "trailwarden", &mut std::io::stdout());
    Ok(Status::Fine)
}
