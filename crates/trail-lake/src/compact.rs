//! Compaction: many small files of a day, or of a table without days, become few sorted ones.
//!
//! A compaction reads what it can hold, sorts it, and replaces the files in one commit that changes no rows
//! (`dataChange` false). Delta's own rules let two compactions of the same files both pass; here a transaction id keeps
//! them apart, and a file that is gone makes the commit stale.

use std::collections::BTreeMap;
use std::sync::Arc;

use object_store::ObjectStore;
use tokio::task::spawn_blocking;

use crate::activity::Activity;
use crate::error::Error;
use crate::file::{self, Encoded};
use crate::lake::Lake;
use crate::order::in_order;
use crate::outcome::Note;
use crate::schema::Table;
use crate::table::{ActiveFile, Change, Landing, remove};

/// The application id that keeps compactions apart.
const COMPACT: &str = "trailwarden-compact";
/// Memory of rows for each byte of their file, measured on real logs with zstd.
const GROWTH: u64 = 12;

/// What compactions did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Compacted {
    /// Files that were replaced.
    pub removed: u64,
    /// Files that took their place.
    pub added: u64,
}

impl Lake {
    /// Compacts every day and table that has at least [`Config::compact_files`](crate::Config::compact_files) small files.
    ///
    /// Holds about [`Config::compact_bytes`](crate::Config::compact_bytes) of rows at a time.
    pub async fn compact(&self) -> Result<Compacted, Error> {
        let _alone = self.0.compacting.lock().await;
        let mut done = Compacted::default();
        for table in Table::ALL {
            let handle = self.0.table(table);
            handle.refresh().await?;
            let contents = handle.contents().await;
            for files in self.bins(contents.files.into_values()) {
                if self.replace(table, &files).await? {
                    done.removed += files.len() as u64;
                    done.added += 1;
                }
            }
        }
        Ok(done)
    }

    /// Which files to make into one.
    fn bins(&self, files: impl Iterator<Item = Arc<ActiveFile>>) -> Vec<Vec<Arc<ActiveFile>>> {
        let most = (self.0.config.compact_bytes as u64 / GROWTH).max(1);
        let mut days: BTreeMap<Option<i32>, Vec<Arc<ActiveFile>>> = BTreeMap::new();
        for file in files.filter(|file| file.size < most / 2) {
            days.entry(file.day).or_default().push(file);
        }
        let mut bins = Vec::new();
        for mut small in days.into_values().filter(|small| small.len() >= self.0.config.compact_files.max(2)) {
            small.sort_by_key(|file| file.size);
            let (mut bin, mut size) = (Vec::new(), 0);
            for file in small {
                if size + file.size > most && !bin.is_empty() {
                    bins.push(std::mem::take(&mut bin));
                    size = 0;
                }
                size += file.size;
                bin.push(file);
            }
            bins.push(bin);
        }
        bins.retain(|bin| bin.len() > 1);
        bins
    }

    /// Replaces `files` by one; not, where another compaction was faster.
    async fn replace(&self, table: Table, files: &[Arc<ActiveFile>]) -> Result<bool, Error> {
        let handle = self.0.table(table);
        let before = handle.transaction(COMPACT).await?;
        let (store, inputs, runtime) = (handle.store(), files.to_vec(), tokio::runtime::Handle::current());
        let encoded = spawn_blocking(move || runtime.block_on(merge(&store, table, &inputs))).await??;
        let day = files.first().and_then(|file| file.day);
        let add = file::store(&handle.store(), table, day, encoded, false).await?;
        let change = Change {
            adds: vec![add],
            removes: files.iter().map(|file| remove(table, file, false)).collect(),
            note: Note::new(),
            transaction: Some((COMPACT.to_owned(), before.unwrap_or_default() + 1, before)),
            base: None,
        };
        Ok(matches!(handle.commit(&change).await?, Landing::Done(_)))
    }
}

async fn merge(store: &Arc<dyn ObjectStore>, table: Table, files: &[Arc<ActiveFile>]) -> Result<Encoded, Error> {
    let batches = file::read_all(store, table, files).await?;
    if table == Table::Activity {
        let mut activity = Activity::default();
        batches.iter().try_for_each(|batch| activity.add_partials(batch))?;
        activity.sort();
        return file::encode(table, &[activity.finish()?]);
    }
    file::encode_all(table, in_order(table, &batches)?)
}
