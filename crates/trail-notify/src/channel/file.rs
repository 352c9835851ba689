//! JSON lines appended to a file and synced before they count as taken: one line a notice.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Channel, Format, SendError, SendErrorKind};
use crate::config::Problems;
use crate::rate::Rate;
use crate::render::Parcel;

/// Settings of a channel of kind `file`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileConfig {
    /// The file; made if absent. It may be rotated by renaming: each parcel opens it anew.
    pub path: PathBuf,
    /// `json`, or `ocsf` or `asff` for findings in those forms.
    #[serde(default = "Format::json")]
    pub format: Format,
    /// How many messages it takes in a time.
    #[serde(default = "Rate::none")]
    pub rate: Rate,
}

impl FileConfig {
    pub(crate) fn check(&self, key: &str, found: &mut Problems) {
        if self.path.as_os_str().is_empty() {
            found.add(&format!("{key}.path"), "is empty (name the file to append to)");
        }
        self.format.check_for_programs(key, found);
    }
}

pub(crate) struct File {
    path: PathBuf,
    format: Format,
    rate: Rate,
}

impl File {
    pub(crate) fn open(config: &FileConfig) -> Self {
        Self { path: config.path.clone(), format: config.format, rate: config.rate }
    }
}

#[async_trait]
impl Channel for File {
    fn time_limit(&self) -> Duration {
        Duration::from_secs(30)
    }

    fn rate(&self) -> Rate {
        self.rate
    }

    fn for_people(&self) -> bool {
        false
    }

    async fn send(&self, parcel: &Parcel) -> Result<(), SendError> {
        let (path, lines) = (self.path.clone(), parcel.lines(self.format));
        let named = self.path.display().to_string();
        let done = tokio::task::spawn_blocking(move || append(&path, lines.as_bytes())).await;
        // Anything that a disk says may pass: full, read-only, no permission yet.
        let failed =
            |error: String| SendError::new(SendErrorKind::Down, format!("cannot append to `{named}`: {error}"));
        done.map_err(|error| failed(error.to_string()))?.map_err(|error| failed(error.to_string()))
    }
}

fn append(path: &Path, lines: &[u8]) -> io::Result<()> {
    let fresh = !path.exists();
    let mut file = OpenOptions::new().create(true).append(true).read(true).open(path)?;
    let end = file.seek(SeekFrom::End(0))?;
    if let Err(error) = write_synced(&mut file, end, lines) {
        // What was half written must not stand in front of the next try.
        file.set_len(end)?;
        return Err(error);
    }
    if fresh && let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn write_synced(file: &mut fs::File, end: u64, lines: &[u8]) -> io::Result<()> {
    if end > 0 {
        // A line that a power cut tore is closed, so that it spoils only itself.
        file.seek(SeekFrom::Start(end - 1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    file.write_all(lines)?;
    file.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn config(path: &Path) -> FileConfig {
        FileConfig { path: path.to_owned(), format: Format::Json, rate: Rate::NONE }
    }

    #[tokio::test]
    async fn lines_are_appended_and_a_torn_one_is_closed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.ndjson");
        let channel = File::open(&config(&path));
        channel.send(&sample::parcel(2)).await.unwrap();
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"torn\":").unwrap();
        channel.send(&sample::parcel(1)).await.unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let ids: Vec<_> = text
            .lines()
            .map(|line| {
                serde_json::from_str(line).map_or(String::from("torn"), |v: serde_json::Value| v["id"].to_string())
            })
            .collect();
        assert_eq!(ids, ["\"notice-0\"", "\"notice-1\"", "torn", "\"notice-0\""]);
    }

    #[tokio::test]
    async fn a_missing_folder_is_a_channel_that_is_down() {
        let channel = File::open(&config(Path::new("/nonexistent/folder/a")));
        let error = channel.send(&sample::parcel(1)).await.unwrap_err();
        assert_eq!(error.kind, SendErrorKind::Down);
        assert!(error.text.starts_with("cannot append to `/nonexistent/folder/a`: "), "{error}");
    }
}
