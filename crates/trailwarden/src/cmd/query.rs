//! `query`: one statement, its answer on standard output.

use std::collections::BTreeMap;
use std::io::{BufWriter, IsTerminal, Write};

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use trail_query::write::{People, Visible, write};
use trail_query::{Config, Engine, Investigation, Kind, QueryError};
use trail_source::Window;

use super::{Over, attach, library};
use crate::args::QueryArgs;
use crate::exit::{Status, usage};

/// Runs the statement. What was not read of raw logs is told on standard error.
pub(crate) async fn run(args: QueryArgs, zone: &TimeZone) -> anyhow::Result<Status> {
    let config = Config { threads: args.threads, memory_limit_mib: args.memory, ..Config::default() };
    let engine = Engine::new(config)?;
    let library = library(args.queries.as_deref())?;
    let params = args.params.into_iter().collect();
    let (sql, params) = match args.saved {
        Some(id) => {
            let investigation = Investigation::named(&library, &id).map_err(usage)?;
            (investigation.bind(&params, Timestamp::now()).map_err(usage)?, BTreeMap::new())
        }
        None => (args.sql.context("neither SQL nor an investigation")?, params),
    };
    let over = attach(&engine, &args.over, &args.aws.config(), Window::default(), &library).await?;
    let answer = engine.sql_with(&sql, &params).await.map_err(mended_by_whom)?;
    let stdout = std::io::stdout();
    let people = People { width: None, zone: zone.clone() };
    if stdout.is_terminal() {
        let people = People { width: comfy_table::Table::new().width(), ..people };
        write(args.format.into(), answer, Visible::new(BufWriter::new(stdout)), people).await?;
    } else {
        write(args.format.into(), answer, BufWriter::new(stdout), people).await?;
    }
    if let Over::Logs(logs) = over {
        let coverage = logs.coverage();
        if coverage.rejects > 0 || coverage.failed > 0 || std::io::stderr().is_terminal() {
            writeln!(std::io::stderr(), "{}", coverage.in_zone(zone))?;
        }
    }
    Ok(Status::Fine)
}

/// A wrong statement is its author's to mend, everything else a failure.
pub(super) fn mended_by_whom(error: QueryError) -> anyhow::Error {
    match error.kind() {
        Kind::Statement => usage(error),
        _ => error.into(),
    }
}
