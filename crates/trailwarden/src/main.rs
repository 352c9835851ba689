//! `trailwarden`: reads CloudTrail logs, keeps them, watches them and reports on them.
//!
//! This crate wires the others together and talks to people: arguments, config file, clock, progress, exit codes. It
//! holds no rule of the business.

#[macro_use]
mod say;

mod accounts;
mod args;
mod aws;
mod clock;
mod cmd;
mod condition;
mod daemon;
mod doors;
mod engine;
mod evidence;
mod exit;
mod faults;
mod findings;
mod iam;
mod lists;
mod logging;
mod notice;
mod outbox;
mod progress;
mod reports;
mod settings;
mod stop;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Command};

/// Buffers come and go with every log object, and one thread frees what another took: ARCHITECTURE.md has the figures.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// What jemalloc reads when it starts. An arena for each processor instead of four: batches are made by one thread and dropped by
/// another, and each arena keeps what it once needed. Pages that nobody uses go back after two seconds, not ten. A million events
/// are then taken in with a quarter less memory, in the same time.
// SAFETY: jemalloc asks for a symbol of this name that is a pointer to a C string, and it is that of nobody else.
#[unsafe(export_name = "malloc_conf")]
static ALLOCATOR_SETTINGS: &std::ffi::c_char = {
    const SETTINGS: &std::ffi::CStr = c"percpu_arena:percpu,dirty_decay_ms:2000";
    // SAFETY: a C string has at least the zero at its end.
    unsafe { &*SETTINGS.as_ptr() }
};

fn main() -> ExitCode {
    let args = Args::parse();
    // Who serves others answers for what they ask: the audit is written whatever else the log leaves out.
    let audit = matches!(args.command, Command::Serve(_) | Command::Run(_));
    logging::start(&args.log, audit);
    let format = args.log.log_format;
    exit::report(run(args), format)
}

fn run(args: Args) -> anyhow::Result<exit::Status> {
    // Two TLS stacks are linked in, each with a provider of its own; one is made the process's before either is asked.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    if let Command::Completions(command) = &args.command {
        return cmd::completions::run(command);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let status = runtime.block_on(async {
        match args.command {
            Command::Scan(command) => cmd::scan::run(command, &args.tz).await,
            Command::Ingest(command) => cmd::ingest::run(command, &args.tz).await,
            Command::Query(command) => cmd::query::run(command, &args.tz).await,
            Command::Shell(command) => cmd::shell::run(command, &args.tz).await,
            Command::Investigations(command) => cmd::investigations::run(&command),
            Command::Verify(command) => cmd::verify::run(command, &args.tz).await,
            Command::Rules(command) => cmd::rules::run(command, &args.tz).await,
            Command::Report(command) => cmd::report::run(command, args.tz).await,
            Command::Status(command) => cmd::status::run(command, &args.tz).await,
            Command::Run(command) => cmd::run::run(command).await,
            Command::Serve(command) => cmd::serve::run(command).await,
            Command::Cluster(command) => cmd::cluster::run(command).await,
            Command::Outbox(command) => cmd::outbox::run(command).await,
            Command::Config(command) => cmd::config::run(&command),
            Command::Completions(_) => unreachable!("answered above"),
        }
    });
    // A read that hangs in a blocking thread must not keep a finished command from ending.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    status
}
