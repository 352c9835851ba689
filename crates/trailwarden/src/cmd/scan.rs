//! `scan`: all detections once over log objects, and what was and was not read.

use std::io::Write;
use std::sync::Arc;

use jiff::tz::TimeZone;
use serde_json::json;
use trail_detect::{Detector, Finding, Planned, Settings};
use trail_query::{Config, Coverage, Engine, LogInput};

use super::rules::named;
use super::{all_rules, library, sources, window};
use crate::args::{DetectArgs, ScanArgs};
use crate::exit::{Status, usage};
use crate::progress::Progress;
use crate::settings::{RulesSettings, Settings as Configured};
use crate::{findings, iam};

/// Reads, detects, prints.
pub(crate) async fn run(args: ScanArgs, zone: &TimeZone) -> anyhow::Result<Status> {
    let aws = args.aws.config();
    let window = window(&args.window)?;
    let sources = sources(&args.logs, &aws, window)?;
    let configured = args.detect.config.as_deref().map(Configured::load).transpose()?;
    let (of_rules, settings) = tuned(&args.detect, configured.as_ref()).await?;
    let queries = args.detect.queries.as_deref();
    let queries = queries.or(configured.as_ref().and_then(|configured| configured.queries.as_deref()));
    let rules = all_rules(&library(queries)?, &of_rules)?;
    // A name misspelt would make the quietest of scans.
    named(&rules, &args.detect.only)?;
    let planned = Arc::new(Planned::new(&rules, settings).await.map_err(usage)?);
    let access_keys = match &args.detect.iam {
        Some(iam) => Some(iam::for_detections(&iam::snapshot(iam, &aws).await?)?),
        None => None,
    };

    let engine = Engine::new(Config { threads: args.threads, ..Config::default() })?;
    let detectors = Detector::several(&planned, engine.config().threads());
    let progress = Arc::new(Progress::new("scan"));
    let tell = {
        let progress = progress.clone();
        move |seen: &Coverage| progress.set(seen.read + seen.partial + seen.failed, seen.objects, seen.events)
    };
    let (detectors, logs) = engine.read_logs(LogInput::from(sources), detectors, Detector::observe, tell).await?;
    let mut detectors = detectors.into_iter();
    let mut detector = detectors.next().unwrap_or_else(|| Detector::with(planned));
    detectors.try_for_each(|other| detector.absorb(other))?;
    access_keys.into_iter().for_each(|batch| detector.access_keys(batch));
    let outcome = detector.finish().await?;
    progress.end();
    for problem in &outcome.problems {
        tracing::warn!(
            rule = problem.rule,
            count = problem.count,
            reason = problem.reason,
            "a detection could not be told for some events"
        );
    }

    let (suppressed, findings): (Vec<Finding>, Vec<Finding>) =
        outcome.findings.into_iter().partition(|finding| finding.suppressed_by().is_some());
    let coverage = logs.coverage();
    let mut out = std::io::stdout().lock();
    let shown = if args.suppressed { &suppressed[..] } else { &[] };
    if args.json {
        for finding in findings.iter().chain(shown) {
            writeln!(out, "{}", serde_json::to_string(finding)?)?;
        }
        writeln!(out, "{}", summary(&coverage, &findings, &suppressed))?;
    } else {
        findings::table(&mut out, &findings, None, zone)?;
        findings::table(&mut out, shown, None, zone)?;
        print_summary(&mut out, &coverage, (&findings, &suppressed), zone)?;
    }
    if coverage.objects == 0 && coverage.failed > 0 {
        anyhow::bail!("nothing could be read: {}", coverage.failures.first().map_or("", |(_, reason)| reason.as_str()));
    }
    let asked = args.fail_on.is_some_and(|least| findings.iter().any(|finding| finding.severity >= least));
    Ok(if asked { Status::Findings } else { Status::Fine })
}

/// What the config and the arguments together say of rules and detections.
async fn tuned(args: &DetectArgs, configured: Option<&Configured>) -> anyhow::Result<(RulesSettings, Settings)> {
    let mut rules = configured.map_or_else(RulesSettings::default, |configured| configured.rules.clone());
    rules.sigma.extend(args.sigma.iter().cloned());
    rules.exception_files.extend(args.exceptions.iter().cloned());
    let mut settings =
        rules.over(&configured.map_or_else(Settings::default, |configured| configured.detect.clone()))?;
    if let Some(configured) = configured {
        settings.lists.extend(configured.lists().await?);
    }
    settings.home_accounts.extend(args.home_accounts.iter().cloned());
    settings.trusted_accounts.extend(args.trusted_accounts.iter().cloned());
    settings.org_id = args.org_id.clone().or(settings.org_id);
    settings.only.extend(args.only.iter().cloned());
    settings.group &= !args.no_group;
    Ok((rules, settings))
}

fn summary(coverage: &Coverage, findings: &[Finding], suppressed: &[Finding]) -> serde_json::Value {
    let time = |us: i64| findings::time(Some(us));
    json!({"summary": {
        "objects": coverage.objects,
        "read": coverage.read,
        "partial": coverage.partial,
        "failed": coverage.failed,
        "digests": coverage.digests,
        "events": coverage.events,
        "duplicates": coverage.duplicates,
        "rejects": coverage.rejects,
        "first": coverage.span.map(|(first, _)| time(first)),
        "last": coverage.span.map(|(_, last)| time(last)),
        "reasons": coverage.reasons,
        "complete": coverage.complete,
        "findings": findings.len(),
        "suppressed": findings::by_exception(suppressed),
    }})
}

fn print_summary(
    out: &mut impl Write,
    coverage: &Coverage,
    (findings, suppressed): (&[Finding], &[Finding]),
    zone: &TimeZone,
) -> std::io::Result<()> {
    writeln!(out, "{}", findings::tally(findings))?;
    for (exception, count) in findings::by_exception(suppressed) {
        writeln!(out, "{count} suppressed by the exception `{}`", trail_query::write::visible(&exception))?;
    }
    writeln!(out, "{}", coverage.in_zone(zone))?;
    let mut reasons: Vec<_> = coverage.reasons.iter().collect();
    reasons.sort_by_key(|&(reason, count)| (std::cmp::Reverse(*count), reason));
    for (reason, count) in reasons.into_iter().take(10) {
        writeln!(out, "  {count} times: {}", trail_query::write::visible(reason))?;
    }
    for reject in coverage.samples.iter().take(5) {
        let record = reject.record.map_or_else(String::new, |record| format!(" record {record}"));
        let line = format!("{}{record} byte {}: {}", reject.object, reject.offset, reject.reason);
        writeln!(out, "  rejected: {}", trail_query::write::visible(&line))?;
    }
    Ok(())
}
