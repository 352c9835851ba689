//! Errors as PostgreSQL's clients know them: a SQLSTATE, and the words that `trailwarden query` has for it.

use datafusion_postgres::pgwire::error::{ErrorInfo, PgWireError};
use trail_query::{Kind, QueryError};

use crate::rows::Stopped;

/// The code by which programs tell errors apart.
fn sqlstate(error: &QueryError) -> &'static str {
    match error {
        QueryError::NotAllowed { .. } => "25006",
        QueryError::NotOne { .. } => "42601",
        QueryError::Timeout { .. } => "57014",
        QueryError::TooManyRows { .. } => "54000",
        QueryError::Memory(_) => "53200",
        QueryError::Storage(_) => "58030",
        QueryError::Statement(text) => match text {
            text if text.starts_with("no column ") => "42703",
            text if text.starts_with("there is no table ") => "42P01",
            text if text.starts_with("table ")
                && text.ends_with("not found")
                && !text.starts_with("table function ") =>
            {
                "42P01"
            }
            text if text.starts_with("there is no function ") || text.starts_with("table function ") => "42883",
            text if text.starts_with("Expected: ") || text.contains("at Line: ") => "42601",
            text if text.contains("cast") || text.contains("pars") => "22P02",
            _ => "42000",
        },
        other if other.kind() == Kind::Statement => "42000",
        _ => "XX000",
    }
}

pub(super) fn of(error: &QueryError) -> PgWireError {
    plain(sqlstate(error), error.to_string())
}

pub(super) fn stopped(stopped: &Stopped) -> PgWireError {
    match stopped {
        Stopped::Query(error) => of(error),
        Stopped::Cancelled => plain("57014", "canceling statement due to user request"),
        Stopped::Unread(_) => plain("57014", stopped.to_string()),
    }
}

pub(super) fn plain(code: &str, text: impl Into<String>) -> PgWireError {
    // A NUL would end the field, and what came after it would be read as another one.
    let text = text.into().replace('\0', "\u{fffd}");
    PgWireError::UserError(Box::new(ErrorInfo::new("ERROR".to_owned(), code.to_owned(), text)))
}

/// An error after which the connection is closed.
pub(super) fn fatal(code: &str, text: impl Into<String>) -> ErrorInfo {
    ErrorInfo::new("FATAL".to_owned(), code.to_owned(), text.into().replace('\0', "\u{fffd}"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use trail_query::{Config, Engine};

    use super::*;

    #[tokio::test]
    async fn what_goes_wrong_has_a_code() {
        let engine = Engine::new(Config::default()).unwrap();
        for (sql, code) in [
            ("DELETE FROM x", "25006"),
            ("SELECT 1; SELECT 2", "42601"),
            ("SELECT * FROM nothing", "42P01"),
            ("SELECT x FROM (SELECT 1 AS y)", "42703"),
            ("SELECT nothing(1)", "42883"),
            ("SELEC 1", "42601"),
            ("SELECT * FROM 'x.parquet'", "42P01"),
        ] {
            let error = match engine.prepare(sql).await {
                Err(error) => error,
                Ok(_) => panic!("{sql} can be planned"),
            };
            assert_eq!(sqlstate(&error), code, "{sql}: {error}");
        }
        assert_eq!(sqlstate(&QueryError::Timeout { limit: Duration::ZERO }), "57014");
    }
}
