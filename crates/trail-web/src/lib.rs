//! What the daemon and the members of a cluster show of themselves over HTTP: `/metrics` for Prometheus, `/health` and `/ready`
//! for who keeps them running.
//!
//! This crate owns every HTTP type and the names of all metrics. What the pages say it is told: [`Metrics`] is counted up by
//! who does the work, and [`Pages`] answers whether that still goes on. It reads no environment and knows nothing of logs,
//! detections or notices, so that a label can hold no more than a source, a channel or a part of the daemon.

mod config;
mod head;
mod listener;
mod member;
mod metrics;
mod pages;

pub use config::{Config, ConfigError, Token};
pub use listener::Listener;
pub use member::{ExecutorFigures, Member, SchedulerFigures};
pub use metrics::Metrics;
pub use pages::Pages;
