//! `config`: a first config file, and what is wrong with one.

use std::io::Write;

use anyhow::Context as _;

use super::{all_rules, library};
use crate::args::{ConfigArgs, ConfigCommand};
use crate::exit::{Status, usage};
use crate::lists;
use crate::settings::Settings;

const EXAMPLE: &str = include_str!("../../../../deploy/config.example.toml");

/// Writes or checks.
pub(crate) fn run(args: &ConfigArgs) -> anyhow::Result<Status> {
    match &args.command {
        ConfigCommand::Init { file } => {
            let mut created = std::fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .open(file)
                .map_err(|error| usage(format!("cannot make `{}`: {error}", file.display())))?;
            created.write_all(EXAMPLE.as_bytes()).with_context(|| format!("cannot write `{}`", file.display()))?;
            say!(
                "wrote {}: name your sources and channels in it, then `trailwarden config check {}`",
                file.display(),
                file.display()
            );
        }
        ConfigCommand::Check { file } => {
            let settings = Settings::load(file)?;
            let rules = all_rules(&library(settings.queries.as_deref())?, &settings.rules)?;
            settings.rules.over(&settings.detect)?;
            lists::readable(&settings.rules.lists)?;
            say!(
                "{} is right: {} sources, {} detections, {} channels, {} reports",
                file.display(),
                settings.sources.len(),
                rules.iter().count(),
                settings.notify.channels.len(),
                settings.reports.len()
            );
        }
    }
    Ok(Status::Fine)
}
