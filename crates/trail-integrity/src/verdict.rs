//! The words for what was found: kinds of problems and how bad they are, verdicts, and the problem that a person reads.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

use crate::address::ChainId;

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// The proof is complete, but something is not as it should be.
    Low,
    /// Something cannot be proved, or logging was off.
    Medium,
    /// Something that was there is gone, or cannot be accounted for.
    High,
    /// Something is not what CloudTrail wrote.
    Critical,
}

impl Severity {
    /// Its word, as findings have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Digests are not there.
    DigestMissing,
    /// A digest's content is not what CloudTrail signed.
    DigestModified,
    /// An object in a digest's place is no digest.
    DigestMalformed,
    /// A digest lies where CloudTrail did not put it.
    DigestMoved,
    /// A digest is signed with another key than CloudTrail's.
    DigestResigned,
    /// A digest and its signature do not fit, and nothing tells which of them was changed.
    SignatureMismatch,
    /// The signature that S3 kept beside a digest is gone.
    SignatureLost,
    /// A digest names a key that is not known here.
    KeyUnknown,
    /// A digest names a key that cannot be read.
    KeyUnusable,
    /// A digest is signed with a key of another time.
    KeyOutsideTime,
    /// A digest is CloudTrail's, but not the one that its chain has at this place.
    DigestUnlinked,
    /// No digests have come since some time, and nothing tells why.
    DigestsStopped,
    /// There are no digests for a time in which somebody had stopped the trail.
    LoggingStopped,
    /// There are no digests for a time, and nothing tells why.
    Gap,
    /// There are log files of an account and region, and no digests.
    NoDigests,
    /// The digests of a time came later, as backfill.
    Backfilled,
    /// A log file is not there.
    LogMissing,
    /// A log file's content is not what CloudTrail delivered.
    LogModified,
    /// A log file lies elsewhere than CloudTrail put it.
    LogMoved,
    /// A log file is in no digest.
    LogAdded,
    /// A log file cannot be inflated.
    LogMalformed,
    /// A log file could not be read for now.
    LogUnread,
}

impl Kind {
    /// Its name, for machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::DigestMissing => "digest-missing",
            Self::DigestModified => "digest-modified",
            Self::DigestMalformed => "digest-malformed",
            Self::DigestMoved => "digest-moved",
            Self::DigestResigned => "digest-resigned",
            Self::SignatureMismatch => "signature-mismatch",
            Self::SignatureLost => "signature-lost",
            Self::KeyUnknown => "key-unknown",
            Self::KeyUnusable => "key-unusable",
            Self::KeyOutsideTime => "key-outside-time",
            Self::DigestUnlinked => "digest-unlinked",
            Self::DigestsStopped => "digests-stopped",
            Self::LoggingStopped => "logging-stopped",
            Self::Gap => "gap",
            Self::NoDigests => "no-digests",
            Self::Backfilled => "backfilled",
            Self::LogMissing => "log-missing",
            Self::LogModified => "log-modified",
            Self::LogMoved => "log-moved",
            Self::LogAdded => "log-added",
            Self::LogMalformed => "log-malformed",
            Self::LogUnread => "log-unread",
        }
    }

    /// How bad it is.
    pub fn severity(self) -> Severity {
        match self {
            Self::DigestModified
            | Self::DigestMalformed
            | Self::DigestResigned
            | Self::SignatureMismatch
            | Self::LogModified
            | Self::LogMalformed
            | Self::LogAdded => Severity::Critical,
            Self::DigestMissing
            | Self::DigestMoved
            | Self::KeyOutsideTime
            | Self::Gap
            | Self::LogMissing
            | Self::LogMoved => Severity::High,
            Self::KeyUnknown
            | Self::KeyUnusable
            | Self::DigestUnlinked
            | Self::DigestsStopped
            | Self::LoggingStopped
            | Self::NoDigests => Severity::Medium,
            Self::SignatureLost | Self::LogUnread => Severity::Low,
            Self::Backfilled => Severity::Info,
        }
    }

    /// Whether neighbours that have it are one problem: what is behind it is one and the same.
    pub(crate) fn is_shared(self) -> bool {
        matches!(self, Self::SignatureLost | Self::KeyUnknown | Self::KeyUnusable | Self::KeyOutsideTime)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is to be said of a digest or of a log file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", content = "problem", rename_all = "kebab-case")]
pub enum Verdict {
    /// It is what CloudTrail delivered, where CloudTrail put it.
    Valid,
    /// It is not.
    Invalid(Kind),
    /// That cannot be told.
    Unverifiable(Kind),
}

impl Verdict {
    /// What is wrong, if anything.
    pub fn kind(self) -> Option<Kind> {
        match self {
            Self::Valid => None,
            Self::Invalid(kind) | Self::Unverifiable(kind) => Some(kind),
        }
    }
}

/// Something that a person should know of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What it is.
    pub kind: Kind,
    /// How bad it is.
    pub severity: Severity,
    /// The address of the digest or log file; the first one where there are several.
    pub object: String,
    /// How many objects it is about.
    pub count: u64,
    /// The account whose events these are, where that is known.
    pub account: Option<String>,
    /// Their region.
    pub region: Option<String>,
    /// The chain of the digest; none where several chains or none can be meant.
    pub chain: Option<ChainId>,
    /// The beginning of the time that it touches.
    pub from: Option<Timestamp>,
    /// The end of it.
    pub until: Option<Timestamp>,
    /// One sentence. What is from the logs in it is as it was there.
    pub explanation: String,
}

impl Problem {
    /// What names this problem again when the same evidence, or more of it, is looked at later.
    pub fn id(&self) -> String {
        format!("{} {}", self.kind, self.object)
    }
}

/// How many, by verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// As CloudTrail delivered them.
    pub valid: u64,
    /// Changed, moved or not there.
    pub invalid: u64,
    /// Nobody can tell.
    pub unverifiable: u64,
}

impl Counts {
    /// Counts one.
    pub fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Valid => self.valid += 1,
            Verdict::Invalid(_) => self.invalid += 1,
            Verdict::Unverifiable(_) => self.unverifiable += 1,
        }
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.valid + self.invalid + self.unverifiable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_everywhere() {
        for kind in [Kind::DigestMissing, Kind::KeyOutsideTime, Kind::Gap, Kind::LogUnread] {
            assert_eq!(serde_json::to_value(kind).expect("a name"), kind.name());
            assert_eq!(serde_json::to_value(kind.severity()).expect("a name"), kind.severity().name());
        }
        let verdict = serde_json::to_value(Verdict::Invalid(Kind::Gap)).expect("JSON");
        assert_eq!(verdict, serde_json::json!({"verdict": "invalid", "problem": "gap"}));
    }
}
