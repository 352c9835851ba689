//! The daemon's doors for other programs, over the lake that it fills.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use trail_serve::{Config, Outcome, Watcher};
use trail_web::Metrics;

use super::House;
use super::pulse::Pulse;
use crate::doors;
use crate::exit::sentence;

/// A port that another process has may be free later.
const AGAIN: Duration = Duration::from_secs(15);

/// Keeps the doors open until told to stop. Without `[serve]` there is nothing to do.
pub(super) async fn run(house: Arc<House>) -> anyhow::Result<()> {
    let Some(config) = &house.settings.serve else {
        house.cancel.cancelled().await;
        return Ok(());
    };
    let pulse = house.pulse("serve", "");
    while !house.cancel.is_cancelled() {
        if let Err(error) = serve(&house, config, &pulse).await {
            let error = sentence(&error);
            pulse.failed(&error);
            tracing::warn!(error, "the doors could not be opened, and will be tried again");
            pulse.rest(AGAIN);
            let _ = house.cancel.run_until_cancelled(tokio::time::sleep(AGAIN)).await;
        }
    }
    Ok(())
}

async fn serve(house: &House, config: &Config, pulse: &Pulse) -> anyhow::Result<()> {
    let engine = crate::engine::open(house.settings.query.clone(), &house.settings.cluster).await?;
    let engine = doors::over(&engine, &house.lake, &house.library).await?;
    let (behind, engines) = watch::channel(engine);
    let doors = doors::open(config, engines, Arc::new(Counting(house.kept.metrics.clone()))).await?;
    pulse.succeeded();
    // Nobody may ask for days: what is waited for here is not work.
    pulse.rest(Duration::MAX);
    tokio::join!(
        doors.serve(house.cancel.clone()),
        doors::follow(behind, house.lake.clone(), house.library.clone(), house.cancel.clone()),
    );
    Ok(())
}

/// Counts for `/metrics`.
#[derive(Debug)]
struct Counting(Arc<Metrics>);

impl Watcher for Counting {
    fn connections(&self, door: &'static str, change: i64) {
        self.0.connections(door, change);
    }

    fn asked(&self, door: &'static str, outcome: Outcome, rows: u64, _: Duration) {
        self.0.asked(door, outcome.name(), rows);
    }
}
