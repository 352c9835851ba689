//! What can go wrong while detections are loaded or run.

use datafusion::error::DataFusionError;

use crate::rule::RuleError;

/// What a caller should do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The same call may succeed later: a store or a disk failed.
    Retry,
    /// A rule or a setting is wrong: nothing changes until somebody edits it.
    GiveUp,
}

/// An error of loading or running detections.
#[derive(Debug, thiserror::Error)]
pub enum DetectError {
    /// A rule file is wrong.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// The SQL of a rule cannot be planned or run.
    #[error("{file}: {source}")]
    Sql {
        /// The rule's file.
        file: String,
        /// What the engine says.
        source: Box<DataFusionError>,
    },
    /// A setting is wrong.
    #[error("{0}")]
    Setting(String),
    /// Rows could not be kept until their window closes.
    #[error("cannot keep the rows of open windows: {0}")]
    Rows(#[from] arrow::error::ArrowError),
    /// The lake could not be read or written.
    #[error(transparent)]
    Lake(#[from] trail_lake::Error),
    /// A query over the lake failed.
    #[error(transparent)]
    Query(#[from] trail_query::QueryError),
    /// A file could not be read or written.
    #[error("cannot use `{path}`: {source}")]
    Io {
        /// The file or folder.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The cases of a rule cannot be read.
    #[error("{file}: {reason}")]
    Cases {
        /// The file of the cases.
        file: String,
        /// What is wrong.
        reason: String,
    },
}

impl DetectError {
    /// What to do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            DetectError::Rule(_) | DetectError::Setting(_) | DetectError::Cases { .. } => ErrorKind::GiveUp,
            DetectError::Sql { source, .. } => match source.find_root() {
                DataFusionError::Plan(_) | DataFusionError::SchemaError(..) | DataFusionError::SQL(..) => {
                    ErrorKind::GiveUp
                }
                _ => ErrorKind::Retry,
            },
            DetectError::Rows(_) | DetectError::Io { .. } | DetectError::Lake(_) | DetectError::Query(_) => {
                ErrorKind::Retry
            }
        }
    }

    pub(crate) fn sql(file: &str, source: DataFusionError) -> DetectError {
        DetectError::Sql { file: file.to_owned(), source: Box::new(source) }
    }
}
