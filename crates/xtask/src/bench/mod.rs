//! `cargo xtask bench`: speed and memory as ratios within one run, on one machine.
//!
//! Absolute figures of a shared machine say little; a ratio to work of a known kind, done in turns with it, says much. The
//! known kinds are inflating the same bytes with libdeflate, and the same question put to DuckDB.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

mod corpus;
mod jobs;
mod table;

use corpus::Corpus;
use jobs::{Bench, Job};
use table::Line;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many events the speed is measured on.
    #[arg(long, default_value_t = 1_000_000)]
    events: usize,
    /// Each job runs so often, in turns with the others; its least counts.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..))]
    rounds: u8,
    /// The folder of `duckdb_peer.py` and `make_corpus.py`.
    #[arg(long, env = "TRAILWARDEN_PEER", value_name = "FOLDER")]
    peer: Option<PathBuf>,
    /// Real logs, to be resampled by `make_corpus.py`.
    #[arg(long, env = "TRAILWARDEN_CORPUS", value_name = "FOLDER")]
    corpus: Option<PathBuf>,
    /// Leave out the memory line that needs ten times the events, and most of the time.
    #[arg(long)]
    no_tenfold: bool,
}

/// The command; it fails when a target is missed.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let bench = Bench::build(args.peer.as_deref())?;
    let corpus = Corpus::make(args, args.events)?;
    eprintln!("xtask: {} events in {} objects, {}", corpus.events, corpus.objects, corpus.folder.display());

    let mut jobs = vec![Job::Inflate, Job::Decode { threads: 1 }, Job::Decode { threads: 2 }, Job::DecodeHash];
    jobs.extend([1, 2].map(|threads| Job::Scan { threads }));
    jobs.extend([1, 2].map(|threads| Job::Ingest { threads }));
    if args.peer.is_some() {
        jobs.extend([Job::DuckCount, Job::DuckParquet]);
    } else {
        eprintln!("xtask: no DuckDB lines: give the folder of duckdb_peer.py by `--peer` or `TRAILWARDEN_PEER`");
    }
    let best = bench.run(&jobs, &corpus, args.rounds)?;
    for job in &jobs {
        println!("{}", table::measured(&job.to_string(), &best[job], corpus.events));
    }

    let cpu = |job: Job| best.get(&job).map(|figures| figures.cpu);
    let wall = |job: Job| best.get(&job).map(|figures| figures.wall);
    let one = |job: fn(u8) -> Job| (wall(job(1)), wall(job(2)));
    let mut lines = vec![
        Line::at_most("decode / inflate, CPU", 2.2, cpu(Job::Decode { threads: 1 }), cpu(Job::Inflate)),
        Line::at_least(
            "scan: events a CPU second / DuckDB count",
            2.0,
            cpu(Job::DuckCount),
            cpu(Job::Scan { threads: 1 }),
        ),
        Line::at_least(
            "ingest: events a CPU second / DuckDB parquet",
            2.4,
            cpu(Job::DuckParquet),
            cpu(Job::Ingest { threads: 1 }),
        ),
    ];
    for (name, (single, double)) in [
        ("decode: two threads / one, wall", one(|threads| Job::Decode { threads })),
        ("scan: two threads / one, wall", one(|threads| Job::Scan { threads })),
        ("ingest: two threads / one, wall", one(|threads| Job::Ingest { threads })),
    ] {
        lines.push(Line::at_least(name, 1.8, single, double));
    }
    let peak = best[&Job::Ingest { threads: 1 }].peak_mib;
    lines.push(Line::at_most("ingest: peak memory, MiB", 512.0, Some(peak), Some(1.0)));
    eprintln!("xtask: match rules and Sigma rules");
    let costs = bench.detections(&corpus)?;
    println!("match rules: {costs}");
    let cost = |name: &str| costs[name].as_f64();
    lines.push(Line::at_most("match rules / one rule, CPU", 3.0, cost("match"), cost("one")));
    lines.push(Line::at_most("match rules / decode, CPU", 0.5, cost("match"), cost("decode")));
    lines.push(Line::at_most("with 1,000 Sigma rules / decode, CPU", 2.0, cost("sigma"), cost("decode")));
    if args.peer.is_some() {
        eprintln!("xtask: twelve queries");
        let lake = bench.lake(&corpus)?;
        let asked = bench.audit(lake.path())?;
        for (name, ours, theirs) in &asked {
            println!("query `{name}`: {:.0} ms, DuckDB {:.0} ms", ours * 1e3, theirs * 1e3);
        }
        let ratios = || asked.iter().map(|(_, ours, theirs)| ours / theirs);
        let mean = (ratios().map(f64::ln).sum::<f64>() / asked.len() as f64).exp();
        lines.push(Line::at_most("queries / DuckDB, CPU, geometric mean", 0.8, Some(mean), Some(1.0)));
        lines.push(Line::at_most("queries / DuckDB, CPU, the worst", 1.2, ratios().reduce(f64::max), Some(1.0)));
    }
    if !args.no_tenfold {
        let tenfold = Corpus::make(args, args.events * 10)?;
        let job = Job::Ingest { threads: 1 };
        let large = bench.run(&[job], &tenfold, 1)?[&job].peak_mib;
        lines.push(Line::at_most("ingest: peak memory, ten times the objects / once", 1.1, Some(large), Some(peak)));
        let lake = bench.lake(&tenfold)?;
        for (what, part) in bench.find(lake.path())? {
            println!("looking for an {what}: {:.1} % of the lake's bytes read", part * 100.0);
            lines.push(Line::at_most("one of ten times the events: bytes read / all", 0.04, Some(part), Some(1.0)));
        }
    }
    println!();
    for line in &lines {
        println!("{line}");
    }
    let missed = lines.iter().any(|line| line.missed());
    Ok(if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
