//! The daemon's ingest: pass after pass over one source.

use std::sync::Arc;

use trail_ingest::Ingest;

use super::House;
use crate::clock;

/// Passes until told to stop. An error that waiting may mend is logged and waited out; any other ends the daemon.
pub(super) async fn run(house: Arc<House>, mut ingest: Ingest) -> anyhow::Result<()> {
    while !house.cancel.is_cancelled() {
        match pass(&house, &mut ingest).await {
            // Such a source has waited already.
            Ok(true) if ingest.waits() => continue,
            Ok(_) => {}
            Err(error) if is_transient(&error) => {
                tracing::warn!(error = format!("{error:#}"), "a pass failed, and will be made again");
            }
            Err(error) => return Err(error),
        }
        tokio::select! {
            () = house.cancel.cancelled() => {}
            () = tokio::time::sleep(house.settings.poll) => {}
        }
    }
    Ok(())
}

fn is_transient(error: &anyhow::Error) -> bool {
    error.downcast_ref::<trail_ingest::Error>().is_some_and(trail_ingest::Error::is_transient)
}

/// One pass; whether it looked everywhere.
pub(super) async fn pass(house: &House, ingest: &mut Ingest) -> anyhow::Result<bool> {
    let began = clock::now();
    let ran = ingest.run_pass(&house.cancel, &|_| {}).await;
    house.told.passed(ingest.name(), began, ran.as_ref().map_err(ToString::to_string));
    let summary = ran?;
    if summary.read + summary.partial + summary.failed > 0 {
        tracing::info!(
            objects = summary.read + summary.partial,
            failed = summary.failed,
            events = summary.events,
            duplicates = summary.duplicates,
            rejects = summary.rejects,
            "ingested"
        );
    }
    for problem in &summary.problems {
        tracing::warn!(problem, "not everything could be read");
    }
    if summary.events > 0 {
        house.grown.notify_one();
    }
    Ok(summary.whole)
}
