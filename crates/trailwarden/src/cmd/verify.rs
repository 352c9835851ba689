//! `verify`: whether the log files are all there and as CloudTrail delivered them, by its signed digests.

use std::collections::HashMap;
use std::io::Write;

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};
use jiff::tz::TimeZone;
use serde_json::json;
use trail_integrity::{Counts, Evidence, Report, Severity, lines, verify};
use trail_query::write::visible;
use trail_source::SourceConfig;

use super::{open_lake, sources, window};
use crate::args::VerifyArgs;
use crate::clock;
use crate::evidence::{self, Gathered};
use crate::exit::{Status, usage};
use crate::findings;
use crate::progress::Progress;

/// Gathers, judges, prints. Ends with 1 where something is not as it was delivered, or cannot be proved.
pub(crate) async fn run(args: VerifyArgs, zone: &TimeZone) -> anyhow::Result<Status> {
    let (aws, now) = (args.aws.config(), clock::now());
    let window = window(&args.window)?;
    let sources = with_digests(sources(&args.logs, &aws, window)?)?;
    let (mut known, mut more_events) = (HashMap::new(), Vec::new());
    if let Some(location) = &args.lake {
        let lake = open_lake(location, trail_lake::Config::default(), &aws, false).await?;
        (known, more_events) = evidence::of_lake(&lake).await?;
    }
    let progress = Progress::new("verify");
    let Gathered { held, digests, log_files, mut trail_events, unlisted } =
        evidence::gather(&sources, &aws, &known, &progress).await?;
    progress.end();
    trail_events.append(&mut more_events);
    let keys = evidence::keys(&args.keys, &aws, &digests).await?;
    if let Some(file) = &args.save_keys {
        keys.save(file).map_err(usage)?;
    }
    let (from, to) = window.bounds(now);
    let in_place = held == trail_integrity::Held::InPlace;
    let evidence = Evidence {
        held,
        digests: &digests,
        log_files: &log_files,
        keys: &keys,
        trail_events: &trail_events,
        from,
        // A copy was made at some time or other: that no newer digests have come tells nothing.
        to: if in_place { Some(to.unwrap_or(now).min(now)) } else { to },
    };
    let report = verify(&evidence);
    let mut out = std::io::stdout().lock();
    if args.json {
        for problem in &report.problems {
            writeln!(out, "{}", serde_json::to_string(problem)?)?;
        }
        writeln!(out, "{}", summary(&report, &unlisted))?;
    } else if args.lines {
        let span = (from.unwrap_or(jiff::Timestamp::UNIX_EPOCH), to.unwrap_or(now));
        for chain in &report.chains {
            let printed = lines::of_chain(&report, &chain.id, &chain.id.trail_arn(), span.0, span.1, args.verbose);
            for piece in printed.pieces {
                if piece.error {
                    out.flush()?;
                    std::io::stderr().write_all(piece.text.as_bytes())?;
                } else {
                    out.write_all(piece.text.as_bytes())?;
                }
            }
        }
    } else {
        print(&mut out, &report, zone)?;
    }
    for place in &unlisted {
        tracing::warn!(place, "a place could not be listed: what lies there was not judged");
    }
    if digests.is_empty() {
        return Err(usage(
            "there are no digests: name a place above the folder `CloudTrail-Digest`, or turn log file validation on",
        ));
    }
    let bad = report.worst().is_some_and(|worst| worst >= Severity::Medium) || !unlisted.is_empty();
    Ok(if bad { Status::Findings } else { Status::Fine })
}

/// The sources, told to list digests too.
fn with_digests(mut sources: Vec<SourceConfig>) -> anyhow::Result<Vec<SourceConfig>> {
    for source in &mut sources {
        match source {
            SourceConfig::S3(config) => config.digests = true,
            SourceConfig::Folder(config) => config.digests = true,
            _ => return Err(usage("digests lie beside the log files: name a folder or `s3://bucket/prefix`")),
        }
    }
    Ok(sources)
}

fn summary(report: &Report, unlisted: &[String]) -> serde_json::Value {
    let (digests, logs) = report.counts();
    json!({"summary": {
        "chains": report.chains.len(),
        "digests": digests,
        "log_files": logs,
        "strays": report.strays.len(),
        "outside": report.outside,
        "problems": report.problems.len(),
        "unlisted": unlisted,
    }})
}

fn print(out: &mut impl Write, report: &Report, zone: &TimeZone) -> anyhow::Result<()> {
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["trail", "account", "region", "digests", "log files", "proved from", "until"]);
    for chain in &report.chains {
        let id = &chain.id;
        let time = |at: Option<jiff::Timestamp>| findings::shown(at.map(jiff::Timestamp::as_microsecond), zone);
        let backfill = if id.backfill { " (backfill)" } else { "" };
        table.add_row([
            Cell::new(visible(&format!("{}{backfill}", id.trail))),
            Cell::new(visible(&id.account)),
            Cell::new(visible(&id.region)),
            Cell::new(tally(chain.digests)).set_alignment(CellAlignment::Right),
            Cell::new(tally(chain.log_files)).set_alignment(CellAlignment::Right),
            Cell::new(time(chain.from)),
            Cell::new(time(chain.until)),
        ]);
    }
    if !report.chains.is_empty() {
        writeln!(out, "{table}")?;
    }
    for problem in &report.problems {
        writeln!(out, "{}: {}: {}", problem.severity, problem.kind, visible(&problem.explanation))?;
    }
    let (digests, logs) = report.counts();
    writeln!(out, "{} digests: {}; {} log files: {}", digests.total(), tally(digests), logs.total(), tally(logs))?;
    if report.outside > 0 {
        writeln!(out, "{} log files are of a time for which there are no digests, or too new", report.outside)?;
    }
    match report.problems.len() {
        0 => writeln!(out, "nothing is missing, and nothing was changed")?,
        count => writeln!(out, "{count} problems")?,
    }
    Ok(())
}

fn tally(counts: Counts) -> String {
    let parts = [(counts.valid, "valid"), (counts.invalid, "invalid"), (counts.unverifiable, "unverifiable")];
    let shown: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    if shown.is_empty() { "none".to_owned() } else { shown.join(", ") }
}
