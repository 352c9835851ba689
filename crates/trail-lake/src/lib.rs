//! The lake: CloudTrail events and what is derived from them in open Delta tables, on a folder or on S3.
//!
//! **One truth.** A commit of `cloudtrail` carries the new rows and, in its commit info, the outcomes of the log objects
//! that they came from ([`Writer`]). What is acknowledged is in a commit. The other tables are *folds* over those commits
//! ([`Lake::fold`]): each records the version that it has consumed in the same commit as what it adds, so a crash resumes
//! it and nothing is counted twice.
//!
//! **Each event once.** The writer compares the key of each event with those of its day, which it reads from the lake.
//!
//! **Readers** ask for the active files and their statistics ([`Lake::files`]) or for what was added since a version
//! ([`Lake::changes`]) and scan them as they like; other programs read the tables as Delta. The crate knows no SQL and no
//! AWS delivery: DataFusion stays out, since creating, committing, folding and compacting need none of it.
//!
//! Calls need a tokio runtime, preferably of many threads.

mod activity;
mod compact;
mod config;
mod day;
mod digests;
mod error;
mod file;
mod fold;
mod key_set;
mod keys;
mod lake;
mod lease;
mod location;
mod mark;
mod order;
mod outcome;
mod pending;
mod schema;
mod sessions;
mod synced;
mod table;
mod unfolded;
mod upkeep;
mod writer;

pub use activity::Activity;
pub use compact::Compacted;
pub use config::{Config, S3Config};
pub use digests::{DigestRow, ProofRow, proofs};
pub use error::{Error, Kind};
pub use lake::{Added, Lake, Snapshot};
pub use lease::Lease;
pub use mark::Mark;
pub use outcome::{Outcome, State};
pub use schema::{DAY, Table};
pub use table::ActiveFile;
pub use unfolded::Unfolded;
pub use upkeep::Upkeep;
pub use writer::{Committed, Writer};
