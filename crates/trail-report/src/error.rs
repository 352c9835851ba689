//! Why a report could not be made.

use trail_query::QueryError;

/// Why a report could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A query of the report failed.
    #[error("`{query}`: {source}")]
    Query {
        /// Which one.
        query: String,
        /// Why.
        #[source]
        source: QueryError,
    },
    /// The period ends before it begins.
    #[error("the period from {from} to {until} is empty (`--to` must be after `--from`)")]
    EmptyPeriod {
        /// Its begin.
        from: jiff::Timestamp,
        /// Its end.
        until: jiff::Timestamp,
    },
    /// The library has no such file.
    #[error("there is no `{path}` in the library of queries")]
    Missing {
        /// The file.
        path: String,
    },
    /// The page could not be rendered.
    #[error("the page could not be rendered: {0:#}")]
    Page(#[from] minijinja::Error),
    /// The data could not be written as CSV or JSON.
    #[error("the report could not be written: {0}")]
    Write(String),
}

impl ReportError {
    pub(crate) fn query(query: &str) -> impl FnOnce(QueryError) -> Self + use<'_> {
        move |source| Self::Query { query: query.to_owned(), source }
    }

    /// Whether it may go better when tried again.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Query { source, .. } if source.kind() == trail_query::Kind::Storage)
    }
}
