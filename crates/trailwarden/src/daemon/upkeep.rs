//! The daemon's housekeeping of the lake: compaction, retention, and the clean-up of logs and files that nobody needs.

use std::sync::Arc;
use std::time::Duration;

use trail_detect::Watch;

use super::House;
use crate::clock;

const EVERY: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

/// Keeps house until told to stop.
pub(super) async fn run(house: Arc<House>) -> anyhow::Result<()> {
    loop {
        tokio::select! {
            () = house.cancel.cancelled() => return Ok(()),
            () = tokio::time::sleep(EVERY) => pass(&house).await,
        }
    }
}

/// Does what is to be done now. Nothing depends on it, so a failure is logged and the next hour tries again.
pub(super) async fn pass(house: &House) {
    let ended = try_pass(house).await.map_err(|error| format!("{error:#}"));
    if let Err(error) = &ended {
        tracing::warn!(error, "housekeeping failed, and will be tried again");
    }
    house.told.worked("housekeeping", ended.err());
}

async fn try_pass(house: &House) -> anyhow::Result<()> {
    let compacted = house.lake.compact().await?;
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
    // Log entries that the detections have yet to read stay.
    let cursor = Watch::seen(&house.lake).await?;
    house.lake.upkeep(Some(cursor)).await?;
    house.lake.vacuum().await?;
    Ok(())
}
