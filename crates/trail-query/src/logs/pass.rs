//! One pass over log objects, shared by all partitions of a scan: who reads the next object, which events were there before,
//! and what has been counted.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use futures::{Stream, StreamExt, stream};
use hashbrown::HashSet;
use tokio::sync::Mutex as AsyncMutex;
use trail_event::{Decoded, Limits, keys};
use trail_source::{ErrorKind, LogObject, Reader, Source, SourceConfig, SourceError};

use super::Coverage;

/// Objects that one partition reads ahead of its decoder.
const READ_AHEAD: usize = 4;

/// The sources that a pass has yet to read, the present one last.
struct Queue {
    sources: Vec<Box<dyn Source>>,
}

/// Keys of the events seen so far. They are hashes already.
struct Seen {
    keys: HashSet<u128, KeyHasher>,
    memory: MemoryReservation,
}

#[derive(Debug, Clone, Copy, Default)]
struct KeyHasher(u64);

impl std::hash::BuildHasher for KeyHasher {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        *self
    }
}

impl std::hash::Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, key: u128) {
        self.0 = (key >> 64) as u64 ^ key as u64;
    }
}

/// One pass.
pub(super) struct Pass {
    queue: AsyncMutex<Queue>,
    seen: Mutex<Seen>,
    coverage: Arc<Mutex<Coverage>>,
    limits: Limits,
    max_object_bytes: u64,
    /// When the pass began, in microseconds since 1970: the `_ingested` of its rows.
    pub(super) began: i64,
}

impl std::fmt::Debug for Pass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pass").field("began", &self.began).finish_non_exhaustive()
    }
}

/// A lock that outlives a panic of its holder: counts and keys are whole between any two statements.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn external(error: SourceError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

impl Pass {
    pub(super) async fn begin(
        configs: &[SourceConfig],
        limits: Limits,
        max_object_bytes: u64,
        coverage: Arc<Mutex<Coverage>>,
        pool: &Arc<dyn MemoryPool>,
    ) -> Result<Self> {
        let mut sources = Vec::with_capacity(configs.len());
        for config in configs.iter().rev() {
            sources.push(config.build().await.map_err(external)?);
        }
        let memory = MemoryConsumer::new("keys of events seen").register(pool);
        Ok(Self {
            queue: AsyncMutex::new(Queue { sources }),
            seen: Mutex::new(Seen { keys: HashSet::default(), memory }),
            coverage,
            limits,
            max_object_bytes,
            began: jiff::Timestamp::now().as_microsecond(),
        })
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// The next object that nobody has yet, and what reads it; `None` at the end of the pass.
    async fn next(&self) -> Result<Option<(LogObject, Arc<dyn Reader>)>> {
        let mut queue = self.queue.lock().await;
        loop {
            let Some(source) = queue.sources.last_mut() else {
                let mut coverage = lock(&self.coverage);
                coverage.complete = coverage.unlisted == 0;
                return Ok(None);
            };
            match source.next().await {
                Ok(Some(object)) => {
                    lock(&self.coverage).objects += 1;
                    return Ok(Some((object, source.reader())));
                }
                Ok(None) => drop(queue.sources.pop()),
                Err(error) if error.kind() == ErrorKind::Skip => {
                    let mut coverage = lock(&self.coverage);
                    coverage.unlisted += 1;
                    coverage.fail(source.name(), &error.to_string());
                }
                Err(error) => return Err(external(error)),
            }
        }
    }

    /// Objects and their bytes for one partition, read ahead. An object that cannot be read is counted and left out; what
    /// will not work for any object ends the pass.
    pub(super) fn bodies(self: Arc<Self>) -> impl Stream<Item = Result<(LogObject, bytes::Bytes)>> + Send {
        let objects = stream::unfold(self.clone(), |pass| async move {
            let next = pass.next().await.transpose()?;
            Some((next, pass))
        });
        let read = objects.map(move |next| {
            let pass = self.clone();
            async move {
                let (object, reader) = match next {
                    Ok(next) => next,
                    Err(error) => return Some(Err(error)),
                };
                match reader.read(&object, pass.max_object_bytes).await {
                    Ok(bytes) => Some(Ok((object, bytes))),
                    Err(error) if error.kind() == ErrorKind::GiveUp => Some(Err(external(error))),
                    Err(error) => {
                        tracing::warn!(object = object.uri, %error, "log object not read");
                        lock(&pass.coverage).fail(&object.uri, &error.to_string());
                        None
                    }
                }
            }
        });
        read.buffer_unordered(READ_AHEAD).filter_map(std::future::ready)
    }

    /// Counts what came out of an object, and gives its rows that were not there before.
    pub(super) fn keep(&self, mut decoded: Decoded, projection: Option<&[usize]>) -> Result<Vec<RecordBatch>> {
        let mut rows = Vec::with_capacity(decoded.batches.len());
        let mut duplicates = 0;
        for batch in std::mem::take(&mut decoded.batches) {
            let fresh = self.mark(&keys(&batch))?;
            let batch = match projection {
                Some(columns) => batch.project(columns)?,
                None => batch,
            };
            let old = fresh.len() - fresh.true_count();
            duplicates += old as u64;
            rows.push(if old == 0 { batch } else { filter_record_batch(&batch, &fresh)? });
        }
        lock(&self.coverage).add(&decoded, duplicates);
        Ok(rows)
    }

    /// Which of the keys are new; they are not from then on.
    fn mark(&self, keys: &[u128]) -> Result<BooleanArray> {
        let mut seen = lock(&self.seen);
        let before = seen.keys.capacity();
        let fresh = keys.iter().map(|key| seen.keys.insert(*key)).collect::<Vec<_>>();
        if seen.keys.capacity() != before {
            let bytes = seen.keys.allocation_size();
            seen.memory.try_resize(bytes)?;
        }
        Ok(BooleanArray::from(fresh))
    }
}
