//! One digest: what its signature, its key and the newer digest say of it.
//!
//! Two things can prove a digest: a signature by CloudTrail's key, or a newer digest that is proved itself and states the same
//! hash. A digest whose own signature was damaged is therefore often still proved, and so are the log files under it.

use crate::address::Held;
use crate::content::{FileHash, start_of};
use crate::digest::{Digest, DigestFile};
use crate::keys::{PublicKey, PublicKeys};
use crate::signature::{self, Fit};
use crate::verdict::{Kind, Verdict};

/// What the newer digest says of the one before it.
#[derive(Debug, Clone)]
pub(crate) struct Newer {
    pub(crate) proven: bool,
    pub(crate) hash: FileHash,
    pub(crate) signature: Option<String>,
}

/// What is to be said of a digest.
#[derive(Debug)]
pub(crate) struct Judgement {
    pub(crate) verdict: Verdict,
    /// Whether what it says may be relied on.
    pub(crate) proven: bool,
    /// What is wrong, and why, in the second half of a sentence about it.
    pub(crate) problem: Option<(Kind, String)>,
}

impl Judgement {
    fn valid() -> Self {
        Self { verdict: Verdict::Valid, proven: true, problem: None }
    }

    fn invalid(kind: Kind, proven: bool, why: impl Into<String>) -> Self {
        Self { verdict: Verdict::Invalid(kind), proven, problem: Some((kind, why.into())) }
    }

    fn unverifiable(kind: Kind, why: impl Into<String>) -> Self {
        Self { verdict: Verdict::Unverifiable(kind), proven: false, problem: Some((kind, why.into())) }
    }

    /// Valid by another way than it should be.
    fn proven_although(kind: Kind, why: impl Into<String>) -> Self {
        Self { verdict: Verdict::Valid, proven: true, problem: Some((kind, why.into())) }
    }
}

/// What a digest is judged by.
pub(crate) struct Judge<'a> {
    pub(crate) keys: &'a PublicKeys,
    pub(crate) held: Held,
}

impl Judge<'_> {
    pub(crate) fn judge(&self, file: &DigestFile, backfill: bool, region: &str, newer: Option<&Newer>) -> Judgement {
        let digest = match &file.digest {
            Ok(digest) => digest,
            Err(error) => return Judgement::invalid(Kind::DigestMalformed, false, format!("is no digest: {error}")),
        };
        let Some(hash) = file.hash else {
            return Judgement::invalid(Kind::DigestMalformed, false, "does not inflate");
        };
        let signed = Signed { file, digest, hash, newer, backfill };
        let judgement = match self.keys.get(&digest.fingerprint) {
            Some(key) => self.by_key(&signed, key),
            None => self.without_key(&signed, region),
        };
        let stated = digest.uri();
        if judgement.proven && self.held.name(&file.uri) != self.held.name(&stated) {
            return Judgement::invalid(Kind::DigestMoved, true, format!("belongs at `{}`", start_of_address(&stated)));
        }
        judgement
    }

    fn without_key(&self, signed: &Signed<'_>, region: &str) -> Judgement {
        let fingerprint = start_of(&signed.digest.fingerprint);
        match signed.vouched() {
            Some(true) => Judgement::proven_although(
                Kind::KeyUnknown,
                format!(
                    "names key `{fingerprint}`, which is not among the {} known ones; the newer digest proves it (get the keys \
                     of its time to check its own signature)",
                    self.keys.len()
                ),
            ),
            Some(false) => Judgement::invalid(
                Kind::DigestResigned,
                false,
                format!(
                    "names key `{fingerprint}`, which is none of CloudTrail's, and is not what the newer digest states"
                ),
            ),
            None if self.keys.reach(region, signed.digest.end) => Judgement::invalid(
                Kind::DigestResigned,
                false,
                format!(
                    "names key `{fingerprint}`, which is none of those that CloudTrail had in {region} at that time"
                ),
            ),
            None => Judgement::unverifiable(
                Kind::KeyUnknown,
                format!(
                    "names key `{fingerprint}`, which is not among the {} known ones (get the keys of its time)",
                    self.keys.len()
                ),
            ),
        }
    }

    fn by_key(&self, signed: &Signed<'_>, key: &PublicKey) -> Judgement {
        let (digest, fingerprint) = (signed.digest, start_of(&key.fingerprint));
        let own = signed.file.metadata.signature.as_deref();
        let stated = signed.newer.and_then(|newer| newer.signature.as_deref());
        let fits = |signature: &str| signature::verify(key, digest, &signed.hash, signature);
        let (own_fit, stated_fit) = (own.map(fits), stated.map(fits));
        if own_fit.or(stated_fit) == Some(Fit::KeyUnusable) {
            return Judgement::unverifiable(
                Kind::KeyUnusable,
                format!("names key `{fingerprint}`, which is not an RSA key"),
            );
        }
        match (own_fit, stated_fit) {
            (Some(Fit::Good), _) | (None, Some(Fit::Good)) => self.signed_well(signed, key, own.is_none()),
            (Some(_), Some(Fit::Good)) => self.resigned(signed, own.unwrap_or_default(), true),
            (None, None) if signed.vouched() == Some(true) => Judgement::proven_although(
                Kind::SignatureLost,
                "has no signature beside it; the newer digest proves it",
            ),
            (None, None) => Judgement::unverifiable(
                Kind::SignatureLost,
                "has no signature beside it, and no newer digest repeats it",
            ),
            _ => match signed.vouched() {
                Some(true) => self.resigned(signed, own.unwrap_or_default(), true),
                Some(false) => Judgement::invalid(
                    Kind::DigestModified,
                    false,
                    "was changed: its content is neither what its signature is of nor what the newer digest states",
                ),
                // Two copies of one signature agree against the content.
                None if own.is_some() && own == stated => Judgement::invalid(
                    Kind::DigestModified,
                    false,
                    "was changed: its content is not what its signature is of",
                ),
                None => self.resigned(signed, own.or(stated).unwrap_or_default(), false),
            },
        }
    }

    /// The signature is good.
    fn signed_well(&self, signed: &Signed<'_>, key: &PublicKey, lost: bool) -> Judgement {
        let vouched = signed.vouched();
        if !signature::in_time(key, signed.file, signed.digest, signed.backfill) {
            let why = format!(
                "is signed with key `{}`, with which CloudTrail signed from {} to {}",
                start_of(&key.fingerprint),
                key.from,
                key.until
            );
            return Judgement::invalid(Kind::KeyOutsideTime, vouched == Some(true), why);
        }
        if vouched == Some(false) {
            let why = "is signed by CloudTrail, but is not the one that the newer digest states";
            return Judgement::proven_although(Kind::DigestUnlinked, why);
        }
        // A copy loses the metadata as a matter of course, and the newer digest repeats what was in it.
        if lost && self.held == Held::InPlace {
            let why = "has no signature beside it any more; the one that the newer digest repeats is good";
            return Judgement::proven_although(Kind::SignatureLost, why);
        }
        Judgement::valid()
    }

    /// The signature is not by the key that the digest names. Whose it is can only be told of keys that are known.
    fn resigned(&self, signed: &Signed<'_>, signature: &str, content_proven: bool) -> Judgement {
        let fits = |key: &&PublicKey| signature::verify(key, signed.digest, &signed.hash, signature) == Fit::Good;
        let signer = self.keys.iter().find(fits);
        let named = start_of(&signed.digest.fingerprint);
        match (signer, content_proven) {
            (Some(signer), _) => Judgement::invalid(
                Kind::DigestResigned,
                content_proven,
                format!("names key `{named}` and is signed with `{}`", start_of(&signer.fingerprint)),
            ),
            (None, true) => Judgement::invalid(
                Kind::DigestResigned,
                true,
                format!("is as CloudTrail wrote it, but the signature beside it is not by key `{named}`"),
            ),
            (None, false) => Judgement::invalid(
                Kind::SignatureMismatch,
                false,
                format!(
                    "does not fit its signature: it was changed, or is not signed with key `{named}`, which it names"
                ),
            ),
        }
    }
}

/// A digest with all that its signature is judged by.
struct Signed<'a> {
    file: &'a DigestFile,
    digest: &'a Digest,
    hash: FileHash,
    newer: Option<&'a Newer>,
    backfill: bool,
}

impl Signed<'_> {
    /// Whether the newer digest states this content; none where there is no newer one to rely on.
    fn vouched(&self) -> Option<bool> {
        self.newer.filter(|newer| newer.proven).map(|newer| newer.hash == self.hash)
    }
}

/// S3 keys have 1,024 bytes at most; what a digest states may have more.
fn start_of_address(uri: &str) -> &str {
    uri.get(..1100).unwrap_or(uri)
}
