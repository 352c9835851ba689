//! `cargo xtask fuzz`: runs a fuzz target of `fuzz/` for a while, on the stable toolchain.
//!
//! libFuzzer's coverage needs compiler flags that only nightly admits to; `RUSTC_BOOTSTRAP=1` lets the stable compiler take them,
//! so that what is fuzzed is built by the compiler that builds the product.

use std::fs;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::{cache, exit_code, host, root};

#[derive(clap::Args)]
pub(crate) struct Args {
    target: Target,
    /// How long it runs.
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// A file to run once, for example a crash that an earlier run found.
    #[arg(long, value_name = "FILE")]
    input: Option<std::path::PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Target {
    /// Bytes of a log object to Arrow.
    Decode,
    /// Policy documents and their differences.
    Policy,
}

/// The flags that cargo-fuzz sets: coverage of every edge, comparisons traced, and the checks that only debug builds make.
const FLAGS: [&str; 7] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Zsanitizer=address",
    "--cfg=fuzzing",
];

/// The command.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let name = match args.target {
        Target::Decode => "decode",
        Target::Policy => "policy",
    };
    let fuzz = root().join("fuzz");
    let built = cache::folder("fuzz")?;
    let host = host()?;
    let status = crate::cargo()
        .current_dir(&fuzz)
        // With a target named, flags are not for build scripts and macros.
        .args(["build", "--release", "--bin", name, "--target", &host, "--target-dir"])
        .arg(&built)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", FLAGS.join(" "))
        .status()
        .context("cannot start cargo")?;
    if !status.success() {
        bail!("the fuzz target `{name}` did not build");
    }
    let corpus = cache::folder(&format!("fuzz/corpus/{name}"))?;
    let artifacts = cache::folder(&format!("fuzz/artifacts/{name}"))?;
    let mut command = Command::new(built.join(&host).join("release").join(name));
    // libdeflate includes one C file several times, each with tables of its own: the sanitizer takes them for one defined twice.
    command.env("ASAN_OPTIONS", "detect_odr_violation=0");
    command.arg(format!("-artifact_prefix={}/", artifacts.display()));
    match &args.input {
        Some(file) => command.arg(file),
        None => command
            .arg(format!("-max_total_time={}", args.seconds))
            .args(["-max_len=16384", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"])
            .arg(corpus)
            // Seeds come second: libFuzzer writes what it finds into the first folder.
            .args(fs::exists(fuzz.join("seeds").join(name))?.then(|| fuzz.join("seeds").join(name))),
    };
    let status = command.status().context("cannot start the fuzz target")?;
    if !status.success() {
        eprintln!(
            "xtask: what failed is in {}; run it again by `cargo xtask fuzz {name} --input FILE`",
            artifacts.display()
        );
    }
    Ok(exit_code(status))
}
