//! The daemon's ingest: pass after pass over one source.

use std::sync::{Arc, Mutex, PoisonError};

use trail_ingest::{Commit, Ingest, Progress, Summary};
use trail_lake::State;

use super::kept::INTAKE;
use super::pulse::Pulse;
use super::{House, is_final};
use crate::clock;
use crate::exit::{sentence, usage};

/// Passes over the source with that number in the config until told to stop. What fails is tried again: another source, or
/// another day, must not wait for it.
pub(super) async fn run(house: Arc<House>, number: usize) -> anyhow::Result<()> {
    let source = &house.sources[number];
    let pulse = house.pulse(INTAKE, source);
    let mut ingest = None;
    while !house.cancel.is_cancelled() {
        match told(&house, number, &mut ingest, &pulse).await {
            Ok(whole) => {
                if whole {
                    pulse.reached();
                    pulse.succeeded();
                } else if !house.cancel.is_cancelled() {
                    pulse.missed();
                }
                // Such a source has waited already.
                if whole && ingest.as_ref().is_some_and(Ingest::waits) {
                    continue;
                }
            }
            Err(error) if is_final(&error) => return Err(error),
            Err(error) => {
                pulse.missed();
                let text = sentence(&error);
                if error.downcast_ref::<trail_ingest::Error>().is_some_and(trail_ingest::Error::is_transient) {
                    tracing::warn!(source, error = text, "a pass failed, and will be made again");
                } else {
                    tracing::error!(source, error = text, "a source cannot be read, and is tried again until it can");
                }
            }
        }
        pulse.rest(house.settings.poll);
        tokio::select! {
            () = house.cancel.cancelled() => {}
            () = tokio::time::sleep(house.settings.poll) => {}
        }
    }
    Ok(())
}

/// One pass, for who wants no more.
pub(super) async fn once(house: &House, number: usize) -> anyhow::Result<()> {
    let pulse = house.pulse(INTAKE, &house.sources[number]);
    told(house, number, &mut None, &pulse).await.map(drop)
}

/// One pass, and what came of it written down; whether it looked everywhere.
async fn told(house: &House, number: usize, ingest: &mut Option<Ingest>, pulse: &Pulse) -> anyhow::Result<bool> {
    let began = clock::now();
    let ended = one(house, number, ingest, pulse).await;
    house.kept.told.passed(pulse.source(), began, ended.as_ref().map_err(sentence));
    ended.map(|summary| summary.whole)
}

/// One pass.
async fn one(house: &House, number: usize, ingest: &mut Option<Ingest>, pulse: &Pulse) -> anyhow::Result<Summary> {
    let ingest = match ingest {
        Some(ingest) => ingest,
        None => {
            let source = house.settings.sources[number].build().await.map_err(usage)?;
            let new = Ingest::new(house.settings.ingest.clone(), source, house.lake.clone()).await?;
            let kept = house.kept.clone();
            ingest.insert(new.folding_while(move || *kept.leads.borrow()))
        }
    };
    let (waits, before) = (ingest.waits(), Mutex::new(Progress::default()));
    let tell = |now: &Progress| {
        if waits {
            pulse.reached();
        }
        pulse.beat();
        let mut before = before.lock().unwrap_or_else(PoisonError::into_inner);
        count(house, pulse.source(), &before, now);
        *before = now.clone();
    };
    pulse.beat();
    let summary = ingest.run_pass(&house.cancel, &tell).await?;
    if summary.read + summary.partial + summary.failed > 0 {
        tracing::info!(
            objects = summary.read + summary.partial,
            failed = summary.failed,
            events = summary.events,
            duplicates = summary.duplicates,
            rejects = summary.rejects,
            "ingested"
        );
    }
    // Somewhere it has been looked, though not everywhere.
    if summary.found > 0 {
        pulse.reached();
    }
    if summary.events > 0 {
        house.grown.notify_one();
    }
    Ok(summary)
}

/// Counts what has come since the pass last told of itself.
fn count(house: &House, source: &str, before: &Progress, now: &Progress) {
    let metrics = &house.kept.metrics;
    for (state, count) in [("skipped", now.skipped - before.skipped), ("failed", now.failed - before.failed)] {
        if count > 0 {
            metrics.objects(source, state, count);
        }
    }
    if now.bytes > before.bytes {
        metrics.read(source, now.bytes - before.bytes);
    }
    if let Some(total) = now.total {
        metrics.backlog(source, total.saturating_sub(now.done));
    }
    let Some(commit) = &now.commit else { return };
    let Commit { brought, took } = commit.as_ref();
    metrics.committed(source, *took, (brought.events, brought.duplicates, brought.rejects));
    let committed_us = clock::now().as_microsecond();
    for outcome in &brought.outcomes {
        match outcome.state {
            // Counted where it failed.
            State::Failed => continue,
            State::Partial => metrics.objects(source, "partial", 1),
            State::Read | State::Digest => metrics.objects(source, "read", 1),
        }
        if let Some(last) = outcome.last {
            metrics.lag(source, last, committed_us);
        }
    }
}
