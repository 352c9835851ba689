//! The command line. Names and flags are a promise: others script them.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgGroup, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use jiff::tz::TimeZone;
use trail_query::write::Format;

use crate::aws::AwsArgs;
use crate::cmd::cluster::args::{ClusterArgs, EngineArgs};
use crate::cmd::rules::args::RulesArgs;

/// Reads an AWS organization's CloudTrail logs, keeps them in an open lake, watches them with SQL, and reports on access.
#[derive(Debug, Parser)]
#[command(name = "trailwarden", version, max_term_width = 110)]
pub(crate) struct Args {
    #[command(flatten)]
    pub log: LogArgs,
    /// The time zone of times that are shown to people, by its IANA name
    #[arg(long, global = true, default_value = "UTC", env = "TRAILWARDEN_TZ", value_name = "ZONE", value_parser = zone)]
    pub tz: TimeZone,
    #[command(subcommand)]
    pub command: Command,
}

/// What the program says of itself.
#[derive(Debug, clap::Args)]
pub(crate) struct LogArgs {
    /// Which log lines to write to standard error: a level, or `crate=level` pairs
    #[arg(long, global = true, default_value = "warn", env = "TRAILWARDEN_LOG", value_name = "FILTER")]
    pub log: String,
    /// The form of those lines
    #[arg(long, global = true, default_value = "text", env = "TRAILWARDEN_LOG_FORMAT", value_name = "FORM")]
    pub log_format: LogFormat,
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    Text,
    /// One object a line
    Json,
}

fn zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|error| format!("`{name}` is no time zone: {error}"))
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run all detections once over log objects, with no lake
    Scan(ScanArgs),
    /// Take log objects into a lake, each event once
    Ingest(IngestArgs),
    /// Ask SQL of a lake, or of log objects as they were delivered
    Query(QueryArgs),
    /// Ask SQL of a lake, or of log objects, statement after statement
    Shell(ShellArgs),
    /// List the ready investigations, which `query --saved` and the shell run, and their parameters
    Investigations(InvestigationsArgs),
    /// Prove by CloudTrail's digests that log files are all there and unchanged
    Verify(VerifyArgs),
    /// List the detections, prove them, check them, and see what they cover and would have found
    Rules(RulesArgs),
    /// Write a report for a period
    Report(ReportArgs),
    /// Tell what a lake has of each account, region and hour, what is missing, and what is wrong
    Status(StatusArgs),
    /// Watch: ingest, detect, notify and report until told to stop
    Run(RunArgs),
    /// Open doors for other programs: PostgreSQL's wire protocol and Arrow Flight SQL, read only
    Serve(ServeArgs),
    /// Compute queries on several machines: the scheduler that they are sent to, the executors that share their work
    Cluster(ClusterArgs),
    /// Show what waits to be told and what was given up, send it again, or rebuild a lost outbox
    Outbox(OutboxArgs),
    /// Write a first config file, or check one
    Config(ConfigArgs),
    /// Print the completions of a shell
    Completions(CompletionsArgs),
}

/// `scan`.
#[derive(Debug, clap::Args)]
pub(crate) struct ScanArgs {
    /// Folders, files or `s3://bucket/prefix`
    #[arg(required = true, value_name = "LOGS")]
    pub logs: Vec<String>,
    /// Print one finding a line as JSON, and a summary as the last line
    #[arg(long)]
    pub json: bool,
    /// Print findings that an exception covers, too
    #[arg(long)]
    pub suppressed: bool,
    /// Exit with 1 when a finding is at least this severe
    #[arg(long, value_name = "SEVERITY")]
    pub fail_on: Option<trail_detect::Severity>,
    #[command(flatten)]
    pub window: WindowArgs,
    #[command(flatten)]
    pub detect: DetectArgs,
    /// Threads that read, decode and detect; 0 takes one a core
    #[arg(long, default_value_t = 0)]
    pub threads: usize,
    #[command(flatten)]
    pub aws: AwsArgs,
}

/// `verify`.
#[derive(Debug, clap::Args)]
pub(crate) struct VerifyArgs {
    /// Folders or `s3://bucket/prefix` that hold log files and, in `CloudTrail-Digest`, their digests; without any, what the lake
    /// has taken in is verified
    #[arg(required_unless_present = "lake", value_name = "LOGS")]
    pub logs: Vec<String>,
    /// A lake that has these log files: what it hashed when it took them in is not read again
    #[arg(long, value_name = "LAKE", env = "TRAILWARDEN_LAKE")]
    pub lake: Option<String>,
    /// CloudTrail's public keys: a file as `aws cloudtrail list-public-keys` prints it, or `ask` to ask CloudTrail now
    #[arg(long, value_name = "FILE|ask", default_value = "ask")]
    pub keys: String,
    /// Write the keys to a file, for where there is no network
    #[arg(long, value_name = "FILE")]
    pub save_keys: Option<PathBuf>,
    #[command(flatten)]
    pub window: WindowArgs,
    /// Print one problem a line as JSON, and a summary as the last line
    #[arg(long, conflicts_with = "lines")]
    pub json: bool,
    /// Print what `aws cloudtrail validate-logs` prints
    #[arg(long)]
    pub lines: bool,
    /// With `--lines`, name what is valid too
    #[arg(long, requires = "lines")]
    pub verbose: bool,
    #[command(flatten)]
    pub aws: AwsArgs,
}

/// From when to when.
#[derive(Debug, clap::Args)]
pub(crate) struct WindowArgs {
    /// From when on: a day, a time, or a span back from now (`2026-03-01`, `2026-03-01T12:00:00Z`, `14d`)
    #[arg(long, value_name = "WHEN")]
    pub from: Option<String>,
    /// Until when; a day counts whole
    #[arg(long, value_name = "WHEN")]
    pub to: Option<String>,
}

/// Which detections run, and what they are told.
#[derive(Debug, clap::Args)]
pub(crate) struct DetectArgs {
    /// Only detections whose name matches this glob; may be given more than once
    #[arg(long, value_name = "GLOB")]
    pub only: Vec<String>,
    /// One finding an event, in place of one for like events of a day
    #[arg(long)]
    pub no_group: bool,
    /// An account of our own; may be given more than once
    #[arg(long = "home-account", value_name = "ACCOUNT")]
    pub home_accounts: Vec<String>,
    /// An account of others that we trust; may be given more than once
    #[arg(long = "trusted-account", value_name = "ACCOUNT")]
    pub trusted_accounts: Vec<String>,
    /// Our organization's id
    #[arg(long, value_name = "o-ID")]
    pub org_id: Option<String>,
    /// A folder of queries that adds to the built-in ones and overrides them
    #[arg(long, value_name = "FOLDER", env = "TRAILWARDEN_QUERIES")]
    pub queries: Option<PathBuf>,
    /// A folder of Sigma rules, which run as well; may be given more than once
    #[arg(long, value_name = "FOLDER")]
    pub sigma: Vec<PathBuf>,
    /// A config file, whose queries, Sigma rules and settings of detections are to be used
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// A YAML file of exceptions; may be given more than once
    #[arg(long, value_name = "FILE")]
    pub exceptions: Vec<PathBuf>,
    /// What IAM says of access keys: a file of an earlier answer, or `ask` to ask IAM now
    #[arg(long, value_name = "FILE|ask")]
    pub iam: Option<String>,
}

/// `ingest`.
#[derive(Debug, clap::Args)]
pub(crate) struct IngestArgs {
    /// Folders, files, `s3://bucket/prefix`, a queue (`sqs://name`), a log group (`cloudwatch://group`), the event history
    /// (`lookup://region`)
    #[arg(required = true, value_name = "LOGS")]
    pub logs: Vec<String>,
    /// The lake: a folder or `s3://bucket/prefix`; made where there is none
    #[arg(long, value_name = "LAKE", env = "TRAILWARDEN_LAKE")]
    pub lake: String,
    #[command(flatten)]
    pub window: WindowArgs,
    /// Threads that decode; 0 takes one a core
    #[arg(long, default_value_t = 0)]
    pub threads: usize,
    /// Compact days of many small files afterwards
    #[arg(long)]
    pub compact: bool,
    /// Print the summary as JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub aws: AwsArgs,
}

/// What a query or report reads.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("what").required(true).args(["lake", "logs"]))]
pub(crate) struct OverArgs {
    /// A lake: a folder or `s3://bucket/prefix`
    #[arg(long, value_name = "LAKE", env = "TRAILWARDEN_LAKE")]
    pub lake: Option<String>,
    /// Log objects as they were delivered: folders, files or `s3://bucket/prefix`; may be given more than once
    #[arg(long, value_name = "LOGS")]
    pub logs: Vec<String>,
}

/// `query`.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("statement").required(true).args(["sql", "saved"]))]
pub(crate) struct QueryArgs {
    /// One SELECT over `cloudtrail`, `activity` and the other tables
    #[arg(allow_hyphen_values = true)]
    pub sql: Option<String>,
    /// A ready investigation in place of SQL (`trailwarden investigations` lists them)
    #[arg(long, value_name = "ID")]
    pub saved: Option<String>,
    /// The value of a placeholder (`${name}` in SQL) or of an investigation's parameter; may be given several times
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = named_value)]
    pub params: Vec<(String, String)>,
    /// A folder of queries that adds to the built-in ones and overrides them
    #[arg(long, value_name = "FOLDER", env = "TRAILWARDEN_QUERIES")]
    pub queries: Option<PathBuf>,
    #[command(flatten)]
    pub over: OverArgs,
    #[command(flatten)]
    pub engine: EngineArgs,
    /// The form of the answer
    #[arg(long, default_value = "table")]
    pub format: FormatArg,
    /// Threads; 0 takes one a core
    #[arg(long, default_value_t = 0)]
    pub threads: usize,
    /// Memory that the query may hold before it spills to disk, in MiB
    #[arg(long, default_value_t = 1024, value_name = "MIB")]
    pub memory: u64,
    /// Answer counts, and first and last uses, from the lake's `activity` where the rows are the same
    #[arg(long)]
    pub activity: bool,
    #[command(flatten)]
    pub aws: AwsArgs,
}

/// `shell`.
#[derive(Debug, clap::Args)]
pub(crate) struct ShellArgs {
    #[command(flatten)]
    pub over: OverArgs,
    #[command(flatten)]
    pub engine: EngineArgs,
    /// A folder of queries that adds to the built-in ones and overrides them
    #[arg(long, value_name = "FOLDER", env = "TRAILWARDEN_QUERIES")]
    pub queries: Option<PathBuf>,
    /// The form of answers
    #[arg(long, default_value = "table")]
    pub format: FormatArg,
    /// Where the history is kept; `trailwarden/history` in the state folder ($XDG_STATE_HOME) if absent
    #[arg(long, value_name = "FILE", conflicts_with = "no_history")]
    pub history: Option<PathBuf>,
    /// Keep no history, and read none
    #[arg(long)]
    pub no_history: bool,
    /// What shows answers that are larger than the screen; `less -S` if absent, nothing if empty
    #[arg(long, value_name = "COMMAND", env = "PAGER")]
    pub pager: Option<String>,
    /// Threads; 0 takes one a core
    #[arg(long, default_value_t = 0)]
    pub threads: usize,
    /// Memory that a query may hold before it spills to disk, in MiB
    #[arg(long, default_value_t = 1024, value_name = "MIB")]
    pub memory: u64,
    /// Answer counts, and first and last uses, from the lake's `activity` where the rows are the same
    #[arg(long)]
    pub activity: bool,
    #[command(flatten)]
    pub aws: AwsArgs,
}

/// `investigations`.
#[derive(Debug, clap::Args)]
pub(crate) struct InvestigationsArgs {
    /// Only those with this in their id or title
    pub text: Option<String>,
    /// A folder of queries that adds to the built-in ones and overrides them
    #[arg(long, value_name = "FOLDER", env = "TRAILWARDEN_QUERIES")]
    pub queries: Option<PathBuf>,
    /// One object a line
    #[arg(long)]
    pub json: bool,
}

fn named_value(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("`{text}` is not NAME=VALUE"))?;
    Ok((name.trim().to_owned(), value.to_owned()))
}

/// The forms of an answer.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum FormatArg {
    Table,
    Vertical,
    Csv,
    Json,
    Ndjson,
    Parquet,
}

impl From<FormatArg> for Format {
    fn from(form: FormatArg) -> Self {
        match form {
            FormatArg::Table => Self::Table,
            FormatArg::Vertical => Self::Vertical,
            FormatArg::Csv => Self::Csv,
            FormatArg::Json => Self::Json,
            FormatArg::Ndjson => Self::Ndjson,
            FormatArg::Parquet => Self::Parquet,
        }
    }
}

/// `serve`.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("behind").required(true).args(["lake", "logs", "config"]))]
pub(crate) struct ServeArgs {
    /// A lake: a folder or `s3://bucket/prefix`
    #[arg(long, value_name = "LAKE", env = "TRAILWARDEN_LAKE")]
    pub lake: Option<String>,
    /// Log objects as they were delivered: folders, files or `s3://bucket/prefix`; may be given more than once
    #[arg(long, value_name = "LOGS")]
    pub logs: Vec<String>,
    /// The config file of `run`: its lake and its `[serve]`, over which the arguments here stand
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where PostgreSQL's wire protocol is spoken (`127.0.0.1:5432`; port 0 takes a free one)
    #[arg(long, value_name = "ADDRESS")]
    pub pg: Option<SocketAddr>,
    /// Where Arrow Flight SQL is spoken
    #[arg(long, value_name = "ADDRESS")]
    pub flight: Option<SocketAddr>,
    /// A user who may ask, and the file whose first line is the password; may be given more than once
    #[arg(long = "user", value_name = "NAME=FILE", value_parser = user)]
    pub users: Vec<UserArg>,
    /// The certificate chain, as PEM
    #[arg(long, value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// Its key, as PEM
    #[arg(long, value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// How many seconds a statement may run
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<u64>,
    /// The most rows that a statement gives
    #[arg(long, value_name = "ROWS")]
    pub max_rows: Option<u64>,
    #[command(flatten)]
    pub aws: AwsArgs,
}

/// A user of `serve`.
#[derive(Debug, Clone)]
pub(crate) struct UserArg {
    pub name: String,
    pub file: PathBuf,
}

fn user(text: &str) -> Result<UserArg, String> {
    let (name, file) =
        text.split_once('=').ok_or("a user is `name=file`, and the file's first line is the password")?;
    Ok(UserArg { name: name.to_owned(), file: PathBuf::from(file) })
}

impl ServeArgs {
    /// What is behind the doors, where no config says it.
    pub(crate) fn over(&self) -> OverArgs {
        OverArgs { lake: self.lake.clone(), logs: self.logs.clone() }
    }
}

/// `report`.
#[derive(Debug, clap::Args)]
pub(crate) struct ReportArgs {
    #[command(subcommand)]
    pub report: ReportCommand,
}

/// The reports.
#[derive(Debug, Subcommand)]
pub(crate) enum ReportCommand {
    /// Who used what, when, from where, and what was denied
    Access(AccessArgs),
}

/// `report access`.
#[derive(Debug, clap::Args)]
pub(crate) struct AccessArgs {
    #[command(flatten)]
    pub over: OverArgs,
    #[command(flatten)]
    pub engine: EngineArgs,
    /// The period's begin: a day, a time, or a span back from now
    #[arg(long, value_name = "WHEN")]
    pub from: String,
    /// The period's end; a day counts whole
    #[arg(long, value_name = "WHEN")]
    pub to: String,
    /// The folder to write into; made where there is none
    #[arg(long, value_name = "FOLDER")]
    pub out: PathBuf,
    /// A folder of queries that adds to the built-in ones and overrides them
    #[arg(long, value_name = "FOLDER", env = "TRAILWARDEN_QUERIES")]
    pub queries: Option<PathBuf>,
    /// What IAM says of access keys: a file of an earlier answer, or `ask` to ask IAM now
    #[arg(long, value_name = "FILE|ask")]
    pub iam: Option<String>,
    #[command(flatten)]
    pub aws: AwsArgs,
}

/// `status`.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("which").required(true).args(["lake", "config"]))]
pub(crate) struct StatusArgs {
    /// A lake: a folder or `s3://bucket/prefix`
    #[arg(long, value_name = "LAKE")]
    pub lake: Option<String>,
    /// The config file of `run`, which names the lake
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    pub window: WindowArgs,
    /// The organization's accounts, as `aws organizations list-accounts` prints them or an id a line, to tell which deliver nothing
    #[arg(long, value_name = "FILE")]
    pub accounts: Option<PathBuf>,
    /// Print an hour, a fault or a source a line as JSON, and a summary as the last line
    #[arg(long)]
    pub json: bool,
    /// Exit with 1 when there are holes or faults
    #[arg(long)]
    pub fail: bool,
    #[command(flatten)]
    pub aws: AwsArgs,
}

/// `run`.
#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    /// The config file
    #[arg(long, value_name = "FILE", env = "TRAILWARDEN_CONFIG")]
    pub config: PathBuf,
    /// End after one round of everything, as a scheduled job would want
    #[arg(long)]
    pub once: bool,
}

/// `outbox`.
#[derive(Debug, clap::Args)]
pub(crate) struct OutboxArgs {
    /// The config file that names the outbox
    #[arg(long, global = true, value_name = "FILE", env = "TRAILWARDEN_CONFIG", default_value = "trailwarden.toml")]
    pub config: PathBuf,
    #[command(subcommand)]
    pub command: OutboxCommand,
}

/// What to do with the outbox.
#[derive(Debug, Subcommand)]
pub(crate) enum OutboxCommand {
    /// One line a message that waits or was given up
    List {
        /// Only those that were given up
        #[arg(long, conflicts_with = "waiting")]
        dead: bool,
        /// Only those that wait
        #[arg(long)]
        waiting: bool,
        /// One object a line
        #[arg(long)]
        json: bool,
    },
    /// A message, by its id or that of a notice in it, with the ids of all its notices
    Show {
        /// The id
        id: String,
        /// One object a line
        #[arg(long)]
        json: bool,
    },
    /// Put messages that were given up back into the queue
    Resend {
        /// Their ids, as `list --dead` shows them
        #[arg(value_name = "ID", required_unless_present = "all")]
        ids: Vec<String>,
        /// All of them
        #[arg(long, conflicts_with = "ids")]
        all: bool,
    },
    /// Make a lost outbox anew from the lake: what was found since a time is told again, all before it counts as told
    Rebuild {
        /// From when on: a day, a time, or a span back from now
        #[arg(long, value_name = "WHEN", default_value = "1d")]
        since: String,
    },
}

/// `config`.
#[derive(Debug, clap::Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// What to do with a config file.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Write a first one, with every section explained
    Init {
        /// Where to; it must not be there yet
        #[arg(default_value = "trailwarden.toml")]
        file: PathBuf,
    },
    /// Read one, and say what is wrong with it
    Check {
        /// The file
        file: PathBuf,
    },
}

/// `completions`.
#[derive(Debug, clap::Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}
