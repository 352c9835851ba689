//! Settings of the query engine: how much memory, disk, time and how many threads one session may take.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Limits of a query session. The defaults suit a laptop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Memory that sorts, joins and aggregates may hold before they spill, in MiB.
    pub memory_limit_mib: u64,
    /// Where they spill to; the system's temporary folder when absent.
    pub spill_dir: Option<PathBuf>,
    /// The most that may be spilled, in MiB.
    pub spill_limit_mib: u64,
    /// Threads that scan and compute; 0 takes one a core.
    pub threads: usize,
    /// How long a statement may run, from parsing to its last row ("30s", "5m"); absent means no limit.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::optional")]
    pub statement_timeout: Option<Duration>,
    /// Rows in a batch.
    pub batch_size: usize,
    /// The most rows that a statement may give; absent means no limit.
    pub max_rows: Option<u64>,
    /// Whether an aggregate over `cloudtrail` that `activity` answers with the same rows is asked of `activity`.
    pub activity: bool,
    /// Where statements are computed: a cluster (`ballista://host:port`), or absent, which is in this process.
    pub engine: Option<String>,
    /// Other names of tables, such as those of event data stores and of Athena's tables: name -> table.
    pub tables: BTreeMap<String, String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            memory_limit_mib: 1024,
            spill_dir: None,
            spill_limit_mib: 64 * 1024,
            threads: 0,
            statement_timeout: None,
            batch_size: 8192,
            max_rows: None,
            activity: false,
            engine: None,
            tables: BTreeMap::new(),
        }
    }
}

impl Config {
    /// How many threads work side by side: as many as `threads` says, or one a core.
    pub fn threads(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        }
    }
}
