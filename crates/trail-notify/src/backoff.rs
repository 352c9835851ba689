//! How long to wait before the next try: doubling from the first wait to the longest, spread by jitter.

use std::time::Duration;

use crate::config::Retry;
use crate::identity;

/// The wait after so many failed tries (1 or more): between half of the doubled wait and all of it. The jitter comes from
/// the id, so deliveries that failed together do not come back together, and a restart does not change their times.
pub(crate) fn wait(retry: &Retry, id: &str, failures: u32) -> Duration {
    let doubled = retry.first.saturating_mul(1u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX));
    let full = doubled.min(retry.max);
    full.mul_f64(0.5 + identity::jitter(id, failures) / 2.0).max(Duration::from_millis(1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_doubles_up_to_the_longest() {
        let retry = Retry { first: Duration::from_secs(5), max: Duration::from_secs(60), ..Retry::default() };
        fn check(retry: &Retry, failures: u32, full: u64) {
            let waited = wait(retry, "x", failures).as_secs_f64();
            assert!(waited >= full as f64 / 2.0 && waited <= full as f64, "{failures}: {waited}");
        }
        for (failures, full) in
            [(1, 5), (2, 10), (3, 20), (4, 40), (5, 60), (31, 60), (32, 60), (33, 60), (u32::MAX, 60)]
        {
            check(&retry, failures, full);
        }
    }

    proptest! {
        #[test]
        fn it_is_always_bounded(first in 1u64..600_000, more in 0u64..900_000, failures in 1u32.., id in "[0-9a-f]{32}") {
            let retry = Retry { first: Duration::from_millis(first), max: Duration::from_millis(first + more), ..Retry::default() };
            let waited = wait(&retry, &id, failures);
            prop_assert!(waited >= Duration::from_millis(first) / 2 && waited <= retry.max);
        }
    }

    #[test]
    fn it_differs_between_deliveries() {
        let waits: std::collections::BTreeSet<_> =
            (0..50).map(|n| wait(&Retry::default(), &n.to_string(), 1)).collect();
        assert!(waits.len() > 40);
    }
}
