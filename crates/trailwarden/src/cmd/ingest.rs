//! `ingest`: one pass over the sources into a lake.

use std::sync::Arc;

use jiff::tz::TimeZone;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use trail_ingest::{Ingest, Summary};
use trail_lake::Lake;
use trail_query::Engine;
use trail_source::SourceConfig;

use super::{library, open_lake, sources, window};
use crate::args::IngestArgs;
use crate::evidence::lake::Rows;
use crate::exit::Status;
use crate::findings::{shown, time};
use crate::progress::Progress;

/// Ingests each source in turn, and says what came of it.
pub(crate) async fn run(args: IngestArgs, zone: &TimeZone) -> anyhow::Result<Status> {
    let aws = args.aws.config();
    let sources = sources(&args.logs, &aws, window(&args.window)?)?.into_iter().map(SourceConfig::with_digests);
    let lake = open_lake(&args.lake, trail_lake::Config::default(), &aws, true).await?;
    let config = trail_ingest::Config { workers: args.threads, ..trail_ingest::Config::default() };
    let cancel = CancellationToken::new();
    tokio::spawn({
        let cancel = cancel.clone();
        async move {
            // What was read until then is committed, so that nothing is lost by stopping.
            if tokio::signal::ctrl_c().await.is_ok() {
                cancel.cancel();
            }
        }
    });
    let progress = Arc::new(Progress::new("ingest"));
    let mut total = Summary { whole: true, ..Summary::default() };
    for source in sources {
        let mut ingest = Ingest::new(config.clone(), source.build().await?, lake.clone()).await?;
        let shown = progress.clone();
        let tell = move |now: &trail_ingest::Progress| shown.set(now.done, now.total.unwrap_or(now.found), now.records);
        add(&mut total, ingest.run_pass(&cancel, &tell).await?);
    }
    if args.compact {
        lake.compact().await?;
        lake.upkeep(None).await?;
    }
    progress.end();
    let holes = if total.digests > 0 { Some(holes(&lake).await?) } else { None };
    if args.json {
        say!("{}", summary_json(&total, holes));
    } else {
        print_summary(&total, holes, zone)?;
    }
    if total.found == 0 && !total.problems.is_empty() {
        anyhow::bail!("nothing could be read: {}", total.problems[0]);
    }
    Ok(Status::Fine)
}

/// Hours between digests that none covers, in all of the lake.
async fn holes(lake: &Lake) -> anyhow::Result<i64> {
    lake.refresh().await?;
    let engine = Engine::new(trail_query::Config::default())?;
    engine.attach_lake(lake).await?;
    engine.attach_views(&library(None)?).await;
    let mut rows = Rows::of(&engine, "SELECT sum(hole) AS holes FROM coverage").await?;
    Ok(if rows.here().await? { rows.number("holes").unwrap_or_default() } else { 0 })
}

fn add(total: &mut Summary, pass: Summary) {
    total.found += pass.found;
    total.skipped += pass.skipped;
    total.read += pass.read;
    total.digests += pass.digests;
    total.partial += pass.partial;
    total.failed += pass.failed;
    total.bytes += pass.bytes;
    total.inflated_bytes += pass.inflated_bytes;
    total.events += pass.events;
    total.duplicates += pass.duplicates;
    total.rejects += pass.rejects;
    total.first = total.first.into_iter().chain(pass.first).min();
    total.last = total.last.max(pass.last);
    total.commits += pass.commits;
    total.version = total.version.max(pass.version);
    total.problems.extend(pass.problems);
    total.whole &= pass.whole;
}

fn summary_json(summary: &Summary, holes: Option<i64>) -> serde_json::Value {
    json!({"summary": {
        "objects": summary.found,
        "skipped": summary.skipped,
        "read": summary.read,
        "digests": summary.digests,
        "partial": summary.partial,
        "failed": summary.failed,
        "events": summary.events,
        "duplicates": summary.duplicates,
        "rejects": summary.rejects,
        "first": summary.first.map(|us| time(Some(us))),
        "last": summary.last.map(|us| time(Some(us))),
        "holes": holes,
        "complete": summary.whole,
    }})
}

fn print_summary(summary: &Summary, holes: Option<i64>, zone: &TimeZone) -> anyhow::Result<()> {
    say!(
        "{} objects: {} read, {} in part, {} failed, {} seen before",
        summary.found,
        summary.read,
        summary.partial,
        summary.failed,
        summary.skipped
    );
    say!("{} events, {} duplicates, {} rejects", summary.events, summary.duplicates, summary.rejects);
    if summary.first.is_some() {
        say!("from {} to {}", shown(summary.first, zone), shown(summary.last, zone));
    }
    if let Some(holes) = holes {
        say!("{} digests among the objects; {holes} hours of holes in the lake", summary.digests);
    }
    if !summary.whole {
        say!("stopped before the end");
    }
    for problem in summary.problems.iter().take(10) {
        say!("problem: {}", trail_query::write::visible(problem));
    }
    Ok(())
}
