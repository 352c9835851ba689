//! `cargo xtask chaos` and `cargo xtask soak`: the tests of what a daemon endures, for longer than the suite has time for.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::{python, suite};

/// Tests over which the kills are spread.
const PLACES: u32 = 6;

#[derive(clap::Args)]
pub(crate) struct Chaos {
    /// How often a worker is killed, over all the ways that logs come and lakes lie.
    #[arg(long, default_value_t = 300)]
    kills: u32,
}

#[derive(clap::Args)]
pub(crate) struct Soak {
    /// How long it runs.
    #[arg(long, default_value_t = 30)]
    minutes: u32,
}

/// Kills workers at random moments, and lets a daemon meet every kind of fault.
pub(crate) fn chaos(args: &Chaos) -> Result<ExitCode> {
    let each = args.kills.div_ceil(PLACES);
    endure("test(/^crash::/) | test(/^faults::/)", ("TRAILWARDEN_TEST_KILLS", each))
}

/// Steady load with faults in between.
pub(crate) fn soak(args: &Soak) -> Result<ExitCode> {
    endure("test(/^soak::/)", ("TRAILWARDEN_TEST_SOAK_SECONDS", args.minutes * 60))
}

fn endure(tests: &str, (name, value): (&'static str, u32)) -> Result<ExitCode> {
    if python::on_path("cargo-nextest").is_none() {
        bail!("cargo-nextest is not installed: `cargo install --locked cargo-nextest`");
    }
    // What they say of themselves is the summary: each fault with the time that it took, memory and commits over time.
    let pass = ["-E", tests, "--success-output", "final", "--failure-output", "final"];
    suite::run_with(&pass.map(str::to_owned), &[(name, value.to_string())])
}
