//! A source whose objects are in memory, and what it remembers of its caller.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use trail_source::{LogObject, Reader, Source, SourceError};

/// What happens when an object is read.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    /// It has this text.
    Text(String),
    /// It cannot be read the first so many times, and has this text then.
    Later(usize, String),
    /// It is gone.
    Gone,
    /// The credentials are no good.
    Denied,
    /// Reading it takes for ever.
    Silent,
}

/// What the source remembers.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) bodies: Mutex<BTreeMap<String, Body>>,
    /// Listed instead of an object, where an object of this name would come.
    pub(crate) blind: Mutex<Vec<String>>,
    pub(crate) acknowledged: Mutex<Vec<String>>,
    /// How often the caller let go of what it had not acknowledged.
    pub(crate) released: AtomicUsize,
    pub(crate) reads: AtomicUsize,
    pub(crate) reading: AtomicUsize,
    pub(crate) most: AtomicUsize,
}

#[derive(Debug)]
pub(crate) struct Fake {
    pub(crate) memory: Arc<Memory>,
    pub(crate) lake: trail_lake::Lake,
    queue: Option<VecDeque<String>>,
}

impl Fake {
    pub(crate) fn new(
        lake: &trail_lake::Lake,
        bodies: impl IntoIterator<Item = (String, Body)>,
    ) -> (Self, Arc<Memory>) {
        let memory = Arc::new(Memory { bodies: Mutex::new(bodies.into_iter().collect()), ..Memory::default() });
        (Self { memory: memory.clone(), lake: lake.clone(), queue: None }, memory)
    }
}

#[async_trait]
impl Source for Fake {
    fn name(&self) -> &str {
        "fake"
    }

    async fn next(&mut self) -> Result<Option<LogObject>, SourceError> {
        let bodies = self.memory.bodies.lock().unwrap();
        let queue = self.queue.get_or_insert_with(|| bodies.keys().cloned().collect());
        let Some(uri) = queue.pop_front() else {
            self.queue = None;
            return Ok(None);
        };
        if self.memory.blind.lock().unwrap().contains(&uri) {
            return Err(SourceError::Listing { place: uri, reason: "timed out".to_owned() });
        }
        let size = match &bodies[&uri] {
            Body::Text(text) | Body::Later(_, text) => text.len() as u64,
            _ => 10,
        };
        Ok(Some(LogObject { uri, version: "1".to_owned(), size, modified: None }))
    }

    async fn ack(&mut self, objects: &[LogObject]) -> Result<(), SourceError> {
        let bodies = self.memory.bodies.lock().unwrap();
        for object in objects {
            let readable = matches!(bodies[&object.uri], Body::Text(_) | Body::Later(..)) && object.uri != "/large";
            assert!(!readable || self.lake.seen(&object.uri, &object.version), "{} is not in the lake", object.uri);
            self.memory.acknowledged.lock().unwrap().push(object.uri.clone());
        }
        Ok(())
    }

    async fn release(&mut self) {
        self.memory.released.fetch_add(1, Ordering::SeqCst);
    }

    fn reader(&self) -> Arc<dyn Reader> {
        Arc::new(Bodies(self.memory.clone()))
    }

    fn total(&self) -> Option<u64> {
        Some(self.memory.bodies.lock().unwrap().len() as u64)
    }
}

#[derive(Debug)]
struct Bodies(Arc<Memory>);

#[async_trait]
impl Reader for Bodies {
    async fn read(&self, object: &LogObject, max_bytes: u64) -> Result<Bytes, SourceError> {
        let uri = object.uri.clone();
        self.0.reads.fetch_add(1, Ordering::SeqCst);
        self.0.most.fetch_max(self.0.reading.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(2)).await;
        self.0.reading.fetch_sub(1, Ordering::SeqCst);
        let body = self.0.bodies.lock().unwrap()[&uri].clone();
        match body {
            Body::Text(text) if text.len() as u64 > max_bytes => Err(SourceError::TooLarge { uri, max: max_bytes }),
            Body::Text(text) => Ok(text.into()),
            Body::Later(0, text) => Ok(text.into()),
            Body::Later(times, text) => {
                self.0.bodies.lock().unwrap().insert(uri.clone(), Body::Later(times - 1, text));
                Err(SourceError::Reading { uri, reason: "connection reset".to_owned() })
            }
            Body::Gone => Err(SourceError::NotFound { uri }),
            Body::Denied => Err(SourceError::Credentials { detail: "expired".to_owned() }),
            Body::Silent => std::future::pending().await,
        }
    }

    async fn metadata(&self, object: &LogObject) -> Result<BTreeMap<String, String>, SourceError> {
        assert!(object.uri.contains("CloudTrail-Digest"), "nobody needs the metadata of `{}`", object.uri);
        Ok([("signature".to_owned(), "0aff".to_owned())].into())
    }
}
