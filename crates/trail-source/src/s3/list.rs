//! One pass over a bucket: CloudTrail's layout is walked level by level with several prefixes at a time, anything else is listed
//! from end to end. Nothing is remembered from pass to pass, so what is delivered late or out of order is found.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_s3::Client;
use aws_sdk_s3::types::EncodingType;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use jiff::civil::Date;
use tokio::sync::mpsc;

use super::{address, form_decoded, plain_etag, timestamp};
use crate::error::{ErrorKind, SourceError};
use crate::layout::{self, Level, Scope};
use crate::object::LogObject;
use crate::pattern::Patterns;
use crate::sdk_error::{Doing, from_sdk};

/// A range of at most so many days is asked for day by day, without looking which years and months there are.
const SPELLED_DAYS: usize = 7;
/// How far below the address `AWSLogs` is looked for, in folders, and how many folders are asked on the way.
const SEARCH_DEPTH: usize = 4;
const SEARCH_FOLDERS: usize = 200;

/// What to list, and where.
#[derive(Debug, Clone)]
pub(super) struct Listing {
    pub(super) client: Client,
    pub(super) bucket: String,
    pub(super) prefix: String,
    pub(super) scope: Scope,
    pub(super) patterns: Patterns,
    pub(super) concurrency: usize,
    /// Objects found in this pass.
    pub(super) known: Arc<AtomicU64>,
}

/// A prefix to look at.
#[derive(Debug)]
enum Work {
    /// A folder of the layout: its folders come next.
    Level(String),
    /// A prefix all of whose keys are listed.
    All(String),
}

/// The listing's end of the channel.
type Found = mpsc::Sender<Result<LogObject, SourceError>>;

/// Why a prefix was not listed to its end.
enum Stop {
    Failed(SourceError),
    /// Nobody waits for the objects any more.
    Unwanted,
}

impl From<SourceError> for Stop {
    fn from(error: SourceError) -> Self {
        Self::Failed(error)
    }
}

struct Page {
    objects: Vec<Entry>,
    folders: Vec<String>,
    next: Option<String>,
}

struct Entry {
    key: String,
    object: LogObject,
}

impl Listing {
    /// Lists one pass into the channel; true when nothing failed.
    pub(super) async fn run(self, today: Date, found: Found) -> bool {
        let mut waiting = match self.roots(&found).await {
            Ok(roots) => roots,
            Err(Stop::Failed(error)) => {
                // A closed channel means that nobody wants to know.
                let _ = found.send(Err(error)).await;
                return false;
            }
            Err(Stop::Unwanted) => return false,
        };
        waiting.reverse();
        let mut whole = true;
        let mut busy = FuturesUnordered::new();
        // Last in, first out: a prefix is finished before its neighbours are opened, so few wait at a time.
        loop {
            while busy.len() < self.concurrency
                && let Some(work) = waiting.pop()
            {
                busy.push(self.work(work, today, &found));
            }
            match busy.next().await {
                None => return whole,
                Some(Ok(below)) => waiting.extend(below.into_iter().rev()),
                Some(Err(Stop::Unwanted)) => return false,
                Some(Err(Stop::Failed(error))) => {
                    whole = false;
                    let give_up = error.kind() == ErrorKind::GiveUp;
                    if found.send(Err(error)).await.is_err() || give_up {
                        return false;
                    }
                }
            }
        }
    }

    /// Where the walk begins. Offers the object itself when the address is that of one.
    async fn roots(&self, found: &Found) -> Result<Vec<Work>, Stop> {
        let mut prefix = self.prefix.clone();
        if !prefix.is_empty() && !prefix.ends_with('/') {
            let exact = self.first_page(&prefix, None, 1).await?;
            if let Some(entry) = exact.objects.into_iter().find(|entry| entry.key == prefix) {
                self.send(entry.object, found).await?;
                return Ok(Vec::new());
            }
            if self.first_page(&format!("{prefix}/"), None, 1).await?.objects.is_empty() {
                // The beginning of names, such as `…/2026/03/1`.
                return Ok(vec![Work::All(prefix)]);
            }
            prefix.push('/');
        }
        if layout::parse(&prefix).is_some() {
            return Ok(vec![Work::Level(prefix)]);
        }
        let trails = self.search(&prefix).await?;
        if trails.is_empty() {
            tracing::info!(bucket = %self.bucket, prefix = %prefix, "no CloudTrail folders: all objects are listed");
            return Ok(vec![Work::All(prefix)]);
        }
        tracing::debug!(bucket = %self.bucket, trails = ?trails, "CloudTrail folders found");
        Ok(trails.into_iter().map(Work::Level).collect())
    }

    /// Looks for the layout below a prefix, shallow folders first. Empty when it finds none: then the objects are listed as they
    /// are, and the layout still counts in each key.
    async fn search(&self, prefix: &str) -> Result<Vec<String>, Stop> {
        let mut trails = Vec::new();
        let mut folders = VecDeque::from([(prefix.to_owned(), 0)]);
        for _ in 0..SEARCH_FOLDERS {
            let Some((folder, depth)) = folders.pop_front() else { break };
            let page = self.first_page(&folder, Some("/"), 1000).await?;
            if page.next.is_some() {
                // Too much lies here to go through it; `AWSLogs` itself may still be among it.
                let trail = format!("{folder}AWSLogs/");
                if !self.first_page(&trail, None, 1).await?.objects.is_empty() {
                    trails.push(trail);
                }
                continue;
            }
            for below in page.folders {
                if layout::parse(&below).is_some() {
                    trails.push(below);
                } else if depth + 1 < SEARCH_DEPTH {
                    folders.push_back((below, depth + 1));
                }
            }
        }
        if !trails.is_empty() && !folders.is_empty() {
            let bucket = &self.bucket;
            tracing::warn!(%bucket, prefix, ?trails, "too many folders: `AWSLogs` was not looked for in all of them; name the prefix above it");
        }
        Ok(trails)
    }

    async fn work(&self, work: Work, today: Date, found: &Found) -> Result<Vec<Work>, Stop> {
        match work {
            Work::Level(prefix) => self.level(&prefix, today, found).await,
            Work::All(prefix) => self.all(&prefix, found).await.map(|()| Vec::new()),
        }
    }

    /// Opens one folder of the layout.
    async fn level(&self, prefix: &str, today: Date, found: &Found) -> Result<Vec<Work>, Stop> {
        let Some(spot) = layout::parse(prefix).filter(|spot| spot.level < Level::Day && !spot.rest) else {
            return self.all(prefix, found).await.map(|()| Vec::new());
        };
        if spot.level == Level::Region
            && let Some(days) = self.scope.days.each(today, SPELLED_DAYS)
        {
            return Ok(days.into_iter().map(|day| Work::All(layout::day_prefix(prefix, day))).collect());
        }
        // Above the service, folders that do not fit are other services' or other people's; below it, they are not dropped.
        let inside = spot.level >= Level::Service;
        let mut below = Vec::new();
        let mut token = None;
        loop {
            let page = self.page(prefix, Some("/"), 1000, token).await?;
            for entry in page.objects {
                if inside {
                    self.offer(entry, found).await?;
                }
            }
            for folder in page.folders {
                let Some(spot) = layout::parse(&folder) else { continue };
                if !self.scope.admits(&spot) {
                    continue;
                }
                if spot.rest {
                    below.extend(inside.then_some(Work::All(folder)));
                } else {
                    below.push(Work::Level(folder));
                }
            }
            token = page.next;
            if token.is_none() {
                return Ok(below);
            }
        }
    }

    /// Lists every key of a prefix.
    async fn all(&self, prefix: &str, found: &Found) -> Result<(), Stop> {
        let mut token = None;
        loop {
            let page = self.page(prefix, None, 1000, token).await?;
            for entry in page.objects {
                self.offer(entry, found).await?;
            }
            token = page.next;
            if token.is_none() {
                return Ok(());
            }
        }
    }

    /// Hands an object on if it is wanted.
    async fn offer(&self, entry: Entry, found: &Found) -> Result<(), Stop> {
        let below = entry.key.strip_prefix(&self.prefix).unwrap_or(&entry.key).trim_start_matches('/');
        // A prefix may end within a name; the globs look at the whole of it then.
        let below = if below.is_empty() { &entry.key } else { below };
        let wanted = !entry.key.ends_with('/') && self.patterns.wants(below) && self.scope.admits_key(&entry.key);
        if wanted { self.send(entry.object, found).await } else { Ok(()) }
    }

    async fn send(&self, object: LogObject, found: &Found) -> Result<(), Stop> {
        self.known.fetch_add(1, Ordering::Relaxed);
        found.send(Ok(object)).await.map_err(|_| Stop::Unwanted)
    }

    /// A first page that the rest of the pass hangs on.
    async fn first_page(&self, prefix: &str, delimiter: Option<&str>, most: i32) -> Result<Page, SourceError> {
        self.ask(prefix, delimiter, most, None, true).await
    }

    async fn page(
        &self,
        prefix: &str,
        delimiter: Option<&str>,
        most: i32,
        token: Option<String>,
    ) -> Result<Page, SourceError> {
        self.ask(prefix, delimiter, most, token, prefix == self.prefix).await
    }

    async fn ask(
        &self,
        prefix: &str,
        delimiter: Option<&str>,
        most: i32,
        token: Option<String>,
        root: bool,
    ) -> Result<Page, SourceError> {
        let request = self
            .client
            .list_objects_v2()
            .bucket(&self.bucket)
            .prefix(prefix)
            .set_delimiter(delimiter.map(str::to_owned))
            .max_keys(most)
            // Keys may hold characters that XML cannot.
            .encoding_type(EncodingType::Url)
            .set_continuation_token(token);
        let output = request.send().await.map_err(|error| {
            let (bucket, place) = (self.bucket.as_str(), address(&self.bucket, prefix));
            from_sdk(
                &if root { Doing::ListingRoot { bucket, place } } else { Doing::Listing { bucket, place } },
                &error,
            )
        })?;
        let encoded = output.encoding_type() == Some(&EncodingType::Url);
        let name = |text: &str| if encoded { form_decoded(text) } else { text.to_owned() };
        let objects = output.contents().iter().filter_map(|object| {
            let key = name(object.key()?);
            let found = LogObject {
                uri: address(&self.bucket, &key),
                version: plain_etag(object.e_tag().unwrap_or_default()).to_owned(),
                size: object.size().and_then(|size| u64::try_from(size).ok()).unwrap_or(0),
                modified: object.last_modified().and_then(timestamp),
            };
            Some(Entry { key, object: found })
        });
        let folders = output.common_prefixes().iter().filter_map(|folder| folder.prefix().map(name));
        let (objects, folders) = (objects.collect(), folders.collect());
        let next = match (output.is_truncated(), output.next_continuation_token()) {
            (Some(true), Some(token)) => Some(token.to_owned()),
            (Some(true), None) => {
                let reason = "the answer is cut off and has no continuation token".to_owned();
                return Err(SourceError::Listing { place: address(&self.bucket, prefix), reason });
            }
            _ => None,
        };
        Ok(Page { objects, folders, next })
    }
}
