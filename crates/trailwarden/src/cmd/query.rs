//! `query`: one statement, its answer on standard output.

use std::io::{BufWriter, IsTerminal, Write};

use jiff::tz::TimeZone;
use trail_query::write::{Format, People, write};
use trail_query::{Config, Engine, Kind};
use trail_source::Window;

use super::{Over, attach, library};
use crate::args::{FormatArg, QueryArgs};
use crate::exit::{Status, usage};

/// Runs the statement. What was not read of raw logs is told on standard error.
pub(crate) async fn run(args: QueryArgs, zone: &TimeZone) -> anyhow::Result<Status> {
    let config = Config { threads: args.threads, memory_limit_mib: args.memory, ..Config::default() };
    let engine = Engine::new(config)?;
    let over = attach(&engine, &args.over, &args.aws.config(), Window::default(), &library(None)?).await?;
    let answer =
        engine.sql_with(&args.sql, &args.params.into_iter().collect()).await.map_err(|error| match error.kind() {
            Kind::Statement => usage(error),
            _ => error.into(),
        })?;
    let stdout = std::io::stdout();
    let width = stdout.is_terminal().then(|| comfy_table::Table::new().width()).flatten();
    let format = match args.format {
        FormatArg::Table => Format::Table,
        FormatArg::Csv => Format::Csv,
        FormatArg::Json => Format::Json,
        FormatArg::Ndjson => Format::Ndjson,
        FormatArg::Parquet => Format::Parquet,
    };
    write(format, answer, BufWriter::new(stdout), People { width, zone: zone.clone() }).await?;
    if let Over::Logs(logs) = over {
        let coverage = logs.coverage();
        if coverage.rejects > 0 || coverage.failed > 0 || std::io::stderr().is_terminal() {
            writeln!(std::io::stderr(), "{}", coverage.in_zone(zone))?;
        }
    }
    Ok(Status::Fine)
}
