//! The daemon's deliveries: what is due in the outbox goes out, again and again until its channel takes it.

use std::sync::Arc;
use std::time::Duration;

use trail_notify::{NotifyError, Report, State};

use super::House;
use crate::clock;
use crate::condition::OutboxCondition;

/// The outbox is looked at this often even if nothing is known to be due.
const LONGEST: Duration = Duration::from_secs(60);
/// Dead letters are counted up to this.
const MOST_DEAD: u32 = 1_000;
const SHORTEST: Duration = Duration::from_millis(100);

/// Delivers until told to stop.
pub(super) async fn run(house: Arc<House>) -> anyhow::Result<()> {
    let pulse = house.pulse("deliver", "");
    while !house.cancel.is_cancelled() {
        let due = due(&house).await;
        house.kept.told.worked("delivery", due.as_ref().err().map(ToString::to_string));
        let wait = match due {
            Ok(wait) => {
                pulse.succeeded();
                wait
            }
            Err(error) => {
                pulse.failed();
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
    let dead = house.notifier.outbox().list(State::Dead, MOST_DEAD).await.map_or(0, |dead| dead.len() as u64);
    house.kept.told.outbox(OutboxCondition { pending: report.pending, dead });
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
