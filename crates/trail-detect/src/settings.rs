//! What a detector must be told about the place it runs in.

use std::collections::{BTreeMap, BTreeSet};

use globset::{Glob, GlobSet, GlobSetBuilder};
use serde::Deserialize;

use crate::severity::Severity;

/// Settings of the detections, as they stand in the config file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Our own accounts: a grant to them stays in the house.
    pub home_accounts: BTreeSet<String>,
    /// Accounts of others whom we trust: a grant to them is known and meant.
    pub trusted_accounts: BTreeSet<String>,
    /// Our organization's id (`o-...`): a grant that is limited to it is not external.
    pub org_id: Option<String>,
    /// Only detections whose name matches one of these globs run; empty means all.
    pub only: Vec<String>,
    /// Detections that do not run.
    pub disabled: BTreeSet<String>,
    /// Severity by detection, in place of the rule's own.
    pub severity: BTreeMap<String, Severity>,
    /// Thresholds by detection and name, in place of the rule's own.
    pub thresholds: BTreeMap<String, BTreeMap<String, f64>>,
    /// False makes one finding of each event.
    pub group: bool,
    /// Rows of open windows kept in memory before they move to disk, in bytes.
    pub window_memory_bytes: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            home_accounts: BTreeSet::new(),
            trusted_accounts: BTreeSet::new(),
            org_id: None,
            only: Vec::new(),
            disabled: BTreeSet::new(),
            severity: BTreeMap::new(),
            thresholds: BTreeMap::new(),
            group: true,
            window_memory_bytes: 128 << 20,
        }
    }
}

impl Settings {
    /// The globs of `only` as one matcher; `None` when everything may run.
    pub(crate) fn only(&self) -> Result<Option<GlobSet>, globset::Error> {
        if self.only.is_empty() {
            return Ok(None);
        }
        let mut set = GlobSetBuilder::new();
        for glob in &self.only {
            set.add(Glob::new(glob)?);
        }
        Ok(Some(set.build()?))
    }
}
