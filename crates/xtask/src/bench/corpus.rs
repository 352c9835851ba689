//! The logs that the bench reads: made once, kept in the cache.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::Args;
use crate::{cache, logs, python};

pub(super) struct Corpus {
    pub(super) folder: PathBuf,
    /// Different events.
    pub(super) events: u64,
    /// Events that lie in a second object too.
    pub(super) duplicates: u64,
    pub(super) objects: u64,
}

/// What is noted beside a corpus once it is complete.
#[derive(Serialize, Deserialize)]
struct Made {
    events: u64,
    #[serde(default)]
    duplicates: u64,
    /// `make_corpus.py` calls it so.
    #[serde(alias = "files")]
    objects: u64,
}

impl Made {
    fn corpus(self, folder: PathBuf) -> Corpus {
        Corpus { folder, events: self.events, duplicates: self.duplicates, objects: self.objects }
    }
}

impl Corpus {
    /// Resamples real logs where they are known, else makes synthetic ones; finds what an earlier run made.
    pub(super) fn make(args: &Args, events: usize) -> Result<Corpus> {
        let script = args.peer.as_deref().map(|peer| peer.join("make_corpus.py"));
        let source = match (script, args.corpus.as_deref()) {
            (Some(script), Some(corpus)) => Some((script, corpus)),
            (script, corpus) => {
                if script.is_none() {
                    eprintln!("xtask: no make_corpus.py: give its folder by `--peer` or `TRAILWARDEN_PEER`");
                }
                if corpus.is_none() {
                    eprintln!("xtask: no real logs: give their folder by `--corpus` or `TRAILWARDEN_CORPUS`");
                }
                eprintln!("xtask: measuring on synthetic logs");
                None
            }
        };
        let kind = if source.is_some() { "resampled" } else { "synthetic" };
        let place = cache::folder("bench")?.join(format!("{kind}-{events}"));
        let (folder, note) = (place.join("logs"), place.join("made.json"));
        if let Some(made) = fs::read(&note).ok().and_then(|text| serde_json::from_slice::<Made>(&text).ok()) {
            return Ok(made.corpus(folder));
        }
        if place.exists() {
            fs::remove_dir_all(&place).context("cannot remove a corpus that was left half made")?;
        }
        fs::create_dir_all(&folder)?;
        eprintln!("xtask: making {events} events under {} (once)", folder.display());
        let made = match source {
            Some((script, corpus)) => resample(&script, corpus, &folder, events)?,
            None => logs::make(&folder, events)?,
        };
        let made: Made = serde_json::from_str(&made).context("the corpus was made, but not counted")?;
        fs::write(&note, serde_json::to_vec(&made)?)?;
        Ok(made.corpus(folder))
    }
}

fn resample(script: &Path, corpus: &Path, folder: &Path, events: usize) -> Result<String> {
    let mut command = Command::new(python::environment()?);
    let out = command.arg(script).arg(corpus).arg(folder).arg(events.to_string()).output()?;
    if !out.status.success() {
        bail!("make_corpus.py failed: {}", String::from_utf8_lossy(&out.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned())
}
