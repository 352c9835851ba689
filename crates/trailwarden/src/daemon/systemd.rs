//! What the service manager is told: started, reloading, stopping, and by its watchdog that every part goes on. Where there is
//! none, nothing happens.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

use sd_notify::NotifyState;

use super::kept::Kept;

/// How often the parts are looked at where no watchdog asks for more.
const LOOK: Duration = Duration::from_secs(10);
/// Messages that wait to be sent; a manager that takes none of so many is not told more.
const MOST: usize = 16;

/// The way to the service manager: a thread of its own, since a manager that is busy makes who tells it wait.
pub(super) struct Manager(SyncSender<String>);

impl Manager {
    pub(super) fn new() -> Self {
        let (send, messages) = sync_channel::<String>(MOST);
        std::thread::spawn(move || {
            for message in messages {
                if let Err(error) = sd_notify::notify(&[NotifyState::Custom(&message)]) {
                    tracing::warn!(%error, "the service manager could not be told");
                }
            }
        });
        Self(send)
    }

    /// All parts run; `status` is what `systemctl status` shows.
    pub(super) fn ready(&self, status: &str) {
        self.tell(&[NotifyState::Ready, NotifyState::Status(status)]);
    }

    /// Config and rules are read anew; `ready` ends that.
    pub(super) fn reloading(&self) {
        match NotifyState::monotonic_usec_now() {
            Ok(now) => self.tell(&[NotifyState::Reloading, now]),
            Err(_) => self.tell(&[NotifyState::Reloading]),
        }
    }

    /// The end has begun.
    pub(super) fn stopping(&self) {
        self.tell(&[NotifyState::Stopping, NotifyState::Status("stopping: what was read is committed first")]);
    }

    fn tell(&self, states: &[NotifyState<'_>]) {
        let lines: Vec<_> = states.iter().map(ToString::to_string).collect();
        if self.0.try_send(lines.join("\n")).is_err() {
            tracing::debug!("the service manager does not listen");
        }
    }
}

/// Feeds the watchdog while every part goes on, and says it once when one does not.
pub(super) async fn watchdog(kept: Arc<Kept>) {
    let fed = sd_notify::watchdog_enabled();
    let every = fed.map_or(LOOK, |limit| limit / 2).clamp(Duration::from_millis(10), LOOK);
    let mut told = false;
    loop {
        let stuck = kept.stuck();
        if stuck.is_empty() {
            if fed.is_some() {
                kept.manager.tell(&[NotifyState::Watchdog]);
            }
        } else if !told {
            tracing::error!(parts = stuck.join(", "), "no progress for longer than `stuck_after`");
        }
        told = !stuck.is_empty();
        tokio::time::sleep(every).await;
    }
}
