//! Threat lists: read from their files, fetched from their URLs, and the last good copy of each that is kept.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context as _;
use serde::Deserialize;
use trail_detect::{List, ListKind, Refused, fingerprint};

use crate::exit::{sentence, usage};
use crate::settings::{hour, span};

/// Where copies are, in the outbox's folder.
const COPIES: &str = "trailwarden-lists";
/// A URL that failed is asked again after this time.
const AGAIN: Duration = Duration::from_secs(60);

/// A threat list as the config names it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListSettings {
    /// What findings call it.
    pub name: String,
    /// What stands on it.
    pub kind: ListKind,
    /// Its file.
    pub path: Option<PathBuf>,
    /// Where it is fetched from, in place of a file.
    pub url: Option<String>,
    /// How old what was fetched may be.
    #[serde(default = "hour", with = "span")]
    pub refresh: Duration,
    /// The longest that it may be.
    #[serde(default = "max_bytes")]
    pub max_bytes: u64,
    /// The longest that fetching it may take.
    #[serde(default = "time_limit", with = "span")]
    pub time_limit: Duration,
}

fn max_bytes() -> u64 {
    16 << 20
}

fn time_limit() -> Duration {
    Duration::from_secs(30)
}

/// What is wrong with some lists, if anything.
pub(crate) fn check(lists: &[ListSettings]) -> anyhow::Result<()> {
    let mut names = BTreeSet::new();
    for list in lists {
        let name = &list.name;
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_. ".contains(&byte);
        anyhow::ensure!(
            (1..=64).contains(&name.len()) && name.bytes().all(fits) && name.trim() == name,
            "`rules.lists`: `{}` is no name (letters, digits, `-`, `_`, `.` and spaces between them, at most 64)",
            name.escape_debug()
        );
        anyhow::ensure!(names.insert(name), "`rules.lists`: the list `{name}` is there twice");
        match (&list.path, &list.url) {
            (Some(_), None) => {}
            (None, Some(url)) => {
                trail_source::check_url(url)
                    .map_err(|wrong| anyhow::anyhow!("`rules.lists`: the `url` of `{name}` {wrong}"))?;
            }
            _ => anyhow::bail!("`rules.lists`: `{name}` needs one of `path` and `url`"),
        }
        anyhow::ensure!(list.max_bytes > 0, "`rules.lists`: `max_bytes` of `{name}` is 0 (use 16777216)");
    }
    Ok(())
}

/// All lists: those with a file as it is now, those with a URL as their copy has them where it is young enough, else fetched. Where
/// that fails the older copy serves, and without one the list is empty.
///
/// # Errors
/// When a file cannot be read.
pub(crate) async fn load(lists: &[ListSettings], outbox: &Path) -> anyhow::Result<Vec<List>> {
    futures::future::try_join_all(lists.iter().map(|list| list.load(outbox))).await
}

/// Whether the files of lists can be read. Nothing is fetched.
///
/// # Errors
/// When one cannot.
pub(crate) fn readable(lists: &[ListSettings]) -> anyhow::Result<()> {
    let files = lists.iter().filter_map(|list| Some((list, list.path.as_ref()?)));
    files
        .map(|(list, file)| list.text(file))
        .try_for_each(|text| text.map(drop))
        .map_err(|error| usage(sentence(&error)))
}

/// The lines of lists that are no entries, in files and copies that can be read: the file, the line, and what is wrong with it.
pub(crate) fn refused(lists: &[ListSettings], outbox: &Path) -> Vec<(String, usize, String)> {
    let mut told = Vec::new();
    for list in lists {
        let file = list.path.clone().unwrap_or_else(|| list.copy(outbox));
        let Ok(text) = list.text(&file) else { continue };
        let (_, refused) = List::read(&list.name, list.kind, &text);
        let more = refused.count - refused.first.len();
        let file = file.display().to_string();
        let last = refused.first.last().map_or(1, |(line, _)| *line);
        told.extend(refused.first.into_iter().map(|(line, reason)| (file.clone(), line, reason)));
        if more > 0 {
            told.push((file, last, format!("so are {more} lines after it")));
        }
    }
    told
}

impl ListSettings {
    /// Where the last good text of its URL is kept. Another URL is another list.
    fn copy(&self, outbox: &Path) -> PathBuf {
        let which = fingerprint([self.name.as_str(), self.url.as_deref().unwrap_or_default()]);
        let file = format!("{}-{}.txt", self.name, which.get(..8).unwrap_or(&which));
        outbox.with_file_name(COPIES).join(file)
    }

    async fn load(&self, outbox: &Path) -> anyhow::Result<List> {
        if let Some(path) = &self.path {
            return self.read(path).map_err(|error| usage(sentence(&error)));
        }
        let copy = self.copy(outbox);
        if age(&copy).is_some_and(|age| age < self.refresh)
            && let Ok(list) = self.read(&copy)
        {
            return Ok(list);
        }
        match self.fetch(&copy).await {
            Ok(list) => Ok(list),
            Err(error) => {
                let kept = self.read(&copy);
                let error = sentence(&error);
                let meanwhile = if kept.is_ok() { "its last copy serves" } else { "is empty so far" };
                tracing::warn!(list = self.name, error, "a threat list cannot be fetched: {meanwhile}");
                Ok(kept.unwrap_or_else(|_| List::read(&self.name, self.kind, b"").0))
            }
        }
    }

    fn text(&self, file: &Path) -> anyhow::Result<Vec<u8>> {
        let mut text = Vec::new();
        let most = self.max_bytes;
        std::fs::File::open(file)
            .and_then(|open| open.take(most.saturating_add(1)).read_to_end(&mut text))
            .with_context(|| format!("cannot read the list `{}` in `{}`", self.name, file.display()))?;
        anyhow::ensure!(
            text.len() as u64 <= most,
            "the list `{}` in `{}` holds more than {most} bytes (raise `max_bytes` to take it)",
            self.name,
            file.display()
        );
        Ok(text)
    }

    fn read(&self, file: &Path) -> anyhow::Result<List> {
        let (list, refused) = List::read(&self.name, self.kind, &self.text(file)?);
        self.warn(&file.display().to_string(), &refused);
        Ok(list)
    }

    /// Fetches, and keeps what came. What has no entry where it has lines is no list: it may be a page that says sorry.
    async fn fetch(&self, copy: &Path) -> anyhow::Result<List> {
        let text =
            trail_source::fetch(self.url.as_deref().unwrap_or_default(), self.max_bytes, self.time_limit).await?;
        let (list, refused) = List::read(&self.name, self.kind, &text);
        if let (true, Some((line, reason))) = (list.is_empty(), refused.first.first()) {
            anyhow::bail!("none of the lines that came is an entry; line {line}: {reason}");
        }
        self.warn("its URL", &refused);
        if let Err(error) = keep(copy, &text) {
            let (file, error) = (copy.display().to_string(), error.to_string());
            tracing::warn!(list = self.name, file, error, "no copy of a threat list can be kept");
        }
        Ok(list)
    }

    fn warn(&self, from: &str, refused: &Refused) {
        if refused.count > 0 {
            let first: Vec<String> =
                refused.first.iter().map(|(line, reason)| format!("line {line}: {reason}")).collect();
            tracing::warn!(
                list = self.name,
                from,
                lines = refused.count,
                first = first.join("; "),
                "a threat list has lines that are no entries; the others count"
            );
        }
    }
}

/// How old a file is; none where there is none. One that is of the future is as good as new.
fn age(file: &Path) -> Option<Duration> {
    let written = std::fs::metadata(file).and_then(|metadata| metadata.modified()).ok()?;
    Some(SystemTime::now().duration_since(written).unwrap_or_default())
}

/// Writes a copy whole or not at all.
fn keep(copy: &Path, text: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(copy.parent().unwrap_or(copy))?;
    let new = copy.with_extension(format!("{}.new", std::process::id()));
    let mut file = std::fs::File::create(&new)?;
    file.write_all(text)?;
    file.sync_all()?;
    std::fs::rename(&new, copy)
}

/// A list that is looked at again and again.
pub(crate) struct Followed {
    settings: ListSettings,
    copy: PathBuf,
    /// When its file was written, and how long it is; none if it has not been looked at.
    seen: Option<(SystemTime, u64)>,
    /// When its URL is asked next.
    due: Instant,
}

impl Followed {
    /// Follows a list that has just been loaded.
    pub(crate) fn new(settings: &ListSettings, outbox: &Path) -> Self {
        let copy = settings.copy(outbox);
        let young = age(&copy).map_or(Duration::ZERO, |age| settings.refresh.saturating_sub(age));
        Self { settings: settings.clone(), copy, seen: None, due: Instant::now() + young }
    }

    /// What it is called.
    pub(crate) fn name(&self) -> &str {
        &self.settings.name
    }

    /// The list, if its file has changed or its URL was due; nothing if it is as it was.
    pub(crate) async fn look(&mut self) -> anyhow::Result<Option<List>> {
        let Some(path) = &self.settings.path else { return self.ask().await };
        let metadata = std::fs::metadata(path)
            .with_context(|| format!("cannot look at the list `{}` in `{}`", self.settings.name, path.display()))?;
        let now = (metadata.modified()?, metadata.len());
        if self.seen.replace(now) == Some(now) {
            return Ok(None);
        }
        let read = self.settings.read(path);
        if read.is_err() {
            self.seen = None;
        }
        read.map(Some)
    }

    async fn ask(&mut self) -> anyhow::Result<Option<List>> {
        if Instant::now() < self.due {
            return Ok(None);
        }
        let fetched = self.settings.fetch(&self.copy).await;
        let wait = if fetched.is_ok() { self.settings.refresh } else { self.settings.refresh.min(AGAIN) };
        self.due = Instant::now() + wait;
        fetched.map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(more: &str) -> ListSettings {
        toml::from_str(&format!("name = \"x\"\nkind = \"keys\"\n{more}")).expect("settings of a list")
    }

    #[test]
    fn bad_lines_are_told_by_their_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, outbox) = (folder.path().join("keys.txt"), folder.path().join("outbox.sqlite"));
        std::fs::write(&file, format!("# keys\n{}AKIAEXAMPLE000000001\n", "no\n".repeat(30))).expect("a file");
        let from_file = ListSettings { path: Some(file.clone()), ..list("") };
        let from_url = list("url = \"https://lists.example.com/x?token=1\"");
        let copy = from_url.copy(&outbox);
        assert!(copy.starts_with(folder.path().join(COPIES)) && !copy.display().to_string().contains("token"));
        assert_ne!(copy, list("url = \"https://lists.example.com/y\"").copy(&outbox));
        assert_eq!(age(&copy), None);
        keep(&copy, b"no\n").expect("a copy");
        assert!(age(&copy).is_some_and(|age| age < Duration::from_secs(60)));
        let told = refused(&[from_file, from_url, list("path = \"gone\"")], &outbox);
        assert_eq!((told.len(), told[0].1, told[9].1), (12, 2, 11), "{told:?}");
        assert!(
            told[0].0 == file.display().to_string() && told[0].2.starts_with("`no` is no access key id"),
            "{told:?}"
        );
        assert_eq!(told[10].2, "so are 20 lines after it");
        assert_eq!((&told[11].0, told[11].1), (&copy.display().to_string(), 1));
        // A copy is whole, and nothing lies beside it.
        keep(&copy, b"AKIAEXAMPLE000000002\n").expect("another copy");
        assert_eq!(std::fs::read_dir(folder.path().join(COPIES)).expect("copies").count(), 1);
    }

    #[tokio::test]
    async fn a_file_is_read_when_it_has_changed() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("keys.txt");
        let mut followed =
            Followed::new(&ListSettings { path: Some(file.clone()), ..list("") }, &folder.path().join("o"));
        let gone = followed.look().await.expect_err("it is not there").to_string();
        assert!(gone.contains("cannot look at the list `x`"), "{gone}");
        std::fs::write(&file, "AKIAEXAMPLE000000001\n").expect("a file");
        assert_eq!(followed.look().await.expect("a look").map(|list| list.len()), Some(1));
        assert!(followed.look().await.expect("a look").is_none());
        std::fs::write(&file, "").expect("a file");
        assert!(followed.look().await.expect("a look").is_some_and(|list| list.is_empty()));
    }
}
