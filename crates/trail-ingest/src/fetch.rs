//! One object from its source to rows: read, decoded on a thread of its own, and judged.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use trail_event::{Decoded, Decoder, Kind, Limits, Reject};
use trail_integrity::is_digest;
use trail_lake::{DigestRow, Outcome, State};
use trail_source::{LogObject, Reader, SourceError};

use crate::config::Config;
use crate::digest;
use crate::error::Error;

/// Decoders that wait for work, and leave to take one.
#[derive(Debug, Clone)]
pub(crate) struct Decoders {
    idle: Arc<Mutex<Vec<Decoder>>>,
    /// So many objects queue for leave at a time. Who shares the leave (the writer, with a commit that everything waits for) is then
    /// next but those few, and not behind all objects in flight.
    gate: Arc<Semaphore>,
    leave: Arc<Semaphore>,
    limits: Limits,
    hash: bool,
}

/// An object that has been read, or could not be.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) object: LogObject,
    pub(crate) result: Result<Content, SourceError>,
    /// The room that it takes among what is in flight, until the writer has it.
    pub(crate) room: OwnedSemaphorePermit,
}

/// What an object turned out to be.
#[derive(Debug)]
pub(crate) enum Content {
    /// Events.
    Log(Decoded),
    /// A digest, or what stands in the place of one. Whatever it holds, it brings no events.
    Digest(Box<DigestRow>, Decoded),
}

impl Decoders {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            idle: Arc::default(),
            gate: Arc::new(Semaphore::new(config.threads())),
            leave: Arc::new(Semaphore::new(config.threads())),
            limits: Limits { max_inflated_bytes: config.max_inflated_bytes, ..Limits::default() },
            hash: config.hash,
        }
    }

    /// Leave to keep a thread busy, one permit each; the writer takes its turn among the decoders.
    pub(crate) fn threads(&self) -> Arc<Semaphore> {
        self.leave.clone()
    }

    /// Decodes `bytes` as the content of `uri`, when one of the threads is free.
    async fn decode(&self, uri: String, bytes: bytes::Bytes) -> Result<Decoded, Error> {
        // The semaphores are never closed; without leave there would merely be one thread more.
        let gate = self.gate.clone().acquire_owned().await.ok();
        let leave = self.leave.clone().acquire_owned().await.ok();
        let Self { idle, limits, hash, .. } = self.clone();
        let decoded = tokio::task::spawn_blocking(move || {
            let taken = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut decoder = taken.unwrap_or_else(|| Decoder::new(limits, hash));
            let decoded = decoder.decode(&uri, now(), &bytes);
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(decoder);
            drop((gate, leave));
            decoded
        });
        Ok(decoded.await?)
    }

    /// Reads and decodes an object.
    pub(crate) async fn fetch(
        self,
        reader: Arc<dyn Reader>,
        object: LogObject,
        max_bytes: u64,
        room: OwnedSemaphorePermit,
    ) -> Result<Fetched, Error> {
        let read = async {
            let bytes = reader.read(&object, max_bytes).await?;
            let metadata = if is_digest(&object.uri) { Some(reader.metadata(&object).await?) } else { None };
            Ok((bytes, metadata))
        };
        let result = match read.await {
            Ok((bytes, None)) => Ok(Content::Log(self.decode(object.uri.clone(), bytes).await?)),
            Ok((bytes, Some(metadata))) => {
                let (of, stored) = (object.clone(), bytes.clone());
                let row = tokio::task::spawn_blocking(move || digest::row(&of, &stored, &metadata)).await?;
                let decoded = Decoded { batches: Vec::new(), ..self.decode(object.uri.clone(), bytes).await? };
                Ok(Content::Digest(Box::new(row), decoded))
            }
            Err(error) => Err(error),
        };
        Ok(Fetched { object, result, room })
    }
}

/// Now, in microseconds since 1970.
fn now() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}

fn outcome(object: &LogObject, state: State) -> Outcome {
    Outcome {
        uri: object.uri.clone(),
        version: object.version.clone(),
        size: object.size,
        modified: object.modified.map(jiff::Timestamp::as_microsecond),
        sha256: None,
        state,
        records: 0,
        events: 0,
        duplicates: 0,
        rejects: 0,
        first: None,
        last: None,
    }
}

/// The outcome of an object that was decoded. One that is all rubbish was read, too: reading it again would not help.
pub(crate) fn read(object: &LogObject, decoded: &Decoded) -> Outcome {
    let state = match decoded.kind {
        _ if !decoded.rejects.is_empty() => State::Partial,
        Kind::Digest => State::Digest,
        Kind::Records | Kind::Empty => State::Read,
    };
    let rejected = decoded.rejects.iter().filter(|reject| reject.record.is_some()).count() as u64;
    Outcome {
        sha256: decoded.sha256.map(|hash| hash.iter().map(|byte| format!("{byte:02x}")).collect()),
        records: decoded.records + rejected,
        first: decoded.span.map(|span| span.0),
        last: decoded.span.map(|span| span.1),
        // Of very many pieces that could not be read only the first become rows.
        rejects: decoded.rejected,
        ..outcome(object, state)
    }
}

/// The outcome of an object in the place of a digest.
pub(crate) fn digest(object: &LogObject, row: &DigestRow, decoded: &Decoded) -> Outcome {
    let state = if row.fault.is_none() { State::Digest } else { State::Partial };
    Outcome { state, records: 0, first: None, last: None, ..read(object, decoded) }
}

/// The outcome of an object that could not be read, and the reject that says why.
pub(crate) fn failed(object: &LogObject, error: &SourceError) -> (Outcome, Reject) {
    let reject = Reject {
        object: object.uri.clone(),
        record: None,
        offset: 0,
        reason: error.to_string(),
        sample: String::new(),
    };
    (outcome(object, State::Failed), reject)
}
