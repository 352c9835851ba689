//! Keeps threat lists as their files and URLs have them. A list that has changed takes the place of the one before, while all else
//! goes on; one that cannot be had stays as it was.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::House;
use super::pulse::Pulse;
use crate::exit::sentence;
use crate::lists::Followed;

/// Files are looked at this often.
const EVERY: Duration = Duration::from_secs(3);

/// Follows the lists until told to stop.
pub(super) async fn run(house: Arc<House>) -> anyhow::Result<()> {
    let pulse = house.pulse("lists", "");
    // What failed under the config before is of the past.
    pulse.succeeded();
    let outbox = &house.settings.notify.outbox;
    let mut followed: Vec<Followed> =
        house.settings.rules.lists.iter().map(|list| Followed::new(list, outbox)).collect();
    let mut failures = BTreeMap::new();
    loop {
        let wait = if followed.is_empty() { Duration::MAX } else { EVERY };
        pulse.rest(wait);
        tokio::select! {
            () = house.cancel.cancelled() => return Ok(()),
            () = tokio::time::sleep(wait) => {}
        }
        tokio::select! {
            () = house.cancel.cancelled() => return Ok(()),
            () = look(&house, &pulse, &mut followed, &mut failures) => {}
        }
    }
}

/// Looks at all of them once. `failures` are those that cannot be had, with the reason, which is told when it changes.
async fn look(house: &House, pulse: &Pulse, followed: &mut [Followed], failures: &mut BTreeMap<String, String>) {
    for list in followed {
        pulse.beat();
        let told = match list.look().await {
            Ok(None) => false,
            Ok(Some(found)) => {
                house.watch.replace_list(&found);
                tracing::info!(list = list.name(), entries = found.len(), "a threat list was read");
                failures.remove(list.name());
                true
            }
            Err(error) => {
                let error = sentence(&error);
                let before = failures.insert(list.name().to_owned(), error.clone());
                if before.as_ref() == Some(&error) {
                    false
                } else {
                    tracing::warn!(list = list.name(), error, "a threat list cannot be had; the one before goes on");
                    true
                }
            }
        };
        match told {
            true if failures.is_empty() => pulse.succeeded(),
            true => pulse.failed(&failures.values().map(String::as_str).collect::<Vec<_>>().join("; ")),
            false => {}
        }
    }
}
