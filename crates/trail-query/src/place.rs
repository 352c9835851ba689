//! Where statements are computed, if not in this process.

use std::fmt::Debug;
use std::sync::Arc;

use datafusion::execution::session_state::SessionStateBuilder;

/// A place that computes what an engine has planned.
pub trait Place: Debug + Send + Sync {
    /// Makes a session plan for this place.
    fn prepare(&self, session: SessionStateBuilder) -> SessionStateBuilder;

    /// Into how many parts a statement is cut there, where the settings do not say it.
    fn parts(&self) -> usize;
}

/// The place that a session's settings name.
pub(crate) struct Chosen(pub(crate) Arc<dyn Place>);
