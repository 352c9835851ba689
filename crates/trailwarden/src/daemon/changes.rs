//! When config and rules are to be read anew: on SIGHUP, and when what the files hold has changed.
//!
//! The files' content is looked at every few seconds. Notices of the file system would be quicker, and are not sent over network
//! file systems and bind mounts, and are lost when a mounted ConfigMap exchanges the folder that its links lead to.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use trail_detect::Sigma;
use trail_query::Library;

use crate::settings::Settings;

/// Some dozens of small files are read this often.
const EVERY: Duration = Duration::from_secs(3);

/// Waits for the next time to read the config.
pub(super) struct Changes {
    file: PathBuf,
    beside: Beside,
    hangup: Signal,
    /// What the files held when they were last read, for better or worse.
    known: u64,
}

impl Changes {
    /// From now on SIGHUP no longer ends the process. To be made before the files are read.
    pub(super) fn new(file: &Path, settings: &Settings) -> std::io::Result<Self> {
        let (hangup, beside) = (signal(SignalKind::hangup())?, Beside::of(settings));
        let known = fingerprint(file, &beside);
        Ok(Self { file: file.to_owned(), beside, hangup, known })
    }

    /// The config that names what is looked at from now on.
    pub(super) fn look_at(&mut self, settings: &Settings) {
        let beside = Beside::of(settings);
        if self.beside != beside {
            self.known = fingerprint(&self.file, &beside);
            self.beside = beside;
        }
    }

    /// The config file.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// Returns when the files are to be read.
    pub(super) async fn next(&mut self) {
        let mut before = None;
        loop {
            let asked = tokio::select! {
                _ = self.hangup.recv() => true,
                () = tokio::time::sleep(EVERY) => false,
            };
            let (file, beside) = (self.file.clone(), self.beside.clone());
            let looked = tokio::task::spawn_blocking(move || fingerprint(&file, &beside)).await;
            // Files that cannot be looked at for the moment are as they were.
            let found = looked.unwrap_or(self.known);
            // Who writes several files, or one in pieces, has come to an end when nothing has changed since the last look.
            if asked || (found != self.known && before == Some(found)) {
                self.known = found;
                return;
            }
            before = Some(found);
        }
    }
}

/// What a config file names that is read with it. Threat lists are not among it: they are exchanged while all else goes on.
#[derive(Clone, Default, PartialEq)]
struct Beside {
    queries: Option<PathBuf>,
    sigma: Vec<PathBuf>,
    exceptions: Vec<PathBuf>,
}

impl Beside {
    fn of(settings: &Settings) -> Self {
        let rules = &settings.rules;
        let (sigma, exceptions) = (rules.sigma.clone(), rules.exception_files.clone());
        Self { queries: settings.queries.clone(), sigma, exceptions }
    }
}

/// What the files hold, as a number. What cannot be read counts as its error.
fn fingerprint(file: &Path, beside: &Beside) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut add = |path: &Path| {
        path.hash(&mut hasher);
        match std::fs::read(path) {
            Ok(bytes) => bytes.hash(&mut hasher),
            Err(error) => error.to_string().hash(&mut hasher),
        }
    };
    add(file);
    beside.exceptions.iter().for_each(|file| add(file));
    let queries = beside.queries.iter().flat_map(|folder| Library::files(folder));
    let queries = queries.map(|found| found.map_err(|error| error.to_string()));
    let sigma = beside.sigma.iter().flat_map(|folder| Sigma::files(folder));
    for found in queries.chain(sigma.map(|found| found.map_err(|error| error.to_string()))) {
        match found {
            Ok(path) => add(&path),
            Err(error) => add(Path::new(&error)),
        }
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_files_hold_counts_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let (file, queries) = (folder.path().join("config.toml"), folder.path().join("queries"));
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        let (sigma, exceptions) = (vec![folder.path().join("sigma")], vec![folder.path().join("exceptions.yaml")]);
        let beside = Beside { queries: Some(queries.clone()), sigma, exceptions };
        let now = || fingerprint(&file, &beside);
        let absent = now();
        std::fs::create_dir_all(folder.path().join("one")).unwrap();
        std::fs::create_dir_all(folder.path().join("two")).unwrap();
        write("config.toml", "lake = 1");
        write("one/a.sql", "SELECT 1");
        write("two/a.sql", "SELECT 2");
        std::os::unix::fs::symlink("one", &queries).unwrap();
        let first = now();
        assert_ne!(first, absent);
        write("config.toml", "lake = 1");
        assert_eq!(now(), first, "written again with the same text");
        // As a ConfigMap changes: the link is exchanged.
        std::os::unix::fs::symlink("two", folder.path().join("new")).unwrap();
        std::fs::rename(folder.path().join("new"), &queries).unwrap();
        let second = now();
        assert_ne!(second, first);
        write("two/b.sql", "");
        let third = now();
        assert_ne!(third, second);
        write("exceptions.yaml", "exceptions: []");
        let fourth = now();
        assert_ne!(fourth, third);
        std::fs::create_dir(folder.path().join("sigma")).unwrap();
        let fifth = now();
        assert_ne!(fifth, fourth, "the folder could not be read before");
        write("sigma/notes.txt", "");
        assert_eq!(now(), fifth);
        write("sigma/rule.yml", "");
        assert_ne!(now(), fifth);
    }
}
