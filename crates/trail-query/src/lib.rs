//! SQL over CloudTrail records: one DataFusion session over the lake's files, over log objects as they were delivered, or over
//! batches in memory. SQL goes in, Arrow comes out; nothing is ever written by a query.
//!
//! Knows nothing of schedules, severities or HTML.

mod answer;
mod case_events;
mod config;
mod counts;
mod day_grain;
mod dialect;
mod engine;
mod error;
mod files;
mod functions;
mod investigation;
mod lake;
mod lambdas;
mod library;
mod logs;
mod params;
mod pauses;
mod place;
mod plain;
mod prepared;
mod pruning;
mod uses;
pub mod write;

pub use answer::{Answer, Scanned};
pub use case_events::case_events;
pub use config::Config;
pub use engine::{Engine, session};
pub use error::{Kind, QueryError};
pub use files::{Bounds, DataFile, DayPartition, FileSet, time_bound};
pub use functions::scalar_functions;
pub use investigation::{Investigation, Param, ParamKind};
pub use library::{Library, Query};
pub use logs::{Coverage, LogInput, Logs, SESSIONS_SQL, activity_sql};
pub use params::{Literal, bind};
pub use place::Place;
pub use plain::plain_schema;
pub use prepared::{Prepared, Share};
