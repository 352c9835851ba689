//! Ingest: finds log objects, reads and decodes them on all cores, and hands them to the lake's writer.
//!
//! An object is acknowledged to its source only when a commit holds it. Everything on the way is bounded: objects and bytes
//! in flight by [`Config`], rows that wait by the lake's own settings. What goes wrong with one object costs that object: it
//! is noted in the lake, and tried again on a later pass where that may help.

mod config;
mod digest;
mod error;
mod fetch;
mod pass;
mod summary;

pub use config::Config;
pub use error::Error;
pub use pass::Ingest;
pub use summary::{Commit, Progress, Summary};
