//! Queries beyond one machine, on Ballista, which is DataFusion's own: a scheduler that cuts plans into stages, executors that
//! compute them beside the lake, and the [`Cluster`] that an engine computes in.
//!
//! A statement is planned where it is asked, by the same engine as ever, and its physical plan is what travels: Parquet scans of
//! files by name, with our functions by name. So a cluster needs no catalog, and what it computes is what would be computed here.
//!
//! Knows no lake, no settings of the environment and no command line.

mod access;
mod cluster;
mod counts;
mod desk;
mod dial;
mod door;
mod error;
mod executor;
mod job;
mod orders;
mod pass;
mod reads;
mod scheduler;
mod session;
mod stores;
mod tasks;
#[cfg(test)]
mod tests;
mod work;

pub use access::{Access, Certificate};
pub use cluster::Cluster;
pub use counts::{ExecutorCounts, ExecutorWatch, SchedulerCounts, SchedulerWatch};
pub use error::ClusterError;
pub use executor::{Executor, ExecutorConfig};
pub use scheduler::{Scheduler, SchedulerConfig};
pub use stores::Reach;
