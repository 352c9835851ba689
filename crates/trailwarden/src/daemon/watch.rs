//! The daemon's detections: what was committed since the last look, findings into the lake, and from there to the outbox.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use trail_detect::{Advanced, Finding, findings_from_batch, findings_to_batch};
use trail_query::Engine;

use super::pulse::Pulse;
use super::{House, is_final, lead};
use crate::clock;
use crate::exit::sentence;
use crate::notice::notice;

/// Windows and baselines read whole days, so they are computed at most this often.
const WINDOWS_EVERY: Duration = Duration::from_secs(120);
/// Findings of this time are shown to the outbox when the daemon begins to lead: a crash may have come between lake and outbox, and
/// what it has sent it knows.
const SHOWN_AGAIN: &str = "SELECT * FROM findings WHERE updated_at > now() - INTERVAL '7 days'";
/// The cursor in `findings` up to which, in seconds since 1970, all were delivered, by whichever daemon led.
const TOLD: &str = "told";
/// Findings come into the lake a moment before they come into the outbox.
const TOLD_MARGIN: jiff::SignedDuration = jiff::SignedDuration::from_mins(10);

/// Watches until told to stop.
pub(super) async fn run(house: Arc<House>) -> anyhow::Result<()> {
    let pulse = house.pulse("watch", "");
    house.watch.on_step({
        let pulse = pulse.clone();
        move || pulse.beat()
    });
    let mut shown = false;
    let mut windows_at: Option<Instant> = None;
    loop {
        if !*house.kept.leads.borrow() {
            // Who leads in the meantime may leave findings that it has not told.
            (shown, windows_at) = (false, None);
            pulse.rest(Duration::MAX);
            if !lead::leading(&house).await {
                return Ok(());
            }
        }
        let windows = windows_at.is_none_or(|at| at.elapsed() >= WINDOWS_EVERY);
        let stepped = tokio::select! {
            // What is half done is done again: findings and cursor land together or not at all.
            () = house.cancel.cancelled() => return Ok(()),
            stepped = step(&house, &pulse, &mut shown, windows) => stepped,
        };
        match stepped {
            Ok(()) if windows => windows_at = Some(Instant::now()),
            Ok(()) => {}
            Err(error) if is_final(&error) => return Err(error),
            Err(error) => {
                let error = sentence(&error);
                pulse.failed(&error);
                tracing::warn!(error, "detection failed, and will be done again");
            }
        }
        pulse.rest(house.settings.poll);
        tokio::select! {
            () = house.cancel.cancelled() => return Ok(()),
            () = house.grown.notified() => {}
            () = tokio::time::sleep(house.settings.poll) => {}
        }
    }
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
    settle(house).await?;
    pulse.succeeded();
    Ok(())
}

/// Notes that all is told, where it is and was not: another that comes to lead then begins from here.
async fn settle(house: &House) -> anyhow::Result<()> {
    let now = clock::now();
    if house.notifier.next_due().await?.is_some() || !house.kept.untold.swap(false, Ordering::Relaxed) {
        return Ok(());
    }
    let none = findings_to_batch(&[], now.as_microsecond(), 0)?;
    house.lake.append_findings(&none, TOLD, u64::try_from(now.as_second()).unwrap_or_default()).await?;
    Ok(())
}

/// Shows the outbox what a crash may have kept from it.
async fn show_again(house: &House) -> anyhow::Result<()> {
    let engine = engine(house).await?;
    let intake = house.notifier.intake();
    if !intake.is_seeded().await? {
        let now = clock::now();
        let known = crate::outbox::seed(&engine, intake, now - crate::outbox::TOLD_AGAIN, now).await?;
        if known > 0 {
            tracing::warn!(
                findings = known,
                "the outbox is new and the lake is not: findings older than a day count as told (see `trailwarden outbox rebuild`)"
            );
        }
    }
    let told = house.lake.cursor(TOLD).await?.and_then(|told| Timestamp::from_second(i64::try_from(told).ok()?).ok());
    let untold = told.map_or_else(String::new, |told| format!(" AND updated_at > '{}'", told - TOLD_MARGIN));
    let batches = engine.sql(&format!("{SHOWN_AGAIN}{untold}")).await?.collect().await?;
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

pub(super) async fn tell(house: &House, advanced: Advanced) -> anyhow::Result<()> {
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
    // What an exception covers is in the lake with its name, and calls nobody.
    let (suppressed, findings): (Vec<&Finding>, Vec<&Finding>) =
        findings.iter().partition(|finding| finding.suppressed_by().is_some());
    house.kept.metrics.notices("suppressed", suppressed.len() as u64);
    if findings.is_empty() {
        return Ok(());
    }
    house.kept.untold.store(true, Ordering::Relaxed);
    let now = clock::now();
    let formats = house.settings.notify.formats();
    let notices = findings.iter().map(|finding| notice(finding, &house.rules, &formats, now)).collect();
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
