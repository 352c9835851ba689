//! One Delta table of the lake: its state in memory, and commits to its log.
//!
//! delta-rs creates tables, replays logs and writes checkpoints. Commits are put here, one conditional write each, and
//! change the state in memory by what they hold: a commit costs the same whether the log is short or long, and what is a
//! conflict is decided by those who know ([`Change::still_holds`]).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use deltalake_core::kernel::transaction::{CommitData, TransactionError};
use deltalake_core::kernel::{Action, Add, Remove, Transaction};
use deltalake_core::logstore::{CommitOrBytes, LogStoreRef, get_actions};
use deltalake_core::operations::create::CreateBuilder;
use deltalake_core::protocol::{DeltaOperation, SaveMode};
use deltalake_core::{DeltaTable, DeltaTableError};
use object_store::ObjectStore;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::error::Error;
use crate::location::{Location, not_a_lake};
use crate::outcome::Note;
use crate::schema::{LAYOUT, LAYOUT_KEY, Table};

/// Commits lost in a row before giving up; each costs one small write and one small read.
const TRIES: usize = 50;
/// After this long without a look at the log, its listing is asked whether it has been cleaned behind us.
const STALE: Duration = Duration::from_secs(600);

/// A data file that a table is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveFile {
    /// Its path below the table's folder.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// How many rows it holds.
    pub rows: u64,
    /// The day of its events in days since 1970-01-01; only `cloudtrail` has days, and null times have none.
    pub day: Option<i32>,
    /// Delta's statistics as JSON: `numRecords`, `minValues`, `maxValues`, `nullCount`, nested as the columns are.
    pub stats: Option<String>,
}

/// A table's files and transactions at a version.
#[derive(Debug, Default, Clone)]
pub(crate) struct Contents {
    pub(crate) version: u64,
    pub(crate) files: BTreeMap<String, Arc<ActiveFile>>,
    /// Of the application ids that were asked for, and of those seen since.
    pub(crate) transactions: HashMap<String, i64>,
    asked: HashSet<String>,
    looked: Option<SystemTime>,
}

/// What a commit is to do, and on what it rests.
#[derive(Debug, Default, Clone)]
pub(crate) struct Change {
    pub(crate) adds: Vec<Add>,
    pub(crate) removes: Vec<Remove>,
    pub(crate) note: Note,
    /// An application id and its new version; and the version that it must have had until now.
    pub(crate) transaction: Option<(String, i64, Option<i64>)>,
    /// The only version of the table that this may follow.
    pub(crate) base: Option<u64>,
}

/// What became of a [`Change`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Landing {
    /// It is in the table at this version.
    Done(u64),
    /// It no longer rests on what is there; nothing was changed. Look again and make a new one.
    Stale,
}

impl Change {
    /// Whether what it rests on is still so.
    fn still_holds(&self, contents: &Contents) -> bool {
        self.base.is_none_or(|base| base == contents.version)
            && self.removes.iter().all(|remove| contents.files.contains_key(&remove.path))
            && self.transaction.as_ref().is_none_or(|(id, _, before)| contents.transactions.get(id) == before.as_ref())
    }

    fn to_bytes(&self, table: Table) -> Result<bytes::Bytes, Error> {
        let mut actions: Vec<Action> = self.removes.iter().cloned().map(Action::Remove).collect();
        actions.extend(self.adds.iter().cloned().map(Action::Add));
        let operation = if self.removes.is_empty() {
            let partitions = table.partitions().iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
            let partition_by = (!partitions.is_empty()).then_some(partitions);
            DeltaOperation::Write { mode: SaveMode::Append, partition_by, predicate: None }
        } else if self.adds.is_empty() {
            DeltaOperation::Delete { predicate: None }
        } else {
            DeltaOperation::Optimize { predicate: None, target_size: 0 }
        };
        let note = HashMap::from([(Note::KEY.to_owned(), serde_json::to_value(&self.note)?)]);
        let transactions = self.transaction.iter().map(|(id, version, _)| Transaction::new(id, *version)).collect();
        CommitData::new(actions, operation, note, transactions)
            .get_bytes()
            .map_err(|error| DeltaTableError::from(error).into())
    }
}

/// A commit that was read from the log.
#[derive(Debug)]
pub(crate) struct Commit {
    pub(crate) version: u64,
    pub(crate) actions: Vec<Action>,
}

impl Commit {
    /// The lake's own part of it; empty when another program made the commit.
    pub(crate) fn note(&self) -> Result<Note, Error> {
        let info = self.actions.iter().find_map(|action| match action {
            Action::CommitInfo(info) => info.info.get(Note::KEY),
            _ => None,
        });
        Ok(info.map(|note: &Value| Note::deserialize_from(note)).transpose()?.unwrap_or_default())
    }

    /// The files that it added with new rows; a compaction adds none.
    pub(crate) fn new_files(&self) -> impl Iterator<Item = ActiveFile> + '_ {
        self.actions.iter().filter_map(|action| match action {
            Action::Add(add) if add.data_change => Some(active(add)),
            _ => None,
        })
    }
}

impl Note {
    fn deserialize_from(value: &Value) -> Result<Self, serde_json::Error> {
        serde::Deserialize::deserialize(value)
    }
}

/// A handle of a table. Its methods may be called from many tasks.
#[derive(Debug)]
pub(crate) struct TableHandle {
    pub(crate) table: Table,
    pub(crate) log: LogStoreRef,
    contents: Mutex<Contents>,
}

impl TableHandle {
    /// Opens a table, making it when it is not there, if `create`.
    pub(crate) async fn open(location: &Location, table: Table, create: bool) -> Result<Self, Error> {
        let log = location.log_store(table.name());
        let delta = if log.is_delta_table_location().await? {
            let mut delta = DeltaTable::new(log.clone());
            delta.load().await?;
            delta
        } else if create {
            make(&log, table).await?
        } else {
            let missing = table.name();
            return Err(not_a_lake(
                &location.name,
                &format!(
                    "it has no table `{missing}` (`trailwarden ingest` adds what a lake of an older version lacks)"
                ),
            ));
        };
        check_layout(&delta, location, table)?;
        let contents = load(&delta)?;
        Ok(Self { table, log, contents: Mutex::new(contents) })
    }

    /// The table's store, with paths below its folder.
    pub(crate) fn store(&self) -> Arc<dyn ObjectStore> {
        self.log.object_store(None)
    }

    /// Its contents as last seen.
    pub(crate) async fn contents(&self) -> Contents {
        self.contents.lock().await.clone()
    }

    /// Its version as last seen.
    pub(crate) async fn version(&self) -> u64 {
        self.contents.lock().await.version
    }

    /// The last version of an application's transactions.
    pub(crate) async fn transaction(&self, id: &str) -> Result<Option<i64>, Error> {
        let mut contents = self.contents.lock().await;
        if !contents.asked.contains(id) {
            let mut delta = DeltaTable::new(self.log.clone());
            delta.load_version(contents.version).await?;
            if let Some(version) = delta.snapshot()?.transaction_version(&self.log, id).await? {
                contents.transactions.insert(id.to_owned(), version);
            }
            contents.asked.insert(id.to_owned());
        }
        Ok(contents.transactions.get(id).copied())
    }

    /// Looks what other writers have added; the version then.
    pub(crate) async fn refresh(&self) -> Result<u64, Error> {
        let mut contents = self.contents.lock().await;
        self.catch_up(&mut contents, "").await?;
        Ok(contents.version)
    }

    /// Commits `change` at the next version, or after what others committed meanwhile if it still holds then.
    pub(crate) async fn commit(&self, change: &Change) -> Result<Landing, Error> {
        let mut contents = self.contents.lock().await;
        let bytes = change.to_bytes(self.table)?;
        for tries in 0..TRIES {
            self.check_stale(&mut contents).await?;
            if !change.still_holds(&contents) {
                return Ok(Landing::Stale);
            }
            let version = contents.version + 1;
            let put =
                self.log.write_commit_entry(version, CommitOrBytes::LogBytes(bytes.clone()), uuid::Uuid::nil()).await;
            match put {
                Ok(()) => {
                    let actions = get_actions(version, &bytes)?;
                    self.apply(&mut contents, &Commit { version, actions })?;
                    contents.looked = Some(SystemTime::now());
                    return Ok(Landing::Done(version));
                }
                // Also after another error the commit may have landed: an answer that was lost, a put that was repeated.
                Err(error) => {
                    if let Some(version) = self.catch_up(&mut contents, &change.note.id).await? {
                        return Ok(Landing::Done(version));
                    }
                    if !matches!(error, TransactionError::VersionAlreadyExists(_)) {
                        return Err(DeltaTableError::from(error).into());
                    }
                    let pause = 1 << tries.min(6);
                    tokio::time::sleep(Duration::from_millis(rand_below(pause))).await;
                }
            }
        }
        Err(Error::Contention { table: self.table.name(), tries: TRIES })
    }

    /// The commit at `version`; none if it is not yet there or no longer.
    pub(crate) async fn read_commit(&self, version: u64) -> Result<Option<Commit>, Error> {
        let Some(bytes) = self.log.read_commit_entry(version).await? else { return Ok(None) };
        Ok(Some(Commit { version, actions: get_actions(version, &bytes)? }))
    }

    /// Applies the commits after the known version; tells the version of the one whose note bears `id`, if one does.
    async fn catch_up(&self, contents: &mut Contents, id: &str) -> Result<Option<u64>, Error> {
        self.check_stale(contents).await?;
        let mut found = None;
        while let Some(commit) = self.read_commit(contents.version + 1).await? {
            if !id.is_empty() && commit.note()?.id == id {
                found = Some(commit.version);
            }
            self.apply(contents, &commit)?;
        }
        contents.looked = Some(SystemTime::now());
        Ok(found)
    }

    /// A process that slept longer than the log is kept must not take the gap for the end of the log.
    async fn check_stale(&self, contents: &mut Contents) -> Result<(), Error> {
        let fresh = contents.looked.is_some_and(|at| at.elapsed().is_ok_and(|age| age < STALE));
        if fresh {
            return Ok(());
        }
        let mut delta = DeltaTable::new(self.log.clone());
        if contents.looked.is_some() && self.read_commit(contents.version).await?.is_none() {
            delta.load().await?;
            *contents = load(&delta)?;
        }
        contents.looked = Some(SystemTime::now());
        Ok(())
    }

    fn apply(&self, contents: &mut Contents, commit: &Commit) -> Result<(), Error> {
        let altered =
            |what: &str| Error::Altered { table: self.table.name(), version: commit.version, what: what.to_owned() };
        for action in &commit.actions {
            match action {
                Action::Metadata(_) => return Err(altered("its schema or properties")),
                Action::Protocol(_) => return Err(altered("its protocol")),
                Action::Add(add) => {
                    contents.files.insert(add.path.clone(), Arc::new(active(add)));
                }
                Action::Remove(remove) => {
                    contents.files.remove(&remove.path);
                }
                Action::Txn(Transaction { app_id, version, .. }) => {
                    contents.transactions.insert(app_id.clone(), *version);
                }
                Action::Cdc(_) | Action::CommitInfo(_) | Action::DomainMetadata(_) => {}
            }
        }
        contents.version = commit.version;
        Ok(())
    }
}

/// A number below `limit`, different in each process and call: spreads writers that got in each other's way.
fn rand_below(limit: u64) -> u64 {
    (uuid::Uuid::new_v4().as_u128() % u128::from(limit)) as u64
}

async fn make(log: &LogStoreRef, table: Table) -> Result<DeltaTable, Error> {
    let properties = [
        (LAYOUT_KEY, Some(LAYOUT.to_string())),
        ("delta.dataSkippingStatsColumns", Some(table.pruning_columns().join(","))),
        // The folds and readers of changes say when entries of the log may go, and nobody else.
        ("delta.enableExpiredLogCleanup", Some("false".to_owned())),
    ];
    let created = CreateBuilder::new()
        .with_log_store(log.clone())
        .with_table_name(table.name())
        .with_columns(table.delta_schema()?.fields().cloned())
        .with_partition_columns(table.partitions().iter().copied())
        .with_raise_if_key_not_exists(false)
        .with_configuration(properties)
        .with_save_mode(SaveMode::Ignore)
        .await;
    match created {
        Ok(delta) => Ok(delta),
        // Another process may have made it at the same moment.
        Err(error) => {
            let mut delta = DeltaTable::new(log.clone());
            delta.load().await.map_err(|_| Error::from(error))?;
            Ok(delta)
        }
    }
}

fn check_layout(delta: &DeltaTable, location: &Location, table: Table) -> Result<(), Error> {
    let state = delta.snapshot()?;
    let Some(found) = state.metadata().configuration().get(LAYOUT_KEY) else {
        let reason = format!("its Delta table `{}` was not made by Trailwarden", table.name());
        return Err(not_a_lake(&location.name, &reason));
    };
    if *found != LAYOUT.to_string() {
        return Err(Error::Layout { location: location.name.clone(), found: found.clone(), known: LAYOUT });
    }
    let expected = table.delta_schema()?;
    if state.schema().fields().ne(expected.fields()) {
        let reason = format!("the columns of its table `{}` are not those that this program writes", table.name());
        return Err(not_a_lake(&location.name, &reason));
    }
    Ok(())
}

fn load(delta: &DeltaTable) -> Result<Contents, Error> {
    let state = delta.snapshot()?;
    let mut contents = Contents { version: state.version(), looked: Some(SystemTime::now()), ..Contents::default() };
    for view in state.log_data() {
        let file = ActiveFile {
            path: view.path().into_owned(),
            size: view.size().max(0) as u64,
            rows: view.num_records().unwrap_or_default() as u64,
            day: view
                .partition_values_map()
                .get(crate::schema::DAY)
                .cloned()
                .flatten()
                .as_deref()
                .and_then(crate::day::parse),
            stats: view.stats(),
        };
        contents.files.insert(file.path.clone(), Arc::new(file));
    }
    Ok(contents)
}

/// The file that an action adds.
pub(crate) fn active(add: &Add) -> ActiveFile {
    let rows =
        add.stats.as_deref().and_then(|stats| serde_json::from_str::<Rows>(stats).ok()).map_or(0, |rows| rows.rows);
    ActiveFile {
        path: add.path.clone(),
        size: add.size.max(0) as u64,
        rows,
        day: add.partition_values.get(crate::schema::DAY).cloned().flatten().as_deref().and_then(crate::day::parse),
        stats: add.stats.clone(),
    }
}

#[derive(serde::Deserialize)]
struct Rows {
    #[serde(rename = "numRecords")]
    rows: u64,
}

/// The partition values of a file of `table` with events of `day`, as the log writes them.
pub(crate) fn partition_values(table: Table, day: Option<i32>) -> HashMap<String, Option<String>> {
    table.partitions().iter().map(|&name| (name.to_owned(), day.map(crate::day::text))).collect()
}

/// The action that takes `file` out of `table`.
pub(crate) fn remove(table: Table, file: &ActiveFile, data_change: bool) -> Remove {
    Remove {
        path: file.path.clone(),
        data_change,
        deletion_timestamp: Some(crate::outcome::now() / 1000),
        extended_file_metadata: Some(true),
        partition_values: Some(partition_values(table, file.day)),
        size: Some(file.size as i64),
        ..Remove::default()
    }
}
