//! The subcommands, a file each, and what several of them open in the same way.

pub(crate) mod cluster;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod ingest;
pub(crate) mod investigations;
pub(crate) mod outbox;
pub(crate) mod query;
pub(crate) mod report;
pub(crate) mod rules;
pub(crate) mod run;
pub(crate) mod scan;
pub(crate) mod serve;
pub(crate) mod shell;
pub(crate) mod status;
pub(crate) mod verify;

use std::path::Path;

use anyhow::Context as _;
use trail_detect::{Rules, Sigma};
use trail_lake::Lake;
use trail_query::{Engine, Library, LogInput, Logs};
use trail_source::{AwsConfig, SourceConfig, Window};

use crate::args::{OverArgs, WindowArgs};
use crate::aws::lake_on_s3;
use crate::exit::usage;
use crate::settings::RulesSettings;

/// The period that the arguments name.
fn window(args: &WindowArgs) -> anyhow::Result<Window> {
    Window::parse(args.from.as_deref(), args.to.as_deref()).map_err(usage)
}

/// The sources that the arguments name.
fn sources(logs: &[String], aws: &AwsConfig, window: Window) -> anyhow::Result<Vec<SourceConfig>> {
    logs.iter().map(|logs| SourceConfig::parse(logs, aws, window).map_err(usage)).collect()
}

/// The built-in queries, with those of a folder over them.
pub(crate) fn library(folder: Option<&Path>) -> anyhow::Result<Library> {
    let library = Library::embedded().context("the built-in queries are broken")?;
    match folder {
        Some(folder) => library.with_folder(folder).map_err(usage),
        None => Ok(library),
    }
}

/// The rules of the library, and the Sigma rules of some folders. What of those cannot be translated is told in the log.
pub(crate) fn all_rules(library: &Library, settings: &RulesSettings) -> anyhow::Result<Rules> {
    let mut rules = Rules::load(library).map_err(usage)?;
    let sigma = Sigma::load(&settings.sigma, &settings.placeholders).map_err(usage)?;
    for (document, reason) in sigma.refused() {
        tracing::warn!(
            file = document.file,
            rule = document.title,
            reason,
            "a Sigma rule cannot be translated and does not run"
        );
    }
    sigma.rules.into_iter().try_for_each(|rule| rules.insert(rule)).map_err(usage)?;
    Ok(rules)
}

/// Opens a lake; `create` makes it where there is none.
pub(crate) async fn open_lake(
    location: &str,
    config: trail_lake::Config,
    aws: &AwsConfig,
    create: bool,
) -> anyhow::Result<Lake> {
    let config = if location.starts_with("s3://") { lake_on_s3(config, aws).await? } else { config };
    let opened = if create { Lake::open(location, config).await } else { Lake::open_existing(location, config).await };
    opened.map_err(|error| match error {
        trail_lake::Error::NotALake { .. } | trail_lake::Error::Layout { .. } => usage(error),
        other => anyhow::Error::new(other).context(format!("cannot open the lake `{location}`")),
    })
}

/// What an engine reads, for the line that tells how complete the answer is.
enum Over {
    Lake(Lake),
    Logs(Logs),
}

/// Attaches the lake or the logs that the arguments name, and the library's views.
async fn attach(
    engine: &Engine,
    over: &OverArgs,
    aws: &AwsConfig,
    window: Window,
    library: &Library,
) -> anyhow::Result<Over> {
    let attached = match &over.lake {
        Some(location) if over.logs.is_empty() => {
            let lake = open_lake(location, trail_lake::Config::default(), aws, false).await?;
            engine.attach_lake(&lake).await?;
            Over::Lake(lake)
        }
        _ => {
            let sources = sources(&over.logs, aws, window)?;
            Over::Logs(engine.attach_logs(LogInput::from(sources)).await?)
        }
    };
    for (view, error) in engine.attach_views(library).await {
        tracing::debug!(view, %error, "a view is left out, since a table that it reads is not there");
    }
    Ok(attached)
}
