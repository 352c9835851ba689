//! Folders and single files: a walk that streams, and reading under a cap.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use walkdir::{DirEntry, WalkDir};

use crate::error::SourceError;
use crate::layout::{self, DIGESTS, Scope};
use crate::metadata;
use crate::object::{LogObject, Reader, Source};
use crate::pattern::Patterns;
use crate::window::{When, Window};

/// How many objects the walk may be ahead of its reader.
const AHEAD: usize = 1024;

/// A folder, read with all folders below it, or a single file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FolderConfig {
    /// Its path. A single file is read whatever its name.
    pub path: PathBuf,
    /// Globs of the files to read; by default those with the ending of a log file.
    #[serde(default)]
    pub include: Vec<String>,
    /// Globs of the files to leave out.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Read CloudTrail's digests, too.
    #[serde(default)]
    pub digests: bool,
    /// Leave out delivery days that cannot hold events from this time on, where the folders are laid out as CloudTrail does.
    #[serde(default)]
    pub from: Option<When>,
    /// Leave out delivery days that can only hold events after this time.
    #[serde(default)]
    pub to: Option<When>,
}

impl FolderConfig {
    /// All logs of a folder, or one file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), include: Vec::new(), exclude: Vec::new(), digests: false, from: None, to: None }
    }

    /// Checks the settings and opens the folder.
    pub fn build(&self) -> Result<FolderSource, SourceError> {
        let shown = self.path.display().to_string();
        let root = fs::canonicalize(&self.path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => SourceError::NoPath { path: shown.clone() },
            _ => SourceError::Unreadable { uri: shown.clone(), reason: error.to_string() },
        })?;
        let window = Window { from: self.from, to: self.to };
        window.check(Timestamp::now())?;
        let tree = Tree {
            root,
            patterns: Patterns::new(&self.include, &self.exclude)?,
            window,
            digests: self.digests,
            known: AtomicU64::new(0),
        };
        Ok(FolderSource { name: shown, tree: Arc::new(tree), walk: None })
    }
}

/// The objects of a folder, in the order of their paths.
#[derive(Debug)]
pub struct FolderSource {
    name: String,
    tree: Arc<Tree>,
    walk: Option<mpsc::Receiver<Result<LogObject, SourceError>>>,
}

#[async_trait]
impl Source for FolderSource {
    fn name(&self) -> &str {
        &self.name
    }

    async fn next(&mut self) -> Result<Option<LogObject>, SourceError> {
        let walk = self.walk.get_or_insert_with(|| {
            let (found, walk) = mpsc::channel(AHEAD);
            let tree = Arc::clone(&self.tree);
            // Ends by itself when the receiver is gone.
            tokio::task::spawn_blocking(move || tree.walk(&found));
            walk
        });
        match walk.recv().await {
            Some(found) => found.map(Some),
            None => {
                self.walk = None;
                Ok(None)
            }
        }
    }

    async fn ack(&mut self, _objects: &[LogObject]) -> Result<(), SourceError> {
        Ok(())
    }

    fn reader(&self) -> Arc<dyn Reader> {
        Arc::new(FileReader)
    }

    fn total(&self) -> Option<u64> {
        Some(self.tree.known.load(Ordering::Relaxed))
    }
}

/// What is walked, and what in it is wanted.
#[derive(Debug)]
struct Tree {
    root: PathBuf,
    patterns: Patterns,
    window: Window,
    digests: bool,
    known: AtomicU64,
}

impl Tree {
    /// One pass. Memory holds the names of one folder on each level, no more.
    fn walk(&self, found: &mpsc::Sender<Result<LogObject, SourceError>>) {
        self.known.store(0, Ordering::Relaxed);
        let scope = Scope { digests: self.digests, days: self.window.days(Timestamp::now()), ..Scope::default() };
        // Who points right at a folder wants it, even if a walk from above would have left it out.
        let scope = self.root.to_str().and_then(layout::parse).is_none_or(|spot| scope.admits(&spot)).then_some(scope);
        let entries = WalkDir::new(&self.root).follow_links(true).sort_by_file_name().into_iter();
        for entry in entries.filter_entry(|entry| entry.depth() == 0 || self.may_hold(scope.as_ref(), entry)) {
            let object = match entry {
                Ok(entry) if entry.file_type().is_file() => self.object(&entry),
                Ok(_) => continue,
                Err(error) => skipped(&error),
            };
            let Some(object) = object.transpose() else { continue };
            if object.is_ok() {
                self.known.fetch_add(1, Ordering::Relaxed);
            }
            if found.blocking_send(object).is_err() {
                return;
            }
        }
    }

    /// Whether to look at an entry, or into it.
    fn may_hold(&self, scope: Option<&Scope>, entry: &DirEntry) -> bool {
        let name = entry.file_name().to_string_lossy();
        if name.starts_with('.') || (name == DIGESTS && !self.digests) {
            return false;
        }
        let (Some(scope), Some(path)) = (scope, entry.path().to_str()) else { return true };
        layout::parse(path).is_none_or(|spot| scope.admits(&spot))
    }

    fn object(&self, entry: &DirEntry) -> Result<Option<LogObject>, SourceError> {
        let path = entry.path();
        if entry.depth() > 0 {
            let below = path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy();
            if !self.patterns.wants(&below) {
                return Ok(None);
            }
        }
        let Some(uri) = path.to_str() else {
            return Err(SourceError::Unreadable {
                uri: path.to_string_lossy().into_owned(),
                reason: "its name is not UTF-8: rename it".to_owned(),
            });
        };
        // Gone since the folder was read: then it is not there, which is no news.
        let Ok(meta) = entry.metadata() else { return Ok(None) };
        let modified = meta.modified().ok().and_then(|at| Timestamp::try_from(at).ok());
        let nanos = modified.map_or(0, Timestamp::as_nanosecond);
        Ok(Some(LogObject {
            uri: uri.to_owned(),
            version: format!("{}-{nanos}", meta.len()),
            size: meta.len(),
            modified,
        }))
    }
}

/// What an entry that could not be looked at means; `Ok(None)` is a thing that may be passed over.
fn skipped(error: &walkdir::Error) -> Result<Option<LogObject>, SourceError> {
    let place = error.path().unwrap_or(Path::new("")).display().to_string();
    if let Some(ancestor) = error.loop_ancestor() {
        tracing::debug!(link = %place, ancestor = %ancestor.display(), "a link leads back to a folder above it and is not followed");
        return Ok(None);
    }
    match error.io_error().map(io::Error::kind) {
        Some(io::ErrorKind::NotFound) if error.depth() > 0 => Ok(None),
        Some(io::ErrorKind::NotFound) => Err(SourceError::NoPath { path: place }),
        _ => Err(SourceError::Unreadable {
            uri: place,
            reason: error.io_error().map_or_else(|| error.to_string(), io::Error::to_string),
        }),
    }
}

/// Reads files.
#[derive(Debug)]
struct FileReader;

#[async_trait]
impl Reader for FileReader {
    async fn read(&self, object: &LogObject, max_bytes: u64) -> Result<Bytes, SourceError> {
        let uri = object.uri.clone();
        let read = tokio::task::spawn_blocking(move || read_file(&uri, max_bytes));
        read.await
            .unwrap_or_else(|error| Err(SourceError::Reading { uri: object.uri.clone(), reason: error.to_string() }))
    }

    async fn metadata(&self, object: &LogObject) -> Result<BTreeMap<String, String>, SourceError> {
        metadata::beside(object.uri.clone()).await
    }
}

fn read_file(uri: &str, max: u64) -> Result<Bytes, SourceError> {
    let wrong = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => SourceError::NotFound { uri: uri.to_owned() },
        io::ErrorKind::PermissionDenied | io::ErrorKind::IsADirectory => {
            SourceError::Unreadable { uri: uri.to_owned(), reason: error.to_string() }
        }
        _ => SourceError::Reading { uri: uri.to_owned(), reason: error.to_string() },
    };
    let file = File::open(uri).map_err(wrong)?;
    let size = file.metadata().map_err(wrong)?.len();
    let too_large = || SourceError::TooLarge { uri: uri.to_owned(), max };
    if size > max {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    // One byte more than allowed, so that a file that grows meanwhile shows.
    file.take(max.saturating_add(1)).read_to_end(&mut bytes).map_err(wrong)?;
    if bytes.len() as u64 > max {
        return Err(too_large());
    }
    Ok(bytes.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn tree(paths: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for path in paths {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            fs::write(path, b"{}").expect("a file");
        }
        folder
    }

    async fn pass(source: &mut FolderSource) -> Vec<LogObject> {
        let mut objects = Vec::new();
        while let Some(object) = source.next().await.expect("a readable tree") {
            objects.push(object);
        }
        objects
    }

    async fn check(paths: &[&str], config: impl FnOnce(&mut FolderConfig), expected: &[&str]) {
        let folder = tree(paths);
        let mut settings = FolderConfig::new(folder.path());
        config(&mut settings);
        let mut source = settings.build().expect("good settings");
        let root = fs::canonicalize(folder.path()).expect("a folder");
        let objects = pass(&mut source).await;
        let found: Vec<&str> = objects
            .iter()
            .map(|object| Path::new(&object.uri).strip_prefix(&root).expect("below the root").to_str().expect("UTF-8"))
            .collect();
        assert_eq!(found, expected);
        assert_eq!(source.total(), Some(expected.len() as u64));
    }

    #[tokio::test]
    async fn walks_in_order_and_leaves_out_what_is_no_log() {
        check(
            &["b/2.json.gz", "b/1.JSON", "a.log", "z.txt", ".hidden.json", ".git/x.json", "b/c/3.jsonl"],
            |_| {},
            &["a.log", "b/1.JSON", "b/2.json.gz", "b/c/3.jsonl"],
        )
        .await;
        check(&["a.json", "b.txt"], |config| config.include = vec!["*.txt".to_owned()], &["b.txt"]).await;
        check(&["a.json", "x/b.json"], |config| config.exclude = vec!["x/**".to_owned()], &["a.json"]).await;
    }

    const DIGEST: &str = "AWSLogs/111111111111/CloudTrail-Digest/us-east-1/2026/03/01/d.json.gz";

    #[tokio::test]
    async fn digests_only_when_asked_for() {
        let paths =
            [DIGEST, "AWSLogs/111111111111/CloudTrail/us-east-1/2026/03/01/x.json.gz", "CloudTrail-Digest/d.json"];
        check(&paths, |_| {}, &[paths[1]]).await;
        check(&paths, |config| config.digests = true, &[paths[1], DIGEST, paths[2]]).await;
    }

    #[tokio::test]
    async fn prunes_days_only_where_the_layout_tells_them() {
        let day = |day: u8| format!("AWSLogs/111111111111/CloudTrail/us-east-1/2026/03/{day:02}/x.json.gz");
        let days: Vec<String> = (1..=9).map(day).collect();
        let mut paths: Vec<&str> = days.iter().map(String::as_str).collect();
        paths.extend(["exports/2019/01/01/x.json", "flat.json"]);
        let window = |config: &mut FolderConfig| {
            config.from = Some("2026-03-04".parse().expect("a day"));
            config.to = Some("2026-03-05T12:00:00Z".parse().expect("an instant"));
        };
        check(&paths, window, &[&days[2], &days[3], &days[4], &days[5], "exports/2019/01/01/x.json", "flat.json"])
            .await;
    }

    #[tokio::test]
    async fn links_that_loop_end() {
        let folder = tree(&["a/x.json"]);
        std::os::unix::fs::symlink(folder.path(), folder.path().join("a/back")).expect("a link");
        std::os::unix::fs::symlink("nowhere", folder.path().join("broken.json")).expect("a link");
        let mut source = FolderConfig::new(folder.path()).build().expect("a folder");
        assert_eq!(pass(&mut source).await.len(), 1);
    }

    #[tokio::test]
    async fn each_pass_walks_again_and_versions_tell_rewrites() {
        let folder = tree(&["a.json"]);
        let mut source = FolderConfig::new(folder.path()).build().expect("a folder");
        let first = pass(&mut source).await;
        assert_eq!(pass(&mut source).await, first);
        fs::write(folder.path().join("a.json"), b"{ }").expect("a file");
        fs::write(folder.path().join("b.json"), b"{}").expect("a file");
        let second = pass(&mut source).await;
        assert_eq!(second.len(), 2);
        assert_ne!(second[0].version, first[0].version);
    }

    #[tokio::test]
    async fn a_single_file_of_any_name() {
        let folder = tree(&["events.txt", "other.json"]);
        let mut source = FolderConfig::new(folder.path().join("events.txt")).build().expect("a file");
        let objects = pass(&mut source).await;
        assert_eq!(objects.len(), 1);
        assert!(objects[0].uri.ends_with("/events.txt"));
        assert_eq!(&source.reader().read(&objects[0], 2).await.expect("two bytes")[..], b"{}");
    }

    #[tokio::test]
    async fn errors_tell_what_to_do() {
        let folder = tree(&["a.json"]);
        let missing = FolderConfig::new(folder.path().join("nope")).build().expect_err("no such folder");
        assert_eq!(missing.kind(), ErrorKind::GiveUp);
        assert!(missing.to_string().contains("/nope`"), "{missing}");

        let mut source = FolderConfig::new(folder.path()).build().expect("a folder");
        let objects = pass(&mut source).await;
        let capped = source.reader().read(&objects[0], 1).await.expect_err("two bytes are too many");
        assert!(matches!(&capped, SourceError::TooLarge { max: 1, .. }), "{capped}");
        assert_eq!(capped.kind(), ErrorKind::Skip);

        fs::remove_file(&objects[0].uri).expect("the file");
        let gone = source.reader().read(&objects[0], 10).await.expect_err("it is gone");
        assert!(matches!(gone, SourceError::NotFound { .. }), "{gone}");
        assert_eq!(gone.kind(), ErrorKind::Skip);
    }

    #[tokio::test]
    async fn more_files_than_the_walk_may_be_ahead() {
        let names: Vec<String> = (0..AHEAD * 2 + 1).map(|number| format!("{number:05}.json")).collect();
        let paths: Vec<&str> = names.iter().map(String::as_str).collect();
        check(&paths, |_| {}, &paths).await;
    }
}
