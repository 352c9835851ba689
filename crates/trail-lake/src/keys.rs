//! The deduplication keys of event days, in memory: what says whether an event is new.
//!
//! A day's keys are read from the lake's files of that day when its first event comes, so they can be dropped at any time
//! and are never stored.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use object_store::ObjectStore;

use crate::error::Error;
use crate::file;
use crate::key_set::KeySet;
use crate::schema::Table;
use crate::table::ActiveFile;

/// The leaves of `cloudtrail` that a key is made of.
const COLUMNS: [&str; 4] = ["recipientaccountid", "eventid", "_object", "_record"];

#[derive(Debug, Default)]
struct Day {
    keys: KeySet,
    used: u64,
}

/// The keys of the days that events came for lately.
#[derive(Debug)]
pub(crate) struct Keys {
    days: BTreeMap<Option<i32>, Day>,
    bound: usize,
    clock: u64,
}

impl Keys {
    /// Keeps about `bound` bytes of keys between commits.
    pub(crate) fn new(bound: usize) -> Self {
        Self { days: BTreeMap::new(), bound, clock: 0 }
    }

    /// Whether a day's keys are in memory.
    pub(crate) fn has(&self, day: Option<i32>) -> bool {
        self.days.contains_key(&day)
    }

    /// Takes a day's keys, as [`read`] gave them.
    pub(crate) fn load(&mut self, day: Option<i32>, keys: KeySet) {
        self.days.insert(day, Day { keys, used: self.clock });
    }

    /// Takes a key of a loaded day; whether it is new.
    pub(crate) fn insert(&mut self, day: Option<i32>, key: u128) -> bool {
        let day = self.days.entry(day).or_default();
        day.used = self.clock;
        day.keys.insert(key)
    }

    /// Takes keys that another writer has added, if their day is loaded.
    pub(crate) fn extend(&mut self, day: Option<i32>, keys: impl IntoIterator<Item = u128>) {
        if let Some(day) = self.days.get_mut(&day) {
            day.keys.extend(keys);
        }
    }

    /// Drops the days used longest ago until the rest fits the bound. To be called when no rows wait.
    pub(crate) fn trim(&mut self) {
        self.clock += 1;
        let mut bytes: usize = self.days.values().map(|day| day.keys.bytes()).sum();
        let mut oldest: Vec<_> = self.days.iter().map(|(day, keys)| (keys.used, *day)).collect();
        oldest.sort_unstable();
        for (_, day) in oldest {
            if bytes <= self.bound {
                break;
            }
            bytes -= self.days.remove(&day).map_or(0, |day| day.keys.bytes());
        }
    }

    /// Forgets all of them.
    pub(crate) fn clear(&mut self) {
        self.days.clear();
    }
}

/// Gives `take` the key of each row in `files`.
pub(crate) async fn read(
    store: &Arc<dyn ObjectStore>,
    files: &[Arc<ActiveFile>],
    mut take: impl FnMut(u128),
) -> Result<(), Error> {
    for file in files {
        let each = |batch| {
            trail_event::keys(&batch).into_iter().for_each(&mut take);
            Ok(())
        };
        file::read(store, Table::CloudTrail, file, Some(&COLUMNS), each).await?;
    }
    Ok(())
}

/// The days of `files` as a set.
pub(crate) fn days<'a>(files: impl IntoIterator<Item = &'a ActiveFile>) -> BTreeSet<Option<i32>> {
    files.into_iter().map(|file| file.day).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_the_days_used_longest_ago() {
        let mut keys = Keys::new(100_000);
        for day in 0..10 {
            keys.load(Some(day), KeySet::default());
            for key in 0..1000u128 {
                assert!(keys.insert(Some(day), key.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c834)));
            }
            keys.trim();
        }
        let kept: Vec<i32> = (0..10).filter(|day| keys.has(Some(*day))).collect();
        assert_eq!(kept, [8, 9], "a thousand keys take {} bytes", keys.days[&Some(9)].keys.bytes());
        assert!(!keys.insert(Some(9), 0));
    }
}
