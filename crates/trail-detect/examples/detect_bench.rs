//! Decodes a folder of log objects, runs all detections over it, and tells findings and costs.
//!
//! `cargo run --release --workspace --example detect_bench -- FOLDER [GLOB...]`
#![allow(clippy::print_stdout, reason = "a bench prints")]

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use trail_detect::{Detector, Rules, Settings};

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

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let folder = args.next().ok_or("a folder, please")?;
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
