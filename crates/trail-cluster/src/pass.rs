//! What is shown with every call, and checked by whoever is called: the version and the token.
//!
//! Both stand in `user-agent`, the one header that a tonic endpoint can be given. All calls between members go through endpoints,
//! those that Ballista makes by itself among them, so this is the place where none is forgotten.

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use tonic::service::Interceptor;
use tonic::{Request, Status};

/// The version that all members must have: plans are made of functions and settings, which change with it.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where no token is asked for.
const NO_TOKEN: &str = "-";

/// What a member shows of itself.
#[derive(Clone)]
pub(crate) struct Pass {
    version: String,
    token: Option<String>,
}

// Not derived: the token is nobody's to read in a log.
impl std::fmt::Debug for Pass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pass").field("version", &self.version).finish_non_exhaustive()
    }
}

impl Pass {
    pub(crate) fn new(token: Option<String>) -> Self {
        Self { version: VERSION.to_owned(), token }
    }

    #[cfg(test)]
    pub(crate) fn of_version(mut self, version: &str) -> Self {
        version.clone_into(&mut self.version);
        self
    }

    /// The header that is sent.
    pub(crate) fn header(&self) -> String {
        format!("trailwarden/{} {}", self.version, self.token.as_deref().unwrap_or(NO_TOKEN))
    }

    /// Whether the sender of this header may come in.
    fn admits(&self, header: &str, whose: &str) -> Result<(), Status> {
        let mut words = header.split(' ');
        let version = words.next().and_then(|word| word.strip_prefix("trailwarden/"));
        let Some(version) = version else {
            return Err(Status::unauthenticated(format!(
                "this {whose} answers Trailwarden alone, and who called is another program"
            )));
        };
        // First, so that a stranger does not learn the version.
        if let Some(token) = &self.token {
            let shown = words.next().unwrap_or_default();
            if verify_slices_are_equal(token.as_bytes(), shown.as_bytes()).is_err() {
                let reason = match shown {
                    NO_TOKEN | "" => "it asks for the token of the cluster, and none was given",
                    _ => "the token is not that of this cluster (its file must have the same first line everywhere)",
                };
                return Err(Status::unauthenticated(reason));
            }
        }
        if version != self.version {
            return Err(Status::failed_precondition(format!(
                "it is Trailwarden {} and who called is {version}: install the same version on both",
                self.version
            )));
        }
        Ok(())
    }
}

/// Checks the pass of whoever calls.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    pub(crate) pass: Arc<Pass>,
    /// What is called.
    pub(crate) whose: &'static str,
}

impl Interceptor for Check {
    fn call(&mut self, request: Request<()>) -> Result<Request<()>, Status> {
        let header = request.metadata().get("user-agent").and_then(|header| header.to_str().ok()).unwrap_or_default();
        self.pass.admits(header, self.whose).inspect_err(|status| {
            tracing::warn!(reason = status.message(), "a call to this {} was refused", self.whose);
        })?;
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pass: &Pass, header: &str, expected: &str) {
        let told =
            pass.admits(header, "scheduler").map_or_else(|status| status.message().to_owned(), |()| "in".to_owned());
        assert!(told.contains(expected), "{header}: {told}");
    }

    #[test]
    fn the_same_version_and_the_same_token_come_in() {
        let open = Pass::new(None);
        let closed = Pass::new(Some("a long enough token".replace(' ', "-")));
        // As tonic sends it.
        let sent = |pass: &Pass| format!("{} tonic/0.14.9", pass.header());
        check(&open, &sent(&open), "in");
        check(&open, &sent(&closed), "in");
        check(&closed, &sent(&closed), "in");
        check(&closed, &sent(&open), "none was given");
        check(&closed, &sent(&Pass::new(Some("another".to_owned()))), "is not that of this cluster");
        check(&closed, "tonic/0.14.9", "another program");
        check(&open, "", "another program");
        let older = open.clone().of_version("0.0.1");
        check(&open, &sent(&older), "and who called is 0.0.1: install the same version on both");
        check(&closed, &sent(&older), "none was given");
        assert!(!format!("{closed:?}").contains("token"));
    }
}
