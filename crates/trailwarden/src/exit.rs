//! How a command ends: 0 fine, 1 findings where they were asked for, 2 usage or config, 3 failure.

use std::io::Write;
use std::process::ExitCode;

use crate::args::LogFormat;

/// How a command ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// All is well.
    Fine,
    /// There is what was asked to be told by the exit code: findings, or rules whose cases fail.
    Findings,
}

/// An error of the one who called: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(String);

/// Marks an error as the caller's to mend.
pub(crate) fn usage(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow::Error::new(Usage(error.to_string()))
}

/// Says what went wrong, if anything, in the form of log lines, and gives the exit code.
pub(crate) fn report(outcome: anyhow::Result<Status>, format: LogFormat) -> ExitCode {
    match outcome {
        Ok(Status::Fine) => ExitCode::SUCCESS,
        Ok(Status::Findings) => ExitCode::from(1),
        // The reader of our output has gone, as `head` does.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let message = sentence(&error);
            match format {
                LogFormat::Json => tracing::error!("{message}"),
                LogFormat::Text => {
                    let shown: Vec<_> = message.lines().map(trail_query::write::visible).collect();
                    // Nobody is left to hear of it if standard error is closed.
                    let _ = writeln!(std::io::stderr(), "error: {}", shown.join("\n"));
                }
            }
            ExitCode::from(if error.downcast_ref::<Usage>().is_some() { 2 } else { 3 })
        }
    }
}

/// An error with its causes in one line. Many libraries tell their cause in their own words already; it is not told twice.
pub(crate) fn sentence(error: &anyhow::Error) -> String {
    let mut told = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !told.contains(&cause) {
            told = if told.is_empty() { cause } else { format!("{told}: {cause}") };
        }
    }
    told
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
