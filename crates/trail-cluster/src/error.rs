//! What can go wrong between the members of a cluster.

use std::error::Error;

use tonic::{Code, Status};

/// Why a cluster gave no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// A setting is wrong, or names a file that is of no use.
    #[error("{0}")]
    Setting(String),
    /// Nobody answers there, or not as a member of this cluster would.
    #[error("cannot reach the {member} at `{address}`: {reason}")]
    Unreachable {
        /// What was looked for.
        member: &'static str,
        /// Where.
        address: String,
        /// What happened instead.
        reason: String,
    },
    /// A member does not take who asks.
    #[error("the {member} at `{address}` refuses: {reason}")]
    Refused {
        /// Who.
        member: &'static str,
        /// Where it is.
        address: String,
        /// Why.
        reason: String,
    },
    /// An executor was lost, and with it what it had computed. Asked again, others compute it.
    #[error("{0}")]
    Lost(String),
    /// The work was begun and came to nothing.
    #[error("{0}")]
    Failed(String),
}

impl ClusterError {
    /// The answer of a member that has been reached.
    pub(crate) fn answered(member: &'static str, address: &str, status: &Status) -> Self {
        let (address, reason) = (address.to_owned(), status.message().to_owned());
        match status.code() {
            Code::Unauthenticated | Code::PermissionDenied | Code::FailedPrecondition => {
                Self::Refused { member, address, reason }
            }
            Code::Aborted => Self::Lost(reason),
            // Nothing that came from there has a cause here.
            _ if status.source().is_some() => Self::Unreachable { member, address, reason: innermost(status) },
            _ => Self::Failed(format!("the {member} at `{address}` says: {reason}")),
        }
    }
}

/// The last of a chain of causes, which says most.
pub(crate) fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}
