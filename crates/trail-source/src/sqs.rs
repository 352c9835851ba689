//! A queue of SQS that tells which objects were written to S3, or that carries CloudTrail events itself.
//!
//! [`body`] tells what a message is about, [`poll`] receives, [`held`] knows which messages are being worked on, [`buckets`] reads.
//!
//! - A message stays hidden while it is worked on: a task extends its visibility until it is done with, an hour at the most.
//! - A message is deleted when all that it names has been acknowledged, which is after the commit; so a crash costs a repeat, and
//!   what is repeated the lake knows by address and version.
//! - An object that cannot be read for the moment sends its message back, hidden for longer each time. From `max_receives` on it
//!   is noted why, and the message stays in the queue, as one does that nobody can read: tried again twice a day, until the queue's own
//!   retention ends or its dead-letter queue takes it. Nothing is deleted that is not in the lake, except what is gone from S3.

mod body;
mod buckets;
mod held;
mod poll;
mod queue;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::aws::AwsConfig;
use crate::error::{ErrorKind, SourceError};
use crate::layout::{self, Scope};
use crate::object::{LogObject, Reader, Source};
use crate::pattern::Patterns;
use crate::window::duration_text;

use buckets::Buckets;
use held::{Content, Held, Receipt};
use poll::{Poller, Wants};
use queue::{Address, Queue};

/// How many objects the receivers may be ahead of their reader.
const AHEAD: usize = 64;
/// A message is worked on for so long at the most; SQS ends it after 12 hours.
const HOLD: Duration = Duration::from_secs(60 * 60);
/// How long a message that cannot be read is hidden: at first, and at the most.
const FIRST_PAUSE: Duration = Duration::from_secs(30);
const LONGEST_PAUSE: Duration = Duration::from_secs(11 * 60 * 60);

/// A queue that tells of log objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqsConfig {
    /// The queue: `sqs://name`, `sqs://account/name`, its URL or its ARN.
    pub queue: String,
    /// Buckets to read; all that messages name by default.
    #[serde(default)]
    pub buckets: Vec<String>,
    /// Account ids to read; all by default. Messages about other objects are deleted.
    #[serde(default)]
    pub accounts: Vec<String>,
    /// Regions to read; all by default.
    #[serde(default)]
    pub regions: Vec<String>,
    /// Globs of the keys to read; by default those with the ending of a log file.
    #[serde(default)]
    pub include: Vec<String>,
    /// Globs of the keys to leave out.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Read CloudTrail's digests, too.
    #[serde(default)]
    pub digests: bool,
    /// For how long a message is hidden from others when it is received, and each time that this is extended; `5m` by default.
    #[serde(default = "visibility", with = "duration_text")]
    pub visibility: Duration,
    /// How long one call waits for messages; `20s` by default, which is the most. A pass ends when so long none came.
    #[serde(default = "wait", with = "duration_text")]
    pub wait: Duration,
    /// How many calls wait for messages at a time; 2 by default.
    #[serde(default = "receivers")]
    pub receivers: usize,
    /// From how many receives on an object that cannot be read is noted as such, and its message set aside; 10 by default. From
    /// twice as many on, it is no longer read at all.
    #[serde(default = "max_receives")]
    pub max_receives: u32,
    /// How to reach the queue and the buckets.
    #[serde(default)]
    pub aws: AwsConfig,
}

fn visibility() -> Duration {
    Duration::from_secs(300)
}

fn wait() -> Duration {
    Duration::from_secs(20)
}

fn receivers() -> usize {
    2
}

fn max_receives() -> u32 {
    10
}

impl SqsConfig {
    /// All logs that a queue tells of.
    pub fn new(queue: impl Into<String>) -> Self {
        Self {
            queue: queue.into(),
            buckets: Vec::new(),
            accounts: Vec::new(),
            regions: Vec::new(),
            include: Vec::new(),
            exclude: Vec::new(),
            digests: false,
            visibility: visibility(),
            wait: wait(),
            receivers: receivers(),
            max_receives: max_receives(),
            aws: AwsConfig::default(),
        }
    }

    /// Checks the settings and makes clients. Asks nothing of the queue yet.
    pub async fn build(&self) -> Result<SqsSource, SourceError> {
        let (address, wants) = self.checked()?;
        let region = self.aws.region.clone().or_else(|| address.region.clone());
        let aws = AwsConfig { region, ..self.aws.clone() };
        let sdk = aws.load().await?;
        let shared = Shared {
            queue: Queue::new(&sdk, address, self.queue.clone()),
            buckets: Buckets::new(sdk, self.aws.path_style),
            held: Held::default(),
            shown: self.queue.clone(),
            visibility: self.visibility,
            most_receives: self.max_receives,
        };
        Ok(SqsSource {
            shared: Arc::new(shared),
            wants: Arc::new(wants),
            config: self.clone(),
            pass: None,
            keeper: JoinSet::new(),
        })
    }

    /// Checks what can be checked without asking anyone.
    pub(crate) fn check(&self) -> Result<(), SourceError> {
        self.checked().map(|_| ())
    }

    fn checked(&self) -> Result<(Address, Wants), SourceError> {
        let address = Address::parse(&self.queue)?;
        layout::check_accounts(&self.accounts)?;
        layout::check_regions(&self.regions)?;
        let second = Duration::from_secs(1);
        if !(second..=20 * second).contains(&self.wait) {
            let value = format!("{}s", self.wait.as_secs());
            return Err(SourceError::setting("wait", value, "choose from `1s` to `20s`"));
        }
        if !(3 * second..=HOLD).contains(&self.visibility) {
            let value = format!("{}s", self.visibility.as_secs());
            return Err(SourceError::setting("visibility", value, "choose from `3s` to `1h`"));
        }
        if !(1..=32).contains(&self.receivers) {
            return Err(SourceError::setting("receivers", self.receivers.to_string(), "choose from 1 to 32"));
        }
        if !(1..=1000).contains(&self.max_receives) {
            return Err(SourceError::setting("max_receives", self.max_receives.to_string(), "choose from 1 to 1000"));
        }
        self.aws.check()?;
        let scope = Scope {
            accounts: self.accounts.iter().cloned().collect(),
            regions: self.regions.iter().cloned().collect(),
            digests: self.digests,
            ..Scope::default()
        };
        let patterns = Patterns::new(&self.include, &self.exclude)?;
        Ok((address, Wants { buckets: self.buckets.iter().cloned().collect(), scope, patterns }))
    }
}

/// What receivers, readers and the keeper share.
#[derive(Debug)]
struct Shared {
    queue: Queue,
    buckets: Buckets,
    held: Held,
    /// The queue as the settings name it.
    shown: String,
    visibility: Duration,
    most_receives: u32,
}

/// The objects that a queue tells of. A pass ends when the queue has been empty for one call, or after some minutes.
#[derive(Debug)]
pub struct SqsSource {
    shared: Arc<Shared>,
    wants: Arc<Wants>,
    config: SqsConfig,
    pass: Option<Pass>,
    /// The task that keeps messages hidden, from the first pass on; it ends with the source.
    keeper: JoinSet<()>,
}

#[derive(Debug)]
struct Pass {
    found: mpsc::Receiver<Result<LogObject, SourceError>>,
    receivers: JoinSet<()>,
}

impl SqsSource {
    fn begin(&mut self) -> Pass {
        if self.keeper.is_empty() {
            self.keeper.spawn(keep_hidden(self.shared.clone()));
        }
        let (send, found) = mpsc::channel(AHEAD);
        let mut receivers = JoinSet::new();
        for _ in 0..self.config.receivers {
            let poller = Poller {
                shared: self.shared.clone(),
                wants: self.wants.clone(),
                wait: self.config.wait,
                found: send.clone(),
            };
            receivers.spawn(poller.run());
        }
        Pass { found, receivers }
    }
}

#[async_trait]
impl Source for SqsSource {
    fn name(&self) -> &str {
        &self.config.queue
    }

    async fn next(&mut self) -> Result<Option<LogObject>, SourceError> {
        if self.pass.is_none() {
            self.pass = Some(self.begin());
        }
        let Some(pass) = &mut self.pass else { return Ok(None) };
        if let Some(found) = pass.found.recv().await {
            return found.map(Some);
        }
        let mut stopped = None;
        while let Some(ended) = pass.receivers.join_next().await {
            stopped = stopped.or(ended.err());
        }
        self.pass = None;
        match stopped {
            None => Ok(None),
            Some(error) => {
                let (call, place) = ("sqs:ReceiveMessage", self.config.queue.clone());
                Err(SourceError::Call { call, place, reason: error.to_string() })
            }
        }
    }

    async fn ack(&mut self, objects: &[LogObject]) -> Result<(), SourceError> {
        let settled = self.shared.held.acknowledge(objects);
        let (kept, deleted) =
            tokio::join!(self.shared.queue.hide(settled.keep, pause), self.shared.queue.delete(settled.delete),);
        deleted.and(kept)
    }

    async fn release(&mut self) {
        self.pass = None;
        let receipts = self.shared.held.release();
        if let Err(error) = self.shared.queue.hide(receipts, |_| Duration::ZERO).await {
            tracing::debug!(%error, "messages come again when their time is up");
        }
    }

    fn waits(&self) -> bool {
        true
    }

    fn reader(&self) -> Arc<dyn Reader> {
        Arc::new(SqsReader(self.shared.clone()))
    }
}

/// Keeps all messages hidden that are worked on.
async fn keep_hidden(shared: Arc<Shared>) {
    loop {
        tokio::time::sleep(shared.visibility / 3).await;
        let (receipts, dropped) = shared.held.alive(HOLD);
        if dropped > 0 {
            tracing::warn!(
                queue = shared.shown,
                messages = dropped,
                "messages were worked on for an hour and are let go of"
            );
        }
        // One that is deleted meanwhile cannot be hidden any more.
        if let Err(error) = shared.queue.hide(receipts, |_| shared.visibility).await {
            tracing::debug!(%error, "not all messages could be kept hidden");
        }
    }
}

/// For how long a message is hidden that could not be read.
fn pause(receipt: &Receipt) -> Duration {
    let doubled = 1_u32.checked_shl(receipt.receives.saturating_sub(1)).unwrap_or(u32::MAX);
    FIRST_PAUSE.saturating_mul(doubled).min(LONGEST_PAUSE)
}

/// Reads what messages name or carry.
#[derive(Debug)]
struct SqsReader(Arc<Shared>);

#[async_trait]
impl Reader for SqsReader {
    async fn read(&self, object: &LogObject, max_bytes: u64) -> Result<Bytes, SourceError> {
        let shared = &self.0;
        let (uri, (content, receives)) = (object.uri.clone(), shared.held.look(object));
        let error = match content {
            Content::Carried(bytes) if bytes.len() as u64 <= max_bytes => return Ok(bytes),
            Content::Carried(_) => SourceError::TooLarge { uri, max: max_bytes },
            Content::Refused(reason) => {
                let reason = format!("{reason} (its message stays in the queue)");
                SourceError::Unreadable { uri, reason }
            }
            Content::Stored => match shared.buckets.read(object, max_bytes).await {
                Ok(bytes) => return Ok(bytes),
                // Nothing that a message could bring back: another message tells of what was written since.
                Err(error @ (SourceError::NotFound { .. } | SourceError::Changed { .. })) => return Err(error),
                // Nothing to do with the message.
                Err(error @ SourceError::Credentials { .. }) => return Err(error),
                Err(error @ (SourceError::TooLarge { .. } | SourceError::Unreadable { .. })) => error,
                Err(error) if receives >= shared.most_receives => {
                    let reason = format!("{error} (received {receives} times; its message stays in the queue)");
                    SourceError::Unreadable { uri, reason }
                }
                // What a message names may be wrong or forbidden without anything being wrong with the queue.
                Err(error) => SourceError::Reading { uri, reason: error.to_string() },
            },
        };
        if error.kind() == ErrorKind::Retry {
            let receipts = shared.held.give_back(object);
            if let Err(error) = shared.queue.hide(receipts, pause).await {
                tracing::debug!(%error, "a message comes again when its time is up");
            }
        } else {
            shared.held.keep(object);
        }
        Err(error)
    }

    async fn metadata(&self, object: &LogObject) -> Result<BTreeMap<String, String>, SourceError> {
        match object.uri.starts_with("s3://") {
            true => self.0.buckets.metadata(object).await,
            false => Ok(BTreeMap::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(change: impl FnOnce(&mut SqsConfig), expected: &str) {
        let mut config = SqsConfig::new("sqs://q");
        change(&mut config);
        let shown = config.check().map_or_else(|error| error.to_string(), |()| "good".to_owned());
        assert_eq!(shown, expected);
    }

    #[test]
    fn settings_are_checked() {
        check(|_| {}, "good");
        check(|it| it.wait = Duration::ZERO, "`0s` is not a valid `wait`: choose from `1s` to `20s`");
        check(|it| it.wait = Duration::from_secs(60), "`60s` is not a valid `wait`: choose from `1s` to `20s`");
        check(|it| it.visibility = wait() * 1000, "`20000s` is not a valid `visibility`: choose from `3s` to `1h`");
        check(|it| it.receivers = 0, "`0` is not a valid `receivers`: choose from 1 to 32");
        check(|it| it.max_receives = 0, "`0` is not a valid `max_receives`: choose from 1 to 1000");
        check(|it| it.accounts = vec!["1".to_owned()], "`1` is not a valid `accounts`: an account id has 12 digits");
    }

    #[test]
    fn pauses_grow_and_end_before_sqs_would_end_them() {
        let after = |receives| pause(&Receipt { id: String::new(), handle: String::new(), receives }).as_secs();
        assert_eq!([0, 1, 2, 3, 8].map(after), [30, 30, 60, 120, 3840]);
        assert_eq!([12, 33, 1000, u32::MAX].map(after), [39_600; 4]);
        assert!(LONGEST_PAUSE + HOLD <= Duration::from_secs(12 * 60 * 60));
    }
}
