//! SQL over CloudTrail records: one DataFusion session over the lake's files, over log objects as they were delivered, or over
//! batches in memory. SQL goes in, Arrow comes out; nothing is ever written by a query.
//!
//! Knows nothing of schedules, severities or HTML.

mod answer;
mod config;
mod dialect;
mod engine;
mod error;
mod files;
mod functions;
mod lake;
mod lambdas;
mod library;
mod logs;
mod prepared;
pub mod write;

pub use answer::{Answer, Scanned};
pub use config::Config;
pub use engine::Engine;
pub use error::{Kind, QueryError};
pub use files::{Bounds, DataFile, DayPartition, FileSet, time_bound};
pub use functions::scalar_functions;
pub use library::{Library, Query};
pub use logs::{Coverage, LogInput, Logs, activity_sql};
pub use prepared::{Prepared, Share};
