//! Why a pass could not go on.

/// Why a pass ended early. What had been read until then is in the lake, unless the lake itself failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The source cannot be used as it is.
    #[error("source `{name}`: {source}")]
    Source {
        /// The source's name.
        name: String,
        /// What it said.
        #[source]
        source: trail_source::SourceError,
    },
    /// The lake failed.
    #[error(transparent)]
    Lake(#[from] trail_lake::Error),
    /// A worker thread panicked.
    #[error("a worker of ingest stopped: {0}")]
    Worker(#[from] tokio::task::JoinError),
}

impl Error {
    /// Whether the same pass may work later without anyone's help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Source { source, .. } => source.kind() != trail_source::ErrorKind::GiveUp,
            Self::Lake(error) => error.kind() == trail_lake::Kind::Retry,
            Self::Worker(_) => false,
        }
    }
}
