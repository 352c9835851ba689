//! `cargo xtask demo`: the main job from an empty tree. Makes logs with planted incidents, builds the program, scans the logs.
//!
//! It builds what `cargo xtask test` builds, in the same profile and with the same features, so the second of the two is quick.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::suite::target_folder;
use crate::{exit_code, logs, root};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many events to make.
    #[arg(long, default_value_t = 20_000)]
    events: usize,
    /// Passed on to `trailwarden scan`, for example `--json`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pass: Vec<String>,
}

/// Makes, builds, scans; the exit code is the scan's.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let target = target_folder()?;
    let folder = target.join("demo");
    let (made, planted) = (folder.join("logs"), folder.join("planted.json"));
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot empty `{}`", folder.display()))?;
    }
    let manifest = logs::make(&made, args.events)?;
    fs::write(&planted, manifest).with_context(|| format!("cannot write `{}`", planted.display()))?;
    eprintln!("xtask: {} events in {}; what was planted: {}", args.events, made.display(), planted.display());

    let build = crate::cargo().args(["build", "--workspace", "--bin", "trailwarden"]).status();
    let build = build.context("cannot start cargo")?;
    if !build.success() {
        return Ok(exit_code(build));
    }
    let binary = target.join("debug/trailwarden");
    eprintln!("xtask: {} scan {}", shown(&binary), shown(&made));
    let scan = Command::new(&binary).current_dir(root()).arg("scan").arg(&made).args(&args.pass).status();
    Ok(exit_code(scan.with_context(|| format!("cannot start `{}`", binary.display()))?))
}

/// A path as one would type it in the tree.
fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}
