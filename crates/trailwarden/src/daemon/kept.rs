//! What outlives a reload: counts, the pulse of each part, what was done when, and the pages that show it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use trail_web::{Metrics, Pages, Token};

use super::pulse::Pulse;
use super::systemd::Manager;
use crate::condition::Told;

/// The part that reads a source: the daemon is ready when each has been looked at once.
pub(super) const INTAKE: &str = "intake";

/// Lives as long as the process.
pub(super) struct Kept {
    pub(super) metrics: Arc<Metrics>,
    /// How it is, for `status`.
    pub(super) told: Arc<Told>,
    /// Who has started this process, and wants to hear of it.
    pub(super) manager: Manager,
    /// Whether this daemon leads.
    pub(super) leads: watch::Sender<bool>,
    /// Raised when the process is told to stop.
    pub(super) stop: CancellationToken,
    /// What who asks for `/metrics` must show.
    pub(super) token: watch::Sender<Option<Token>>,
    /// Findings went to the outbox since all of them were last known to be delivered.
    pub(super) untold: AtomicBool,
    opened: AtomicBool,
    parts: Mutex<Vec<Weak<Pulse>>>,
    upkeep: Mutex<Option<Instant>>,
}

impl Kept {
    pub(super) fn new(token: Option<Token>, told: Told) -> Self {
        Self {
            metrics: Arc::new(Metrics::new(env!("CARGO_PKG_VERSION"))),
            told: Arc::new(told),
            manager: Manager::new(),
            leads: watch::Sender::new(false),
            stop: CancellationToken::new(),
            token: watch::Sender::new(token),
            untold: AtomicBool::new(true),
            opened: AtomicBool::new(false),
            parts: Mutex::default(),
            upkeep: Mutex::default(),
        }
    }

    /// The lake is open.
    pub(super) fn opened(&self) {
        self.opened.store(true, Ordering::Relaxed);
    }

    /// The pulse of a part that begins. It is looked after until it is dropped.
    pub(super) fn pulse(&self, part: &'static str, source: &str, stuck_after: Duration) -> Arc<Pulse> {
        let pulse = Arc::new(Pulse::new(part, source, stuck_after, self.metrics.clone(), self.told.clone()));
        lock(&self.parts).push(Arc::downgrade(&pulse));
        pulse
    }

    fn parts(&self) -> Vec<Arc<Pulse>> {
        let mut parts = lock(&self.parts);
        parts.retain(|part| part.strong_count() > 0);
        parts.iter().filter_map(Weak::upgrade).collect()
    }

    /// The parts that show no progress, each with its source.
    pub(super) fn stuck(&self) -> Vec<String> {
        let stuck = self.parts().into_iter().filter(|part| part.is_stuck());
        stuck.map(|part| format!("{} {}", part.part(), part.source()).trim_end().to_owned()).collect()
    }

    /// How long until housekeeping is due, which comes `every` so often, however often the config changes.
    pub(super) fn upkeep_in(&self, every: Duration) -> Duration {
        let mut last = lock(&self.upkeep);
        every.saturating_sub(last.get_or_insert_with(Instant::now).elapsed())
    }

    /// Takes note that housekeeping was done.
    pub(super) fn set_upkeep(&self) {
        *lock(&self.upkeep) = Some(Instant::now());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Anybody may read why something is not well, so sources are counted and not named.
impl Pages for Kept {
    fn metrics(&self) -> String {
        self.metrics.text()
    }

    fn alive(&self) -> Result<(), String> {
        let mut stuck: Vec<_> = self.parts().iter().filter(|part| part.is_stuck()).map(|part| part.part()).collect();
        stuck.dedup();
        if stuck.is_empty() { Ok(()) } else { Err(format!("no progress: {}", stuck.join(", "))) }
    }

    fn ready(&self) -> Result<(), String> {
        if !self.opened.load(Ordering::Relaxed) {
            return Err("the lake is not open yet".to_owned());
        }
        let sources: Vec<_> = self.parts().into_iter().filter(|part| part.part() == INTAKE).collect();
        let waiting = sources.iter().filter(|source| !source.has_reached()).count();
        match (waiting, sources.len()) {
            (_, 0) => Err("no source is looked at yet".to_owned()),
            (0, _) => Ok(()),
            (waiting, all) => Err(format!("{waiting} of {all} sources have yet to be looked at")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reload_does_not_put_housekeeping_off() {
        let kept = Kept::new(None, Told::new("test".to_owned()));
        let hour = Duration::from_secs(3600);
        assert!(kept.upkeep_in(hour) > hour / 2 && kept.upkeep_in(Duration::ZERO).is_zero());
    }

    #[test]
    fn ready_when_each_source_was_reached_and_alive_while_no_part_is_stuck() {
        let kept = Kept::new(None, Told::new("test".to_owned()));
        assert_eq!(kept.ready().unwrap_err(), "the lake is not open yet");
        kept.opened();
        assert_eq!(kept.ready().unwrap_err(), "no source is looked at yet");
        let hour = Duration::from_secs(3600);
        let (one, two) = (kept.pulse(INTAKE, "s3://secret", hour), kept.pulse(INTAKE, "logs", hour));
        one.reached();
        assert_eq!(kept.ready().unwrap_err(), "1 of 2 sources have yet to be looked at");
        two.reached();
        kept.ready().unwrap();
        kept.alive().unwrap();
        let stuck = kept.pulse("watch", "", Duration::ZERO);
        std::thread::sleep(Duration::from_millis(20));
        assert_eq!(kept.alive().unwrap_err(), "no progress: watch");
        assert_eq!(kept.stuck(), ["watch"]);
        drop(stuck);
        kept.alive().unwrap();
    }
}
