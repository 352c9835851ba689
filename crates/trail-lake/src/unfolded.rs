//! How far the folds are behind: commits whose objects, rejects and uses the other tables do not show yet.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::fold::FOLDED;
use crate::lake::Lake;
use crate::schema::Table;

/// What a table has yet to take from the commits of `cloudtrail`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfolded {
    /// The table.
    pub table: Table,
    /// Commits that hold something for it.
    pub commits: u64,
    /// When the first of them was made, in microseconds since 1970.
    pub since: i64,
}

impl Lake {
    /// The tables that have not taken all that is theirs, as the lake was last seen. A pass over a source folds as it goes and at
    /// its end: what stays behind for long was left by a crash, and the next pass takes it.
    pub async fn unfolded(&self) -> Result<Vec<Unfolded>, Error> {
        let events = self.0.table(Table::CloudTrail);
        let now = events.version().await;
        let mut consumed = Vec::new();
        for table in FOLDED {
            consumed.push(self.consumed(table).await?);
        }
        let mut behind: BTreeMap<Table, Unfolded> = BTreeMap::new();
        for version in consumed.iter().copied().min().unwrap_or(now) + 1..=now {
            // What the log has no more was folded before it went.
            let Some(commit) = events.read_commit(version).await? else { continue };
            let note = commit.note()?;
            for (table, consumed) in FOLDED.into_iter().zip(&consumed) {
                let holds = match table {
                    Table::Objects => !note.objects.is_empty(),
                    _ => note.staged.contains_key(table.name()),
                };
                if holds && version > *consumed {
                    let behind = behind.entry(table).or_insert(Unfolded { table, commits: 0, since: note.made });
                    behind.commits += 1;
                    behind.since = behind.since.min(note.made);
                }
            }
        }
        Ok(behind.into_values().collect())
    }
}
