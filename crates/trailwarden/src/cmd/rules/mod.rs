//! `rules`: what is detected, what that covers, and the proof that it is.

pub(crate) mod args;
mod coverage;
mod explain;
mod lint;
mod replay;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use comfy_table::Table;
use comfy_table::presets::NOTHING;
use globset::{Glob, GlobSet, GlobSetBuilder};
use jiff::tz::TimeZone;
use serde_json::json;
use trail_detect::{Fate, Planned, Rule, Rules, Sigma, run_cases};
use trail_query::Library;
use trail_query::write::visible;

use self::args::{RulesArgs, RulesCommand, RulesWhich};
use super::{all_rules, library};
use crate::exit::{Status, usage};
use crate::settings::{RulesSettings, Settings};

/// Does what the arguments ask.
pub(crate) async fn run(args: RulesArgs, zone: &TimeZone) -> anyhow::Result<Status> {
    match args.command {
        RulesCommand::List { which, json } => list(&which, json),
        RulesCommand::Test { which } => test(&which).await,
        RulesCommand::Import { folders, config, json } => import(&folders, config.as_deref(), json).await,
        RulesCommand::Coverage(args) => coverage::run(args).await,
        RulesCommand::Lint(args) => lint::run(args).await,
        RulesCommand::Explain(args) => explain::run(args, zone).await,
        RulesCommand::Replay(args) => replay::run(args, zone).await,
    }
}

/// The rules that the arguments speak of, and where they come from.
struct House {
    /// The config file's settings, where one is named.
    settings: Option<Settings>,
    library: Library,
    rules: Rules,
}

impl House {
    fn open(which: &RulesWhich) -> anyhow::Result<Self> {
        let (settings, library, of_others) = Self::parts(which)?;
        let rules = all_rules(&library, &of_others)?;
        Ok(Self { settings, library, rules })
    }

    /// The same before the rules are read.
    fn parts(which: &RulesWhich) -> anyhow::Result<(Option<Settings>, Library, RulesSettings)> {
        let settings = which.config.as_deref().map(Settings::load).transpose()?;
        let configured = settings.as_ref().and_then(|settings| settings.queries.as_deref());
        let library = library(which.queries.as_deref().or(configured))?;
        let mut of_others = settings.as_ref().map_or_else(RulesSettings::default, |settings| settings.rules.clone());
        of_others.sigma.extend(which.sigma.iter().cloned());
        Ok((settings, library, of_others))
    }

    /// What the detections are told.
    async fn detections(&self) -> anyhow::Result<trail_detect::Settings> {
        match &self.settings {
            Some(settings) => settings.detections().await,
            None => Ok(trail_detect::Settings::default()),
        }
    }
}

fn chosen(which: &RulesWhich) -> anyhow::Result<Vec<Rule>> {
    named(&House::open(which)?.rules, &which.only)
}

/// The rules whose names match one of the globs, all if there are none. It is an error that there is no such rule.
pub(super) fn named(rules: &Rules, only: &[String]) -> anyhow::Result<Vec<Rule>> {
    let globs = globs(only)?;
    let chosen: Vec<Rule> = rules.iter().filter(|rule| globs.is_empty() || rule.is_named(&globs)).cloned().collect();
    if chosen.is_empty() {
        return Err(usage(format!("no detection is named like {only:?} (see `trailwarden rules list`)")));
    }
    Ok(chosen)
}

fn globs(patterns: &[String]) -> anyhow::Result<GlobSet> {
    let mut globs = GlobSetBuilder::new();
    for pattern in patterns {
        globs.add(Glob::new(pattern).map_err(usage)?);
    }
    Ok(globs.build()?)
}

fn list(which: &RulesWhich, as_json: bool) -> anyhow::Result<Status> {
    let rules = chosen(which)?;
    if as_json {
        for rule in &rules {
            say!(
                "{}",
                json!({
                    "id": rule.id, "service": rule.service, "title": rule.title, "kind": rule.kind.as_str(),
                    "severity": rule.severity.as_str(), "topics": rule.topics, "mitre": rule.mitre, "cis": rule.cis,
                    "why": rule.why, "do": rule.action, "enabled": rule.enabled, "file": rule.file,
                })
            );
        }
        return Ok(Status::Fine);
    }
    let mut table = Table::new();
    table.load_preset(NOTHING).set_header(["detection", "severity", "kind", "service", "title"]);
    for rule in &rules {
        let cells = [&rule.id, rule.severity.as_str(), rule.kind.as_str(), &rule.service, &rule.title];
        table.add_row(cells.map(|cell| visible(cell).into_owned()));
    }
    say!("{table}\n{} detections", rules.len());
    Ok(Status::Fine)
}

async fn test(which: &RulesWhich) -> anyhow::Result<Status> {
    let (mut passed, mut failed) = (0, 0);
    for rule in chosen(which)? {
        let results = run_cases(&rule).await.with_context(|| format!("the cases of `{}` cannot be run", rule.id))?;
        for result in results {
            match result.failure {
                None => passed += 1,
                Some(failure) => {
                    failed += 1;
                    say!("{}: {}: {failure}", result.rule, result.case);
                }
            }
        }
    }
    say!("{passed} cases passed, {failed} failed");
    Ok(if failed == 0 { Status::Fine } else { Status::Findings })
}

/// Translates Sigma rules, plans them, and tells what became of each.
async fn import(folders: &[PathBuf], config: Option<&Path>, as_json: bool) -> anyhow::Result<Status> {
    let placeholders = config.map(Settings::load).transpose()?.map(|settings| settings.rules.placeholders);
    let sigma = Sigma::load(folders, &placeholders.unwrap_or_default()).map_err(usage)?;
    let mut rules = Rules::default();
    sigma.rules.iter().try_for_each(|rule| rules.insert(rule.clone())).map_err(usage)?;
    Planned::new(&rules, trail_detect::Settings::default()).await.map_err(usage)?;
    let mut table = Table::new();
    table.load_preset(NOTHING).set_header(["file", "rule", "detection", "remarks"]);
    let mut refused = 0;
    for document in &sigma.documents {
        let (id, reason) = match &document.fate {
            Fate::Runs(id) => (id.as_str(), None),
            Fate::Serves => ("part of others", None),
            Fate::Refused(reason) => ("not translated", Some(reason.as_str())),
        };
        refused += usize::from(reason.is_some());
        if as_json {
            let detection = reason.is_none().then_some(id);
            say!(
                "{}",
                json!({
                    "file": document.file, "title": document.title, "detection": detection, "reason": reason,
                    "remarks": document.remarks,
                })
            );
            continue;
        }
        let remarks = reason.into_iter().chain(document.remarks.iter().map(String::as_str));
        let cells = [&document.file, &document.title, id, &remarks.collect::<Vec<_>>().join("; ")];
        table.add_row(cells.map(|cell| visible(cell).into_owned()));
    }
    let summary = json!({"translated": sigma.documents.len() - refused, "not_translated": refused});
    if as_json {
        say!("{}", json!({ "summary": summary }));
    } else {
        say!("{table}\n{} translated, {refused} not", sigma.documents.len() - refused);
    }
    Ok(if refused == 0 { Status::Fine } else { Status::Findings })
}
