//! A pass over a source: all that it has now, once.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use trail_lake::{Lake, Writer};
use trail_source::{ErrorKind, LogObject, Reader, Source, SourceError};

use crate::config::Config;
use crate::error::Error;
use crate::fetch::{self, Content, Decoders, Fetched};
use crate::summary::{Commit, Progress, Summary};

/// Uncompressed bytes that are reckoned for each stored byte of an object; CloudTrail's gzip shrinks logs about ninefold.
const GROWTH: u64 = 12;
/// What even the smallest object is reckoned to hold.
const LEAST: u64 = 64 << 10;
/// Room in flight is counted in pieces of this many bytes.
const PIECE: u64 = 1 << 10;
/// Errors of a source in a row after which it is not asked again in this pass.
const MOST_ERRORS: u32 = 1_000;
/// Failures that are remembered; after that many, one may be noted again.
const MOST_NOTED: usize = 100_000;
/// Commits after which the folds follow, if a pass takes that long.
const FOLD_EVERY: u64 = 64;

/// Takes the objects of one source into one lake.
pub struct Ingest {
    config: Config,
    source: Box<dyn Source>,
    lake: Lake,
    writer: Writer,
    decoders: Decoders,
    /// Whether what is committed is folded here; otherwise another process folds it.
    folds: Arc<dyn Fn() -> bool + Send + Sync>,
    /// Versions of objects whose failure is in the lake already or in the writer, so that each kind of it is noted once.
    noted: HashSet<(String, String, ErrorKind)>,
}

impl std::fmt::Debug for Ingest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ingest")
            .field("source", &self.source.name())
            .field("lake", &self.lake.location())
            .finish_non_exhaustive()
    }
}

/// What a pass has in hand.
struct Pass<'a> {
    reader: Arc<dyn Reader>,
    tasks: JoinSet<Result<Fetched, Error>>,
    room: Arc<Semaphore>,
    /// Found, and not yet begun for want of room.
    waiting: Option<LogObject>,
    /// Objects in the writer whose source is to hear of the commit.
    unacknowledged: Vec<LogObject>,
    summary: Summary,
    progress: Progress,
    tell: &'a (dyn Fn(&Progress) + Sync),
}

impl Ingest {
    /// Ingest from `source` into `lake`.
    pub async fn new(config: Config, source: Box<dyn Source>, lake: Lake) -> Result<Self, Error> {
        let decoders = Decoders::new(&config);
        let writer = lake.writer().await?.with_threads(decoders.threads());
        Ok(Self { config, source, lake, writer, decoders, folds: Arc::new(|| true), noted: HashSet::new() })
    }

    /// Folds only while `folds` says so: of several processes over one lake one need fold.
    #[must_use]
    pub fn folding_while(self, folds: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self { folds: Arc::new(folds), ..self }
    }

    /// The name of the source.
    pub fn name(&self) -> &str {
        self.source.name()
    }

    /// Whether the source waits for what comes by itself, so that the next pass may follow at once where one was whole.
    pub fn waits(&self) -> bool {
        self.source.waits()
    }

    /// Takes in what the source has and the lake has not, until the source has no more or `cancel` is raised; then what was
    /// read is committed, acknowledged and folded.
    ///
    /// `tell` hears of progress after each object and each commit. An error ends the pass when nothing would come of going on; what was read
    /// until then is in the lake if that works.
    pub async fn run_pass(
        &mut self,
        cancel: &CancellationToken,
        tell: &(dyn Fn(&Progress) + Sync),
    ) -> Result<Summary, Error> {
        self.lake.refresh().await?;
        let pieces = (self.config.bytes_in_flight() as u64 / PIECE).clamp(1, u64::from(u32::MAX >> 4)) as usize;
        let mut pass = Pass {
            reader: self.source.reader(),
            tasks: JoinSet::new(),
            room: Arc::new(Semaphore::new(pieces)),
            waiting: None,
            unacknowledged: Vec::new(),
            summary: Summary { whole: true, ..Summary::default() },
            progress: Progress::default(),
            tell,
        };
        let ended = self.run(&mut pass, cancel, pieces).await;
        pass.tasks.shutdown().await;
        let committed = self.commit(&mut pass).await;
        if ended.is_err() || committed.is_err() {
            pass.summary.whole = false;
            // What was noted may not have come into the lake.
            self.noted.clear();
        }
        self.source.release().await;
        ended?;
        committed?;
        self.fold().await?;
        Ok(pass.summary)
    }

    async fn run(&mut self, pass: &mut Pass<'_>, cancel: &CancellationToken, pieces: usize) -> Result<(), Error> {
        let (mut exhausted, mut errors) = (false, 0);
        loop {
            self.begin(pass, pieces);
            if exhausted && pass.waiting.is_none() && pass.tasks.is_empty() {
                return Ok(());
            }
            let wants_more = !exhausted && pass.waiting.is_none();
            let due = self.writer.due().map(Instant::from_std);
            tokio::select! {
                biased;
                () = cancel.cancelled() => {
                    pass.summary.whole = false;
                    return Ok(());
                }
                () = async { tokio::time::sleep_until(due.unwrap_or_else(Instant::now)).await }, if due.is_some() => {
                    self.commit(pass).await?;
                }
                found = self.source.next(), if wants_more => match found {
                    Ok(Some(object)) => {
                        errors = 0;
                        self.found(pass, object).await?;
                    }
                    Ok(None) => exhausted = true,
                    Err(error) => {
                        errors += 1;
                        pass.summary.whole = false;
                        if error.kind() == ErrorKind::GiveUp || errors > MOST_ERRORS {
                            return Err(self.source_error(error));
                        }
                        tracing::warn!(source = self.source.name(), %error, "a place could not be looked at");
                        pass.summary.problem(error.to_string());
                    }
                },
                // Last, so that there is always work for the threads while the writer takes what they have done.
                Some(fetched) = pass.tasks.join_next() => self.take(pass, fetched??).await?,
            }
        }
    }

    async fn found(&mut self, pass: &mut Pass<'_>, object: LogObject) -> Result<(), Error> {
        pass.progress.found += 1;
        pass.summary.found += 1;
        pass.progress.total = self.source.total();
        if self.lake.seen(&object.uri, &object.version) {
            pass.summary.skipped += 1;
            pass.progress.skipped += 1;
            pass.done();
            self.acknowledge(&[object]).await;
            return Ok(());
        }
        pass.waiting = Some(object);
        Ok(())
    }

    /// Begins with the object that waits, if there is room.
    fn begin(&self, pass: &mut Pass<'_>, pieces: usize) {
        if pass.tasks.len() >= self.config.max_objects_in_flight.max(1) {
            return;
        }
        let Some(object) = pass.waiting.take() else { return };
        let reckoned = object.size.min(self.config.max_object_bytes).saturating_mul(GROWTH).max(LEAST);
        // An object larger than all the room goes alone.
        let share = (reckoned / PIECE).clamp(1, pieces as u64) as u32;
        match pass.room.clone().try_acquire_many_owned(share) {
            Ok(room) => {
                let fetch =
                    self.decoders.clone().fetch(pass.reader.clone(), object, self.config.max_object_bytes, room);
                pass.tasks.spawn(fetch);
            }
            Err(_) => pass.waiting = Some(object),
        }
    }

    /// Gives an object to the writer, and commits when that has enough.
    async fn take(&mut self, pass: &mut Pass<'_>, fetched: Fetched) -> Result<(), Error> {
        let Fetched { object, result, room } = fetched;
        match result {
            Ok(content) => {
                pass.summary.bytes += object.size;
                pass.progress.bytes += object.size;
                let (Content::Log(decoded) | Content::Digest(_, decoded)) = &content;
                pass.summary.inflated_bytes += decoded.inflated_bytes;
                match content {
                    Content::Log(decoded) => {
                        pass.progress.records += decoded.records;
                        let outcome = fetch::read(&object, &decoded);
                        self.writer.add(decoded.batches, outcome, decoded.rejects).await?;
                    }
                    Content::Digest(row, decoded) => {
                        let outcome = fetch::digest(&object, &row, &decoded);
                        self.writer.add_digest(*row, outcome, decoded.rejects).await?;
                    }
                }
                pass.unacknowledged.push(object);
            }
            Err(error) if error.kind() == ErrorKind::GiveUp => return Err(self.source_error(error)),
            Err(error) => self.failed(pass, object, &error).await?,
        }
        drop(room);
        pass.done();
        if self.writer.should_commit() {
            self.commit(pass).await?;
        }
        Ok(())
    }

    /// Notes an object that could not be read. One that may be readable later is not acknowledged.
    async fn failed(&mut self, pass: &mut Pass<'_>, object: LogObject, error: &SourceError) -> Result<(), Error> {
        tracing::warn!(object = object.uri, %error, "an object could not be read");
        pass.summary.failed += 1;
        pass.progress.failed += 1;
        pass.summary.problem(error.to_string());
        if self.noted.len() >= MOST_NOTED {
            self.noted.clear();
        }
        if self.noted.insert((object.uri.clone(), object.version.clone(), error.kind())) {
            let (outcome, reject) = fetch::failed(&object, error);
            self.writer.add(Vec::new(), outcome, vec![reject]).await?;
        }
        if error.kind() != ErrorKind::Skip {
            return Ok(());
        }
        if self.writer.due().is_some() {
            pass.unacknowledged.push(object);
        } else {
            // Noted before, and nothing waits: no commit will come that could tell of it.
            self.acknowledge(&[object]).await;
        }
        Ok(())
    }

    /// Commits what the writer has, and tells the source.
    async fn commit(&mut self, pass: &mut Pass<'_>) -> Result<(), Error> {
        let began = Instant::now();
        let committed = self.writer.commit().await?;
        if committed.version.is_none() {
            return Ok(());
        }
        pass.summary.add(&committed);
        let objects = std::mem::take(&mut pass.unacknowledged);
        self.acknowledge(&objects).await;
        tracing::debug!(version = committed.version, objects = objects.len(), events = committed.events, "committed");
        pass.committed(Commit { brought: committed, took: began.elapsed() });
        if pass.summary.commits.is_multiple_of(FOLD_EVERY) {
            self.fold().await?;
        }
        Ok(())
    }

    async fn fold(&mut self) -> Result<(), Error> {
        if (self.folds)() {
            self.lake.fold().await?;
        }
        Ok(())
    }

    /// Tells the source that `objects` are safe. Where that fails they come again, and are skipped.
    async fn acknowledge(&mut self, objects: &[LogObject]) {
        if let Err(error) = self.source.ack(objects).await {
            tracing::warn!(source = self.source.name(), %error, objects = objects.len(), "objects could not be acknowledged");
        }
    }

    fn source_error(&self, source: SourceError) -> Error {
        Error::Source { name: self.source.name().to_owned(), source }
    }
}

impl Pass<'_> {
    fn done(&mut self) {
        self.progress.done += 1;
        (self.tell)(&self.progress);
    }

    fn committed(&mut self, commit: Commit) {
        self.progress.commit = Some(Arc::new(commit));
        (self.tell)(&self.progress);
        self.progress.commit = None;
    }
}
