//! What can go wrong with a query, and what its caller can do about it.

use std::time::Duration;

use datafusion::common::{DataFusionError, SchemaError};
use datafusion::sql::sqlparser::parser::ParserError;

/// What a caller should do about a [`QueryError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The statement is wrong: it fails the same way each time until somebody changes it.
    Statement,
    /// A limit was reached: a narrower query or a higher limit helps.
    Limit,
    /// Data could not be read: it may go better when tried again.
    Storage,
    /// A fault in the engine.
    Internal,
}

/// Why a query gave no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The statement is not a query.
    #[error("`{verb}` is not allowed: only SELECT, WITH, VALUES, EXPLAIN, SHOW and DESCRIBE are")]
    NotAllowed {
        /// What the statement tried to do.
        verb: String,
    },
    /// There is more than one statement, or none.
    #[error("expected one statement, found {found}")]
    NotOne {
        /// How many there were.
        found: usize,
    },
    /// The statement could not be parsed or planned.
    #[error("{0}")]
    Statement(String),
    /// The statement ran longer than it may.
    #[error("the statement ran longer than {limit:?} (narrow it by `eventtime`, or raise `statement_timeout`)")]
    Timeout {
        /// The limit.
        limit: Duration,
    },
    /// The answer has more rows than it may.
    #[error("the answer has more than {limit} rows (add a LIMIT, or raise `max_rows`)")]
    TooManyRows {
        /// The limit.
        limit: u64,
    },
    /// Memory or spill space ran out.
    #[error("{0} (narrow the query, or raise `memory_limit_mib` or `spill_limit_mib`)")]
    Memory(String),
    /// Files or objects could not be read.
    #[error("could not read the data: {0}")]
    Storage(String),
    /// An answer could not be written out.
    #[error("could not write the answer: {0}")]
    Write(#[from] std::io::Error),
    /// A file under `queries/` is not as it must be.
    #[error("{path}: {reason}")]
    Library {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Anything else that the engine reports.
    #[error("the query engine failed: {0}")]
    Engine(String),
}

impl QueryError {
    /// What to do about it.
    pub fn kind(&self) -> Kind {
        match self {
            Self::NotAllowed { .. } | Self::NotOne { .. } | Self::Statement(_) | Self::Library { .. } => {
                Kind::Statement
            }
            Self::Timeout { .. } | Self::TooManyRows { .. } | Self::Memory(_) => Kind::Limit,
            Self::Storage(_) | Self::Write(_) => Kind::Storage,
            Self::Engine(_) => Kind::Internal,
        }
    }
}

impl From<DataFusionError> for QueryError {
    fn from(error: DataFusionError) -> Self {
        match error.find_root() {
            DataFusionError::SchemaError(schema, _) => Self::Statement(unknown_name(schema)),
            DataFusionError::SQL(parser, _) => Self::Statement(parser_message(parser)),
            DataFusionError::Plan(text) | DataFusionError::NotImplemented(text) => Self::Statement(plain(text)),
            DataFusionError::ResourcesExhausted(text) => Self::Memory(text.clone()),
            DataFusionError::ObjectStore(_) | DataFusionError::IoError(_) | DataFusionError::ParquetError(_) => {
                Self::Storage(error.find_root().strip_backtrace())
            }
            DataFusionError::External(source) => match source.downcast_ref::<trail_source::SourceError>() {
                Some(_) => Self::Storage(source.to_string()),
                None => Self::Engine(source.to_string()),
            },
            // Casts and arithmetic fail while rows are read: the statement's fault, not the engine's.
            DataFusionError::ArrowError(..) | DataFusionError::Execution(_) => {
                Self::Statement(plain(&error.find_root().strip_backtrace()))
            }
            root => Self::Engine(root.strip_backtrace()),
        }
    }
}

/// A message without the engine's layers of prefixes and its advice to report a bug, which are not for whoever wrote the SQL.
fn plain(text: &str) -> String {
    const NOISE: [&str; 5] = [
        "Error during planning: ",
        "Execution error: ",
        "Internal error: ",
        "Arrow error: ",
        "This issue was likely caused by a bug in DataFusion's code. Please help us to resolve this by filing a bug report \
         in our issue tracker: https://github.com/apache/datafusion/issues. ",
    ];
    let text = NOISE.iter().fold(text.replace('\n', " "), |text, noise| text.replace(noise, "")).replace('\t', " ");
    unknown_function(&text).unwrap_or(text)
}

/// `Invalid function 'x'. Did you mean 'y'?` in words like those of other errors.
fn unknown_function(text: &str) -> Option<String> {
    let (name, near) = text.strip_prefix("Invalid function '")?.split_once("'. Did you mean '")?;
    let near = near.strip_suffix("'?")?;
    Some(format!("there is no function `{name}` (the nearest name is `{near}`; `SHOW FUNCTIONS` lists all)"))
}

fn unknown_name(error: &SchemaError) -> String {
    match error {
        SchemaError::FieldNotFound { field, valid_fields } if !valid_fields.is_empty() => {
            let names: Vec<&str> = valid_fields.iter().map(|column| column.name()).collect();
            format!("no column `{}` (there are: {})", field.flat_name(), names.join(", "))
        }
        SchemaError::FieldNotFound { field, .. } => format!("no column `{}`", field.flat_name()),
        other => other.to_string(),
    }
}

fn parser_message(error: &ParserError) -> String {
    match error {
        ParserError::TokenizerError(text) | ParserError::ParserError(text) => text.clone(),
        ParserError::RecursionLimitExceeded => "the statement is nested too deeply".to_owned(),
    }
}
