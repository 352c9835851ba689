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
    detect: PathBuf,
    queries: PathBuf,
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
            .args(["build", "--release", "--workspace", "--bins"])
            .args(["--example", "decode_bench", "--example", "detect_bench", "--example", "query_bench"])
            .status()
            .context("cannot start cargo")?;
        if !status.success() {
            bail!("the release build failed");
        }
        let release = target_folder()?.join("release");
        Ok(Bench {
            trailwarden: release.join("trailwarden"),
            decode: release.join("examples/decode_bench"),
            detect: release.join("examples/detect_bench"),
            queries: release.join("examples/query_bench"),
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

    /// A lake of the corpus, gone when it is dropped.
    pub(super) fn lake(&self, corpus: &Corpus) -> Result<tempfile::TempDir> {
        let lake = tempfile::Builder::new().prefix("lake-").tempdir_in(cache::folder("bench")?)?;
        let folder = lake.path().to_string_lossy().into_owned();
        self.lines(&self.trailwarden, &["ingest", "--lake", &folder, &corpus.folder.to_string_lossy(), "--json"])?;
        Ok(lake)
    }

    /// What match rules cost beside decoding the same batches: CPU seconds by name.
    pub(super) fn detections(&self, corpus: &Corpus) -> Result<serde_json::Value> {
        let lines = self.lines(&self.detect, &[&corpus.folder.to_string_lossy(), "--cost"])?;
        lines.into_iter().next_back().context("detect_bench gave no figures")
    }

    /// The questions of an audit over a lake, in `query_bench` and in DuckDB: each one's name, CPU seconds of ours and of DuckDB's.
    pub(super) fn audit(&self, lake: &Path) -> Result<Vec<(String, f64, f64)>> {
        let script = self.peer.as_deref().context("no peer")?;
        let events = lake.join("cloudtrail");
        let ours = self.lines(&self.queries, &[&lake.to_string_lossy(), "audit"])?;
        let peer = self.lines(&self.python, &[&script.to_string_lossy(), "queries", &events.to_string_lossy(), "1"])?;
        let field = |line: &serde_json::Value, name: &str| line[name].as_f64().unwrap_or(f64::NAN);
        let mut asked = Vec::new();
        for theirs in &peer {
            let job = theirs["job"].as_str().unwrap_or_default();
            let of = ours.iter().find(|line| line["job"] == theirs["job"]);
            let of = of.with_context(|| format!("query_bench does not know `{job}`"))?;
            if of["rows"] != theirs["rows"] {
                bail!("`{job}`: {} rows, in DuckDB {}", of["rows"], theirs["rows"]);
            }
            asked.push((job.to_owned(), field(of, "cpu"), field(theirs, "cpu")));
        }
        Ok(asked)
    }

    /// Which part of a lake's bytes is read to find one thing, by what is looked for.
    pub(super) fn find(&self, lake: &Path) -> Result<Vec<(String, f64)>> {
        let lines = self.lines(&self.queries, &[&lake.to_string_lossy(), "find"])?;
        let part = |line: &serde_json::Value| Some((line["job"].as_str()?.to_owned(), line["part"].as_f64()?));
        lines.iter().map(|line| part(line).context("query_bench gave no figures")).collect()
    }

    /// A program's output, a JSON value a line.
    fn lines(&self, program: &Path, arguments: &[&str]) -> Result<Vec<serde_json::Value>> {
        let out = Command::new(program).args(arguments).stderr(std::process::Stdio::inherit()).output();
        let out = out.with_context(|| format!("cannot start `{}`", program.display()))?;
        if !out.status.success() {
            bail!("`{} {}` failed", program.display(), arguments.join(" "));
        }
        let text = String::from_utf8_lossy(&out.stdout);
        let lines: Result<Vec<_>, _> = text.lines().map(serde_json::from_str).collect();
        lines.with_context(|| format!("`{}` printed what is no JSON", program.display()))
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
