//! The daemon's housekeeping of the lake: compaction, retention, and the clean-up of logs and files that nobody needs.

use std::sync::Arc;
use std::time::Duration;

use trail_detect::Watch;

use super::House;
use super::pulse::Pulse;
use crate::clock;
use crate::exit::sentence;

const EVERY: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

/// Keeps house until told to stop.
pub(super) async fn run(house: Arc<House>) -> anyhow::Result<()> {
    let pulse = house.pulse("upkeep", "");
    loop {
        let wait = house.kept.upkeep_in(EVERY);
        pulse.rest(wait);
        tokio::select! {
            () = house.cancel.cancelled() => return Ok(()),
            () = tokio::time::sleep(wait) => {}
        }
        if *house.kept.leads.borrow() {
            pass(&house, &pulse).await;
        }
        house.kept.set_upkeep();
    }
}

/// Keeps house, for who wants it done once.
pub(super) async fn once(house: &House) {
    pass(house, &house.pulse("upkeep", "")).await;
}

/// Does what is to be done now. Nothing depends on it, so a failure is logged and the next hour tries again.
async fn pass(house: &House, pulse: &Pulse) {
    match try_pass(house, pulse).await {
        Ok(()) => pulse.succeeded(),
        Err(error) => {
            let error = sentence(&error);
            pulse.failed(&error);
            tracing::warn!(error, "housekeeping failed, and will be tried again");
        }
    }
}

async fn try_pass(house: &House, pulse: &Pulse) -> anyhow::Result<()> {
    pulse.beat();
    let compacted = house.lake.compact().await?;
    pulse.beat();
    if compacted.removed > 0 {
        tracing::info!(files = compacted.removed, into = compacted.added, "compacted");
    }
    if let Some(kept) = house.settings.retention {
        let days = (kept.as_secs() / DAY.as_secs()).max(1);
        let today = clock::now().as_second() / i64::try_from(DAY.as_secs())?;
        let dropped = house.lake.retain(i32::try_from(today - i64::try_from(days)?)?).await?;
        if dropped > 0 {
            tracing::info!(files = dropped, "dropped days that are older than the retention");
        }
    }
    pulse.beat();
    // Log entries that the detections have yet to read stay.
    let cursor = Watch::seen(&house.lake).await?;
    house.lake.upkeep(Some(cursor)).await?;
    pulse.beat();
    house.lake.vacuum().await?;
    Ok(())
}
