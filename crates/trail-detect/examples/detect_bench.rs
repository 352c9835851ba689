//! What detections cost.
//!
//! `detect_bench FOLDER [GLOB...]` decodes a folder of log objects, runs the detections over it, and tells findings and costs.
//! `detect_bench FOLDER --cost` tells in one JSON line the CPU seconds that decoding takes, and those that looking through the decoded
//! batches takes with one match rule, with all of the catalogue, and with a thousand Sigma rules beside these.
#![allow(clippy::print_stdout, reason = "a bench prints")]

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use arrow::array::AsArray;
use trail_detect::{Detector, Kind, Rules, Settings, Sigma};

/// The allocator of the program itself.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn files(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let mut entries: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found)?;
        } else if path.to_string_lossy().contains(".json") {
            found.push(path);
        }
    }
    Ok(())
}

/// CPU seconds of this thread so far.
fn cpu_seconds() -> f64 {
    cpu_time::ThreadTime::now().as_duration().as_secs_f64()
}

/// Sigma rules about calls that these logs have, each different in what it asks of them; every fiftieth asks no call's name.
fn sigma_rules(paths: &[PathBuf], count: usize) -> Result<Sigma, Box<dyn Error>> {
    let mut decoder = trail_event::Decoder::new(trail_event::Limits::default(), false);
    let mut calls = BTreeSet::new();
    for path in paths.iter().step_by(paths.len().div_ceil(40)) {
        for batch in decoder.decode(&path.to_string_lossy(), 0, &std::fs::read(path)?).batches {
            let [sources, names] = ["eventsource", "eventname"].map(|name| batch.column_by_name(name).cloned());
            let (Some(sources), Some(names)) = (sources, names) else { continue };
            let pairs = sources.as_string_view().iter().zip(names.as_string_view().iter());
            calls.extend(pairs.filter_map(|(source, name)| Some((source?.to_owned(), name?.to_owned()))));
        }
    }
    let calls: Vec<_> = calls.into_iter().collect();
    let folder = tempfile::tempdir()?;
    for number in 0..count {
        let (source, name) = &calls[number % calls.len()];
        let call = format!("    eventSource: {source}\n    eventName: {name}\n");
        let detection = match number % 50 {
            49 => format!("  s:\n    userAgent|contains: 'tool-{number}/'\n  condition: s\n"),
            nth if nth % 4 == 0 => format!("  s:\n{call}    errorCode|startswith: 'E{number}'\n  condition: s\n"),
            nth if nth % 4 == 1 => {
                format!("  s:\n{call}    userAgent|contains: ['kit-{number}', 'suite-{number}']\n  condition: s\n")
            }
            nth if nth % 4 == 2 => {
                format!("  s:\n{call}    requestParameters.policyArn|endswith: '/p{number}'\n  condition: s\n")
            }
            _ => format!(
                "  s:\n{call}    sourceIPAddress|cidr: '10.{}.{}.0/24'\n  f:\n    userIdentity.arn|contains: 'role-{number}'\n  \
                 condition: s and not f\n",
                number / 256,
                number % 256
            ),
        };
        let head = format!("title: Rule {number}\nlevel: low\nlogsource: {{product: aws, service: cloudtrail}}\n");
        std::fs::write(folder.path().join(format!("rule-{number}.yml")), format!("{head}detection:\n{detection}"))?;
    }
    Ok(Sigma::load(&[folder.path().to_owned()], &BTreeMap::new())?)
}

async fn cost(folder: &str) -> Result<(), Box<dyn Error>> {
    let mut paths = Vec::new();
    files(Path::new(folder), &mut paths)?;
    let mut all = Rules::default();
    for rule in Rules::load(&trail_query::Library::embedded()?)?.iter().filter(|rule| rule.kind == Kind::Match) {
        all.insert(rule.clone())?;
    }
    let mut more = all.clone();
    sigma_rules(&paths, 1000)?.rules.into_iter().try_for_each(|rule| more.insert(rule))?;
    let one = Settings { only: vec!["unauthorized-calls".to_owned()], ..Settings::default() };
    let mut detectors = vec![
        ("one", Detector::new(&all, one).await?, 0.0),
        ("match", Detector::new(&all, Settings::default()).await?, 0.0),
        ("sigma", Detector::new(&more, Settings::default()).await?, 0.0),
    ];
    let mut decoder = trail_event::Decoder::new(trail_event::Limits::default(), false);
    let (mut decode, mut events) = (0.0, 0);
    for path in paths {
        let bytes = std::fs::read(&path)?;
        let before = cpu_seconds();
        let decoded = decoder.decode(&path.to_string_lossy(), 0, &bytes);
        decode += cpu_seconds() - before;
        for batch in &decoded.batches {
            events += batch.num_rows();
            for (_, detector, cpu) in &mut detectors {
                let before = cpu_seconds();
                detector.observe(batch)?;
                *cpu += cpu_seconds() - before;
            }
        }
    }
    let costs: Vec<String> = detectors.iter().map(|(name, _, cpu)| format!("\"{name}\":{cpu:.3}")).collect();
    println!("{{\"events\":{events},\"decode\":{decode:.3},{}}}", costs.join(","));
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1).peekable();
    let folder = args.next().ok_or("a folder, please")?;
    if args.next_if(|arg| arg == "--cost").is_some() {
        return cost(&folder).await;
    }
    let started = Instant::now();
    let settings = Settings { only: args.collect(), ..Settings::default() };
    let mut detector = Detector::new(&Rules::load(&trail_query::Library::embedded()?)?, settings).await?;
    println!("planned in {:?}", started.elapsed());
    let mut decoder = trail_event::Decoder::new(trail_event::Limits::default(), false);
    let (mut decoding, mut detecting, mut events) = (Duration::ZERO, Duration::ZERO, 0);
    let (mut records, mut rejects) = (0, 0);
    let mut seen = HashSet::new();
    let mut paths = Vec::new();
    files(Path::new(&folder), &mut paths)?;
    for path in paths {
        let bytes = std::fs::read(&path)?;
        let started = Instant::now();
        let decoded = decoder.decode(&path.to_string_lossy(), 0, &bytes);
        decoding += started.elapsed();
        rejects += decoded.rejects.len();
        records += decoded.records;
        for batch in &decoded.batches {
            let keys = trail_event::keys(batch);
            let fresh: arrow::array::BooleanArray = keys.iter().map(|key| Some(seen.insert(*key))).collect();
            let batch = if fresh.true_count() == batch.num_rows() {
                batch.clone()
            } else {
                arrow::compute::filter_record_batch(batch, &fresh)?
            };
            events += batch.num_rows();
            let started = Instant::now();
            detector.observe(&batch)?;
            detecting += started.elapsed();
        }
    }
    let started = Instant::now();
    let outcome = detector.finish().await?;
    let finishing = started.elapsed();
    let findings = outcome.findings;
    for problem in outcome.problems {
        println!("problem: {} ({}): {}", problem.rule, problem.count, problem.reason);
    }
    for finding in &findings {
        println!("{:8} {:28} x{:<5} {}", finding.severity, finding.detection, finding.count, finding.title);
    }
    println!(
        "{records} records, {rejects} rejects, {events} events, {} findings; decode {decoding:?}, observe {detecting:?}, finish {finishing:?}",
        findings.len()
    );
    Ok(())
}
