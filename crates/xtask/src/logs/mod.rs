//! `cargo xtask logs`: synthetic CloudTrail logs of an invented organization, in the layout that AWS delivers to S3.
//!
//! A world of accounts, people and machines goes about its days; incidents are planted among them, and a manifest says
//! which. The same arguments give the same bytes, as long as this crate and `rand` (whose `StdRng` may change with its
//! version) stay as they are.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result, bail};
use jiff::civil::Date;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::Serialize;

mod actions;
mod deliver;
mod incidents;
mod record;
mod traffic;
mod world;

use deliver::Delivered;
use incidents::Incident;
use record::Event;
use world::World;

const DAY: i64 = 86_400;

/// The most events that one thread holds in memory.
const UNIT: usize = 50_000;

#[derive(clap::Args, Clone)]
pub(crate) struct Args {
    /// The folder to write to: `OUT/AWSLogs/…`. It must be empty or absent.
    out: PathBuf,
    /// How many events, each counted once; the planted ones are among them.
    #[arg(long, default_value_t = 100_000)]
    events: usize,
    /// How many AWS accounts they happen in.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=200))]
    accounts: u16,
    /// Over how many days.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=3650))]
    days: u16,
    /// The first day.
    #[arg(long, default_value = "2026-03-01")]
    start: Date,
    /// Another seed is another organization.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// An organization trail: the layout's level `o-…`.
    #[arg(long)]
    org: bool,
    /// Quiet days only.
    #[arg(long)]
    no_incidents: bool,
    /// Where to write what was planted [default: OUT.incidents.json, beside OUT]
    #[arg(long, value_name = "FILE")]
    incidents: Option<PathBuf>,
}

/// What was written: the truth against which a reader can be checked.
#[derive(Serialize)]
struct Manifest {
    /// Different events.
    events: usize,
    /// Copies of events delivered in a second file.
    duplicates: usize,
    /// Log objects.
    objects: usize,
    /// Bytes of JSON before compression.
    bytes: u64,
    incidents: Vec<Incident>,
}

/// A stretch of time that one thread makes and writes.
struct Unit {
    start: i64,
    end: i64,
    count: usize,
    planted: Vec<Event>,
}

/// The command.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let manifest = generate(args)?;
    let path = args.incidents.clone().unwrap_or_else(|| beside(&args.out));
    let mut text = serde_json::to_string_pretty(&manifest)?;
    text.push('\n');
    std::fs::write(&path, text).with_context(|| format!("cannot write `{}`", path.display()))?;
    println!(
        "{} events and {} duplicates in {} objects under {}; what was planted: {}",
        manifest.events,
        manifest.duplicates,
        manifest.objects,
        args.out.display(),
        path.display()
    );
    Ok(ExitCode::SUCCESS)
}

/// `OUT.incidents.json`, beside the folder and not in it: a reader of the folder must not meet it.
fn beside(out: &Path) -> PathBuf {
    let mut name = out.file_name().unwrap_or("logs".as_ref()).to_owned();
    name.push(".incidents.json");
    out.with_file_name(name)
}

impl Args {
    /// So many events over a month of four accounts, as the command's defaults have it.
    fn new(out: PathBuf, events: usize) -> Args {
        let start = Date::constant(2026, 3, 1);
        Args { out, events, accounts: 4, days: 30, start, seed: 1, org: false, no_incidents: false, incidents: None }
    }
}

/// So many events in a folder, with the command's defaults; returns the manifest as JSON.
pub(crate) fn make(out: &Path, events: usize) -> Result<String> {
    Ok(serde_json::to_string(&generate(&Args::new(out.to_owned(), events))?)?)
}

/// Makes and writes the logs.
fn generate(args: &Args) -> Result<Manifest> {
    if args.out.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        bail!("`{}` is not empty: choose another folder, since old and new logs would mix", args.out.display());
    }
    let world = World::new(args.seed, args.accounts.into(), args.org);
    let start = args.start.to_zoned(jiff::tz::TimeZone::UTC)?.timestamp().as_second();
    let planted =
        if args.no_incidents { Vec::new() } else { incidents::plant(&world, args.seed, start, args.days.into()) };
    let planted_events: usize = planted.iter().map(|(_, events)| events.len()).sum();
    let Some(ordinary) = args.events.checked_sub(planted_events) else {
        bail!("the planted incidents alone are {planted_events} events: ask for more, or for `--no-incidents`");
    };

    let mut units = divide(start, args.days.into(), ordinary);
    let mut incidents = Vec::new();
    for (incident, events) in planted {
        incidents.push(incident);
        for event in events {
            match units.iter_mut().find(|unit| (unit.start..unit.end).contains(&event.time)) {
                Some(unit) => unit.planted.push(event),
                // What led to an incident may lie before the first day.
                None => {
                    let start = event.time / DAY * DAY;
                    units.push(Unit { start, end: start + DAY, count: 0, planted: vec![event] });
                }
            }
        }
    }
    let delivered = write(args, &world, &units)?;
    Ok(Manifest {
        events: args.events,
        duplicates: delivered.duplicates,
        objects: delivered.objects,
        bytes: delivered.bytes,
        incidents,
    })
}

/// Days, or parts of days, with their shares of the events: weekends are quieter.
fn divide(start: i64, days: i64, events: usize) -> Vec<Unit> {
    let weight = |day: i64| if ((start / DAY + day) + 3).rem_euclid(7) < 5 { 1.0 } else { 0.6 };
    let total: f64 = (0..days).map(weight).sum();
    let parts = (events / usize::try_from(days).unwrap_or(1) / UNIT + 1).min(24) as i64;
    let (mut units, mut passed, mut given) = (Vec::new(), 0.0, 0);
    for day in 0..days {
        for part in 0..parts {
            passed += weight(day) / parts as f64;
            // Shares of the running sum: the counts add up whatever the rounding does.
            let upto = (events as f64 * passed / total).round() as usize;
            let begin = start + day * DAY;
            let (start, end) = (begin + DAY * part / parts, begin + DAY * (part + 1) / parts);
            units.push(Unit { start, end, count: upto.min(events) - given, planted: Vec::new() });
            given = upto.min(events);
        }
    }
    units
}

/// Every unit on all cores; which thread makes which does not show in the bytes.
fn write(args: &Args, world: &World, units: &[Unit]) -> Result<Delivered> {
    let actions = actions::load();
    let next = AtomicUsize::new(0);
    let work = || -> Result<Delivered> {
        let mut sum = Delivered::default();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(unit) = units.get(number) else { return Ok(sum) };
            let mut rng = StdRng::seed_from_u64(args.seed.wrapping_mul(1_000_003).wrapping_add(number as u64 + 1));
            let mut events = traffic::events(world, &actions, &mut rng, unit.start..unit.end, unit.count);
            events.extend(unit.planted.iter().cloned());
            sum.add(&deliver::write(&args.out, world, &mut rng, events, unit.start..unit.end)?);
        }
    };
    thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let mut sum = Delivered::default();
        for handle in handles {
            sum.add(&handle.join().expect("a writing thread panicked")?);
        }
        Ok(sum)
    })
}

#[cfg(test)]
mod tests;
