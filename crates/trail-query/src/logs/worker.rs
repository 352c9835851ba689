//! One of the workers of a pass, with a decoder of its own; and reading logs with no engine between.

use std::pin::Pin;
use std::sync::{Arc, PoisonError};

use arrow::array::RecordBatch;
use datafusion::common::{DataFusionError, Result};
use futures::{Stream, TryStreamExt};
use tokio::task::JoinSet;
use trail_event::Decoder;
use trail_source::LogObject;

use super::pass::Pass;
use super::{Coverage, LogInput, Logs};
use crate::{Engine, QueryError};

type Bodies = Pin<Box<dyn Stream<Item = Result<(LogObject, bytes::Bytes)>> + Send>>;

/// Takes the next object that nobody has yet, decodes it, and drops the events that were there before.
pub(super) struct Worker {
    pass: Arc<Pass>,
    projection: Option<Arc<[usize]>>,
    bodies: Bodies,
    decoder: Option<Decoder>,
}

impl Worker {
    pub(super) fn new(pass: Arc<Pass>, projection: Option<Arc<[usize]>>) -> Self {
        Self { bodies: Box::pin(pass.clone().bodies()), pass, projection, decoder: None }
    }

    /// The next object and its bytes; `None` at the end of the pass.
    pub(super) async fn next(&mut self) -> Result<Option<(LogObject, bytes::Bytes)>> {
        self.bodies.try_next().await
    }

    /// What `then` makes of an object's rows, on a thread that may be busy for long.
    pub(super) async fn work<R: Send + 'static>(
        &mut self,
        (object, bytes): (LogObject, bytes::Bytes),
        then: impl FnOnce(Vec<RecordBatch>) -> R + Send + 'static,
    ) -> Result<R> {
        let (pass, projection) = (self.pass.clone(), self.projection.clone());
        let mut decoder = self.decoder.take().unwrap_or_else(|| Decoder::new(pass.limits(), false));
        let work = move || {
            let decoded = decoder.decode(&object.uri, pass.began, &bytes);
            (pass.keep(decoded, projection.as_deref()).map(then), decoder)
        };
        let (done, decoder) = tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| DataFusionError::Execution(format!("decoding stopped: {error}")))?;
        self.decoder = Some(decoder);
        done
    }
}

impl Engine {
    /// Reads all log objects once, each event once, without SQL: one worker for each of `takers`, which gets the batches that
    /// its worker decodes. Gives the takers back. `tell` hears of the counts after each object.
    ///
    /// # Errors
    /// When a source's settings are wrong, or a taker fails; what cannot be read is found in [`Logs::coverage`].
    pub async fn read_logs<T, E>(
        &self,
        input: impl Into<LogInput>,
        takers: Vec<T>,
        take: fn(&mut T, &RecordBatch) -> std::result::Result<(), E>,
        tell: impl Fn(&Coverage) + Clone + Send + 'static,
    ) -> std::result::Result<(Vec<T>, Logs), QueryError>
    where
        T: Send + 'static,
        E: std::error::Error + Send + Sync + 'static,
    {
        let LogInput { sources, max_object_bytes, limits } = input.into();
        let logs = Logs::default();
        let coverage = logs.begin();
        let pool = &self.runtime().memory_pool;
        let pass = Arc::new(Pass::begin(&sources, limits, max_object_bytes, coverage.clone(), pool).await?);
        let mut workers = JoinSet::new();
        for mut taker in takers {
            let mut worker = Worker::new(pass.clone(), None);
            let (coverage, tell) = (coverage.clone(), tell.clone());
            workers.spawn(async move {
                while let Some(body) = worker.next().await? {
                    let took = worker.work(body, move |batches| {
                        let taken = batches.iter().try_for_each(|batch| take(&mut taker, batch));
                        taken.map(|()| taker)
                    });
                    taker = took.await?.map_err(|error| DataFusionError::External(Box::new(error)))?;
                    tell(&coverage.lock().unwrap_or_else(PoisonError::into_inner));
                }
                Ok::<T, DataFusionError>(taker)
            });
        }
        let mut done = Vec::new();
        while let Some(worker) = workers.join_next().await {
            done.push(worker.map_err(|error| DataFusionError::Execution(format!("reading stopped: {error}")))??);
        }
        Ok((done, logs))
    }
}
