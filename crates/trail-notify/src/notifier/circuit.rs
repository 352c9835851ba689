//! Whether a channel is left alone for a while: after failures that say that nothing gets through, one probe at a time.

use std::time::Duration;

use jiff::Timestamp;

use super::later;
use crate::backoff;
use crate::channel::{SendError, SendErrorKind};
use crate::config::Retry;

/// A channel that deliveries wait for, since it has failed too often in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenCircuit {
    /// Since when.
    pub since: Timestamp,
    /// When the next delivery is sent as a probe.
    pub until: Timestamp,
    /// How many tries in a row have failed.
    pub failures: u32,
}

/// In memory only: after a restart the first tries find out anew.
#[derive(Debug, Default)]
pub(super) struct Circuit {
    failures: u32,
    rests_until: Option<Timestamp>,
    open_since: Option<Timestamp>,
}

impl Circuit {
    pub(super) fn rests_until(&self) -> Option<Timestamp> {
        self.rests_until
    }

    pub(super) fn open(&self) -> Option<OpenCircuit> {
        let since = self.open_since?;
        Some(OpenCircuit { since, until: self.rests_until.unwrap_or(since), failures: self.failures })
    }

    /// A try failed; whether that opened the circuit. What is wrong with one message alone does not count.
    pub(super) fn failed(&mut self, error: &SendError, after: u32, retry: &Retry, name: &str, now: Timestamp) -> bool {
        if error.kind == SendErrorKind::Permanent {
            return false;
        }
        self.failures = self.failures.saturating_add(1);
        let too_often = self.failures >= after;
        if error.kind == SendErrorKind::Down || too_often {
            let wait = backoff::wait(retry, name, self.failures).max(error.wait.unwrap_or(Duration::ZERO));
            self.rests_until = Some(later(now, wait));
        }
        let opens = too_often && self.open_since.is_none();
        if opens {
            self.open_since = Some(now);
        }
        opens
    }

    /// A try succeeded; since when the circuit was open, if it was.
    pub(super) fn passed(&mut self) -> Option<Timestamp> {
        std::mem::take(self).open_since
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::at;

    fn error(kind: SendErrorKind) -> SendError {
        SendError::new(kind, "no")
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_closes_with_the_first_success() {
        let retry = Retry { first: Duration::from_secs(10), max: Duration::from_secs(60), ..Retry::default() };
        let mut circuit = Circuit::default();
        let fail = |circuit: &mut Circuit, kind, now| circuit.failed(&error(kind), 3, &retry, "a", at(now));
        // A message that is wrong, or refused for now, holds nobody up.
        assert!(!fail(&mut circuit, SendErrorKind::Permanent, 0));
        assert!(!fail(&mut circuit, SendErrorKind::Transient, 0));
        assert_eq!((circuit.rests_until(), circuit.open()), (None, None));
        assert!(!fail(&mut circuit, SendErrorKind::Down, 1));
        assert!(circuit.rests_until() > Some(at(1)) && circuit.open().is_none());
        // Told when it opens, and not again with each probe.
        assert!(fail(&mut circuit, SendErrorKind::Transient, 50));
        assert!(!fail(&mut circuit, SendErrorKind::Down, 100));
        let open = circuit.open().unwrap();
        assert_eq!((open.since, open.failures), (at(50), 4));
        assert!(open.until >= at(130) && open.until <= at(160), "{open:?}");
        assert_eq!(circuit.passed(), Some(at(50)));
        assert_eq!((circuit.passed(), circuit.rests_until()), (None, None));
    }

    #[test]
    fn it_rests_as_long_as_the_other_side_asks() {
        let mut circuit = Circuit::default();
        let asked = SendError { wait: Some(Duration::from_secs(600)), ..error(SendErrorKind::Down) };
        circuit.failed(&asked, 5, &Retry::default(), "a", at(0));
        assert_eq!(circuit.rests_until(), Some(at(600)));
    }
}
