//! CloudTrail's public keys: those of a file, and those that CloudTrail is asked for where one is wanting.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use trail_integrity::{DigestFile, DigestName, PublicKey, PublicKeys};
use trail_source::{AwsConfig, SigningKey, signing_keys};

use crate::exit::usage;

/// A key is valid for longer than the digests that it signed show.
const AROUND: SignedDuration = SignedDuration::from_hours(24);

/// The keys that are known, and what was asked for.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    pub known: PublicKeys,
    ask: bool,
    /// By region, the time for which its keys were asked.
    asked: BTreeMap<String, (Timestamp, Timestamp)>,
}

impl Keys {
    /// As the command line names them: a file, or `ask`.
    pub(crate) fn named(from: &str) -> anyhow::Result<Self> {
        let known = if from == "ask" {
            PublicKeys::default()
        } else {
            PublicKeys::load(Path::new(from), None).map_err(usage)?
        };
        Ok(Self { known, ask: from == "ask", asked: BTreeMap::new() })
    }

    /// Those that were kept in a file, if it is there.
    pub(crate) fn kept(file: &Path, ask: bool) -> Self {
        let known = PublicKeys::load(file, None).unwrap_or_else(|error| {
            if file.exists() {
                tracing::warn!(%error, "the keys that were kept are not used");
            }
            PublicKeys::default()
        });
        Self { known, ask, asked: BTreeMap::new() }
    }

    /// Asks for the keys of the regions of which one is not known, each region and time once; whether there are more now.
    pub(crate) async fn complete(&mut self, aws: &AwsConfig, digests: &[DigestFile]) -> anyhow::Result<bool> {
        if !self.ask {
            return Ok(false);
        }
        let before = self.known.len();
        for (region, (from, until)) in self.wanting(digests) {
            self.asked.insert(region.clone(), (from, until));
            let keys = signing_keys(aws, &region, from - AROUND, until + AROUND).await;
            for key in keys.with_context(|| format!("CloudTrail was asked for its public keys in {region}"))? {
                let SigningKey { region, fingerprint, der, from, until } = key;
                self.known.add(PublicKey { fingerprint, der, from, until, region: Some(region) });
            }
        }
        Ok(self.known.len() > before)
    }

    /// From when to when there are digests with a key that is not known, by region.
    fn wanting(&self, digests: &[DigestFile]) -> BTreeMap<String, (Timestamp, Timestamp)> {
        let mut spans: BTreeMap<String, (Timestamp, Timestamp)> = BTreeMap::new();
        for file in digests {
            let known = file.digest.as_ref().is_ok_and(|digest| self.known.get(&digest.fingerprint).is_some());
            let Some(name) = DigestName::parse(&file.uri).filter(|_| !known) else { continue };
            let span = spans.entry(name.chain.region).or_insert((name.end, name.end));
            *span = (span.0.min(name.end), span.1.max(name.end));
        }
        spans.retain(|region, span| self.asked.get(region).is_none_or(|asked| span.0 < asked.0 || span.1 > asked.1));
        spans
    }
}
