//! What is measured, each in a process of its own.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::corpus::Corpus;
use crate::suite::target_folder;
use crate::{cache, python};

const MEASURE: &str = include_str!("../../servers/measure.py");

/// One job. Those with threads say how many; all others use one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Job {
    /// Inflating with libdeflate, nothing else.
    Inflate,
    /// Gzip to Arrow.
    Decode { threads: u8 },
    /// The same with the objects' hashes.
    DecodeHash,
    /// `trailwarden scan`, with all detections.
    Scan { threads: u8 },
    /// `trailwarden ingest` into a new lake, with hashes and deduplication.
    Ingest { threads: u8 },
    /// DuckDB: one error by event name, straight over the objects.
    DuckCount,
    /// DuckDB: the usual fields to a Parquet file.
    DuckParquet,
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Job::Inflate => write!(f, "inflate"),
            Job::Decode { threads } => write!(f, "decode, {threads} thread(s)"),
            Job::DecodeHash => write!(f, "decode and hash"),
            Job::Scan { threads } => write!(f, "scan, {threads} thread(s)"),
            Job::Ingest { threads } => write!(f, "ingest, {threads} thread(s)"),
            Job::DuckCount => write!(f, "DuckDB count"),
            Job::DuckParquet => write!(f, "DuckDB parquet"),
        }
    }
}

/// What a job took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Figures {
    /// CPU seconds, user and system.
    pub(super) cpu: f64,
    pub(super) wall: f64,
    pub(super) peak_mib: f64,
}

impl Figures {
    /// The least of each: whatever else the machine did only ever adds.
    fn least(self, other: Figures) -> Figures {
        Figures {
            cpu: self.cpu.min(other.cpu),
            wall: self.wall.min(other.wall),
            peak_mib: self.peak_mib.min(other.peak_mib),
        }
    }
}

/// `measure.py`'s line.
#[derive(Deserialize)]
struct Measured {
    cpu: f64,
    wall: f64,
    peak_mib: f64,
    code: i32,
    last: String,
}

/// The built programs.
pub(super) struct Bench {
    trailwarden: PathBuf,
    decode: PathBuf,
    python: PathBuf,
    peer: Option<PathBuf>,
}

impl Bench {
    /// Builds the release binary and the decode bench.
    pub(super) fn build(peer: Option<&Path>) -> Result<Bench> {
        let peer = peer.map(|folder| folder.join("duckdb_peer.py"));
        if let Some(missing) = peer.as_ref().filter(|script| !script.exists()) {
            bail!("`{}` is missing: `--peer` or `TRAILWARDEN_PEER` names the folder that holds it", missing.display());
        }
        eprintln!("xtask: building for release");
        let status = crate::cargo()
            .args(["build", "--release", "--workspace", "--bins", "--example", "decode_bench"])
            .status()
            .context("cannot start cargo")?;
        if !status.success() {
            bail!("the release build failed");
        }
        let release = target_folder()?.join("release");
        Ok(Bench {
            trailwarden: release.join("trailwarden"),
            decode: release.join("examples/decode_bench"),
            python: python::environment()?,
            peer,
        })
    }

    /// Every job in turn, so many rounds; the least of each.
    pub(super) fn run(&self, jobs: &[Job], corpus: &Corpus, rounds: u8) -> Result<BTreeMap<Job, Figures>> {
        let mut best: BTreeMap<Job, Figures> = BTreeMap::new();
        for round in 1..=rounds {
            for job in jobs {
                eprintln!("xtask: round {round} of {rounds}: {job}");
                let figures = self.measure(*job, corpus).with_context(|| format!("cannot measure `{job}`"))?;
                best.entry(*job).and_modify(|least| *least = least.least(figures)).or_insert(figures);
            }
        }
        Ok(best)
    }

    fn measure(&self, job: Job, corpus: &Corpus) -> Result<Figures> {
        let folder = corpus.folder.to_string_lossy().into_owned();
        // On the same disk as the corpus, and gone afterwards.
        let lake = tempfile::Builder::new().prefix("lake-").tempdir_in(cache::folder("bench")?)?;
        let lake_folder = lake.path().to_string_lossy().into_owned();
        let count = |threads: u8| threads.to_string();
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let (program, arguments) = match job {
            Job::Inflate => (text(&self.decode), vec![folder, count(1), "inflate".to_owned()]),
            Job::Decode { threads } => (text(&self.decode), vec![folder, count(threads), "decode".to_owned()]),
            Job::DecodeHash => (text(&self.decode), vec![folder, count(1), "decode-hash".to_owned()]),
            Job::Scan { threads } => {
                let rest = ["--json", "--threads"].map(str::to_owned);
                (
                    text(&self.trailwarden),
                    [vec!["scan".to_owned(), folder], rest.to_vec(), vec![count(threads)]].concat(),
                )
            }
            Job::Ingest { threads } => {
                let start = ["ingest", "--lake"].map(str::to_owned);
                let rest = vec![lake_folder, folder, "--threads".to_owned(), count(threads)];
                (text(&self.trailwarden), [start.to_vec(), rest].concat())
            }
            Job::DuckCount | Job::DuckParquet => {
                let script = self.peer.as_deref().context("no peer")?;
                let name = if job == Job::DuckCount { "count" } else { "parquet" };
                (text(&self.python), vec![text(script), name.to_owned(), folder, count(1)])
            }
        };
        let measured = self.spawn(&program, &arguments)?;
        check_events(job, &measured.last, corpus)?;
        // These say themselves what the work took, without starting up and without reading the files.
        let own = match job {
            Job::Scan { .. } | Job::Ingest { .. } => None,
            _ => serde_json::from_str::<Own>(&measured.last).ok(),
        };
        let (cpu, wall) = own.map_or((measured.cpu, measured.wall), |own| (own.cpu, own.wall));
        Ok(Figures { cpu, wall, peak_mib: measured.peak_mib })
    }

    fn spawn(&self, program: &str, arguments: &[String]) -> Result<Measured> {
        let out = Command::new(&self.python)
            .args(["-c", MEASURE, program])
            .args(arguments)
            .stderr(std::process::Stdio::inherit())
            .output()
            .context("cannot start python")?;
        let measured: Measured = serde_json::from_slice(&out.stdout).context("measure.py gave no figures")?;
        if measured.code != 0 {
            bail!("`{program}` failed with code {}", measured.code);
        }
        Ok(measured)
    }
}

/// A job's own line.
#[derive(Deserialize)]
struct Own {
    cpu: f64,
    wall: f64,
}

/// A fast wrong answer is no answer.
fn check_events(job: Job, last: &str, corpus: &Corpus) -> Result<()> {
    let line: serde_json::Value = serde_json::from_str(last).unwrap_or_default();
    let (found, want) = match job {
        // Decoding knows nothing of what it has seen before.
        Job::Decode { .. } | Job::DecodeHash => (line["events"].as_u64(), corpus.events + corpus.duplicates),
        Job::Scan { .. } => (line["summary"]["events"].as_u64(), corpus.events),
        _ => return Ok(()),
    };
    if found != Some(want) {
        bail!("it found {found:?} events of {want}");
    }
    Ok(())
}
