//! What can go wrong at a source, and what the caller should do about it.

use std::time::Duration;

/// What to do about a [`SourceError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// It may work later: try again, with patience.
    Retry,
    /// This object or place stays as it is: count it as not read and go on.
    Skip,
    /// Nothing will work before a person changes something.
    GiveUp,
}

/// Why objects could not be found or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The object is larger than the caller allows.
    #[error("`{uri}` holds more than {max} bytes (raise `max_object_bytes` to read it)")]
    TooLarge {
        /// The object's address.
        uri: String,
        /// The limit in bytes.
        max: u64,
    },
    /// The object was listed and is no longer there.
    #[error("`{uri}` is gone: it was deleted or moved after it was listed")]
    NotFound {
        /// The object's address.
        uri: String,
    },
    /// The object was written again while it was read.
    #[error("`{uri}` was written again while it was read (the next pass reads the new version)")]
    Changed {
        /// The object's address.
        uri: String,
    },
    /// The object or folder cannot be read as it is, now or later.
    #[error("cannot read `{uri}`: {reason}")]
    Unreadable {
        /// The address of the object or folder.
        uri: String,
        /// Why, and the way out.
        reason: String,
    },
    /// Reading failed, and so did the retries.
    #[error("cannot read `{uri}`: {reason}")]
    Reading {
        /// The object's address.
        uri: String,
        /// What the last try ran into.
        reason: String,
    },
    /// Listing failed, and so did the retries.
    #[error("cannot list `{place}`: {reason}")]
    Listing {
        /// The folder or prefix.
        place: String,
        /// What the last try ran into.
        reason: String,
    },
    /// The other side stayed silent for too long.
    #[error("no answer about `{place}` within {} (is the endpoint reachable?)", seconds(after))]
    Timeout {
        /// The object, folder or prefix asked for.
        place: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// AWS, or the file system, says no.
    #[error("access to `{place}` is denied: allow `{action}` ({detail})")]
    Denied {
        /// What was asked for.
        place: String,
        /// The IAM action that is missing.
        action: &'static str,
        /// The other side's own words.
        detail: String,
        /// Whether the rest of the source can go on without it.
        skip: bool,
    },
    /// The bucket does not exist.
    #[error("there is no bucket `{bucket}` (check the name, `region` and `endpoint_url`)")]
    NoBucket {
        /// Its name.
        bucket: String,
    },
    /// The file or folder does not exist.
    #[error("there is no file or folder `{path}` (an S3 address starts with `s3://`)")]
    NoPath {
        /// The path as given.
        path: String,
    },
    /// The bucket lies in another region than the client speaks to.
    #[error("bucket `{bucket}` is in another region: set `region` to `{region}`")]
    WrongRegion {
        /// Its name.
        bucket: String,
        /// Where it is, as far as S3 tells.
        region: String,
    },
    /// There are no credentials, or AWS does not take them.
    #[error(
        "no usable AWS credentials: {detail} (set a `profile`, a `role_arn`, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)"
    )]
    Credentials {
        /// What the credential chain or AWS said.
        detail: String,
    },
    /// A setting makes no sense.
    #[error("`{value}` is not a valid `{name}`: {hint}")]
    Setting {
        /// The setting's name.
        name: &'static str,
        /// Its value as given.
        value: String,
        /// What is accepted.
        hint: String,
    },
    /// A call to IAM or STS failed, and so did the retries.
    #[error("`{call}` failed: {reason}")]
    Iam {
        /// The action, such as `iam:ListUsers`.
        call: &'static str,
        /// What the last try ran into.
        reason: String,
    },
    /// A call to a queue, a log group or a trail failed, and so did the retries.
    #[error("`{call}` on `{place}` failed: {reason}")]
    Call {
        /// The action, such as `sqs:ReceiveMessage`.
        call: &'static str,
        /// What was asked.
        place: String,
        /// What the last try ran into.
        reason: String,
    },
    /// The queue or the log group does not exist.
    #[error("there is no `{place}` (check the name, the account, `region` and `endpoint_url`)")]
    NotThere {
        /// Its name.
        place: String,
    },
    /// The file of an IAM snapshot cannot be used.
    #[error("cannot use the IAM snapshot `{path}`: {reason}")]
    Snapshot {
        /// The file.
        path: String,
        /// Why, and the way out.
        reason: String,
    },
}

impl SourceError {
    /// What to do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Reading { .. }
            | Self::Listing { .. }
            | Self::Timeout { .. }
            | Self::Iam { .. }
            | Self::Call { .. } => ErrorKind::Retry,
            Self::TooLarge { .. } | Self::NotFound { .. } | Self::Changed { .. } | Self::Unreadable { .. } => {
                ErrorKind::Skip
            }
            Self::Denied { skip, .. } if *skip => ErrorKind::Skip,
            Self::Denied { .. }
            | Self::NoBucket { .. }
            | Self::NoPath { .. }
            | Self::NotThere { .. }
            | Self::WrongRegion { .. }
            | Self::Credentials { .. }
            | Self::Setting { .. }
            | Self::Snapshot { .. } => ErrorKind::GiveUp,
        }
    }

    pub(crate) fn setting(name: &'static str, value: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Setting { name, value: value.into(), hint: hint.into() }
    }
}

fn seconds(after: &Duration) -> String {
    format!("{} s", after.as_secs())
}
