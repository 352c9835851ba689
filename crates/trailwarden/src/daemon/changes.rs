//! When config and queries are to be read anew: on SIGHUP, and when what the files hold has changed.
//!
//! The files' content is looked at every few seconds. Notices of the file system would be quicker, and are not sent over network
//! file systems and bind mounts, and are lost when a mounted ConfigMap exchanges the folder that its links lead to.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use trail_query::Library;

/// Some dozens of small files are read this often.
const EVERY: Duration = Duration::from_secs(3);

/// Waits for the next time to read the config.
pub(super) struct Changes {
    file: PathBuf,
    queries: Option<PathBuf>,
    hangup: Signal,
    /// What the files held when they were last read, for better or worse.
    known: u64,
}

impl Changes {
    /// From now on SIGHUP no longer ends the process. To be made before the files are read.
    pub(super) fn new(file: &Path, queries: Option<&Path>) -> std::io::Result<Self> {
        let hangup = signal(SignalKind::hangup())?;
        let known = fingerprint(file, queries);
        Ok(Self { file: file.to_owned(), queries: queries.map(Path::to_owned), hangup, known })
    }

    /// The folder of queries that is looked at from now on.
    pub(super) fn look_at(&mut self, queries: Option<&Path>) {
        if self.queries.as_deref() != queries {
            self.queries = queries.map(Path::to_owned);
            self.known = fingerprint(&self.file, queries);
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
            let (file, folder) = (self.file.clone(), self.queries.clone());
            let looked = tokio::task::spawn_blocking(move || fingerprint(&file, folder.as_deref())).await;
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

/// What the files hold, as a number. What cannot be read counts as its error.
fn fingerprint(file: &Path, queries: Option<&Path>) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut add = |path: &Path| {
        path.hash(&mut hasher);
        match std::fs::read(path) {
            Ok(bytes) => bytes.hash(&mut hasher),
            Err(error) => error.to_string().hash(&mut hasher),
        }
    };
    add(file);
    for found in queries.into_iter().flat_map(Library::files) {
        match found {
            Ok(path) => add(&path),
            Err(error) => add(Path::new(&error.to_string())),
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
        let now = || fingerprint(&file, Some(&queries));
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
        assert_ne!(now(), second);
    }
}
