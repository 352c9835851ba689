//! Doors for other programs over a lake that grows: `serve` and the daemon open them alike.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use trail_lake::{Lake, Table};
use trail_query::{Engine, Library};
use trail_serve::{Config, Doors, OpenError, Watcher};

use crate::exit::{sentence, usage};

/// So often a lake is asked whether it has grown.
const LOOK: Duration = Duration::from_secs(10);

/// An engine over the lake as it is now. Footers that were read before, and all limits, are shared with the engine before it.
pub(crate) async fn over(before: &Engine, lake: &Lake, library: &Library) -> anyhow::Result<Engine> {
    let engine = before.scratch().await?;
    engine.attach_lake(lake).await?;
    for (view, error) in engine.attach_views(library).await {
        tracing::debug!(view, %error, "a view is left out, since a table that it reads is not there");
    }
    Ok(engine)
}

/// Opens the doors that the settings name.
pub(crate) async fn open(
    config: &Config,
    behind: watch::Receiver<Engine>,
    watcher: Arc<dyn Watcher>,
) -> anyhow::Result<Doors> {
    let doors = Doors::open(config, variable, behind, watcher).await.map_err(|error| match error {
        OpenError::Config(_) => usage(error),
        other => other.into(),
    })?;
    for (door, address) in doors.addresses() {
        tracing::info!(door = door.name(), %address, "a door is open");
    }
    Ok(doors)
}

/// Puts an engine over the lake's present files behind the doors whenever it has others, until told to stop.
pub(crate) async fn follow(behind: watch::Sender<Engine>, lake: Lake, library: Library, stop: CancellationToken) {
    let mut known = versions(&lake).await;
    while stop.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_some() {
        let looked = async {
            lake.refresh().await?;
            let found = versions(&lake).await;
            if found != known {
                let before = behind.borrow().clone();
                behind.send_replace(over(&before, &lake, &library).await?);
                known = found;
            }
            Ok::<_, anyhow::Error>(())
        };
        if let Err(error) = looked.await {
            tracing::warn!(error = sentence(&error), "what the doors show of the lake is as it was before");
        }
    }
}

async fn versions(lake: &Lake) -> Vec<u64> {
    let mut versions = Vec::with_capacity(Table::ALL.len());
    for table in Table::ALL {
        versions.push(lake.version(table).await);
    }
    versions
}

fn variable(name: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the config names a variable for a password, and this is where it is read"
    )]
    std::env::var(name).ok()
}
