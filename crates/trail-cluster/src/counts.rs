//! What the members count of themselves.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ballista_executor::health::ExecutorHealth;

/// An executor that has not called for so long is gone, and its work with it. A busy one calls every five seconds.
pub(crate) const SILENCE: Duration = Duration::from_secs(20);

/// How a query ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    Answered,
    Failed,
    /// Nobody waited for it any more.
    Abandoned,
    /// An executor went, and what it had computed.
    Lost,
}

/// What a scheduler has done since it began, and how it stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SchedulerCounts {
    /// Executors that have called of late.
    pub executors: u64,
    /// Queries that run or wait.
    pub running: u64,
    /// Queries that were computed to the end.
    pub answered: u64,
    /// Queries that failed.
    pub failed: u64,
    /// Queries whose asker left.
    pub abandoned: u64,
    /// Queries that lost an executor.
    pub lost: u64,
}

/// Tells how a scheduler stands.
#[derive(Debug, Clone, Default)]
pub struct SchedulerWatch(Arc<Mutex<Scheduling>>);

#[derive(Debug, Default)]
struct Scheduling {
    executors: HashMap<String, Instant>,
    counts: SchedulerCounts,
}

impl SchedulerWatch {
    /// The counts at this moment.
    pub fn counts(&self) -> SchedulerCounts {
        self.with(|state| {
            state.executors.retain(|_, called| called.elapsed() < SILENCE);
            SchedulerCounts { executors: state.executors.len() as u64, ..state.counts }
        })
    }

    pub(crate) fn called(&self, executor: &str) {
        self.with(|state| state.executors.insert(executor.to_owned(), Instant::now()));
    }

    pub(crate) fn left(&self, executor: &str) {
        self.with(|state| state.executors.remove(executor));
    }

    pub(crate) fn begun(&self) {
        self.with(|state| state.counts.running += 1);
    }

    pub(crate) fn ended(&self, how: Ended) {
        self.with(|Scheduling { counts, .. }| {
            counts.running -= 1;
            *match how {
                Ended::Answered => &mut counts.answered,
                Ended::Failed => &mut counts.failed,
                Ended::Abandoned => &mut counts.abandoned,
                Ended::Lost => &mut counts.lost,
            } += 1;
        });
    }

    fn with<T>(&self, change: impl FnOnce(&mut Scheduling) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What an executor has done since it began, and how it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExecutorCounts {
    /// Whether the scheduler answered its last call, and it takes work.
    pub ready: bool,
    /// Tasks that run.
    pub running: u64,
    /// Tasks that were computed to the end.
    pub answered: u64,
    /// Tasks that failed.
    pub failed: u64,
    /// Tasks that were stopped because nobody waited for them.
    pub stopped: u64,
    /// Bytes of its results and spills on disk, as they were a second ago.
    pub disk: u64,
    /// The most that they may be.
    pub disk_limit: u64,
}

/// Tells how an executor stands.
#[derive(Clone)]
pub struct ExecutorWatch {
    health: ExecutorHealth,
    counts: Arc<Mutex<ExecutorCounts>>,
}

impl std::fmt::Debug for ExecutorWatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ExecutorWatch").field(&self.counts()).finish()
    }
}

impl ExecutorWatch {
    pub(crate) fn new(disk_limit: u64) -> Self {
        let counts =
            ExecutorCounts { ready: true, running: 0, answered: 0, failed: 0, stopped: 0, disk: 0, disk_limit };
        Self { health: ExecutorHealth::new(), counts: Arc::new(Mutex::new(counts)) }
    }

    /// The counts at this moment.
    pub fn counts(&self) -> ExecutorCounts {
        let counts = *self.locked();
        ExecutorCounts { ready: counts.ready && self.health.is_ready(), ..counts }
    }

    /// Whether the scheduler answers, as Ballista's loop notes it.
    pub(crate) fn health(&self) -> ExecutorHealth {
        self.health.clone()
    }

    pub(crate) fn locked(&self) -> MutexGuard<'_, ExecutorCounts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
