//! S3 by listing: settings, passes and their bookkeeping. [`list`] finds the objects, [`read`] fetches them.

mod list;
mod read;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::aws::AwsConfig;
use crate::error::SourceError;
use crate::layout::{self, DIGESTS, Scope};
use crate::object::{LogObject, Reader, Source};
use crate::pattern::Patterns;
use crate::window::{When, Window, duration_text, utc_day};

pub(crate) use read::S3Reader;

/// How many objects the listing may be ahead of its reader: two pages.
const AHEAD: usize = 2000;

/// A bucket, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3Config {
    /// `s3://bucket`, or `s3://bucket/prefix`: above the `AWSLogs` folder, at it, anywhere below it, or one object. A prefix
    /// without CloudTrail's layout is listed as it is.
    pub url: String,
    /// Leave out delivery days that cannot hold events from this time on.
    #[serde(default)]
    pub from: Option<When>,
    /// Leave out delivery days that can only hold events after this time.
    #[serde(default)]
    pub to: Option<When>,
    /// Account ids to read; all by default.
    #[serde(default)]
    pub accounts: Vec<String>,
    /// Regions to read; all by default.
    #[serde(default)]
    pub regions: Vec<String>,
    /// Globs of the keys to read, relative to the URL; by default those with the ending of a log file.
    #[serde(default)]
    pub include: Vec<String>,
    /// Globs of the keys to leave out.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Read CloudTrail's digests, too.
    #[serde(default)]
    pub digests: bool,
    /// How many prefixes are listed at a time; 8 by default.
    #[serde(default = "list_concurrency")]
    pub list_concurrency: usize,
    /// After a whole pass, the passes that follow look only at delivery days not older than this many days; 2 by default.
    #[serde(default = "relist_days")]
    pub relist_days: u16,
    /// How often a pass lists everything again, as text; `24h` by default.
    #[serde(default = "full_relist", with = "duration_text")]
    pub full_relist: Duration,
    /// How to reach the bucket.
    #[serde(default)]
    pub aws: AwsConfig,
}

fn list_concurrency() -> usize {
    8
}

fn relist_days() -> u16 {
    2
}

fn full_relist() -> Duration {
    Duration::from_secs(24 * 60 * 60)
}

impl S3Config {
    /// All logs below an address.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            from: None,
            to: None,
            accounts: Vec::new(),
            regions: Vec::new(),
            include: Vec::new(),
            exclude: Vec::new(),
            digests: false,
            list_concurrency: list_concurrency(),
            relist_days: relist_days(),
            full_relist: full_relist(),
            aws: AwsConfig::default(),
        }
    }

    /// Checks the settings and makes a client. Asks nothing of the bucket yet.
    pub async fn build(&self) -> Result<S3Source, SourceError> {
        let Checked { bucket, prefix, scope, patterns } = self.check()?;
        let client = self.aws.s3().await?;
        let listing = list::Listing {
            client,
            bucket,
            prefix,
            scope,
            patterns,
            concurrency: self.list_concurrency,
            known: Arc::new(AtomicU64::new(0)),
        };
        Ok(S3Source { config: self.clone(), listing, pass: None, last_whole: None, last_full: None })
    }

    /// Checks what can be checked without asking anyone.
    pub(crate) fn check(&self) -> Result<Checked, SourceError> {
        let (bucket, prefix) = split(&self.url)?;
        layout::check_accounts(&self.accounts)?;
        layout::check_regions(&self.regions)?;
        if !(1..=256).contains(&self.list_concurrency) {
            let value = self.list_concurrency.to_string();
            return Err(SourceError::setting("list_concurrency", value, "choose from 1 to 256"));
        }
        Window { from: self.from, to: self.to }.check(Timestamp::now())?;
        self.aws.check()?;
        let scope = Scope {
            accounts: self.accounts.iter().cloned().collect(),
            regions: self.regions.iter().cloned().collect(),
            digests: self.digests,
            ..Scope::default()
        };
        if let Some(spot) = layout::parse(&prefix)
            && prefix.ends_with('/')
            && !scope.admits(&spot)
        {
            let hint = match spot.service {
                Some(DIGESTS) if !self.digests => "it holds digests, not events: set `digests` to read them",
                Some(_) | None => "`accounts`, `regions` or the kind of log leave out all that is below it",
            };
            return Err(SourceError::setting("url", &self.url, hint));
        }
        Ok(Checked { bucket, prefix, scope, patterns: Patterns::new(&self.include, &self.exclude)? })
    }
}

/// The settings as the listing takes them.
pub(crate) struct Checked {
    bucket: String,
    prefix: String,
    scope: Scope,
    patterns: Patterns,
}

fn split(url: &str) -> Result<(String, String), SourceError> {
    let hint = "write `s3://bucket` or `s3://bucket/prefix`";
    let rest = url.strip_prefix("s3://").ok_or_else(|| SourceError::setting("url", url, hint))?;
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if bucket.len() < 3 || !bucket.bytes().all(fits) {
        return Err(SourceError::setting("url", url, hint));
    }
    Ok((bucket.to_owned(), prefix.to_owned()))
}

/// The objects of a bucket, by listing it again with every pass.
#[derive(Debug)]
pub struct S3Source {
    config: S3Config,
    listing: list::Listing,
    pass: Option<Pass>,
    /// The day on which the last pass without a failure began: all that was delivered before it has been listed.
    last_whole: Option<Date>,
    /// When the last full pass without a failure began.
    last_full: Option<Timestamp>,
}

/// A pass under way.
#[derive(Debug)]
struct Pass {
    began: Timestamp,
    full: bool,
    found: mpsc::Receiver<Result<LogObject, SourceError>>,
    /// The listing; it ends with whether nothing failed, and is aborted when the pass is dropped.
    task: JoinSet<bool>,
}

impl S3Source {
    fn begin(&self) -> Pass {
        let now = Timestamp::now();
        let today = utc_day(now);
        let mut listing = self.listing.clone();
        listing.known.store(0, Ordering::Relaxed);
        listing.scope.days = Window { from: self.config.from, to: self.config.to }.days(now);
        let due = self.last_full.is_none_or(|last| now.duration_since(last).unsigned_abs() >= self.config.full_relist);
        let full = match self.last_whole {
            Some(last_whole) if !due => {
                let floor = layout::relist_floor(last_whole, today, self.config.relist_days);
                listing.scope.days = listing.scope.days.not_before(floor);
                false
            }
            _ => true,
        };
        let (send, found) = mpsc::channel(AHEAD);
        let mut task = JoinSet::new();
        task.spawn(listing.run(today, send));
        Pass { began: now, full, found, task }
    }
}

#[async_trait]
impl Source for S3Source {
    fn name(&self) -> &str {
        &self.config.url
    }

    async fn next(&mut self) -> Result<Option<LogObject>, SourceError> {
        if self.pass.is_none() {
            self.pass = Some(self.begin());
        }
        let Some(pass) = &mut self.pass else { return Ok(None) };
        if let Some(found) = pass.found.recv().await {
            return found.map(Some);
        }
        let ended = pass.task.join_next().await;
        let (began, full) = (pass.began, pass.full);
        self.pass = None;
        match ended {
            Some(Ok(true)) => {
                self.last_whole = Some(utc_day(began));
                if full {
                    self.last_full = Some(began);
                }
            }
            Some(Ok(false)) | None => {}
            Some(Err(error)) => {
                return Err(SourceError::Listing { place: self.config.url.clone(), reason: error.to_string() });
            }
        }
        Ok(None)
    }

    async fn ack(&mut self, _objects: &[LogObject]) -> Result<(), SourceError> {
        Ok(())
    }

    fn reader(&self) -> Arc<dyn Reader> {
        Arc::new(S3Reader { client: self.listing.client.clone(), bucket: self.listing.bucket.clone() })
    }

    fn total(&self) -> Option<u64> {
        Some(self.listing.known.load(Ordering::Relaxed))
    }
}

/// An object's or prefix's address, as errors name it.
pub(crate) fn address(bucket: &str, key: &str) -> String {
    format!("s3://{bucket}/{key}")
}

/// S3 encodes keys in listings and notifications as forms do: a plus is a space.
pub(crate) fn form_decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// The ETag without its quotes.
pub(crate) fn plain_etag(etag: &str) -> &str {
    etag.trim_matches('"')
}

/// An SDK time as ours.
pub(crate) fn timestamp(at: &aws_sdk_s3::primitives::DateTime) -> Option<Timestamp> {
    Timestamp::new(at.secs(), i32::try_from(at.subsec_nanos()).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(change: impl FnOnce(&mut S3Config), expected: &str) {
        let mut config = S3Config::new("s3://bucket/p/AWSLogs/");
        change(&mut config);
        let shown = config
            .check()
            .map_or_else(|error| error.to_string(), |checked| format!("{}|{}", checked.bucket, checked.prefix));
        assert_eq!(shown, expected);
    }

    #[test]
    fn names_are_decoded_as_forms_are() {
        assert_eq!(form_decoded("a+b%2Bc/%C3%BC%01"), "a b+c/ü\u{1}");
    }

    #[test]
    fn settings_are_checked() {
        check(|_| {}, "bucket|p/AWSLogs/");
        check(|config| config.url = "s3://bucket".to_owned(), "bucket|");
        check(|config| config.url = "s3://bucket/a b/ü?x#y".to_owned(), "bucket|a b/ü?x#y");
        for url in ["bucket", "s3://", "s3:///x", "https://bucket", "s3://b u/x"] {
            let expected = format!("`{url}` is not a valid `url`: write `s3://bucket` or `s3://bucket/prefix`");
            check(|config| config.url = url.to_owned(), &expected);
        }
        check(
            |config| config.accounts = vec!["123".to_owned()],
            "`123` is not a valid `accounts`: an account id has 12 digits",
        );
        check(
            |config| config.regions = vec!["Frankfurt".to_owned()],
            "`Frankfurt` is not a valid `regions`: a region looks like `eu-central-1`",
        );
        check(|config| config.list_concurrency = 0, "`0` is not a valid `list_concurrency`: choose from 1 to 256");
        let digests = "s3://bucket/AWSLogs/111111111111/CloudTrail-Digest/";
        check(
            |config| config.url = digests.to_owned(),
            &format!("`{digests}` is not a valid `url`: it holds digests, not events: set `digests` to read them"),
        );
    }
}
