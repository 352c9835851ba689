//! Proof that CloudTrail's log files are all there and as they were delivered, from the digests that CloudTrail signs every hour.
//!
//! Whoever calls gathers the [`Evidence`]: the digests with the metadata that S3 keeps beside them ([`DigestFile::read`]), the
//! hashes of the log files that are there ([`LogFiles`]; from the lake's `objects`, or taken anew with
//! [`FileHash::of_stored`]), CloudTrail's public keys ([`PublicKeys`], kept in a file for where there is no network), and what
//! was done to the trails ([`TrailEvent`]). [`verify`] walks each chain of digests from the newest to the oldest (`chain`),
//! judges each digest (`judge`, `signature`) and each log file (`files`), and makes a [`Report`]: a [`Verdict`] for every
//! object, and the [`Problem`]s that a person should know of. [`lines`] prints it as `aws cloudtrail validate-logs` does.
//!
//! What it finds that the AWS CLI does not: several digests removed in a row, the newest ones removed, log files that are in no
//! digest, bytes appended to a log file, a digest whose signature is gone but whose content a newer digest proves, keys outside
//! their time, and copies in a folder.
//!
//! Knows no network, no clock and no SQL: the same evidence gives the same report on any day.

mod address;
mod chain;
mod content;
mod digest;
mod files;
pub mod forge;
mod judge;
mod keys;
pub mod lines;
mod moment;
mod signature;
mod trail_event;
mod verdict;
mod verify;

pub use address::{ChainId, DigestName, Held, is_digest};
pub use chain::DigestVerdict;
pub use content::{FileHash, text};
pub use digest::{Digest, DigestError, DigestFile, LogEntry, Metadata, Previous};
pub use files::{Content, LogFiles, LogVerdict};
pub use keys::{KeysError, PublicKey, PublicKeys};
pub use signature::string_to_sign;
pub use trail_event::{TrailAction, TrailEvent};
pub use verdict::{Counts, Kind, Problem, Severity, Verdict};
pub use verify::{ChainReport, Evidence, Report, verify};
