//! The lake as callers hold it: opening, what has been seen, and what readers need.

use std::ops::RangeInclusive;
use std::sync::{Arc, PoisonError, RwLock};

use arrow::array::{Array, AsArray, RecordBatch};
use object_store::ObjectStore;
use object_store::path::Path;
use tokio::sync::Mutex;
use url::Url;

use crate::activity::column;
use crate::config::Config;
use crate::error::Error;
use crate::file;
use crate::fold::FOLD;
use crate::key_set::KeySet;
use crate::lease::Lease;
use crate::location::{Location, not_a_lake};
use crate::mark::Mark;
use crate::outcome::{Note, Outcome, State};
use crate::schema::Table;
use crate::table::{ActiveFile, Change, Landing, TableHandle};
use crate::writer::Writer;

/// An open lake. Clones are the same lake.
#[derive(Debug, Clone)]
pub struct Lake(pub(crate) Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) location: Location,
    pub(crate) config: Config,
    tables: Vec<Arc<TableHandle>>,
    seen: RwLock<KeySet>,
    /// The version of `cloudtrail` whose objects are all in `seen`; nothing until a writer or [`Lake::open`] asks.
    seen_at: Mutex<Option<u64>>,
    hashers: [ahash::RandomState; 2],
    /// The version up to which this process has looked for things to fold, by table. Also keeps folds apart.
    pub(crate) folded: Mutex<std::collections::BTreeMap<Table, u64>>,
    /// Keeps compactions of this process apart.
    pub(crate) compacting: Mutex<()>,
}

/// A table's files at one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The version.
    pub version: u64,
    /// The files, in the order of their paths.
    pub files: Vec<Arc<ActiveFile>>,
}

/// The rows that one version of a table added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// The version.
    pub version: u64,
    /// Files that hold the new rows and no others. A later compaction may have replaced them; they stay readable for
    /// [`Config::file_retention`].
    pub files: Vec<ActiveFile>,
}

impl Inner {
    pub(crate) fn table(&self, table: Table) -> &Arc<TableHandle> {
        // One handle a table, made in this order by `Lake::open`.
        &self.tables[Table::ALL.iter().position(|other| *other == table).unwrap_or_default()]
    }

    fn hash(&self, uri: &str, version: &str) -> u128 {
        let [one, other] = self.hashers.each_ref().map(|hasher| u128::from(hasher.hash_one((uri, version))));
        one << 64 | other
    }

    /// Takes note that these objects are in the lake.
    pub(crate) fn see<'a>(&self, outcomes: impl Iterator<Item = &'a Outcome>) {
        let hashes = outcomes.map(|outcome| self.hash(&outcome.uri, &outcome.version));
        self.seen.write().unwrap_or_else(PoisonError::into_inner).extend(hashes);
    }

    /// Takes note of the objects of all commits up to the one last seen: the first time from `objects` and the commits that
    /// are not yet folded into it, then from the commits since.
    pub(crate) async fn see_new(&self) -> Result<(), Error> {
        let mut seen_at = self.seen_at.lock().await;
        let from = match *seen_at {
            Some(version) => version,
            None => {
                let objects = self.table(Table::Objects);
                // Asked first: what is folded meanwhile is then seen twice, and not missed.
                let folded = objects.transaction(FOLD).await?;
                let (store, columns) = (objects.store(), ["uri", "version", "state"]);
                for file in objects.contents().await.files.values() {
                    file::read(&store, Table::Objects, file, Some(&columns), |batch| self.see_rows(&batch)).await?;
                }
                folded.and_then(|version| u64::try_from(version).ok()).unwrap_or_default()
            }
        };
        let events = self.table(Table::CloudTrail);
        let now = events.version().await;
        for version in from + 1..=now {
            let Some(commit) = events.read_commit(version).await? else { continue };
            self.see(commit.note()?.objects.iter().filter(|outcome| outcome.state != State::Failed));
        }
        *seen_at = Some(now.max(from));
        Ok(())
    }

    /// Takes note of the objects of a commit of our own, which is at `version`.
    pub(crate) async fn see_commit(&self, version: u64, outcomes: &[Outcome]) {
        self.see(outcomes.iter().filter(|outcome| outcome.state != State::Failed));
        let mut seen_at = self.seen_at.lock().await;
        if *seen_at == version.checked_sub(1) {
            *seen_at = Some(version);
        }
    }

    fn see_rows(&self, batch: &RecordBatch) -> Result<(), Error> {
        let text = |name| Ok::<_, Error>(column(batch, name)?.as_string_view());
        let (uris, versions, states) = (text("uri")?, text("version")?, text("state")?);
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        seen.extend(
            (0..batch.num_rows())
                .filter(|&row| states.is_null(row) || states.value(row) != State::Failed.name())
                .map(|row| self.hash(uris.value(row), versions.value(row))),
        );
        Ok(())
    }
}

impl Lake {
    /// Opens the lake at `location`, a folder or `s3://bucket/prefix`, and makes it where there is none.
    pub async fn open(location: &str, config: Config) -> Result<Self, Error> {
        let lake = Self::open_or(location, config, true).await?;
        lake.0.see_new().await?;
        Ok(lake)
    }

    /// Opens the lake at `location`, for those who read it; that there is none is an error.
    pub async fn open_existing(location: &str, config: Config) -> Result<Self, Error> {
        Self::open_or(location, config, false).await
    }

    async fn open_or(name: &str, config: Config, create: bool) -> Result<Self, Error> {
        let location = Location::parse(name, &config, create)?;
        if location.log_store("").is_delta_table_location().await? {
            return Err(not_a_lake(name, "it is a Delta table itself; a lake is the folder of several"));
        }
        let mut tables = Vec::new();
        for table in Table::ALL {
            tables.push(Arc::new(TableHandle::open(&location, table, create).await?));
        }
        let inner = Inner {
            location,
            config,
            tables,
            seen: RwLock::default(),
            seen_at: Mutex::default(),
            hashers: [ahash::RandomState::new(), ahash::RandomState::new()],
            folded: Mutex::default(),
            compacting: Mutex::default(),
        };
        Ok(Self(Arc::new(inner)))
    }

    /// Where it lies, as the caller said.
    pub fn location(&self) -> &str {
        &self.0.location.name
    }

    /// The settings that it was opened with.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// A writer of events.
    ///
    /// From then on [`Lake::seen`] knows what is in the lake, also where it was opened for reading.
    pub async fn writer(&self) -> Result<Writer, Error> {
        Writer::new(self.0.clone()).await
    }

    /// Whether this version of an object is in the lake, as far as this process knows: it may have failed then, or another
    /// process may have read it since [`Lake::refresh`].
    pub fn seen(&self, uri: &str, version: &str) -> bool {
        let hash = self.0.hash(uri, version);
        self.0.seen.read().unwrap_or_else(PoisonError::into_inner).contains(hash)
    }

    /// Looks what other processes have committed; the version of `cloudtrail` then.
    pub async fn refresh(&self) -> Result<u64, Error> {
        let events = self.0.table(Table::CloudTrail);
        for table in Table::ALL {
            self.0.table(table).refresh().await?;
        }
        let now = events.version().await;
        if self.0.seen_at.lock().await.is_some() {
            self.0.see_new().await?;
        }
        Ok(now)
    }

    /// The files of a table, or those of them with events of `days` (days since 1970-01-01), as last seen.
    pub async fn files(&self, table: Table, days: Option<RangeInclusive<i32>>) -> Snapshot {
        let contents = self.0.table(table).contents().await;
        let wanted = |file: &ActiveFile| match &days {
            None => true,
            Some(days) => file.day.is_some_and(|day| days.contains(&day)),
        };
        Snapshot {
            version: contents.version,
            files: contents.files.into_values().filter(|file| wanted(file)).collect(),
        }
    }

    /// What was added to `cloudtrail` after version `since`, version by version. Nothing that compaction and retention do
    /// shows here.
    ///
    /// The log keeps its entries for [`Config::log_retention`]; a version older than that is [`Error::Gone`].
    pub async fn changes(&self, since: u64) -> Result<Vec<Added>, Error> {
        let table = self.0.table(Table::CloudTrail);
        let now = table.refresh().await?;
        let mut changes = Vec::new();
        for version in since + 1..=now {
            let gone = || Error::Gone { table: Table::CloudTrail.name(), wanted: version };
            let commit = table.read_commit(version).await?.ok_or_else(gone)?;
            let files: Vec<_> = commit.new_files().collect();
            if !files.is_empty() {
                changes.push(Added { version, files });
            }
        }
        Ok(changes)
    }

    /// The version of a table, as last seen.
    pub async fn version(&self, table: Table) -> u64 {
        self.0.table(table).version().await
    }

    /// The store that holds the lake, from its root: the file system's, or the bucket's.
    pub fn object_store(&self) -> Arc<dyn ObjectStore> {
        self.0.location.store.clone()
    }

    /// Where something of this name, folders with `/`, lies in [`Lake::object_store`] when it lies in the lake beside the tables.
    pub fn path(&self, name: &str) -> Result<Path, Error> {
        let folder = &self.0.location.path;
        let slash = if folder.as_ref().is_empty() { "" } else { "/" };
        Ok(Path::parse(format!("{folder}{slash}{name}")).map_err(object_store::Error::from)?)
    }

    /// The lake's URL, with a slash at the end.
    pub fn url(&self) -> &Url {
        &self.0.location.url
    }

    /// The URL of a table's folder, with a slash at the end: what other engines read as a Delta table.
    pub fn table_url(&self, table: Table) -> Url {
        self.0.location.table_url(table.name())
    }

    /// Where a table's file lies in [`Lake::object_store`].
    pub fn file_path(&self, table: Table, file: &ActiveFile) -> Result<Path, Error> {
        let folder = self.0.location.table_path(table.name());
        Ok(Path::parse(format!("{folder}/{}", file.path)).map_err(object_store::Error::from)?)
    }

    /// Reads the rows of a file, or of it only the leaves named in `columns` (dots between names): for small jobs that need
    /// no query engine.
    pub async fn read(
        &self,
        table: Table,
        file: &ActiveFile,
        columns: Option<&[&str]>,
    ) -> Result<Vec<RecordBatch>, Error> {
        let mut batches = Vec::new();
        let keep = |batch| {
            batches.push(batch);
            Ok(())
        };
        file::read(&self.0.table(table).store(), table, file, columns, keep).await?;
        Ok(batches)
    }

    /// Appends rows to `findings` (see [`Table::schema`]) and moves the cursor `name` to `version` of `cloudtrail`, in one
    /// commit. Says no, and appends nothing, where the cursor is at `version` or beyond it already.
    pub async fn append_findings(&self, findings: &RecordBatch, name: &str, version: u64) -> Result<bool, Error> {
        let table = self.0.table(Table::Findings);
        let id = cursor_id(name);
        let mut change = self.append_of(Table::Findings, findings).await?;
        loop {
            let before = table.transaction(&id).await?;
            if before.is_some_and(|before| before >= version as i64) {
                return Ok(false);
            }
            change.transaction = Some((id.clone(), version as i64, before));
            if let Landing::Done(_) = table.commit(&change).await? {
                return Ok(true);
            }
        }
    }

    /// A lease of this lake by its name, for a process that calls itself `owner`; one that is not renewed for `ttl` lapses.
    pub fn lease(&self, name: &str, owner: &str, ttl: std::time::Duration) -> Lease {
        let location = &self.0.location;
        Lease::new(location.store.clone(), location.path.clone().join("_leases").join(name), owner, ttl)
    }

    /// A mark of this lake by its name.
    pub fn mark(&self, name: &str) -> Mark {
        let location = &self.0.location;
        Mark::new(location.store.clone(), &location.path.clone().join("_marks"), name)
    }

    /// Appends rows to `proofs` (see [`crate::proofs`]).
    pub async fn append_proofs(&self, proofs: &RecordBatch) -> Result<(), Error> {
        self.append(Table::Proofs, proofs).await
    }

    /// Appends what IAM said of access keys, rows of [`Table::IamAccessKeys`].
    pub async fn append_access_keys(&self, keys: &RecordBatch) -> Result<(), Error> {
        self.append(Table::IamAccessKeys, keys).await
    }

    async fn append(&self, table: Table, rows: &RecordBatch) -> Result<(), Error> {
        if rows.num_rows() == 0 {
            return Ok(());
        }
        let change = self.append_of(table, rows).await?;
        // It rests on nothing, so it cannot come to be stale.
        self.0.table(table).commit(&change).await.map(|_| ())
    }

    /// The change that adds these rows to a table; their file is written.
    async fn append_of(&self, table: Table, rows: &RecordBatch) -> Result<Change, Error> {
        if rows.schema_ref().fields() != table.schema().fields() {
            let reason = format!("their columns are not those of Table::{table:?}");
            return Err(Error::Rows { table: table.name(), reason });
        }
        let mut change = Change { note: Note::new(), ..Change::default() };
        if rows.num_rows() > 0 {
            let encoded = file::encode(table, std::slice::from_ref(rows))?;
            change.adds.push(file::store(&self.0.table(table).store(), table, None, encoded, true).await?);
        }
        Ok(change)
    }

    /// The version of `cloudtrail` that the cursor `name` has reached; none when it was never moved.
    pub async fn cursor(&self, name: &str) -> Result<Option<u64>, Error> {
        let version = self.0.table(Table::Findings).transaction(&cursor_id(name)).await?;
        Ok(version.and_then(|version| u64::try_from(version).ok()))
    }
}

fn cursor_id(name: &str) -> String {
    format!("trailwarden-cursor-{name}")
}
