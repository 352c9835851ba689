//! The daemon: sources, detections, notification and reports in one process, until it is told to stop.
//!
//! Each part is a task of its own that takes up where the lake and the outbox say it stopped: a crash costs a repeat, which the
//! next step knows for one. [`House`] is what they share under one config; what outlives a reload is in [`kept`].
//!
//! A part tries again whatever fails outside: what it cannot do is one log line and one count, and costs no other part
//! anything. A part that panics, or finds the lake no longer what was opened, ends the process: only a new one can help.

mod changes;
mod deliver;
mod iam;
mod intake;
mod integrity;
mod kept;
mod lead;
mod lists;
mod plan;
mod pulse;
mod reports;
mod serve;
mod systemd;
mod upkeep;
mod watch;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::Notify;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use trail_detect::{DetectError, Rules, Watch};
use trail_lake::{Lake, Lease};
use trail_notify::Notifier;
use trail_query::Library;
use trail_web::Listener;

use self::changes::Changes;
use self::kept::Kept;
use self::plan::Plan;
use self::pulse::Pulse;
use crate::cmd::open_lake;
use crate::condition::{self, Told};
use crate::exit::{Status, sentence};
use crate::settings::Settings;

/// The time that winding down may take before what is left is dropped; nothing acknowledged is lost by that.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the parts of the daemon share.
struct House {
    settings: Settings,
    lake: Lake,
    /// Of the lake: who has it leads.
    lease: Arc<Lease>,
    library: Library,
    rules: Rules,
    watch: Watch,
    /// The names of the sources, in their order.
    sources: Vec<String>,
    notifier: Notifier,
    kept: Arc<Kept>,
    cancel: CancellationToken,
    /// The lake has new events.
    grown: Notify,
    /// The outbox has new notices.
    noticed: Notify,
}

/// Runs until a signal comes, or with `once` until everything was done once.
pub(crate) async fn run(file: &Path, once: bool) -> anyhow::Result<Status> {
    let changes = match once {
        true => None,
        false => Some(Changes::new(file, &Settings::load(file)?)?),
    };
    let plan = Plan::new(Settings::load(file)?).await?;
    let name = condition::name(&plan.settings.notify.outbox);
    let told = Told::new(name.clone());
    let kept = Arc::new(Kept::new(plan.token.clone(), told));
    let mut standing = JoinSet::new();
    if !once {
        listen(&plan.settings, &kept, &mut standing).await?;
        standing.spawn(systemd::watchdog(kept.clone()));
    }
    let settings = &plan.settings;
    let lake = open_lake(&settings.lake, settings.storage.clone(), &settings.aws, true).await?;
    kept.opened();
    let wiring = plan::wiring(settings).await?;
    let notifier = Notifier::new(settings.notify.clone(), wiring).await.context("notification cannot start")?;
    let lease = lead::lease(&lake, &name);
    let house = House::new(plan, (lake.clone(), lease.clone()), notifier, kept.clone());
    standing.spawn(stop_on_signal(house.kept.stop.clone()));
    tracing::info!(lake = house.lake.location(), detections = house.rules.iter().count(), "watching");
    let ended = match changes {
        None => round(&house).await,
        Some(changes) => live(house, changes, standing).await,
    };
    lead::resign(&lease).await;
    kept.told.worked("run", ended.as_ref().err().map(sentence));
    save(&kept, &lake, true).await;
    ended
}

/// Writes down how it is. Nothing depends on that.
async fn save(kept: &Kept, lake: &Lake, ended: bool) {
    if let Err(error) = kept.told.save(lake, ended).await {
        tracing::warn!(error = sentence(&error), "what `status` shows of this process could not be written");
    }
}

/// Writes it down again and again.
async fn tell(house: Arc<House>) -> anyhow::Result<()> {
    loop {
        tokio::select! {
            () = house.cancel.cancelled() => return Ok(()),
            () = house.kept.told.due() => save(&house.kept, &house.lake, false).await,
        }
    }
}

async fn listen(settings: &Settings, kept: &Arc<Kept>, standing: &mut JoinSet<()>) -> anyhow::Result<()> {
    let Some(web) = &settings.web else { return Ok(()) };
    let listener = Listener::bind(web).await;
    let listener = listener.with_context(|| format!("`web.listen` `{}` cannot be opened", web.listen))?;
    tracing::info!(address = %listener.address()?, "listening");
    standing.spawn(listener.serve(kept.clone(), kept.token.subscribe()));
    Ok(())
}

async fn stop_on_signal(stop: CancellationToken) {
    crate::stop::stop_signal().await;
    tracing::info!("stopping: what was read is committed first");
    stop.cancel();
    // What stands ends with the process.
    std::future::pending::<()>().await;
}

impl House {
    fn new(plan: Plan, (lake, lease): (Lake, Arc<Lease>), notifier: Notifier, kept: Arc<Kept>) -> Arc<Self> {
        let Plan { settings, library, rules, watch, sources, token: _ } = plan;
        kept.told.expect(&sources);
        let cancel = kept.stop.child_token();
        let (grown, noticed) = (Notify::new(), Notify::new());
        Arc::new(Self { settings, lake, lease, library, rules, watch, sources, notifier, kept, cancel, grown, noticed })
    }

    /// The pulse of a part that begins; `source` is empty where it has none.
    fn pulse(&self, part: &'static str, source: &str) -> Arc<Pulse> {
        self.kept.pulse(part, source, self.settings.stuck_after)
    }

    /// Starts all parts.
    fn start(self: &Arc<Self>) -> JoinSet<anyhow::Result<()>> {
        let mut parts = JoinSet::new();
        for number in 0..self.settings.sources.len() {
            parts.spawn(intake::run(self.clone(), number));
        }
        parts.spawn(lead::run(self.clone()));
        parts.spawn(watch::run(self.clone()));
        parts.spawn(lists::run(self.clone()));
        parts.spawn(deliver::run(self.clone()));
        parts.spawn(upkeep::run(self.clone()));
        parts.spawn(integrity::run(self.clone()));
        if !self.settings.iam.accounts.is_empty() {
            parts.spawn(iam::run(self.clone()));
        }
        parts.spawn(tell(self.clone()));
        parts.spawn(serve::run(self.clone()));
        for number in 0..self.settings.reports.len() {
            parts.spawn(reports::run(self.clone(), number));
        }
        parts
    }

    /// A house of the config as it stands now, over the same lake and outbox. This one goes on until it is wound down.
    async fn rebuilt(&self, file: &Path) -> anyhow::Result<Arc<Self>> {
        let settings = Settings::load(file)?;
        plan::stays(&self.settings, &settings)?;
        let plan = Plan::new(settings).await?;
        let wiring = plan::wiring(&plan.settings).await?;
        let notifier = self.notifier.renewed(plan.settings.notify.clone(), wiring).await?;
        self.kept.token.send_replace(plan.token.clone());
        Ok(Self::new(plan, (self.lake.clone(), self.lease.clone()), notifier, self.kept.clone()))
    }

    /// Waits until the config has changed for one that can be taken.
    async fn changed(&self, changes: &mut Changes) -> Arc<Self> {
        loop {
            changes.next().await;
            self.kept.manager.reloading();
            match self.rebuilt(changes.file()).await {
                Ok(house) => return house,
                Err(error) => {
                    self.kept.metrics.reloaded(false);
                    let error = one_line(&error);
                    tracing::error!(error, "config and rules as they are now are refused; those before go on");
                    self.kept.manager.ready(&format!("goes on with the config before: {error}"));
                }
            }
        }
    }

    fn status(&self) -> String {
        format!("{} sources, {} detections", self.sources.len(), self.rules.iter().count())
    }
}

async fn live(mut house: Arc<House>, mut changes: Changes, mut standing: JoinSet<()>) -> anyhow::Result<Status> {
    loop {
        let mut parts = house.start();
        house.kept.manager.ready(&house.status());
        let next = tokio::select! {
            biased;
            () = house.kept.stop.cancelled() => Ok(None),
            Some(ended) = parts.join_next() => Err(why(ended)),
            Some(ended) = standing.join_next() => Err(why(ended.map(Ok))),
            next = house.changed(&mut changes) => Ok(Some(next)),
        };
        if !matches!(next, Ok(Some(_))) {
            house.kept.manager.stopping();
        }
        house.cancel.cancel();
        let wound_down = wind_down(&mut parts).await;
        let Some(next) = next? else { return wound_down.map(|()| Status::Fine) };
        wound_down?;
        // What did not end in time is dropped, as a crash would.
        tokio::select! {
            () = parts.shutdown() => {}
            () = next.kept.stop.cancelled() => {}
        }
        if next.kept.stop.is_cancelled() {
            return Ok(Status::Fine);
        }
        house = next;
        changes.look_at(&house.settings);
        if let Err(error) = house.notifier.bury_strays().await {
            tracing::warn!(%error, "what waits for channels that are gone goes on waiting");
        }
        house.kept.metrics.reloaded(true);
        tracing::info!(sources = house.sources.len(), detections = house.rules.iter().count(), "reloaded");
    }
}

/// Lets the parts end by themselves, for a time.
async fn wind_down(parts: &mut JoinSet<anyhow::Result<()>>) -> anyhow::Result<()> {
    let all = async {
        while let Some(ended) = parts.join_next().await {
            ended.context("a part of the daemon panicked")??;
        }
        Ok(())
    };
    tokio::time::timeout(PATIENCE, all).await.unwrap_or_else(|_| {
        tracing::warn!("stopped without waiting any longer; what was not committed comes again");
        Ok(())
    })
}

/// Why a part ended that nobody has told to.
fn why(ended: Result<anyhow::Result<()>, JoinError>) -> anyhow::Error {
    match ended.context("a part of the daemon panicked") {
        Ok(Ok(())) => anyhow::anyhow!("a part of the daemon ended by itself"),
        Ok(Err(error)) | Err(error) => error,
    }
}

/// Whether trying again would not help: somebody has changed the lake under this process.
fn is_final(error: &anyhow::Error) -> bool {
    let lake = error.downcast_ref::<trail_lake::Error>();
    let lake = lake.or_else(|| match error.downcast_ref::<trail_ingest::Error>() {
        Some(trail_ingest::Error::Lake(lake)) => Some(lake),
        _ => None,
    });
    let lake = lake.or_else(|| match error.downcast_ref::<DetectError>() {
        Some(DetectError::Lake(lake)) => Some(lake),
        _ => None,
    });
    matches!(lake, Some(trail_lake::Error::Altered { .. } | trail_lake::Error::Layout { .. }))
}

/// An error with its causes as one line of a log.
fn one_line(error: &anyhow::Error) -> String {
    let text = sentence(error);
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Everything once, in order.
async fn round(house: &Arc<House>) -> anyhow::Result<Status> {
    // Whoever asks for one round wants all of it; of two that meet one gives way.
    house.kept.leads.send_replace(true);
    for number in 0..house.sources.len() {
        intake::once(house, number).await?;
    }
    watch::catch_up(house).await?;
    integrity::once(house).await;
    iam::once(house).await;
    deliver::all(house).await?;
    upkeep::once(house).await;
    Ok(Status::Fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_part_that_ends_by_itself_is_an_error() {
        let mut parts = JoinSet::new();
        let mut end = async |part: std::pin::Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>| {
            parts.spawn(part);
            format!("{:#}", why(parts.join_next().await.unwrap()))
        };
        let panicked = end(Box::pin(async { panic!("of a test") })).await;
        assert!(panicked.starts_with("a part of the daemon panicked"), "{panicked}");
        assert_eq!(end(Box::pin(async { anyhow::bail!("lost") })).await, "lost");
        assert_eq!(end(Box::pin(async { Ok(()) })).await, "a part of the daemon ended by itself");
    }

    #[test]
    fn only_a_changed_lake_is_final() {
        let altered = || trail_lake::Error::Altered { table: "cloudtrail", version: 7, what: "its schema".to_owned() };
        let timeout = || trail_lake::Error::Contention { table: "cloudtrail", tries: 9 };
        assert!(is_final(&altered().into()));
        assert!(is_final(&trail_ingest::Error::Lake(altered()).into()));
        assert!(is_final(&anyhow::Error::new(DetectError::Lake(altered())).context("in between")));
        assert!(!is_final(&trail_ingest::Error::Lake(timeout()).into()));
        assert!(!is_final(&anyhow::anyhow!("something else")));
    }

    #[test]
    fn errors_are_one_line() {
        let error = crate::exit::usage("a.toml: TOML parse error at line 1\n  |\n1 | pol = 1\n\nunknown field `pol`\n");
        assert_eq!(one_line(&error), "a.toml: TOML parse error at line 1 | 1 | pol = 1 unknown field `pol`");
    }
}
