//! Where log objects come from: folders, S3 by listing, queues, streams and the event history; and what AWS itself says: IAM of
//! users and access keys, CloudTrail of its public keys, S3 of what it keeps beside an object; and texts at URLs. Knows nothing of
//! what is inside the bytes.
//!
//! A [`Source`] finds objects, pass after pass; its [`Reader`] fetches their bodies, many at once. No source keeps a marker of
//! "the last key seen": CloudTrail delivers late and out of order, so every pass looks again at the days that may still grow,
//! and whoever calls drops what it already has by address and version. A queue forgets a message only when what it named is
//! acknowledged.

mod aws;
mod carried;
mod cloudwatch;
mod config;
mod error;
mod folder;
mod iam;
mod layout;
mod lookup;
mod metadata;
mod object;
mod pattern;
mod public_keys;
mod s3;
mod sdk_error;
mod sqs;
mod timed;
mod web;
mod window;

pub use aws::AwsConfig;
pub use cloudwatch::CloudWatchConfig;
pub use config::SourceConfig;
pub use error::{ErrorKind, SourceError};
pub use folder::{FolderConfig, FolderSource};
pub use iam::{AccessKey, IamSnapshot, KeyStatus, LastUse, RootUser, User};
pub use lookup::LookupConfig;
pub use object::{LogObject, Reader, Source};
pub use public_keys::{SigningKey, signing_keys};
pub use s3::{S3Config, S3Source};
pub use sqs::{SqsConfig, SqsSource};
pub use web::{check_url, fetch};
pub use window::{When, Window};
