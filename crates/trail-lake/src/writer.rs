//! The writer of events: keeps each once, groups them, and commits rows and outcomes together.

use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use deltalake_core::kernel::Add;
use futures::{StreamExt, TryStreamExt};
use object_store::ObjectStoreExt;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use trail_event::Reject;

use crate::activity::Activity;
use crate::digests::{self, DigestRow};
use crate::error::Error;
use crate::file;
use crate::key_set::KeySet;
use crate::keys::{self, Keys};
use crate::lake::Inner;
use crate::order::in_order;
use crate::outcome::{Note, Outcome};
use crate::pending::{Keyed, Pending, reject_rows};
use crate::schema::Table;
use crate::sessions::Sessions;
use crate::table::{Change, Landing};

/// Files that are encoded at a time, where the writer is not told whom it shares its threads with.
const ENCODERS: usize = 2;
/// Files of one commit that are on their way at a time; those beyond wait without taking memory.
const FILES_AT_A_TIME: usize = 16;

/// What a commit brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Committed {
    /// The version of `cloudtrail` that holds it; none when nothing waited.
    pub version: Option<u64>,
    /// Outcomes of the objects in it, with what was counted.
    pub outcomes: Vec<Outcome>,
    /// Events that were new.
    pub events: u64,
    /// Events that the lake had already.
    pub duplicates: u64,
    /// Pieces of objects that could not be read.
    pub rejects: u64,
}

/// Writes events to a lake. One of them is enough for a process; several, in one process or many, keep each event once
/// all the same, at the cost of reading what the others add.
#[derive(Debug)]
pub struct Writer {
    lake: Arc<Inner>,
    keys: Keys,
    pending: Pending,
    /// The version of `cloudtrail` that the rows were compared with.
    base: u64,
    /// Leave to keep a thread busy.
    threads: Arc<Semaphore>,
}

impl Writer {
    pub(crate) async fn new(lake: Arc<Inner>) -> Result<Self, Error> {
        let base = lake.table(Table::CloudTrail).refresh().await?;
        lake.see_new().await?;
        let keys = Keys::new(lake.config.key_bytes);
        Ok(Self { lake, keys, pending: Pending::default(), base, threads: Arc::new(Semaphore::new(ENCODERS)) })
    }

    /// Encodes under the permits of `threads`, which others may hold as well: so many threads are busy at a time in all.
    #[must_use]
    pub fn with_threads(self, threads: Arc<Semaphore>) -> Self {
        Self { threads, ..self }
    }

    /// Takes all rows of an object, with its outcome and rejects, for the next commit. Events that the lake or the rows
    /// that wait already have are left out, and counted in the outcome.
    ///
    /// After an error nothing of the object has been taken. Rows that wait are kept unless the error is one of
    /// [`Error::Arrow`]; then their objects come again, since nobody has been told of them.
    pub async fn add(
        &mut self,
        batches: Vec<RecordBatch>,
        outcome: Outcome,
        rejects: Vec<Reject>,
    ) -> Result<(), Error> {
        let keyed = batches.into_iter().map(Keyed::new).collect::<Result<Vec<_>, _>>()?;
        let mut days: Vec<_> = keyed.iter().flat_map(Keyed::days).filter(|day| !self.keys.has(*day)).collect();
        days.sort_unstable();
        days.dedup();
        if !days.is_empty() {
            self.load(&days).await?;
        }
        let added = self.pending.add(&mut self.keys, keyed, outcome, rejects);
        if added.is_err() {
            // Keys of rows that were not taken would make duplicates of them when they come again.
            self.keys.clear();
            self.pending = Pending::default();
        }
        added
    }

    /// Takes a digest for the next commit, with its outcome and rejects.
    pub async fn add_digest(&mut self, digest: DigestRow, outcome: Outcome, rejects: Vec<Reject>) -> Result<(), Error> {
        self.add(Vec::new(), outcome, rejects).await?;
        self.pending.add_digest(digest);
        Ok(())
    }

    /// Reads the keys of `days` from the lake, as it is at the version that the other days are of.
    async fn load(&mut self, days: &[Option<i32>]) -> Result<(), Error> {
        let table = self.lake.table(Table::CloudTrail);
        let contents = table.contents().await;
        for day in days {
            let files: Vec<_> = contents.files.values().filter(|file| file.day == *day).cloned().collect();
            let keys = if files.is_empty() {
                KeySet::default()
            } else {
                let (store, runtime) = (table.store(), tokio::runtime::Handle::current());
                let read = async move {
                    let mut keys = KeySet::default();
                    keys::read(&store, &files, |key| keys.extend([key])).await?;
                    Ok::<_, Error>(keys)
                };
                spawn_blocking(move || runtime.block_on(read)).await??
            };
            self.keys.load(*day, keys);
        }
        Ok(())
    }

    /// Whether enough waits, or waits for long enough, to commit it.
    pub fn should_commit(&self) -> bool {
        let config = &self.lake.config;
        let late = self.pending.since.is_some_and(|since| since.elapsed() >= config.group_time);
        late || self.pending.bytes >= config.group_bytes || self.pending.outcomes.len() >= config.group_objects
    }

    /// When [`Writer::should_commit`] becomes true even if nothing more is added; none when nothing waits.
    pub fn due(&self) -> Option<std::time::Instant> {
        self.pending.since.map(|since| since + self.lake.config.group_time)
    }

    /// Commits all that waits, in one commit. After an error it still waits, and may be committed again.
    pub async fn commit(&mut self) -> Result<Committed, Error> {
        if self.pending.is_empty() {
            return Ok(Committed::default());
        }
        let table = self.lake.table(Table::CloudTrail).clone();
        let mut note = Note::new();
        let (mut adds, staged) = tokio::try_join!(self.write_events(None), self.stage(note.made))?;
        note.staged = staged;
        note.objects.clone_from(&self.pending.outcomes);
        let version = loop {
            let change = Change {
                adds: adds.iter().map(|(_, add)| add.clone()).collect(),
                note: note.clone(),
                base: Some(self.base),
                ..Change::default()
            };
            match table.commit(&change).await? {
                Landing::Done(version) => break version,
                Landing::Stale => {
                    let changed = self.catch_up().await?;
                    if !changed.is_empty() {
                        let (lost, kept): (Vec<_>, Vec<_>) =
                            adds.into_iter().partition(|(day, _)| changed.contains(day));
                        discard(&table.store(), lost.into_iter().map(|(_, add)| add)).await;
                        adds = kept;
                        adds.extend(self.write_events(Some(&changed)).await?);
                        note.staged = self.stage(note.made).await?;
                        note.objects.clone_from(&self.pending.outcomes);
                    }
                }
            }
        };
        let pending = std::mem::take(&mut self.pending);
        self.keys.trim();
        self.lake.see_commit(version, &pending.outcomes).await;
        self.base = version;
        let count = |of: fn(&Outcome) -> u64| pending.outcomes.iter().map(of).sum();
        Ok(Committed {
            version: Some(version),
            events: count(|outcome| outcome.events),
            duplicates: count(|outcome| outcome.duplicates),
            rejects: count(|outcome| outcome.rejects),
            outcomes: pending.outcomes,
        })
    }

    /// Takes note of what others committed since [`Self::base`]; the days of which rows turned out to be duplicates.
    async fn catch_up(&mut self) -> Result<Vec<Option<i32>>, Error> {
        let table = self.lake.table(Table::CloudTrail).clone();
        let now = table.version().await;
        let mut theirs = KeySet::default();
        for version in self.base + 1..=now {
            let Some(commit) = table.read_commit(version).await? else {
                return self.compare_anew(now).await;
            };
            let files: Vec<_> = commit.new_files().filter(|file| self.keys.has(file.day)).map(Arc::new).collect();
            for day in keys::days(files.iter().map(AsRef::as_ref)) {
                let files: Vec<_> = files.iter().filter(|file| file.day == day).cloned().collect();
                let mut keys = Vec::new();
                keys::read(&table.store(), &files, |key| keys.push(key)).await?;
                self.keys.extend(day, keys.iter().copied());
                theirs.extend(keys);
            }
        }
        self.lake.see_new().await?;
        self.base = now;
        self.pending.drop_duplicates(&theirs)
    }

    /// Compares the rows that wait with all that the lake holds of their days: so much happened since [`Self::base`] that
    /// the log has been cleaned behind it.
    async fn compare_anew(&mut self, now: u64) -> Result<Vec<Option<i32>>, Error> {
        let days: Vec<_> = self.pending.days.keys().copied().collect();
        self.keys.clear();
        self.load(&days).await?;
        let changed = self.pending.settle(&mut self.keys)?;
        self.base = now;
        Ok(changed)
    }

    /// Writes the files of the days that wait, or of those of them in `only`.
    async fn write_events(&self, only: Option<&[Option<i32>]>) -> Result<Vec<(Option<i32>, Add)>, Error> {
        let wanted = self.pending.days.iter().filter(|(day, _)| only.is_none_or(|only| only.contains(day)));
        let files = wanted.map(|(day, pieces)| {
            let day = *day;
            let batches: Vec<_> = pieces.iter().map(|piece| piece.batch.clone()).collect();
            let store = self.lake.table(Table::CloudTrail).store();
            async move {
                let encoded = self
                    .busy(move || file::encode_all(Table::CloudTrail, in_order(Table::CloudTrail, &batches)?))
                    .await??;
                Ok::<_, Error>((day, file::store(&store, Table::CloudTrail, day, encoded, true).await?))
            }
        });
        futures::stream::iter(files.collect::<Vec<_>>()).buffer_unordered(FILES_AT_A_TIME).try_collect().await
    }

    /// Runs work on a thread of its own, when there is leave for one.
    async fn busy<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        // The semaphore is never closed; without leave there would merely be one thread more.
        let leave = self.threads.clone().acquire_owned().await.ok();
        let done = spawn_blocking(move || {
            let done = work();
            drop(leave);
            done
        });
        Ok(done.await?)
    }

    /// Writes what the folds will adopt from this commit to the folders of their tables.
    async fn stage(&self, made: i64) -> Result<std::collections::BTreeMap<String, Vec<Add>>, Error> {
        let batches = self.pending.batches();
        let (rejects, digests) = (self.pending.rejects.clone(), self.pending.digests.clone());
        let encoded = self.busy(move || {
            let (mut activity, mut sessions) = (Activity::default(), Sessions::default());
            for batch in &batches {
                activity.add_events(batch)?;
                sessions.add_events(batch)?;
            }
            let mut files = Vec::new();
            if !batches.is_empty() {
                files.push((Table::Activity, file::encode(Table::Activity, &[activity.finish()?])?));
            }
            if sessions.len() > 0 {
                files.push((Table::Sessions, file::encode(Table::Sessions, &[sessions.finish()?])?));
            }
            if !rejects.is_empty() {
                files.push((Table::Rejects, file::encode(Table::Rejects, &[reject_rows(&rejects, made)?])?));
            }
            if !digests.is_empty() {
                files.push((Table::Digests, file::encode(Table::Digests, &[digests::rows(&digests, made)?])?));
            }
            Ok::<_, Error>(files)
        });
        let mut staged = std::collections::BTreeMap::new();
        for (table, encoded) in encoded.await?? {
            let add = file::store(&self.lake.table(table).store(), table, None, encoded, true).await?;
            staged.insert(table.name().to_owned(), vec![add]);
        }
        Ok(staged)
    }
}

/// Deletes files that no commit names. What cannot be deleted is left to the vacuum.
async fn discard(store: &Arc<dyn object_store::ObjectStore>, files: impl Iterator<Item = Add>) {
    for add in files {
        if let Ok(path) = object_store::path::Path::parse(&add.path)
            && let Err(error) = store.delete(&path).await
        {
            tracing::debug!(path = add.path, %error, "a superseded file stays until the vacuum");
        }
    }
}
