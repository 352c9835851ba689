//! `rules replay`: how often rules would have fired, by day and principal, and what exceptions would have covered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use comfy_table::Table;
use comfy_table::presets::NOTHING;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::json;
use trail_detect::{Detector, Finding, Outcome, Planned, Severity};
use trail_query::write::visible;
use trail_query::{Config, Engine, LogInput};
use trail_source::Window;

use super::args::{ReplayArgs, RulesFormat};
use super::{House, named};
use crate::clock;
use crate::cmd::{open_lake, sources, window};
use crate::exit::{Status, usage};
use crate::findings::by_exception;

/// What a rule found of a principal on a day.
#[derive(Debug, Default, Serialize)]
struct Line {
    rule: String,
    day: String,
    principal: Option<String>,
    findings: usize,
    suppressed: usize,
    events: i64,
    severity: Severity,
}

/// What a rule found in all.
#[derive(Debug, Serialize)]
struct Total {
    rule: String,
    findings: usize,
    suppressed: usize,
    days: usize,
    principals: usize,
    severity: Severity,
}

/// Runs the rules and tells. Rules that are off are run as well where `--only` names them.
pub(super) async fn run(args: ReplayArgs, zone: &TimeZone) -> anyhow::Result<Status> {
    let house = House::open(&args.which)?;
    named(&house.rules, &args.which.only)?;
    let mut settings = house.detections().await?;
    settings.only.extend(args.which.only.iter().cloned());
    let planned = Arc::new(Planned::new(&house.rules, settings).await.map_err(usage)?);
    let span = window(&args.window)?;
    let (from, to) = span.bounds(clock::now());
    let outcome = outcome(&args, &planned, span, (from, to)).await?;
    for problem in &outcome.problems {
        tracing::warn!(
            rule = problem.rule,
            count = problem.count,
            reason = problem.reason,
            "a detection could not be told"
        );
    }
    let us = |at: Option<Timestamp>| at.map(Timestamp::as_microsecond);
    let (from, to) = (us(from).unwrap_or(i64::MIN), us(to).unwrap_or(i64::MAX));
    let within = |finding: &Finding| {
        finding.last.is_none_or(|last| last >= from) && finding.first.is_none_or(|first| first < to)
    };
    let findings: Vec<Finding> = outcome.findings.into_iter().filter(within).collect();
    let lines = by_day(&findings, zone);
    let totals = totals(&lines);
    match args.format {
        RulesFormat::Json => {
            for line in &lines {
                say!("{}", serde_json::to_string(line)?);
            }
            let count = lines.iter().map(|line| line.findings).sum::<usize>();
            let (excepted, rules) = (by_exception(&findings), planned.rules().len());
            say!(
                "{}",
                json!({"summary": {"rules": rules, "findings": count, "suppressed": excepted, "by_rule": totals}})
            );
        }
        RulesFormat::Table => table(&lines, &totals, &findings, planned.rules().len())?,
    }
    Ok(Status::Fine)
}

async fn outcome(
    args: &ReplayArgs,
    planned: &Arc<Planned>,
    span: Window,
    (from, to): (Option<Timestamp>, Option<Timestamp>),
) -> anyhow::Result<Outcome> {
    let aws = args.aws.config();
    let engine = Engine::new(Config::default())?;
    if let (Some(location), true) = (&args.over.lake, args.over.logs.is_empty()) {
        let lake = open_lake(location, trail_lake::Config::default(), &aws, false).await?;
        engine.attach_lake(&lake).await?;
        let us = |at: Option<Timestamp>| at.map(Timestamp::as_microsecond);
        return Ok(trail_detect::replay(planned, &lake, &engine, (us(from), us(to))).await?);
    }
    // What was before is history for baselines.
    let sources = sources(&args.over.logs, &aws, Window { from: None, ..span })?;
    let detectors = Detector::several(planned, engine.config().threads());
    let (detectors, logs) = engine.read_logs(LogInput::from(sources), detectors, Detector::observe, |_| {}).await?;
    let coverage = logs.coverage();
    if coverage.failed > 0 {
        tracing::warn!(failed = coverage.failed, "some log objects could not be read");
    }
    let mut detectors = detectors.into_iter();
    let mut detector = detectors.next().unwrap_or_else(|| Detector::with(planned.clone()));
    detectors.try_for_each(|other| detector.absorb(other))?;
    Ok(detector.finish().await?)
}

fn by_day(findings: &[Finding], zone: &TimeZone) -> Vec<Line> {
    let mut lines: BTreeMap<(String, String, Option<String>), Line> = BTreeMap::new();
    for finding in findings {
        let at = finding.first.and_then(|first| Timestamp::from_microsecond(first).ok());
        let day = at.map_or_else(|| "-".to_owned(), |at| at.to_zoned(zone.clone()).date().to_string());
        let key = (finding.detection.clone(), day.clone(), finding.principal.clone());
        let line = lines.entry(key).or_insert_with(|| Line {
            rule: finding.detection.clone(),
            day,
            principal: finding.principal.clone(),
            ..Line::default()
        });
        match finding.suppressed_by() {
            Some(_) => line.suppressed += 1,
            None => {
                line.findings += 1;
                line.severity = line.severity.max(finding.severity);
            }
        }
        line.events += finding.count;
    }
    lines.into_values().collect()
}

fn totals(lines: &[Line]) -> Vec<Total> {
    let mut by_rule: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
    lines.iter().for_each(|line| by_rule.entry(&line.rule).or_default().push(line));
    let total = |(rule, lines): (&str, Vec<&Line>)| {
        let fired = || lines.iter().filter(|line| line.findings > 0);
        Total {
            rule: rule.to_owned(),
            findings: lines.iter().map(|line| line.findings).sum(),
            suppressed: lines.iter().map(|line| line.suppressed).sum(),
            days: fired().map(|line| &line.day).collect::<BTreeSet<_>>().len(),
            principals: fired().map(|line| &line.principal).collect::<BTreeSet<_>>().len(),
            severity: fired().map(|line| line.severity).max().unwrap_or_default(),
        }
    };
    let mut totals: Vec<Total> = by_rule.into_iter().map(total).collect();
    totals.sort_by(|a, b| (b.findings, &a.rule).cmp(&(a.findings, &b.rule)));
    totals
}

fn table(lines: &[Line], totals: &[Total], findings: &[Finding], rules: usize) -> anyhow::Result<()> {
    let severity = |findings: usize, severity: Severity| match findings {
        0 => "-".to_owned(),
        _ => severity.to_string(),
    };
    if !lines.is_empty() {
        let mut table = Table::new();
        table.load_preset(NOTHING);
        table.set_header(["detection", "day", "who", "findings", "suppressed", "events", "severity"]);
        for line in lines {
            let who = line.principal.as_deref().unwrap_or("-");
            table.add_row([
                visible(&line.rule).into_owned(),
                line.day.clone(),
                visible(who).into_owned(),
                line.findings.to_string(),
                line.suppressed.to_string(),
                line.events.to_string(),
                severity(line.findings, line.severity),
            ]);
        }
        say!("{table}\n");
        let mut table = Table::new();
        table.load_preset(NOTHING);
        table.set_header(["detection", "findings", "suppressed", "days", "principals", "severity"]);
        for total in totals {
            table.add_row([
                visible(&total.rule).into_owned(),
                total.findings.to_string(),
                total.suppressed.to_string(),
                total.days.to_string(),
                total.principals.to_string(),
                severity(total.findings, total.severity),
            ]);
        }
        say!("{table}\n");
    }
    for (exception, count) in by_exception(findings) {
        say!("{count} suppressed by the exception `{}`", visible(&exception));
    }
    let count = lines.iter().map(|line| line.findings).sum::<usize>();
    say!("{rules} detections, {count} findings");
    Ok(())
}
