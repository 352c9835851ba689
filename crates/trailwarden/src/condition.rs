//! How a daemon is, for other processes to see: its sources, its parts and its outbox, in a small file of the lake.
//!
//! It lies in the lake, `_daemon/<name>.json`, since that is the one place that a daemon and whoever asks after it both reach, be it
//! a folder or a bucket. Each daemon writes a file of its own, whole. It is no part of the truth: without it, nothing is lost.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::TryStreamExt;
use jiff::{SignedDuration, Timestamp};
use object_store::{ObjectStore, ObjectStoreExt};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use trail_ingest::Summary;
use trail_lake::Lake;

use crate::clock;

/// The folder in the lake.
const FOLDER: &str = "_daemon";
/// CloudTrail delivers within this time of an event, but for rare cases; it promises nothing.
const DELIVERY: SignedDuration = SignedDuration::from_mins(15);
/// What changed is written at most this often, and the rest this often.
const SOON: Duration = Duration::from_secs(1);
const BEAT: Duration = Duration::from_secs(60);
/// Problems of a source that are kept in words.
const MOST_PROBLEMS: usize = 5;
/// A daemon that said nothing for so long is forgotten.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A daemon's word on itself.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Condition {
    /// The machine, and which of its daemons.
    pub name: String,
    /// When it was started.
    pub started: Timestamp,
    /// When it wrote this.
    pub written: Timestamp,
    /// Whether it has ended as it was told to.
    #[serde(default)]
    pub ended: bool,
    /// Whether it is the one that detects, verifies and reports.
    #[serde(default)]
    pub leads: bool,
    /// By the source's name.
    #[serde(default)]
    pub sources: BTreeMap<String, SourceCondition>,
    /// By the part's name. Only what fails is told of.
    #[serde(default)]
    pub failing: BTreeMap<String, Failure>,
    /// What waits in its outbox, by the channel's name.
    #[serde(default)]
    pub channels: BTreeMap<String, ChannelCondition>,
}

/// How it stands with a source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SourceCondition {
    /// When the last pass that looked everywhere began: what had been delivered by then has been seen.
    pub whole: Option<Timestamp>,
    /// The event time up to which, but for late deliveries, all events of the source are in the lake.
    pub watermark: Option<Timestamp>,
    /// The newest event that it brought.
    pub newest: Option<Timestamp>,
    /// What is wrong since when, where something is.
    pub failure: Option<Failure>,
}

/// Something that fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub reason: String,
}

/// How it stands with a channel.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ChannelCondition {
    /// Deliveries that wait for their time, or to be tried again.
    pub waiting: u64,
    /// Since when the oldest of them has been waiting.
    pub oldest: Option<Timestamp>,
    /// Deliveries that were given up.
    pub dead: u64,
    /// Since when it takes nothing, where it failed too often in a row.
    pub failure: Option<Failure>,
}

/// The condition as the parts of a daemon change it.
pub(crate) struct Told {
    condition: Mutex<Condition>,
    /// Something began or ceased to fail.
    turned: Notify,
}

impl Told {
    pub(crate) fn new(name: String) -> Self {
        let condition = Condition { name, started: clock::now(), ..Condition::default() };
        Self { condition: Mutex::new(condition), turned: Notify::new() }
    }

    fn now(&self) -> MutexGuard<'_, Condition> {
        self.condition.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sources that passes are to come of; those that are no more are forgotten.
    pub(crate) fn expect(&self, sources: &[String]) {
        let mut now = self.now();
        now.sources.retain(|known, _| sources.contains(known));
        for source in sources {
            now.sources.entry(source.clone()).or_default();
        }
    }

    /// A pass over a source that began then has ended.
    pub(crate) fn passed(&self, source: &str, began: Timestamp, ended: Result<&Summary, String>) {
        let mut now = self.now();
        let known = now.sources.entry(source.to_owned()).or_default();
        let wrong = match ended {
            Ok(summary) => {
                let newest = summary.last.and_then(|us| Timestamp::from_microsecond(us).ok());
                known.newest = known.newest.max(newest);
                if summary.whole {
                    known.whole = Some(began);
                    known.watermark = Some(began - DELIVERY);
                }
                let said = summary.problems.iter().take(MOST_PROBLEMS).cloned().collect::<Vec<_>>().join("; ");
                Some(said).filter(|said| !said.is_empty())
            }
            Err(error) => Some(error),
        };
        if turn(&mut known.failure, wrong) {
            self.turned.notify_one();
        }
    }

    /// A part worked, or failed for this reason.
    pub(crate) fn worked(&self, part: &str, wrong: Option<String>) {
        let mut now = self.now();
        let mut failure = now.failing.remove(part);
        if turn(&mut failure, wrong) {
            self.turned.notify_one();
        }
        now.failing.extend(failure.map(|failure| (part.to_owned(), failure)));
    }

    /// Whether it leads the daemons of its lake.
    pub(crate) fn leads(&self, leads: bool) {
        self.now().leads = leads;
        self.turned.notify_one();
    }

    /// How the channels stand.
    pub(crate) fn channels(&self, channels: BTreeMap<String, ChannelCondition>) {
        let mut now = self.now();
        let failing = |channels: &BTreeMap<String, ChannelCondition>| {
            channels.values().filter(|channel| channel.failure.is_some()).count()
        };
        let turned = failing(&now.channels) != failing(&channels);
        now.channels = channels;
        if turned {
            self.turned.notify_one();
        }
    }

    /// When the last whole look at all sources began, of the source that is furthest behind; none while one has yet to be looked
    /// at.
    pub(crate) fn whole(&self) -> Option<Timestamp> {
        let now = self.now();
        let wholes: Option<Vec<Timestamp>> = now.sources.values().map(|source| source.whole).collect();
        wholes?.into_iter().min()
    }

    /// Writes it to the lake as it is now.
    pub(crate) async fn save(&self, lake: &Lake, ended: bool) -> anyhow::Result<()> {
        let condition = {
            let mut now = self.now();
            (now.written, now.ended) = (clock::now(), ended);
            now.clone()
        };
        let path = lake.path(&format!("{FOLDER}/{}.json", condition.name))?;
        lake.object_store().put(&path, serde_json::to_vec_pretty(&condition)?.into()).await?;
        Ok(())
    }

    /// Returns when it is time to save.
    pub(crate) async fn due(&self) {
        tokio::time::sleep(SOON).await;
        tokio::select! {
            () = self.turned.notified() => {}
            () = tokio::time::sleep(BEAT) => {}
        }
    }
}

/// Notes what is wrong, if anything, since the first time that something was; whether that is news.
fn turn(failure: &mut Option<Failure>, wrong: Option<String>) -> bool {
    let was = failure.as_ref().map(|failure| failure.reason.clone());
    let news = was != wrong;
    *failure = wrong.map(|reason| {
        let since = failure.as_ref().map_or_else(clock::now, |failure| failure.since);
        Failure { since, reason }
    });
    news
}

/// The name of this machine's daemon with that outbox. A sandbox may hide the first file that tells the machine's name.
pub(crate) fn name(outbox: &std::path::Path) -> String {
    let read = |path: &str| std::fs::read_to_string(path).ok().map(|text| text.trim().to_owned());
    let host = read("/proc/sys/kernel/hostname").or_else(|| read("/etc/hostname")).unwrap_or_default();
    let machine = read("/etc/machine-id").unwrap_or_default();
    let outbox = std::path::absolute(outbox).unwrap_or_else(|_| outbox.to_owned());
    let which = trail_detect::fingerprint([host.as_str(), machine.as_str(), &outbox.to_string_lossy()]);
    let clean = |letter: char| if letter.is_ascii_alphanumeric() || letter == '.' { letter } else { '-' };
    let host: String = host.chars().map(clean).take(64).collect();
    format!("{}-{}", if host.is_empty() { "daemon" } else { &host }, &which[..8])
}

/// What the daemons of a lake say of themselves, the last to write first. Those that are long gone are left out.
pub(crate) async fn of_lake(lake: &Lake, now: Timestamp) -> anyhow::Result<Vec<Condition>> {
    let store = lake.object_store();
    let files: Vec<_> = store.list(Some(&lake.path(FOLDER)?)).try_collect().await?;
    let mut found = Vec::new();
    for file in files.into_iter().filter(|file| file.location.as_ref().ends_with(".json")) {
        let bytes = store.get(&file.location).await?.bytes().await?;
        // Another version's form, or half of a file on a store that is not atomic: it is written again within a minute.
        match serde_json::from_slice::<Condition>(&bytes) {
            Ok(condition) => found.push(condition),
            Err(error) => tracing::warn!(file = %file.location, %error, "a daemon's condition cannot be read"),
        }
    }
    found.retain(|condition| now.duration_since(condition.written) < FORGOTTEN);
    found.sort_by_key(|condition| std::cmp::Reverse(condition.written));
    Ok(found)
}
