//! The folder of an executor's shuffle files and spills: one of its own, gone when it ends. What one that was killed has left is
//! cleared by the next.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use walkdir::WalkDir;

use crate::ClusterError;

const PREFIX: &str = "trailwarden-executor-";
/// Held locked by the executor whose folder it is.
const RESULTS: &str = "results";
const SPILLS: &str = "spills";
const LOCK: &str = "lock";
const UNNAMED: &str = "lock.new";

/// An executor's folder.
#[derive(Debug)]
pub(crate) struct Work {
    folder: TempDir,
    _held: File,
}

impl Work {
    /// Makes one in `parent`, or where the system keeps such things.
    pub(crate) fn make(parent: Option<&Path>) -> Result<Self, ClusterError> {
        let parent = parent.map_or_else(std::env::temp_dir, Path::to_owned);
        let made = || {
            std::fs::create_dir_all(&parent)?;
            clear(&parent)?;
            let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(&parent)?;
            // It has its name once it is locked: before that, nobody takes this folder for one that was left.
            let unnamed = folder.path().join(UNNAMED);
            let held = File::create(&unnamed)?;
            held.lock()?;
            std::fs::rename(unnamed, folder.path().join(LOCK))?;
            for inner in [RESULTS, SPILLS] {
                std::fs::create_dir(folder.path().join(inner))?;
            }
            Ok(Self { folder, _held: held })
        };
        made().map_err(|error: io::Error| {
            ClusterError::Setting(format!("cannot work in the folder `{}`: {error}", parent.display()))
        })
    }

    /// Results of tasks, a folder for each query.
    pub(crate) fn results(&self) -> PathBuf {
        self.folder.path().join(RESULTS)
    }

    /// What is spilled.
    pub(crate) fn spills(&self) -> PathBuf {
        self.folder.path().join(SPILLS)
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Whether it has no results that somebody may still come for.
    pub(crate) fn is_empty(&self) -> bool {
        std::fs::read_dir(self.results()).map_or(true, |mut jobs| jobs.next().is_none())
    }
}

/// Bytes of all files in a folder. Files come and go meanwhile.
pub(crate) fn bytes_under(folder: &Path) -> u64 {
    let files = WalkDir::new(folder).into_iter().flatten().filter_map(|entry| entry.metadata().ok());
    files.filter(std::fs::Metadata::is_file).map(|file| file.len()).sum()
}

/// Removes the folders of executors that are no more.
fn clear(parent: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(parent)? {
        let folder: PathBuf = entry?.path();
        let ours = folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX));
        // One without a lock is being made at this moment.
        if ours && File::open(folder.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok()) {
            tracing::info!(folder = %folder.display(), "what an executor left that was killed is removed");
            std::fs::remove_dir_all(&folder)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_killed_left_is_cleared_and_nothing_of_the_living() {
        let parent = tempfile::tempdir().unwrap();
        let living = Work::make(Some(parent.path())).unwrap();
        std::fs::create_dir(living.results().join("job")).unwrap();
        let dead = parent.path().join(format!("{PREFIX}dead"));
        let other = parent.path().join("other");
        for folder in [&dead, &other] {
            std::fs::create_dir(folder).unwrap();
            std::fs::write(folder.join(LOCK), "").unwrap();
        }
        let next = Work::make(Some(parent.path())).unwrap();
        assert!(!dead.exists() && other.exists() && living.path().exists());
        assert!(next.is_empty() && !living.is_empty());
        std::fs::write(living.results().join("job/part"), "seven b").unwrap();
        assert_eq!((bytes_under(living.path()), bytes_under(&dead)), (7, 0));
        let path = next.path().to_owned();
        drop(next);
        assert!(!path.exists());
    }
}
