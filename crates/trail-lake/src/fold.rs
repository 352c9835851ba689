//! The folds: `objects`, `rejects`, `digests`, `activity` and `sessions` follow the commits of `cloudtrail`.
//!
//! The writer stages the files of all but `objects` before it commits, and names them in the commit; a
//! fold makes them part of their table without reading a row. Rows of `objects` are made from the outcomes that the
//! commits carry. With what it adds, each fold commits as a Delta transaction the version that it has consumed: a crash
//! costs nothing but the work, and of two folds that meet one gives way.

use crate::error::Error;
use crate::file;
use crate::lake::Lake;
use crate::outcome::{self, Landed, Note};
use crate::schema::Table;
use crate::table::{Change, Landing};

/// The application id under which a table records the version that it has consumed.
pub(crate) const FOLD: &str = "trailwarden-fold";
/// The tables that folds fill.
pub(crate) const FOLDED: [Table; 5] =
    [Table::Objects, Table::Rejects, Table::Digests, Table::Activity, Table::Sessions];
/// Commits that are folded at once.
const CHUNK: usize = 64;
/// A table that got nothing new records what it has consumed only this often.
const IDLE: u64 = 64;

impl Lake {
    /// Brings `objects`, `rejects`, `digests`, `activity` and `sessions` up to the last commit of `cloudtrail`; the version of that.
    ///
    /// May be stopped at any point and called from anywhere at any time.
    pub async fn fold(&self) -> Result<u64, Error> {
        self.fold_and_record(IDLE).await
    }

    /// Folds; tables that get nothing record what they have consumed when they are `idle` versions behind.
    pub(crate) async fn fold_and_record(&self, idle: u64) -> Result<u64, Error> {
        let mut folded = self.0.folded.lock().await;
        let events = self.0.table(Table::CloudTrail);
        let now = self.refresh().await?;
        for table in FOLDED {
            let consumed = self.consumed(table).await?;
            let known = folded.entry(table).or_default();
            *known = if idle < IDLE { consumed } else { consumed.max(*known) };
        }
        loop {
            let from = folded.values().copied().min().unwrap_or(now);
            if from >= now {
                return Ok(now);
            }
            let to = now.min(from + CHUNK as u64);
            let mut commits = Vec::new();
            for version in from + 1..=to {
                let gone = || Error::Gone { table: Table::CloudTrail.name(), wanted: version };
                let commit = events.read_commit(version).await?.ok_or_else(gone)?;
                commits.push((version, commit.note()?));
            }
            for table in FOLDED {
                let known = folded.entry(table).or_default();
                if *known < to {
                    self.fold_table(table, &commits, to, idle).await?;
                    *known = to;
                }
            }
        }
    }

    pub(crate) async fn consumed(&self, table: Table) -> Result<u64, Error> {
        Ok(self
            .0
            .table(table)
            .transaction(FOLD)
            .await?
            .and_then(|version| u64::try_from(version).ok())
            .unwrap_or_default())
    }

    /// The version of `cloudtrail` that all folds have consumed.
    pub(crate) async fn folded(&self) -> Result<u64, Error> {
        let mut least = u64::MAX;
        for table in FOLDED {
            least = least.min(self.consumed(table).await?);
        }
        Ok(least)
    }

    /// Adds to `table` what the commits up to version `to` hold for it, unless someone has.
    async fn fold_table(&self, table: Table, commits: &[(u64, Note)], to: u64, idle: u64) -> Result<(), Error> {
        let handle = self.0.table(table);
        loop {
            let before = handle.transaction(FOLD).await?;
            let consumed = before.and_then(|version| u64::try_from(version).ok()).unwrap_or_default();
            let new = || commits.iter().filter(|(version, _)| *version > consumed);
            let mut change = Change { note: Note::new(), ..Change::default() };
            if table == Table::Objects {
                let rows: Vec<Landed> = new()
                    .flat_map(|(version, note)| {
                        note.objects.iter().map(|outcome| (*version, note.made, outcome.clone()))
                    })
                    .collect();
                if !rows.is_empty() {
                    let encoded = file::encode(table, &[outcome::rows(&rows)?])?;
                    change.adds.push(file::store(&handle.store(), table, None, encoded, true).await?);
                }
            } else {
                change.adds = new().filter_map(|(_, note)| note.staged.get(table.name())).flatten().cloned().collect();
            }
            if consumed >= to || (change.adds.is_empty() && to - consumed < idle) {
                return Ok(());
            }
            change.transaction = Some((FOLD.to_owned(), to as i64, before));
            if let Landing::Done(_) = handle.commit(&change).await? {
                return Ok(());
            }
        }
    }
}
