//! The daemon's deliveries: what is due in the outbox goes out, again and again until its channel takes it.

use std::sync::Arc;
use std::time::Duration;

use trail_notify::{ChannelStatus, Depth, NotifyError, Report};

use super::House;
use crate::clock;
use crate::condition::{ChannelCondition, Failure};

/// The outbox is looked at this often even if nothing is known to be due.
const LONGEST: Duration = Duration::from_secs(60);
const SHORTEST: Duration = Duration::from_millis(100);

/// Delivers until told to stop.
pub(super) async fn run(house: Arc<House>) -> anyhow::Result<()> {
    let pulse = house.pulse("deliver", "");
    while !house.cancel.is_cancelled() {
        let wait = match due(&house).await {
            Ok(wait) => {
                pulse.succeeded();
                wait
            }
            Err(error) => {
                pulse.failed(&error.to_string());
                tracing::warn!(%error, "the outbox could not be worked, and will be tried again");
                LONGEST
            }
        };
        pulse.rest(wait);
        tokio::select! {
            () = house.cancel.cancelled() => {}
            () = house.noticed.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
    Ok(())
}

/// Delivers what is due, and gives the time until more is.
async fn due(house: &House) -> Result<Duration, NotifyError> {
    let report = house.notifier.deliver_due(clock::now()).await;
    count(house);
    let report = report?;
    house.kept.metrics.pending(report.pending);
    tell(house, &report).await;
    let next = house.notifier.next_due().await?;
    let wait = next.map(|next| Duration::try_from(next.duration_since(clock::now())).unwrap_or_default());
    Ok(wait.unwrap_or(LONGEST).clamp(SHORTEST, LONGEST))
}

/// Delivers until nothing waits, or what waits failed and is to be tried later. Nothing is held back to be grouped with more
/// of its like: no more comes.
pub(super) async fn all(house: &House) -> anyhow::Result<()> {
    while let Some(next) = house.notifier.next_due().await?
        && !house.cancel.is_cancelled()
    {
        let report = house.notifier.deliver_due(clock::now().max(next)).await?;
        tell(house, &report).await;
        if report.failed > 0 {
            anyhow::bail!("{} messages were not taken by their channels; they wait in the outbox", report.failed);
        }
    }
    Ok(())
}

fn count(house: &House) {
    for (channel, done) in house.notifier.tallies() {
        for (outcome, count) in [("sent", done.sent), ("failed", done.failed), ("dead", done.dead)] {
            house.kept.metrics.delivered(channel, outcome, count);
        }
    }
}

async fn tell(house: &House, report: &Report) {
    match house.notifier.status().await {
        Ok(channels) => {
            for ChannelStatus { depth, circuit } in &channels {
                house.kept.metrics.channel(&depth.channel, depth.waiting, depth.dead, circuit.is_some());
            }
            house.kept.told.channels(channels.into_iter().map(condition).collect());
        }
        Err(error) => tracing::warn!(%error, "how the channels stand cannot be told"),
    }
    if report.sent + report.failed + report.dead > 0 {
        tracing::info!(
            sent = report.sent,
            failed = report.failed,
            dead = report.dead,
            pending = report.pending,
            "delivered"
        );
    }
}

fn condition(channel: ChannelStatus) -> (String, ChannelCondition) {
    let Depth { channel: name, waiting, oldest, dead } = channel.depth;
    let reason = |failures: u32| format!("it failed {failures} times in a row, and is tried now and then");
    let failure = channel.circuit.map(|open| Failure { since: open.since, reason: reason(open.failures) });
    (name, ChannelCondition { waiting, oldest, dead, failure })
}
