//! What can go wrong in a lake, and what a caller may do about it.

use deltalake_core::DeltaTableError;

/// What a caller may do about an [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The same call may work later: a store that is slow, full or away, or another writer in the way.
    Retry,
    /// The lake cannot be used as it is, whatever is tried: a person has to look.
    GiveUp,
}

/// Why a lake could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The location cannot be a lake.
    #[error("`{location}` is not a lake: {reason}")]
    NotALake {
        /// The location as the caller gave it.
        location: String,
        /// Why not.
        reason: String,
    },
    /// Something that this program does not know has made or changed the lake.
    #[error(
        "the lake at `{location}` has layout `{found}`, this program knows `{known}` (use the Trailwarden that made it, or a newer one)"
    )]
    Layout {
        /// The lake's location.
        location: String,
        /// The layout that it has.
        found: String,
        /// The layout that this program writes.
        known: u32,
    },
    /// Another program changed a table's schema or protocol.
    #[error(
        "table `{table}` was changed by another program at version {version}: {what} (restart, or restore the table)"
    )]
    Altered {
        /// The table's name.
        table: &'static str,
        /// The version of the change.
        version: u64,
        /// What changed.
        what: String,
    },
    /// The log no longer holds the versions that were asked for.
    #[error("version {wanted} of table `{table}` is no longer in its log (read the table anew instead of its changes)")]
    Gone {
        /// The table's name.
        table: &'static str,
        /// The version that was asked for.
        wanted: u64,
    },
    /// Other writers were faster, each time.
    #[error("table `{table}`: {tries} commits in a row lost to other writers")]
    Contention {
        /// The table's name.
        table: &'static str,
        /// How many.
        tries: usize,
    },
    /// A batch does not fit its table.
    #[error("rows do not fit table `{table}`: {reason}")]
    Rows {
        /// The table's name.
        table: &'static str,
        /// Why not.
        reason: String,
    },
    /// A file of the lake does not hold what it should.
    #[error("`{path}` is damaged: {reason}")]
    Damaged {
        /// The file's path within the lake.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// The store failed.
    #[error("storage: {0}")]
    Store(#[from] object_store::Error),
    /// The Delta log could not be read or written.
    #[error("delta log: {0}")]
    Delta(#[source] Box<DeltaTableError>),
    /// A Parquet file could not be read or written.
    #[error("parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// Arrow refused an operation.
    #[error("arrow: {0}")]
    Arrow(#[from] arrow::error::ArrowError),
    /// JSON in the log could not be read or written.
    #[error("json in the log: {0}")]
    Json(#[from] serde_json::Error),
    /// A worker thread panicked or was stopped.
    #[error("a worker of the lake stopped: {0}")]
    Worker(#[from] tokio::task::JoinError),
}

impl From<DeltaTableError> for Error {
    fn from(error: DeltaTableError) -> Self {
        match error {
            DeltaTableError::ObjectStore { source } => Self::Store(source),
            other => Self::Delta(Box::new(other)),
        }
    }
}

impl Error {
    /// What a caller may do about it.
    pub fn kind(&self) -> Kind {
        match self {
            Self::NotALake { .. }
            | Self::Layout { .. }
            | Self::Altered { .. }
            | Self::Gone { .. }
            | Self::Rows { .. }
            | Self::Damaged { .. } => Kind::GiveUp,
            Self::Store(
                object_store::Error::NotFound { .. }
                | object_store::Error::PermissionDenied { .. }
                | object_store::Error::Unauthenticated { .. },
            ) => Kind::GiveUp,
            Self::Parquet(_) | Self::Arrow(_) | Self::Json(_) | Self::Worker(_) => Kind::GiveUp,
            Self::Contention { .. } | Self::Store(_) | Self::Delta(_) => Kind::Retry,
        }
    }
}
