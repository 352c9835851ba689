//! Whether a part of the daemon goes on: it says so at each step, and how long it means to rest.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use trail_web::Metrics;

/// One part's word on itself. A part that dies takes the process with it; this is for one that hangs.
pub(super) struct Pulse {
    part: &'static str,
    source: String,
    metrics: Arc<Metrics>,
    stuck_after: Duration,
    born: Instant,
    /// Milliseconds after `born`: when it last went on, or until when it rests.
    heard: AtomicU64,
    reached: AtomicBool,
}

impl Pulse {
    pub(super) fn new(part: &'static str, source: &str, stuck_after: Duration, metrics: Arc<Metrics>) -> Self {
        Self {
            part,
            source: source.to_owned(),
            metrics,
            stuck_after,
            born: Instant::now(),
            heard: AtomicU64::new(0),
            reached: AtomicBool::new(false),
        }
    }

    /// Which part of the daemon it is.
    pub(super) fn part(&self) -> &'static str {
        self.part
    }

    /// The source that it works on; empty where it has none.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// It goes on.
    pub(super) fn beat(&self) {
        self.rest(Duration::ZERO);
    }

    /// It waits, and is not to be missed for so long.
    pub(super) fn rest(&self, wait: Duration) {
        let heard = self.born.elapsed().saturating_add(wait).as_millis();
        self.heard.store(u64::try_from(heard).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// It did its work to the end.
    pub(super) fn succeeded(&self) {
        self.beat();
        self.metrics.succeeded(self.part, &self.source);
    }

    /// It failed, and will try again.
    pub(super) fn failed(&self) {
        self.beat();
        self.metrics.failed(self.part, &self.source);
    }

    /// What it works on has answered once.
    pub(super) fn reached(&self) {
        self.reached.store(true, Ordering::Relaxed);
    }

    pub(super) fn has_reached(&self) -> bool {
        self.reached.load(Ordering::Relaxed)
    }

    pub(super) fn is_stuck(&self) -> bool {
        let heard = Duration::from_millis(self.heard.load(Ordering::Relaxed));
        self.born.elapsed().saturating_sub(heard) > self.stuck_after
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_rests_is_not_stuck() {
        let pulse = Pulse::new("watch", "", Duration::from_millis(50), Arc::new(Metrics::new("1")));
        assert!(!pulse.is_stuck());
        std::thread::sleep(Duration::from_millis(80));
        assert!(pulse.is_stuck());
        pulse.rest(Duration::from_secs(60));
        assert!(!pulse.is_stuck());
        pulse.beat();
        std::thread::sleep(Duration::from_millis(80));
        assert!(pulse.is_stuck());
        pulse.rest(Duration::MAX);
        assert!(!pulse.is_stuck());
    }
}
