//! `rules`: what is detected, and the proof that it is.

use anyhow::Context as _;
use comfy_table::Table;
use comfy_table::presets::NOTHING;
use globset::{Glob, GlobSet, GlobSetBuilder};
use serde_json::json;
use trail_detect::{Rule, Rules, run_cases};

use super::library;
use crate::args::{RulesArgs, RulesCommand, RulesWhich};
use crate::exit::{Status, usage};

/// Lists the rules or runs their cases.
pub(crate) async fn run(args: RulesArgs) -> anyhow::Result<Status> {
    match args.command {
        RulesCommand::List { which, json } => list(&which, json),
        RulesCommand::Test { which } => test(&which).await,
    }
}

fn chosen(which: &RulesWhich) -> anyhow::Result<Vec<Rule>> {
    let rules = Rules::load(&library(which.queries.as_deref())?).map_err(usage)?;
    let globs = globs(&which.only)?;
    let chosen: Vec<Rule> = rules.iter().filter(|rule| globs.is_empty() || globs.is_match(&rule.id)).cloned().collect();
    if chosen.is_empty() {
        return Err(usage(format!("no detection is named like {:?} (see `trailwarden rules list`)", which.only)));
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
        table.add_row([&rule.id, rule.severity.as_str(), rule.kind.as_str(), &rule.service, &rule.title]);
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
