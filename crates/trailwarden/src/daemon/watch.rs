//! The daemon's detections: what was committed since the last look, findings into the lake, and from there to the outbox.

use std::sync::Arc;
use std::time::{Duration, Instant};

use trail_detect::{Advanced, Finding, findings_from_batch};
use trail_query::Engine;

use super::pulse::Pulse;
use super::{House, is_final};
use crate::clock;
use crate::notice::notice;

/// Windows and baselines read whole days, so they are computed at most this often.
const WINDOWS_EVERY: Duration = Duration::from_secs(120);
/// Findings of this time are shown to the outbox when the daemon starts: a crash may have come between lake and outbox, and
/// what it has sent it knows.
const SHOWN_AGAIN: &str = "SELECT * FROM findings WHERE updated_at > now() - INTERVAL '7 days'";

/// Watches until told to stop.
pub(super) async fn run(house: Arc<House>) -> anyhow::Result<()> {
    let pulse = house.pulse("watch", "");
    house.watch.on_step({
        let pulse = pulse.clone();
        move || pulse.beat()
    });
    let mut shown = false;
    let mut windows_at: Option<Instant> = None;
    while !house.cancel.is_cancelled() {
        let windows = windows_at.is_none_or(|at| at.elapsed() >= WINDOWS_EVERY);
        let stepped = step(&house, &pulse, &mut shown, windows).await;
        house.kept.told.worked("detection", stepped.as_ref().err().map(|error| format!("{error:#}")));
        match stepped {
            Ok(()) if windows => windows_at = Some(Instant::now()),
            Ok(()) => {}
            Err(error) if is_final(&error) => return Err(error),
            Err(error) => {
                pulse.failed();
                tracing::warn!(error = format!("{error:#}"), "detection failed, and will be done again");
            }
        }
        pulse.rest(house.settings.poll);
        tokio::select! {
            () = house.cancel.cancelled() => {}
            () = house.grown.notified() => {}
            () = tokio::time::sleep(house.settings.poll) => {}
        }
    }
    Ok(())
}

/// Looks at all there is, once.
pub(super) async fn catch_up(house: &House) -> anyhow::Result<()> {
    show_again(house).await?;
    look(house, true).await
}

async fn step(house: &House, pulse: &Pulse, shown: &mut bool, windows: bool) -> anyhow::Result<()> {
    pulse.beat();
    if !*shown {
        show_again(house).await?;
        *shown = true;
        pulse.beat();
    }
    look(house, windows).await?;
    pulse.succeeded();
    Ok(())
}

/// Shows the outbox what a crash may have kept from it.
async fn show_again(house: &House) -> anyhow::Result<()> {
    let engine = engine(house).await?;
    let batches = engine.sql(SHOWN_AGAIN).await?.collect().await?;
    let findings: Vec<Finding> = batches.iter().flat_map(findings_from_batch).collect();
    submit(house, &findings).await
}

pub(super) async fn engine(house: &House) -> anyhow::Result<Engine> {
    house.lake.refresh().await?;
    let engine = Engine::new(house.settings.query.clone())?;
    engine.attach_lake(&house.lake).await?;
    Ok(engine)
}

async fn look(house: &House, windows: bool) -> anyhow::Result<()> {
    let engine = engine(house).await?;
    let now = clock::now().as_microsecond();
    tell(house, house.watch.advance(&house.lake, &engine, now).await?).await?;
    if windows {
        tell(house, house.watch.advance_windows(&house.lake, &engine, now).await?).await?;
    }
    Ok(())
}

async fn tell(house: &House, advanced: Advanced) -> anyhow::Result<()> {
    for problem in &advanced.problems {
        tracing::warn!(
            rule = problem.rule,
            count = problem.count,
            reason = problem.reason,
            "a detection could not be told for some events"
        );
    }
    for finding in &advanced.findings {
        house.kept.metrics.found(finding.severity.as_str());
    }
    submit(house, &advanced.findings).await
}

pub(super) async fn submit(house: &House, findings: &[Finding]) -> anyhow::Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    let now = clock::now();
    let notices = findings.iter().map(|finding| notice(finding, &house.rules, now)).collect();
    let submitted = house.notifier.submit(notices, now).await?;
    let fates = [
        ("queued", submitted.queued),
        ("known", submitted.known),
        ("silenced", submitted.silenced),
        ("unrouted", submitted.unrouted),
    ];
    for (fate, count) in fates {
        house.kept.metrics.notices(fate, count);
    }
    if submitted.queued > 0 {
        tracing::info!(findings = submitted.queued, "found");
        house.noticed.notify_one();
    }
    Ok(())
}
