//! Leases: of several processes over one lake, one does what need be done only once.
//!
//! Nothing depends on a lease for being right: folds, cursors and commits are conditional writes, and of two that meet one gives way.
//! A lease only saves the work of those that would lose. So it asks nothing of clocks: who waits measures, on a clock of its
//! own, for how long the holder has not renewed.
//!
//! A lease is a row of small numbered files in `_leases/<name>/`; the greatest number tells who holds it. To take or renew it is to
//! create the next number, which a folder and S3 both grant to one process alone.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::error::Error;

/// Entries that stay behind the newest one, so that a process that lost its way for a while meets them, and not a gap.
const KEPT: u64 = 32;

/// A lease of a lake, by its name, as one process sees it.
#[derive(Debug)]
pub struct Lease {
    store: Arc<dyn ObjectStore>,
    folder: Path,
    owner: String,
    /// Not renewed for so long, it is anybody's.
    ttl: Duration,
    known: Mutex<Known>,
}

/// The newest entry as it was last seen.
#[derive(Debug, Default)]
struct Known {
    number: u64,
    holder: Option<String>,
    /// Since when that entry has been the newest, on this process's clock.
    since: Option<Instant>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    /// Who holds it; none when it was given back.
    holder: Option<String>,
}

impl Lease {
    pub(crate) fn new(store: Arc<dyn ObjectStore>, folder: Path, owner: &str, ttl: Duration) -> Self {
        Self { store, folder, owner: owner.to_owned(), ttl, known: Mutex::default() }
    }

    /// Takes the lease if it is free, renews it if it is ours, and tells whether it is ours. To be called several times in the
    /// time after which it lapses.
    ///
    /// # Errors
    /// When the store does not answer; the lease is then to be taken for lost.
    pub async fn hold(&self) -> Result<bool, Error> {
        self.hold_at(Instant::now()).await
    }

    async fn hold_at(&self, now: Instant) -> Result<bool, Error> {
        let mut known = self.known.lock().await;
        self.look(&mut known, now).await?;
        let lapsed = known.since.is_none_or(|since| now.duration_since(since) >= self.ttl);
        let ours = known.holder.as_deref() == Some(&self.owner);
        match known.holder {
            Some(_) if ours && !lapsed && known.since.is_some_and(|since| now.duration_since(since) < self.ttl / 3) => {
                Ok(true)
            }
            Some(_) if !ours && !lapsed => Ok(false),
            _ => self.write(&mut known, Some(self.owner.clone()), now).await,
        }
    }

    /// Gives the lease back, so that nobody need wait until it lapses.
    ///
    /// # Errors
    /// When the store does not answer; the lease then lapses by itself.
    pub async fn release(&self) -> Result<(), Error> {
        let mut known = self.known.lock().await;
        self.look(&mut known, Instant::now()).await?;
        if known.holder.as_deref() == Some(&self.owner) {
            self.write(&mut known, None, Instant::now()).await?;
        }
        Ok(())
    }

    /// Looks which entry is the newest.
    async fn look(&self, known: &mut Known, now: Instant) -> Result<(), Error> {
        let newest = self.numbers().await?.into_iter().max().unwrap_or(0);
        if newest == known.number && known.since.is_some() {
            return Ok(());
        }
        let holder = match newest {
            0 => None,
            _ => {
                let bytes = self.store.get(&self.entry(newest)).await?.bytes().await?;
                // What cannot be read is nobody's promise, but its number is taken.
                serde_json::from_slice::<Entry>(&bytes).ok().and_then(|entry| entry.holder)
            }
        };
        *known = Known { number: newest, holder, since: Some(now) };
        Ok(())
    }

    /// Creates the next entry; false when another process was faster.
    async fn write(&self, known: &mut Known, holder: Option<String>, now: Instant) -> Result<bool, Error> {
        let number = known.number + 1;
        let body = serde_json::to_vec(&Entry { holder: holder.clone() }).unwrap_or_default();
        let create = PutOptions::from(PutMode::Create);
        match self.store.put_opts(&self.entry(number), body.into(), create).await {
            Ok(_) => {}
            Err(object_store::Error::AlreadyExists { .. }) => {
                self.look(known, now).await?;
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        }
        let numbers = self.numbers().await?;
        *known = Known { number, holder, since: Some(now) };
        if numbers.iter().any(|other| *other > number) {
            // So long asleep that entries were cleaned away under it: the number was free, but not the next.
            self.look(known, now).await?;
            return Ok(false);
        }
        for old in numbers.into_iter().filter(|old| old + KEPT < number) {
            // One that stays is no harm, and the next renewal tries again.
            if let Err(error) = self.store.delete(&self.entry(old)).await {
                tracing::debug!(lease = %self.folder, old, %error, "an old entry stays");
            }
        }
        Ok(true)
    }

    async fn numbers(&self) -> Result<Vec<u64>, Error> {
        let entries: Vec<_> = self.store.list(Some(&self.folder)).try_collect().await?;
        let number = |path: &Path| path.filename()?.strip_suffix(".json")?.parse().ok();
        Ok(entries.iter().filter_map(|entry| number(&entry.location)).collect())
    }

    fn entry(&self, number: u64) -> Path {
        self.folder.clone().join(format!("{number:020}.json"))
    }
}

#[cfg(test)]
mod tests {
    use object_store::memory::InMemory;

    use super::*;

    const TTL: Duration = Duration::from_secs(30);

    fn lease(store: &Arc<dyn ObjectStore>, owner: &str) -> Lease {
        Lease::new(store.clone(), Path::from("lake/_leases/lead"), owner, TTL)
    }

    #[tokio::test]
    async fn one_holds_it_until_it_gives_up_or_dies() {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let (one, two) = (lease(&store, "one"), lease(&store, "two"));
        let start = Instant::now();
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        // Who holds it after each step: (who asks, when, whether it has it).
        for (who, when, has) in [
            (&one, 0, true),
            (&two, 1, false),
            (&one, 20, true),
            (&two, 25, false),
            (&two, 40, false),
            // One fell silent at 20; two has seen that entry since 25.
            (&two, 56, true),
            (&one, 57, false),
            (&two, 80, true),
        ] {
            assert_eq!(who.hold_at(at(when)).await.unwrap(), has, "{} at {when}", who.owner);
        }
        two.release().await.unwrap();
        assert!(one.hold_at(at(81)).await.unwrap(), "given back, it is free at once");
    }

    #[tokio::test]
    async fn of_many_that_ask_at_once_one_gets_it_and_few_entries_stay() {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let start = Instant::now();
        let leases: Vec<Lease> = (0..8).map(|number| lease(&store, &format!("p{number}"))).collect();
        for round in 0..100 {
            // Everybody has seen the last entry for longer than it lasts.
            let now = start + TTL * 2 * round;
            let held = futures::future::join_all(leases.iter().map(|lease| lease.hold_at(now))).await;
            let held = held.into_iter().filter(|held| *held.as_ref().unwrap()).count();
            assert!(held <= 1, "{held} hold it in round {round}");
        }
        let entries = leases[0].numbers().await.unwrap();
        assert!(entries.len() as u64 <= KEPT + 1, "{} entries", entries.len());
    }
}
