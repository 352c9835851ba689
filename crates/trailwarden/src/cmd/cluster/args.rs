//! The arguments of `cluster`, and those of commands that have a cluster compute.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Subcommand;
use trail_cluster::{Access, Certificate};

use crate::aws::AwsArgs;

/// Where it is computed.
#[derive(Debug, clap::Args)]
pub(crate) struct EngineArgs {
    /// A cluster that computes it, `ballista://host:port` of its scheduler; in this process if absent
    #[arg(long, value_name = "URL", env = "TRAILWARDEN_ENGINE")]
    pub engine: Option<String>,
    #[command(flatten)]
    pub access: MemberOfArgs,
}

/// What the members of a cluster know each other by.
#[derive(Debug, clap::Args)]
pub(crate) struct MemberOfArgs {
    /// The file whose first line is the token of the cluster
    #[arg(long, value_name = "FILE", env = "TRAILWARDEN_CLUSTER_TOKEN")]
    pub cluster_token: Option<PathBuf>,
    /// The CA, as PEM, that signed the certificates of the cluster; with it, all is said over TLS
    #[arg(long, value_name = "FILE", env = "TRAILWARDEN_CLUSTER_CA")]
    pub cluster_ca: Option<PathBuf>,
}

impl MemberOfArgs {
    /// The same as the library takes it.
    pub(crate) fn access(&self) -> Access {
        Access { token_file: self.cluster_token.clone(), ca: self.cluster_ca.clone() }
    }
}

/// `cluster`.
#[derive(Debug, clap::Args)]
pub(crate) struct ClusterArgs {
    #[command(subcommand)]
    pub member: ClusterCommand,
}

/// The members of a cluster.
#[derive(Debug, Subcommand)]
pub(crate) enum ClusterCommand {
    /// Take queries, and hand out their parts to the executors
    Scheduler(SchedulerArgs),
    /// Compute parts of queries over the lakes that this machine can read
    Executor(Box<ExecutorArgs>),
}

/// `cluster scheduler`.
#[derive(Debug, clap::Args)]
pub(crate) struct SchedulerArgs {
    /// Where it listens; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:50050")]
    pub listen: SocketAddr,
    #[command(flatten)]
    pub member: MemberArgs,
}

/// `cluster executor`.
#[derive(Debug, clap::Args)]
pub(crate) struct ExecutorArgs {
    /// The scheduler
    #[arg(long, value_name = "URL", default_value = "ballista://127.0.0.1:50050")]
    pub scheduler: String,
    /// Where it listens, for those who fetch its results; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:50051")]
    pub listen: SocketAddr,
    /// The name or address under which the others find it; that of `--listen` if absent
    #[arg(long, value_name = "NAME")]
    pub host: Option<String>,
    /// A lake that it may read, and no others: a folder or `s3://bucket/prefix`; may be given more than once
    #[arg(long = "lake", value_name = "LAKE", required = true, env = "TRAILWARDEN_LAKE")]
    pub lakes: Vec<String>,
    /// Tasks at a time; 0 takes one a core
    #[arg(long, default_value_t = 0)]
    pub threads: usize,
    /// Memory that its tasks may hold before they spill to disk, in MiB, for all together
    #[arg(long, default_value_t = 1024, value_name = "MIB")]
    pub memory: u64,
    /// The most that its results and what it spills may take on disk, in MiB; tasks fail that need more
    #[arg(long, default_value_t = 65_536, value_name = "MIB")]
    pub disk: u64,
    /// A folder for its results and for what it spills; the system's temporary folder if absent
    #[arg(long, value_name = "FOLDER")]
    pub work: Option<PathBuf>,
    /// When told to stop, it ends its tasks and waits for those who fetch its results, so many seconds at the most
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    pub drain: u64,
    #[command(flatten)]
    pub member: MemberArgs,
    #[command(flatten)]
    pub aws: AwsArgs,
}

/// What members that listen have in common.
#[derive(Debug, clap::Args)]
pub(crate) struct MemberArgs {
    #[command(flatten)]
    pub access: MemberOfArgs,
    /// The certificate chain, as PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Its key, as PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Show `/metrics`, `/health` and `/ready` here; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS")]
    pub metrics: Option<SocketAddr>,
    /// The file whose first line is the token that `/metrics` asks for, which other machines than this one must show
    #[arg(long, value_name = "FILE", requires = "metrics")]
    pub metrics_token: Option<PathBuf>,
}

impl MemberArgs {
    /// What it shows of itself.
    pub(crate) fn certificate(&self) -> Option<Certificate> {
        Some(Certificate { chain: self.tls_cert.clone()?, key: self.tls_key.clone()? })
    }
}
