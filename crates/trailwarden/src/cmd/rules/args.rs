//! The arguments of `rules`.

use std::path::PathBuf;

use clap::{ArgGroup, Subcommand, ValueEnum};

use crate::args::{OverArgs, WindowArgs};
use crate::aws::AwsArgs;

/// `rules`.
#[derive(Debug, clap::Args)]
pub(crate) struct RulesArgs {
    #[command(subcommand)]
    pub command: RulesCommand,
}

/// What to do with the rules.
#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// One line a detection
    List {
        #[command(flatten)]
        which: RulesWhich,
        /// One object a line
        #[arg(long)]
        json: bool,
    },
    /// Run every detection over the events of its cases
    Test {
        #[command(flatten)]
        which: RulesWhich,
    },
    /// Translate Sigma rules, and say which of them run and why others do not; exit with 1 if any does not
    Import {
        /// Folders or files of Sigma rules
        #[arg(required = true, value_name = "FOLDER")]
        folders: Vec<PathBuf>,
        /// The config file whose `rules.placeholders` are to be used
        #[arg(long, value_name = "FILE", env = "TRAILWARDEN_CONFIG")]
        config: Option<PathBuf>,
        /// One object a line
        #[arg(long)]
        json: bool,
    },
    /// Which topics, CIS items, ATT&CK techniques and events have detections, and which must and have none
    Coverage(CoverageArgs),
    /// What is wrong or doubtful in rules and in the settings for them: names and fields that do not exist, cases that are missing, and more
    Lint(LintArgs),
    /// Which part of a rule an event matches and which not
    Explain(ExplainArgs),
    /// How often rules would have fired, by day and principal
    Replay(ReplayArgs),
}

/// Which rules.
#[derive(Debug, clap::Args)]
pub(crate) struct RulesWhich {
    /// Only detections whose name (`root-activity`, `root/root-activity`) matches this glob; may be given more than once
    #[arg(long, value_name = "GLOB")]
    pub only: Vec<String>,
    /// A folder of queries that adds to the built-in ones and overrides them
    #[arg(long, visible_alias = "rules", value_name = "FOLDER", env = "TRAILWARDEN_QUERIES")]
    pub queries: Option<PathBuf>,
    /// A folder of Sigma rules; may be given more than once
    #[arg(long, value_name = "FOLDER")]
    pub sigma: Vec<PathBuf>,
    /// A config file, whose queries, Sigma rules and settings of rules are to be used
    #[arg(long, value_name = "FILE", env = "TRAILWARDEN_CONFIG")]
    pub config: Option<PathBuf>,
}

/// The forms of what is told of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RulesFormat {
    /// For people
    Table,
    /// For programs
    Json,
}

/// `rules coverage`.
#[derive(Debug, clap::Args)]
pub(crate) struct CoverageArgs {
    #[command(flatten)]
    pub which: RulesWhich,
    /// The form
    #[arg(long, default_value = "table")]
    pub format: RulesFormat,
    /// Write a layer for the ATT&CK Navigator to this file
    #[arg(long, value_name = "FILE")]
    pub navigator: Option<PathBuf>,
    /// Exit with 1 when something that must be covered is not
    #[arg(long)]
    pub deny: bool,
}

/// `rules lint`.
#[derive(Debug, clap::Args)]
pub(crate) struct LintArgs {
    #[command(flatten)]
    pub which: RulesWhich,
    /// The form
    #[arg(long, default_value = "table")]
    pub format: RulesFormat,
    /// Exit with 1 when there is anything to tell
    #[arg(long)]
    pub deny: bool,
}

/// `rules explain`.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("over").args(["lake", "logs"]))]
pub(crate) struct ExplainArgs {
    /// The rule's name
    pub rule: String,
    /// A JSON file of one event, a list of events or a log file; `-` for standard input; or an event's id, with `--lake` or `--logs`
    pub event: String,
    /// Of several events in the file, the one with this id; the first if absent
    #[arg(long, value_name = "ID")]
    pub event_id: Option<String>,
    /// A lake that has the event: a folder or `s3://bucket/prefix`
    #[arg(long, value_name = "LAKE", env = "TRAILWARDEN_LAKE")]
    pub lake: Option<String>,
    /// Log objects that have it: folders, files or `s3://bucket/prefix`; may be given more than once
    #[arg(long, value_name = "LOGS")]
    pub logs: Vec<String>,
    #[command(flatten)]
    pub which: RulesWhich,
    /// The form
    #[arg(long, default_value = "table")]
    pub format: RulesFormat,
    #[command(flatten)]
    pub aws: AwsArgs,
}

/// `rules replay`.
#[derive(Debug, clap::Args)]
pub(crate) struct ReplayArgs {
    #[command(flatten)]
    pub which: RulesWhich,
    #[command(flatten)]
    pub over: OverArgs,
    #[command(flatten)]
    pub window: WindowArgs,
    /// The form
    #[arg(long, default_value = "table")]
    pub format: RulesFormat,
    #[command(flatten)]
    pub aws: AwsArgs,
}
