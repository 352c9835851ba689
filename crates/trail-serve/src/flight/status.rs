//! Errors as gRPC's clients know them: a code, and the words that `trailwarden query` has for it.

use arrow_flight::error::FlightError;
use tonic::{Code, Status};
use trail_query::{Kind, QueryError};

use crate::rows::Stopped;

/// What a header can take of a message.
const LONGEST: usize = 4_000;

pub(super) fn of(error: &QueryError) -> Status {
    let code = match (error, error.kind()) {
        (QueryError::NotAllowed { .. }, _) => Code::PermissionDenied,
        (QueryError::Timeout { .. }, _) => Code::DeadlineExceeded,
        (_, Kind::Statement) => Code::InvalidArgument,
        (_, Kind::Limit) => Code::ResourceExhausted,
        (_, Kind::Storage) => Code::Unavailable,
        (_, Kind::Internal) => Code::Internal,
    };
    Status::new(code, error.to_string().chars().take(LONGEST).collect::<String>())
}

pub(super) fn stopped(stopped: &Stopped) -> Status {
    match stopped {
        Stopped::Query(error) => of(error),
        Stopped::Cancelled => Status::cancelled(stopped.to_string()),
        Stopped::Unread(_) => Status::aborted(stopped.to_string()),
    }
}

pub(super) fn flight(stopped: &Stopped) -> FlightError {
    FlightError::Tonic(Box::new(self::stopped(stopped)))
}

pub(super) fn internal(error: impl std::fmt::Display) -> Status {
    Status::internal(error.to_string())
}
