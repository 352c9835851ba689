//! `verify`: whether the log files are all there and as CloudTrail delivered them, by its signed digests.

use std::io::Write;

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;
use trail_integrity::{Counts, Evidence, Held, Report, Severity, lines, verify};
use trail_lake::Lake;
use trail_query::Engine;
use trail_query::write::visible;
use trail_source::{AwsConfig, SourceConfig};

use super::{library, open_lake, sources, window};
use crate::args::VerifyArgs;
use crate::clock;
use crate::evidence::keys::Keys;
use crate::evidence::lake::{Area, Areas, Rows, Span};
use crate::evidence::{self, Gathered};
use crate::exit::{Status, usage};
use crate::findings;
use crate::progress::Progress;

/// Gathers, judges, prints. Ends with 1 where something is not as it was delivered, or cannot be proved.
pub(crate) async fn run(args: VerifyArgs, zone: &TimeZone) -> anyhow::Result<Status> {
    let (aws, now) = (args.aws.config(), clock::now());
    let window = window(&args.window)?;
    let (from, to) = window.bounds(now);
    let lake = match &args.lake {
        Some(location) => Some(open_lake(location, trail_lake::Config::default(), &aws, false).await?),
        None => None,
    };
    let mut keys = Keys::named(&args.keys)?;
    let (report, unlisted) = match &lake {
        Some(lake) if args.logs.is_empty() => (of_lake(lake, &aws, &mut keys, (from, to)).await?, Vec::new()),
        _ => {
            let sources = with_digests(sources(&args.logs, &aws, window)?)?;
            of_sources(&sources, lake.as_ref(), &aws, &mut keys, (from, to.unwrap_or(now).min(now), to)).await?
        }
    };
    if let Some(file) = &args.save_keys {
        keys.known.save(file).map_err(usage)?;
    }
    let mut out = std::io::stdout().lock();
    if args.json {
        for problem in &report.problems {
            writeln!(out, "{}", serde_json::to_string(problem)?)?;
        }
        writeln!(out, "{}", summary(&report, &unlisted))?;
    } else if args.lines {
        let span = (from.unwrap_or(Timestamp::UNIX_EPOCH), to.unwrap_or(now));
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
    if report.chains.is_empty() {
        return Err(usage(if args.logs.is_empty() {
            "the lake has no digests of that time: `ingest` and `run` take them in from a place above `CloudTrail-Digest`"
        } else {
            "there are no digests: name a place above the folder `CloudTrail-Digest`, or turn log file validation on"
        }));
    }
    let bad = report.worst().is_some_and(|worst| worst >= Severity::Medium) || !unlisted.is_empty();
    Ok(if bad { Status::Findings } else { Status::Fine })
}

/// The report on what some sources have. `to` is the end of the time, in the bucket of the trail and in a copy of it.
async fn of_sources(
    sources: &[SourceConfig],
    lake: Option<&Lake>,
    aws: &AwsConfig,
    keys: &mut Keys,
    (from, in_place_to, copied_to): (Option<Timestamp>, Timestamp, Option<Timestamp>),
) -> anyhow::Result<(Report, Vec<String>)> {
    let (known, mut more_events) = match lake {
        Some(lake) => evidence::of_lake(lake).await?,
        None => Default::default(),
    };
    let progress = Progress::new("verify");
    let Gathered { held, digests, log_files, mut trail_events, unlisted } =
        evidence::gather(sources, &known, &progress).await?;
    progress.end();
    trail_events.append(&mut more_events);
    keys.complete(aws, &digests).await?;
    // A copy was made at some time or other: that no newer digests have come tells nothing.
    let to = if held == Held::InPlace { Some(in_place_to) } else { copied_to };
    let (digests, log_files, keys) = (&digests, &log_files, &keys.known);
    let evidence = Evidence { held, digests, log_files, keys, trail_events: &trail_events, from, to };
    Ok((verify(&evidence), unlisted))
}

/// The report on what a lake has, with no look at where it came from.
async fn of_lake(
    lake: &Lake,
    aws: &AwsConfig,
    keys: &mut Keys,
    (from, to): (Option<Timestamp>, Option<Timestamp>),
) -> anyhow::Result<Report> {
    let engine = Engine::new(trail_query::Config::default())?;
    engine.attach_lake(lake).await?;
    engine.attach_views(&library(None)?).await;
    // What came after the last commit is not missing.
    let span = Span { from, to, seen: last_commit(&engine).await? };
    let trail_events = evidence::trail_events(&engine, None).await?;
    let mut areas = Areas::of(&engine, span).await?;
    let mut all = Report::default();
    while let Some(Area { held, digests, log_files, from }) = areas.next().await? {
        keys.complete(aws, &digests).await?;
        let (digests, log_files, keys) = (&digests, &log_files, &keys.known);
        let to = span.until().filter(|_| held == Held::InPlace);
        let evidence = Evidence { held, digests, log_files, keys, trail_events: &trail_events, from, to };
        all.extend(verify(&evidence));
    }
    Ok(all)
}

/// When the lake took something in the last time.
async fn last_commit(engine: &Engine) -> anyhow::Result<Option<Timestamp>> {
    let mut rows = Rows::of(engine, "SELECT max(committed) AS committed FROM objects").await?;
    Ok(if rows.here().await? { rows.time("committed") } else { None })
}

/// The sources, told to list digests too.
fn with_digests(sources: Vec<SourceConfig>) -> anyhow::Result<Vec<SourceConfig>> {
    let listed = |source: &SourceConfig| matches!(source, SourceConfig::S3(_) | SourceConfig::Folder(_));
    if !sources.iter().all(listed) {
        return Err(usage("digests lie beside the log files: name a folder or `s3://bucket/prefix`"));
    }
    Ok(sources.into_iter().map(SourceConfig::with_digests).collect())
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
        let time = |at: Option<Timestamp>| findings::shown(at.map(Timestamp::as_microsecond), zone);
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
