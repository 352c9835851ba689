//! Which of the daemons over one lake does what is to be done only once: detections, verification, reports, folds and housekeeping.
//!
//! All take in logs. One leads, by a lease of the lake; when it falls silent, another takes over and tells what may not have been told.

use std::sync::Arc;
use std::time::Duration;

use trail_lake::{Lake, Lease};

use super::House;
use super::kept::Kept;
use crate::exit::sentence;

/// The lease's name.
const LEASE: &str = "lead";
/// One that leads and falls silent for so long is taken for dead.
const LAPSES_AFTER: Duration = Duration::from_secs(60);
/// How often the lease is looked at.
const LOOK: Duration = Duration::from_secs(10);

/// The lease, for the daemon of that name: one that is started again has what it had.
pub(super) fn lease(lake: &Lake, name: &str) -> Arc<Lease> {
    Arc::new(lake.lease(LEASE, name, LAPSES_AFTER))
}

/// Takes the lease whenever it is free, until told to stop.
pub(super) async fn run(house: Arc<House>) -> anyhow::Result<()> {
    let pulse = house.pulse("lead", "");
    loop {
        match house.lease.hold().await {
            Ok(leads) => {
                pulse.succeeded();
                lead(&house.kept, leads);
            }
            Err(error) => {
                let error = sentence(&error.into());
                pulse.failed(&error);
                tracing::warn!(error, "the lease of the lake cannot be looked at, so another may lead");
                lead(&house.kept, false);
            }
        }
        pulse.rest(LOOK);
        tokio::select! {
            () = house.cancel.cancelled() => return Ok(()),
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

fn lead(kept: &Kept, leads: bool) {
    if kept.leads.send_if_modified(|before| std::mem::replace(before, leads) != leads) {
        kept.told.leads(leads);
        tracing::info!(leads, "who leads the daemons of this lake has changed");
    }
}

/// Waits until this daemon leads; false if it is told to stop before.
pub(super) async fn leading(house: &House) -> bool {
    let mut leads = house.kept.leads.subscribe();
    tokio::select! {
        () = house.cancel.cancelled() => false,
        led = leads.wait_for(|leads| *leads) => led.is_ok(),
    }
}

/// Gives the lease back at the end, so that another need not wait until it lapses.
pub(super) async fn resign(lease: &Lease) {
    if let Err(error) = lease.release().await {
        tracing::debug!(%error, "the lease lapses by itself");
    }
}
