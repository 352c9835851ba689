//! `rules lint`: what is wrong or doubtful in rules and in the settings for them.

use serde_json::json;
use trail_detect::{Remark, Sigma, lint, lint_settings};
use trail_query::write::visible;

use super::args::{LintArgs, RulesFormat};
use super::{House, globs};
use crate::clock;
use crate::exit::{Status, usage};
use crate::lists;

/// Looks and tells, a line each.
pub(super) async fn run(args: LintArgs) -> anyhow::Result<Status> {
    let (settings, library, of_others) = House::parts(&args.which)?;
    let sigma = Sigma::load(&of_others.sigma, &of_others.placeholders).map_err(usage)?;
    let only = globs(&args.which.only)?;
    let mut remarks = lint(&library, &sigma, |rule| only.is_empty() || rule.is_named(&only)).await?;
    // Settings speak of rules, and can be told of when the rules can be read.
    let readable = remarks.iter().all(|remark| !["head", "id"].contains(&remark.check));
    if let (Some(file), Some(settings), true) = (&args.which.config, &settings, readable) {
        let house = House::open(&args.which)?;
        let today = clock::now().to_zoned(jiff::tz::TimeZone::UTC).date();
        let file = file.display().to_string();
        let told = settings.rules.over(&settings.detect)?;
        remarks.extend(lint_settings(&file, &told, &house.rules, today).await.map_err(usage)?);
        let refused = lists::refused(&settings.rules.lists, &settings.notify.outbox);
        remarks.extend(refused.into_iter().map(|(file, line, message)| {
            let rule = String::new();
            Remark { file, line, rule, check: "list", message }
        }));
    }
    for remark in &remarks {
        match args.format {
            RulesFormat::Json => say!("{}", serde_json::to_string(remark)?),
            RulesFormat::Table => {
                let place = format!("{}:{}: {}: {}", remark.file, remark.line, remark.check, remark.message);
                say!("{}", visible(&place));
            }
        }
    }
    match args.format {
        RulesFormat::Json => say!("{}", json!({"summary": {"remarks": remarks.len()}})),
        RulesFormat::Table if remarks.is_empty() => say!("nothing to remark"),
        RulesFormat::Table => say!("{} remarks", remarks.len()),
    }
    Ok(if args.deny && !remarks.is_empty() { Status::Findings } else { Status::Fine })
}
