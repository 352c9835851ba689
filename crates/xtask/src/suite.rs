//! `cargo xtask test`: every test, with the servers that they need.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::servers::Servers;
use crate::{exit_code, python, root};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Passed on to `cargo nextest run` (or to `cargo test` where nextest is not installed), for example a test's name.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pass: Vec<String>,
}

/// Runs the tests; the exit code is theirs.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    run_with(&args.pass, &[])
}

/// Runs the tests that `pass` chooses with more in their environment.
pub(crate) fn run_with(pass: &[String], more: &[(&'static str, String)]) -> Result<ExitCode> {
    let start = Instant::now();
    let mut servers = Servers::start()?;
    eprintln!("xtask: servers up after {:.0?}", start.elapsed());
    let mut environment = servers.environment.clone();
    environment.extend(more.iter().cloned());
    let cargo = |args: &[&str]| {
        let mut command = crate::cargo();
        command.args(args).envs(environment.iter().cloned());
        command
    };

    // Always the whole workspace with all its targets: any other choice of packages unifies features differently and
    // builds DataFusion a second time. The binary that the command line tests start comes from here.
    let status = cargo(&["build", "--workspace", "--all-targets"]).status().context("cannot start cargo")?;
    if !status.success() {
        return Ok(exit_code(status));
    }
    let binary = target_folder()?.join("debug/trailwarden");

    let runner: &[&str] = if python::on_path("cargo-nextest").is_some() {
        &["nextest", "run", "--workspace", "--no-fail-fast"]
    } else {
        &["test", "--workspace", "--lib", "--bins", "--tests", "--no-fail-fast"]
    };
    let mut steps = vec![(runner, pass)];
    if pass.is_empty() {
        // A name or filter given is for the tests above; documentation has its own few.
        steps.push((&["test", "--workspace", "--doc"], &[]));
    }
    let mut worst = ExitCode::SUCCESS;
    for (step, pass) in steps {
        let status =
            cargo(step).args(pass).env("TRAILWARDEN_TEST_BIN", &binary).status().context("cannot start cargo")?;
        if !status.success() && worst == ExitCode::SUCCESS {
            worst = exit_code(status);
        }
    }
    servers.check()?;
    eprintln!("xtask: tests took {:.0?} with building", start.elapsed());
    Ok(worst)
}

/// Where cargo builds to, by its own word: an environment variable, a config file or the tree's `target`.
pub(crate) fn target_folder() -> Result<PathBuf> {
    let metadata = cargo_metadata::MetadataCommand::new().current_dir(root()).no_deps().exec()?;
    Ok(metadata.target_directory.into_std_path_buf())
}
