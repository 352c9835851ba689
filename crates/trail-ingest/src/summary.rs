//! What a pass did, for progress while it runs and for coverage when it ends.

use std::sync::Arc;
use std::time::Duration;

use trail_lake::{Committed, State};

/// The most problems of a source that are kept in words.
const MOST_PROBLEMS: usize = 100;

/// What a pass has done so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Objects that the source knows of, where it can tell.
    pub total: Option<u64>,
    /// Objects found, whatever became of them.
    pub found: u64,
    /// Objects done with: skipped, failed, or read and decoded.
    pub done: u64,
    /// Those of them that the lake had already.
    pub skipped: u64,
    /// Those of them that could not be read at all.
    pub failed: u64,
    /// Bytes read, as stored.
    pub bytes: u64,
    /// Records decoded.
    pub records: u64,
    /// The commit that was just made; each is told of once.
    pub commit: Option<Arc<Commit>>,
}

/// A commit that a pass made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// What it brought.
    pub brought: Committed,
    /// How long it took.
    pub took: Duration,
}

/// What a pass did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Objects found.
    pub found: u64,
    /// Objects that the lake had already.
    pub skipped: u64,
    /// Objects read without loss; digests are among them.
    pub read: u64,
    /// Digests among those.
    pub digests: u64,
    /// Objects of which some was rejected.
    pub partial: u64,
    /// Objects that could not be read at all.
    pub failed: u64,
    /// Bytes read, as stored.
    pub bytes: u64,
    /// Bytes of uncompressed logs.
    pub inflated_bytes: u64,
    /// Events that were new to the lake.
    pub events: u64,
    /// Events that the lake had already.
    pub duplicates: u64,
    /// Pieces that could not be read, and objects.
    pub rejects: u64,
    /// Time of the first event read, in microseconds since 1970.
    pub first: Option<i64>,
    /// Time of the last.
    pub last: Option<i64>,
    /// Commits made.
    pub commits: u64,
    /// The version of `cloudtrail` after the last of them.
    pub version: Option<u64>,
    /// Places that the source could not look at and objects that could not be read, in words; the first hundred.
    pub problems: Vec<String>,
    /// Whether the pass came to its end and looked everywhere. It did not when it was stopped, or when the source could not
    /// look at a place.
    pub whole: bool,
}

impl Summary {
    pub(crate) fn problem(&mut self, problem: String) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(problem);
        }
    }

    pub(crate) fn add(&mut self, committed: &Committed) {
        let Some(version) = committed.version else { return };
        self.commits += 1;
        self.version = Some(version);
        self.events += committed.events;
        self.duplicates += committed.duplicates;
        self.rejects += committed.rejects;
        for outcome in &committed.outcomes {
            match outcome.state {
                State::Read => self.read += 1,
                State::Digest => {
                    self.read += 1;
                    self.digests += 1;
                }
                State::Partial => self.partial += 1,
                // Counted where it failed: a failure that is known from an earlier pass is not written again.
                State::Failed => {}
            }
            self.first = self.first.into_iter().chain(outcome.first).min();
            self.last = self.last.max(outcome.last);
        }
    }
}
