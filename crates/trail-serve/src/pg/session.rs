//! One connection: who it is, what it runs, and how others may stop that.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use tokio_util::sync::CancellationToken;

use crate::door::{Caller, House};
use crate::limits::Place;

/// Statements, and portals, that a connection may have prepared at a time.
pub(super) const MOST_NAMES: usize = 500;

/// What is known of a connection.
pub(super) struct Session {
    pub(super) house: Arc<House>,
    pub(super) from: SocketAddr,
    caller: OnceLock<(Caller, Option<Place>)>,
    refused: OnceLock<String>,
    gone: CancellationToken,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    running: Option<CancellationToken>,
    timeout: Option<Duration>,
    statements: HashSet<String>,
    portals: HashSet<String>,
}

/// What has a name in a session.
#[derive(Clone, Copy)]
pub(super) enum Named {
    Statement,
    Portal,
}

impl Session {
    pub(super) fn new(house: Arc<House>, from: SocketAddr) -> Self {
        let (caller, refused) = (OnceLock::new(), OnceLock::new());
        Self { house, from, caller, refused, gone: CancellationToken::new(), state: Mutex::default() }
    }

    /// Who it is, once that is proved.
    pub(super) fn caller(&self) -> Option<&Caller> {
        self.caller.get().map(|(caller, _)| caller)
    }

    /// It is proved who it is.
    pub(super) fn welcome(&self, caller: Caller, place: Option<Place>) {
        // A second time there is none: the state of the protocol does not go back.
        let _ = self.caller.set((caller, place));
    }

    /// What came in cannot be taken.
    pub(super) fn refuse(&self, why: String) {
        let _ = self.refused.set(why);
    }

    pub(super) fn refused(&self) -> Option<&str> {
        self.refused.get().map(String::as_str)
    }

    /// Raised when the other side has gone.
    pub(super) fn gone(&self) -> &CancellationToken {
        &self.gone
    }

    /// What stops the statement that begins now.
    pub(super) fn begin(&self) -> CancellationToken {
        let token = self.gone.child_token();
        self.state().running = Some(token.clone());
        token
    }

    /// The time that it wants its statements to have, shorter than what they may have.
    pub(super) fn timeout(&self) -> Option<Duration> {
        self.state().timeout
    }

    pub(super) fn set_timeout(&self, timeout: Option<Duration>) {
        self.state().timeout = timeout;
    }

    /// Takes note of a name; says no where there are too many.
    pub(super) fn name(&self, kind: Named, name: &str) -> bool {
        let mut state = self.state();
        let names = state.names(kind);
        names.contains(name) || (names.len() < MOST_NAMES && names.insert(name.to_owned()))
    }

    pub(super) fn forget(&self, kind: Named, name: &str) {
        self.state().names(kind).remove(name);
    }

    /// All names, which are forgotten.
    pub(super) fn forget_all(&self, kind: Named) -> HashSet<String> {
        std::mem::take(self.state().names(kind))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn names(&mut self, kind: Named) -> &mut HashSet<String> {
        match kind {
            Named::Statement => &mut self.statements,
            Named::Portal => &mut self.portals,
        }
    }
}

/// Sessions by their numbers, each with its key.
type ByNumber = HashMap<i32, (Vec<u8>, Weak<Session>)>;

/// All connections, by the numbers and keys that they may be cancelled with.
#[derive(Default)]
pub(super) struct Sessions {
    next: AtomicI32,
    known: Mutex<ByNumber>,
}

impl Sessions {
    /// A number for a session, with a key that only who has the session knows. It ends with the value that is given back.
    pub(super) fn add(self: &Arc<Self>, session: &Arc<Session>, secret: Vec<u8>) -> Listed {
        let number = self.next.fetch_add(1, Ordering::Relaxed).rem_euclid(i32::MAX) + 1;
        self.known().insert(number, (secret, Arc::downgrade(session)));
        Listed { number, sessions: self.clone() }
    }

    /// Stops what a session runs, if the key is right.
    pub(super) fn cancel(&self, number: i32, secret: &[u8]) {
        let session = match self.known().get(&number) {
            Some((known, session)) if verify_slices_are_equal(known, secret).is_ok() => session.upgrade(),
            _ => None,
        };
        let running = session.and_then(|session| session.state().running.take());
        if let Some(running) = running {
            running.cancel();
        }
    }

    fn known(&self) -> MutexGuard<'_, ByNumber> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A session that can be cancelled, for as long as this lives.
pub(super) struct Listed {
    pub(super) number: i32,
    sessions: Arc<Sessions>,
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.sessions.known().remove(&self.number);
    }
}
