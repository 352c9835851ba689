//! The house's own tools: `cargo xtask <command>`.
//!
//! Nothing depends on this crate, and it depends on none of ours: it looks at the tree, starts test servers, makes
//! synthetic logs and measures. What the product needs does not belong here.

#![expect(
    clippy::disallowed_methods,
    reason = "a tool for the tree: the environment says where caches, logs and cargo are"
)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool prints")]

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

mod bench;
mod cache;
mod demo;
mod endure;
mod fuzz;
mod logs;
mod python;
mod servers;
mod suite;
mod tidy;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Trailwarden's own tools", max_term_width = 100)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make logs with planted incidents, build the program and scan them with all detections.
    Demo(demo::Args),
    /// Check the house rules: layers, module docs, file length, detections with cases, links, debris.
    Tidy,
    /// Install and start what the tests need on loopback, run every test, stop it.
    Test(suite::Args),
    /// Start the test servers, print their `export` lines and stay until Ctrl-C.
    Servers,
    /// Write synthetic CloudTrail logs with planted incidents, in the layout that AWS delivers to S3.
    Logs(logs::Args),
    /// Measure speed and memory against inflating alone and against DuckDB, and print the ratios.
    Bench(bench::Args),
    /// Run a fuzz target for a while.
    Fuzz(fuzz::Args),
    /// Kill workers hundreds of times, and let a daemon meet every kind of fault.
    Chaos(endure::Chaos),
    /// Let a daemon run under load, with faults, and watch its memory and its commits.
    Soak(endure::Soak),
}

fn main() -> Result<ExitCode> {
    match Args::parse().command {
        Command::Demo(args) => demo::run(&args),
        Command::Tidy => tidy::run(),
        Command::Test(args) => suite::run(&args),
        Command::Servers => servers::run(),
        Command::Logs(args) => logs::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Fuzz(args) => fuzz::run(&args),
        Command::Chaos(args) => endure::chaos(&args),
        Command::Soak(args) => endure::soak(&args),
    }
}

/// The workspace's root, wherever the command was called from.
fn root() -> &'static std::path::Path {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("the manifest lies two folders under the root")
}

/// Cargo, in the workspace, as if called from a shell.
///
/// `cargo xtask` is `cargo run`, which tells us about our own package in the environment. Passed on, that would make build
/// scripts that watch it (ring's does) run again, and with them half of the dependencies: DataFusion, ten minutes.
fn cargo() -> std::process::Command {
    let mut command = std::process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    for (name, _) in std::env::vars_os() {
        let about_us = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"];
        if name.to_str().is_some_and(|name| about_us.iter().any(|start| name.starts_with(start))) {
            command.env_remove(name);
        }
    }
    command
}

/// A command's exit code as ours; killed by a signal counts as failed.
fn exit_code(status: std::process::ExitStatus) -> ExitCode {
    status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// The platform that cargo builds for, by rustc's word.
fn host() -> Result<String> {
    let out = std::process::Command::new("rustc").arg("-vV").output().context("cannot start rustc")?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    text.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned).context("rustc does not say its host")
}
