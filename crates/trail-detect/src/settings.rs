//! What a detector must be told about the place it runs in.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::error::DetectError;
use crate::exceptions::{Exception, Globs, globs};
use crate::geo::GeoSettings;
use crate::lists::List;
use crate::rule::Rule;
use crate::rules::Rules;
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
    /// Detections that do not run, by globs.
    pub disabled: BTreeSet<String>,
    /// Detections that run though their head says `enabled: false`, by globs; `disabled` goes before it.
    pub enabled: BTreeSet<String>,
    /// Severity by detection or glob, in place of the rule's own. Of several that fit, the longest counts.
    pub severity: BTreeMap<String, Severity>,
    /// Thresholds by detection or glob and name, in place of the rule's own.
    pub thresholds: BTreeMap<String, BTreeMap<String, f64>>,
    /// What is known and meant.
    pub exceptions: Vec<Exception>,
    /// Globs of principals and agents by what they are, where that is not what the decoder takes them for: `human`, `workload`, `iac`.
    pub callers: BTreeMap<String, Globs>,
    /// Where addresses are and whose.
    pub geoip: GeoSettings,
    /// Threat lists.
    pub lists: Vec<List>,
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
            enabled: BTreeSet::new(),
            severity: BTreeMap::new(),
            thresholds: BTreeMap::new(),
            exceptions: Vec::new(),
            callers: BTreeMap::new(),
            geoip: GeoSettings::default(),
            lists: Vec::new(),
            group: true,
            window_memory_bytes: 128 << 20,
        }
    }
}

impl Settings {
    /// The rules that run.
    pub(crate) fn chosen(&self, rules: &Rules) -> Result<Vec<Rule>, DetectError> {
        let matcher = |key: &str, patterns: &[String]| {
            globs(patterns).map_err(|error| DetectError::Setting(format!("bad glob in `{key}`: {error}")))
        };
        let list = |patterns: &BTreeSet<String>| patterns.iter().cloned().collect::<Vec<_>>();
        let only = matcher("only", &self.only)?;
        let disabled = matcher("disabled", &list(&self.disabled))?;
        let enabled = matcher("enabled", &list(&self.enabled))?;
        let named = |globs: &Option<globset::GlobSet>, rule: &Rule| globs.as_ref().is_some_and(|g| rule.is_named(g));
        let runs = |rule: &Rule| match &only {
            Some(only) => rule.is_named(only),
            None => (rule.enabled || named(&enabled, rule)) && !named(&disabled, rule),
        };
        Ok(rules.iter().filter(|rule| runs(rule)).cloned().collect())
    }

    /// The same settings with ids in place of globs, for the rules that run.
    pub(crate) fn of(self, rules: &[Rule]) -> Result<Settings, DetectError> {
        Ok(Settings {
            severity: by_id("severity", &self.severity, rules)?,
            thresholds: by_id("thresholds", &self.thresholds, rules)?,
            ..self
        })
    }
}

/// What is said by glob, by id. Of several globs that fit a rule, the longest counts.
fn by_id<T: Clone>(key: &str, said: &BTreeMap<String, T>, rules: &[Rule]) -> Result<BTreeMap<String, T>, DetectError> {
    let mut longest_last: Vec<(&String, &T)> = said.iter().collect();
    longest_last.sort_by_key(|(glob, _)| glob.len());
    let mut all = BTreeMap::new();
    for (glob, value) in longest_last {
        let globs = globs(std::slice::from_ref(glob))
            .map_err(|error| DetectError::Setting(format!("bad glob in `{key}`: {error}")))?;
        let meant = |rule: &&Rule| globs.as_ref().is_some_and(|globs| rule.is_named(globs));
        all.extend(rules.iter().filter(meant).map(|rule| (rule.id.clone(), value.clone())));
    }
    Ok(all)
}
