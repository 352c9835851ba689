//! Receiving: takes messages from the queue, tells what each is about, and hands on the objects that are wanted.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use bytes::Bytes;
use futures::{StreamExt, stream};
use jiff::Timestamp;
use tokio::sync::mpsc;

use super::Shared;
use super::body::{self, Body, Named};
use super::held::{Content, Receipt};
use crate::carried::content_version;
use crate::error::SourceError;
use crate::layout::Scope;
use crate::object::LogObject;
use crate::pattern::Patterns;
use crate::s3::address;

/// A pass that finds messages all the time ends after so long, so that what hangs on the end of passes gets its turn.
const PASS: Duration = Duration::from_secs(300);
/// Messages held at a time; SQS itself allows 120,000 that are received and not deleted.
const MOST_HELD: usize = 20_000;
const FULL: Duration = Duration::from_millis(200);
/// Events that come in messages are put together until they are so many, so large or so old.
const BATCH_MESSAGES: usize = 1_000;
const BATCH_BYTES: usize = 1 << 20;
const BATCH_AGE: Duration = Duration::from_secs(2);
/// How long to wait for the next message when some wait already.
const SHORT: Duration = Duration::from_secs(1);
/// Objects asked about at a time.
const AT_A_TIME: usize = 8;

/// What is wanted of all that is written to buckets.
#[derive(Debug)]
pub(super) struct Wants {
    pub(super) buckets: BTreeSet<String>,
    pub(super) scope: Scope,
    pub(super) patterns: Patterns,
}

impl Wants {
    fn wants(&self, named: &Named) -> bool {
        (self.buckets.is_empty() || self.buckets.contains(&named.bucket))
            && !named.key.ends_with('/')
            && self.patterns.wants(&named.key)
            && self.scope.admits_key(&named.key)
    }
}

/// What was received, by kind.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Tally {
    objects: u64,
    events: u64,
    /// Messages about nothing that is wanted.
    unwanted: u64,
    tests: u64,
    /// Messages that stay in the queue since nobody knows what they are.
    unknown: u64,
}

/// Events on their way into one object.
#[derive(Debug, Default)]
struct Batch {
    text: Vec<u8>,
    ids: Vec<String>,
    since: Option<Instant>,
}

/// The end of a pass that nobody waits for any more.
struct Unwanted;

/// One that receives.
#[derive(Debug)]
pub(super) struct Poller {
    pub(super) shared: Arc<Shared>,
    pub(super) wants: Arc<Wants>,
    pub(super) wait: Duration,
    pub(super) found: mpsc::Sender<Result<LogObject, SourceError>>,
}

impl Poller {
    /// Receives until the queue has no more, or fails.
    pub(super) async fn run(self) {
        let (mut batch, mut tally) = (Batch::default(), Tally::default());
        // Nobody waiting is an end like any other.
        let _ = self.receive(&mut batch, &mut tally).await;
        tracing::debug!(queue = self.shared.shown, ?tally, "received");
    }

    async fn receive(&self, batch: &mut Batch, tally: &mut Tally) -> Result<(), Unwanted> {
        let began = Instant::now();
        loop {
            if self.shared.held.len() >= MOST_HELD {
                if self.found.is_closed() {
                    return Err(Unwanted);
                }
                self.flush(batch).await?;
                tokio::time::sleep(FULL).await;
                continue;
            }
            let last = began.elapsed() >= PASS;
            let wait = if batch.ids.is_empty() { self.wait } else { SHORT.min(self.wait) };
            let asked = Instant::now();
            let messages = match self.shared.queue.receive(wait, self.shared.visibility).await {
                Ok(messages) => messages,
                Err(error) => {
                    self.flush(batch).await?;
                    return self.found.send(Err(error)).await.map_err(|_| Unwanted);
                }
            };
            let (empty, waited) = (messages.is_empty(), batch.ids.is_empty());
            self.take(messages, batch, tally).await?;
            if empty || last || batch.is_due() {
                self.flush(batch).await?;
            }
            if empty && waited {
                // One that does not wait when it is told to must not be asked without end.
                tokio::time::sleep(SHORT.saturating_sub(asked.elapsed())).await;
            }
            if empty && waited || last {
                return Ok(());
            }
        }
    }

    /// Takes in the messages of one call.
    async fn take(&self, messages: Vec<Message>, batch: &mut Batch, tally: &mut Tally) -> Result<(), Unwanted> {
        let received: Vec<Received> = messages.into_iter().filter_map(Received::read).collect();
        // All of them before any takes its time, so that all are kept alive.
        let new: Vec<Received> =
            received.into_iter().filter(|message| self.shared.held.hold(message.receipt.clone())).collect();
        let mut finished = Vec::new();
        for message in new {
            finished.extend(self.place(message, batch, tally).await?);
        }
        for receipt in &finished {
            self.shared.held.drop_message(&receipt.id);
        }
        if let Err(error) = self.shared.queue.delete(finished).await {
            tracing::warn!(%error, "messages that need no work could not be deleted, and come again");
        }
        Ok(())
    }

    /// Does with one message what it asks for; gives it back when nothing is to be done.
    async fn place(
        &self,
        message: Received,
        batch: &mut Batch,
        tally: &mut Tally,
    ) -> Result<Option<Receipt>, Unwanted> {
        let times = message.receipt.receives - 1;
        let worn = (times >= self.shared.most_receives.saturating_mul(2)).then(|| {
            format!("it was received {times} times and never got through, as if it ended the program each time")
        });
        match (body::read(&message.text), worn) {
            (Body::Objects(mut objects), worn) => {
                objects.retain(|named| self.wants.wants(named));
                if objects.is_empty() {
                    tally.unwanted += 1;
                    return Ok(Some(message.receipt));
                }
                tally.objects += objects.len() as u64;
                self.offer(&message.receipt.id, objects, worn).await?;
            }
            (Body::Events { .. }, Some(reason)) => self.refuse(&message, reason).await?,
            (Body::Events { keyed }, None) => {
                tally.events += 1;
                if keyed {
                    batch.add(message);
                } else {
                    // Known only by the object that it came in, so that object has to be the same every time.
                    let (uri, ids) = (message.uri(&self.shared), [message.receipt.id]);
                    self.send(self.carried(uri, message.text.into_bytes(), &ids, message.sent)).await?;
                }
            }
            (Body::Unknown(reason), _) => {
                tally.unknown += 1;
                self.refuse(&message, reason).await?;
            }
            (Body::Test, _) => {
                tally.tests += 1;
                return Ok(Some(message.receipt));
            }
            (Body::Other, _) => {
                tally.unwanted += 1;
                return Ok(Some(message.receipt));
            }
        }
        Ok(None)
    }

    /// Hands on the objects that a message names.
    async fn offer(&self, id: &str, objects: Vec<Named>, worn: Option<String>) -> Result<(), Unwanted> {
        for named in &objects {
            if let Some(region) = &named.region {
                self.shared.buckets.learn(&named.bucket, region);
            }
        }
        let objects: Vec<Named> =
            stream::iter(objects).map(|named| self.shared.buckets.complete(named)).buffered(AT_A_TIME).collect().await;
        let objects = objects.into_iter().map(|named| {
            let object = LogObject {
                uri: address(&named.bucket, &named.key),
                version: named.version,
                size: named.size,
                modified: named.modified,
            };
            (object, worn.clone().map_or(Content::Stored, Content::Refused))
        });
        self.send(self.shared.held.offer(objects.collect(), &[id.to_owned()])).await
    }

    /// Hands on a message that is not read, so that it is noted why.
    async fn refuse(&self, message: &Received, reason: String) -> Result<(), Unwanted> {
        let object = LogObject {
            uri: message.uri(&self.shared),
            version: content_version(message.text.as_bytes()),
            size: message.text.len() as u64,
            modified: message.sent,
        };
        let ids = [message.receipt.id.clone()];
        self.send(self.shared.held.offer(vec![(object, Content::Refused(reason))], &ids)).await
    }

    /// An object of bytes that came with messages.
    fn carried(&self, uri: String, text: Vec<u8>, ids: &[String], modified: Option<Timestamp>) -> Vec<LogObject> {
        let object = LogObject { uri, version: content_version(&text), size: text.len() as u64, modified };
        self.shared.held.offer(vec![(object, Content::Carried(Bytes::from(text)))], ids)
    }

    /// Hands on the events that were put together.
    async fn flush(&self, batch: &mut Batch) -> Result<(), Unwanted> {
        let Batch { text, ids, .. } = std::mem::take(batch);
        let (Some(first), Some(last)) = (ids.first(), ids.last()) else { return Ok(()) };
        let uri = match ids.len() {
            1 => format!("{}/{first}", self.shared.queue.uri()),
            _ => format!("{}/{first}..{last}", self.shared.queue.uri()),
        };
        self.send(self.carried(uri, text, &ids, Some(Timestamp::now()))).await
    }

    async fn send(&self, objects: Vec<LogObject>) -> Result<(), Unwanted> {
        for object in objects {
            self.found.send(Ok(object)).await.map_err(|_| Unwanted)?;
        }
        Ok(())
    }
}

impl Batch {
    fn add(&mut self, message: Received) {
        self.since.get_or_insert_with(Instant::now);
        self.text.extend_from_slice(message.text.as_bytes());
        self.text.push(b'\n');
        self.ids.push(message.receipt.id);
    }

    fn is_due(&self) -> bool {
        self.ids.len() >= BATCH_MESSAGES
            || self.text.len() >= BATCH_BYTES
            || self.since.is_some_and(|since| since.elapsed() >= BATCH_AGE)
    }
}

/// A message as it is worked on.
#[derive(Debug)]
struct Received {
    receipt: Receipt,
    text: String,
    sent: Option<Timestamp>,
}

impl Received {
    fn read(message: Message) -> Option<Self> {
        let attribute = |name| message.attributes.as_ref().and_then(|all| all.get(&name)).cloned();
        let receives = attribute(MessageSystemAttributeName::ApproximateReceiveCount);
        let sent = attribute(MessageSystemAttributeName::SentTimestamp);
        let receipt = Receipt {
            id: message.message_id?,
            handle: message.receipt_handle?,
            receives: receives.and_then(|count| count.parse().ok()).unwrap_or(1).max(1),
        };
        let sent = sent.and_then(|millis| Timestamp::from_millisecond(millis.parse().ok()?).ok());
        Some(Self { receipt, text: message.body.unwrap_or_default(), sent })
    }

    fn uri(&self, shared: &Shared) -> String {
        format!("{}/{}", shared.queue.uri(), self.receipt.id)
    }
}
