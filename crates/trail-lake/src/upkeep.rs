//! Upkeep: checkpoints, cleaning of the logs behind the folds, retention of days, and removal of files that nobody needs.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use deltalake_core::DeltaTable;
use deltalake_core::checkpoints::{cleanup_expired_logs_for, create_checkpoint};
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStoreExt};

use crate::error::Error;
use crate::lake::Lake;
use crate::outcome::Note;
use crate::schema::Table;
use crate::table::{Change, Landing, TableHandle, remove};

/// What upkeep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Upkeep {
    /// Checkpoints written.
    pub checkpoints: u64,
    /// Entries of logs removed.
    pub log_entries: u64,
    /// Data files deleted.
    pub files: u64,
}

impl Lake {
    /// Writes checkpoints where they are due, and cleans the logs: of `cloudtrail` never beyond what all folds have
    /// consumed (it folds first), nor beyond version `needed` that a reader of [`Lake::changes`] has reached.
    pub async fn upkeep(&self, needed: Option<u64>) -> Result<Upkeep, Error> {
        let mut done = Upkeep::default();
        for table in Table::ALL {
            let handle = self.0.table(table);
            let version = handle.refresh().await?;
            let last = last_checkpoint(handle).await?;
            if version < last.unwrap_or_default() + self.0.config.checkpoint_every {
                continue;
            }
            let mut delta = DeltaTable::new(handle.log.clone());
            delta.load_version(version).await?;
            create_checkpoint(&delta, None).await?;
            done.checkpoints += 1;
            let mut keep = version;
            if table == Table::CloudTrail {
                self.fold_and_record(1).await?;
                keep = keep.min(self.folded().await?).min(needed.unwrap_or(u64::MAX));
            }
            let cutoff = millis_ago(self.0.config.log_retention);
            done.log_entries += cleanup_expired_logs_for(keep, handle.log.as_ref(), cutoff, None).await? as u64;
        }
        Ok(done)
    }

    /// Removes the days before `day` (days since 1970-01-01) from `cloudtrail`; how many files that were. Their uses stay
    /// in `activity`. The files themselves go with [`Lake::vacuum`].
    pub async fn retain(&self, day: i32) -> Result<u64, Error> {
        let handle = self.0.table(Table::CloudTrail);
        handle.refresh().await?;
        loop {
            let contents = handle.contents().await;
            let old = contents.files.values().filter(|file| file.day.is_some_and(|other| other < day));
            let removes: Vec<_> = old.map(|file| remove(Table::CloudTrail, file, true)).collect();
            if removes.is_empty() {
                return Ok(0);
            }
            let count = removes.len() as u64;
            let change = Change { removes, note: Note::new(), ..Change::default() };
            if let Landing::Done(_) = handle.commit(&change).await? {
                return Ok(count);
            }
        }
    }

    /// Deletes files that are part of no table and have not been for [`Config::file_retention`](crate::Config::file_retention):
    /// what compaction and retention took out, and what a crash left before its commit.
    pub async fn vacuum(&self) -> Result<Upkeep, Error> {
        // What is staged for a fold is part of its table from now on.
        self.fold().await?;
        let mut done = Upkeep::default();
        let cutoff = millis_ago(self.0.config.file_retention);
        for table in Table::ALL {
            done.files += vacuum(self.0.table(table), cutoff).await?;
        }
        Ok(done)
    }
}

async fn vacuum(handle: &TableHandle, cutoff: i64) -> Result<u64, Error> {
    let store = handle.store();
    // Listed before the log is read: what is committed in between is then known to be active.
    let listed: Vec<ObjectMeta> = store.list(None).try_collect().await?;
    let mut delta = DeltaTable::new(handle.log.clone());
    delta.load().await?;
    let state = delta.snapshot()?;
    let active: std::collections::HashSet<String> =
        state.log_data().into_iter().map(|file| file.path().into_owned()).collect();
    let removed: HashMap<String, i64> = state
        .all_tombstones(&handle.log)
        .map_ok(|file| (file.path().into_owned(), file.deletion_timestamp().unwrap_or(i64::MAX)))
        .try_collect()
        .await?;
    let unneeded = |file: &ObjectMeta| {
        let path = file.location.as_ref();
        let ours = path.ends_with(".parquet") && !path.starts_with("_delta_log/");
        let since = removed.get(path).copied().unwrap_or_default().max(file.last_modified.timestamp_millis());
        ours && !active.contains(path) && since < cutoff
    };
    let paths: Vec<Path> = listed.into_iter().filter(unneeded).map(|file| file.location).collect();
    let count = paths.len() as u64;
    let deleted = store.delete_stream(futures::stream::iter(paths.into_iter().map(Ok)).boxed());
    deleted.try_for_each(|_| std::future::ready(Ok(()))).await?;
    Ok(count)
}

/// The version of the table's last checkpoint, from its hint.
async fn last_checkpoint(handle: &TableHandle) -> Result<Option<u64>, Error> {
    #[derive(serde::Deserialize)]
    struct Hint {
        version: u64,
    }
    match handle.store().get(&Path::from("_delta_log/_last_checkpoint")).await {
        Ok(found) => Ok(Some(serde_json::from_slice::<Hint>(&found.bytes().await?)?.version)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn millis_ago(span: Duration) -> i64 {
    let then = SystemTime::now().checked_sub(span).unwrap_or(SystemTime::UNIX_EPOCH);
    then.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}
