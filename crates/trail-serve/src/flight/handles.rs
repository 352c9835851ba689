//! What clients refer to between calls: prepared statements with their values, and statements that run.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use datafusion::common::ScalarValue;
use tokio_util::sync::CancellationToken;

use crate::door::Planned;

/// Prepared statements that a user has at a time; with more, the one that was longest not used is forgotten.
const MOST: usize = 200;
/// The length of a handle.
pub(super) const HANDLE: usize = 16;

pub(super) type Handle = [u8; HANDLE];

/// A prepared statement.
#[derive(Clone)]
pub(super) struct Stored {
    pub(super) who: String,
    pub(super) planned: Arc<Planned>,
    pub(super) values: Vec<ScalarValue>,
    used: u64,
}

#[derive(Default)]
struct State {
    prepared: HashMap<Handle, Stored>,
    running: HashMap<Handle, (String, CancellationToken)>,
    clock: u64,
}

/// All handles of a door.
#[derive(Clone, Default)]
pub(super) struct Handles(Arc<Mutex<State>>);

/// A statement that runs, for as long as this lives.
pub(super) struct Running {
    handle: Handle,
    handles: Handles,
    pub(super) cancel: CancellationToken,
}

impl Handles {
    /// A handle that nobody can guess.
    pub(super) fn fresh() -> Option<Handle> {
        let mut handle = [0; HANDLE];
        aws_lc_rs::rand::fill(&mut handle).ok().map(|()| handle)
    }

    pub(super) fn store(&self, handle: Handle, who: &str, planned: Arc<Planned>) {
        let mut state = self.state();
        let used = state.tick();
        let own = || state.prepared.iter().filter(|(_, stored)| stored.who == who);
        if own().count() >= MOST
            && let Some(oldest) = own().min_by_key(|(_, stored)| stored.used).map(|(handle, _)| *handle)
        {
            state.prepared.remove(&oldest);
        }
        state.prepared.insert(handle, Stored { who: who.to_owned(), planned, values: Vec::new(), used });
    }

    /// A prepared statement of this user.
    pub(super) fn stored(&self, handle: &[u8], who: &str) -> Option<Stored> {
        let mut state = self.state();
        let used = state.tick();
        let stored = state.prepared.get_mut(handle).filter(|stored| stored.who == who)?;
        stored.used = used;
        Some(stored.clone())
    }

    pub(super) fn bind(&self, handle: &[u8], values: Vec<ScalarValue>) {
        if let Some(stored) = self.state().prepared.get_mut(handle) {
            stored.values = values;
        }
    }

    pub(super) fn close(&self, handle: &[u8], who: &str) {
        let mut state = self.state();
        if state.prepared.get(handle).is_some_and(|stored| stored.who == who) {
            state.prepared.remove(handle);
        }
    }

    /// Takes note of a statement that begins.
    pub(super) fn run(&self, handle: Handle, who: &str, cancel: CancellationToken) -> Running {
        self.state().running.insert(handle, (who.to_owned(), cancel.clone()));
        Running { handle, handles: self.clone(), cancel }
    }

    /// Stops a statement of this user; says whether it ran.
    pub(super) fn cancel(&self, handle: &[u8], who: &str) -> bool {
        let state = self.state();
        let running = state.running.get(handle).filter(|(owner, _)| owner == who);
        running.inspect(|(_, cancel)| cancel.cancel()).is_some()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handles.state().running.remove(&self.handle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_runs_a_statement_stops_it() {
        let handles = Handles::default();
        let handle = Handles::fresh().unwrap();
        let running = handles.run(handle, "anna", CancellationToken::new());
        assert!(!handles.cancel(&handle, "bert") && !running.cancel.is_cancelled());
        assert!(handles.cancel(&handle, "anna") && running.cancel.is_cancelled());
        drop(running);
        assert!(!handles.cancel(&handle, "anna"));
    }
}
