//! The daemon: sources, detections, notification and reports in one process, until it is told to stop.
//!
//! Each part is a task of its own that takes up where the lake and the outbox say it stopped: a crash costs a repeat, which the
//! next step knows for one. [`House`] is what they share.

mod deliver;
mod intake;
mod reports;
mod upkeep;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use trail_detect::Rules;
use trail_ingest::Ingest;
use trail_lake::Lake;
use trail_notify::{Notifier, Secret, Wiring};
use trail_query::Library;

use crate::cmd::{library, open_lake};
use crate::exit::{Status, usage};
use crate::settings::Settings;

/// The time that a graceful stop may take before what is left is dropped; nothing acknowledged is lost by that.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the parts of the daemon share.
struct House {
    settings: Settings,
    lake: Lake,
    library: Library,
    rules: Rules,
    notifier: Notifier,
    cancel: CancellationToken,
    /// The lake has new events.
    grown: Notify,
    /// The outbox has new notices.
    noticed: Notify,
}

/// Runs until a signal comes, or with `once` until everything was done once.
pub(crate) async fn run(settings: Settings, once: bool) -> anyhow::Result<Status> {
    let library = library(settings.queries.as_deref())?;
    let rules = Rules::load(&library).map_err(usage)?;
    let lake = open_lake(&settings.lake, settings.storage.clone(), &settings.aws, true).await?;
    let notifier = notifier(&settings).await?;
    let cancel = CancellationToken::new();
    let house = Arc::new(House {
        settings,
        lake,
        library,
        rules,
        notifier,
        cancel: cancel.clone(),
        grown: Notify::new(),
        noticed: Notify::new(),
    });
    tokio::spawn(stop_on_signal(cancel));
    tracing::info!(lake = house.lake.location(), detections = house.rules.iter().count(), "watching");
    if once { round(&house).await } else { house.live().await }
}

async fn notifier(settings: &Settings) -> anyhow::Result<Notifier> {
    let see_all = "`trailwarden outbox show {delivery}` names all of them; the table `findings` has each under its id.";
    let mut wiring =
        Wiring { stdout: Some(Box::new(std::io::stdout())), see_all: Some(see_all.to_owned()), ..Wiring::default() };
    for variable in settings.notify.secret_variables() {
        #[expect(clippy::disallowed_methods, reason = "the config names a variable, and this is where it is read")]
        let secret = std::env::var(variable)
            .map_err(|_| usage(format!("the environment has no `{variable}`, which a channel names for a secret")))?;
        wiring.secrets.insert(variable.to_owned(), Secret::new(secret));
    }
    if settings.notify.needs_aws() {
        wiring.aws = Some(settings.aws.load().await?);
    }
    Notifier::new(settings.notify.clone(), wiring).await.context("notification cannot start")
}

async fn stop_on_signal(cancel: CancellationToken) {
    let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else { return };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping: what was read is committed first");
    cancel.cancel();
}

impl House {
    async fn intakes(&self) -> anyhow::Result<Vec<Ingest>> {
        let mut intakes = Vec::new();
        for source in &self.settings.sources {
            let source = source.build().await.map_err(usage)?;
            intakes.push(Ingest::new(self.settings.ingest.clone(), source, self.lake.clone()).await?);
        }
        Ok(intakes)
    }

    async fn live(self: Arc<Self>) -> anyhow::Result<Status> {
        let mut parts = JoinSet::new();
        for ingest in self.intakes().await? {
            parts.spawn(intake::run(self.clone(), ingest));
        }
        parts.spawn(watch::run(self.clone()));
        parts.spawn(deliver::run(self.clone()));
        parts.spawn(upkeep::run(self.clone()));
        for number in 0..self.settings.reports.len() {
            parts.spawn(reports::run(self.clone(), number));
        }
        // The first part that ends, ends all: either it was told to, or it cannot go on.
        let first = parts.join_next().await.context("nothing runs")?;
        let failed = first.context("a part of the daemon panicked").and_then(|ended| ended).err();
        self.cancel.cancel();
        let rest = async { while parts.join_next().await.is_some() {} };
        if tokio::time::timeout(PATIENCE, rest).await.is_err() {
            tracing::warn!("stopped without waiting any longer; what was not committed comes again");
        }
        failed.map_or(Ok(Status::Fine), Err)
    }
}

/// Everything once, in order.
async fn round(house: &Arc<House>) -> anyhow::Result<Status> {
    for mut ingest in house.intakes().await? {
        intake::pass(house, &mut ingest).await?;
    }
    watch::catch_up(house).await?;
    deliver::all(house).await?;
    upkeep::pass(house).await;
    Ok(Status::Fine)
}
