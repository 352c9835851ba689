//! `query`: one statement, its answer on standard output.

use std::collections::BTreeMap;
use std::io::{BufWriter, IsTerminal, Write};

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use trail_query::write::{People, Visible, write};
use trail_query::{Config, Investigation, Kind, QueryError};
use trail_serve::{Note, Outcome};
use trail_source::Window;

use super::{Over, attach, library};
use crate::args::QueryArgs;
use crate::engine;
use crate::exit::{Status, usage};

/// Runs the statement. What was not read of raw logs is told on standard error.
pub(crate) async fn run(args: QueryArgs, zone: &TimeZone) -> anyhow::Result<Status> {
    let config =
        Config { threads: args.threads, memory_limit_mib: args.memory, activity: args.activity, ..Config::default() };
    let engine = engine::over(config, &args.engine, &args.over).await?;
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
    let mut note = Note::new(&user(), "query", "", &sql);
    let answer =
        engine.sql_with(&sql, &params).await.inspect_err(|error| note.failed(error)).map_err(mended_by_whom)?;
    let stdout = std::io::stdout();
    let people = People { width: None, zone: zone.clone() };
    let written = if stdout.is_terminal() {
        let people = People { width: comfy_table::Table::new().width(), ..people };
        write(args.format.into(), answer, Visible::new(BufWriter::new(stdout)), people).await
    } else {
        write(args.format.into(), answer, BufWriter::new(stdout), people).await
    };
    match &written {
        Ok(rows) => {
            note.add(*rows);
            note.ended(Outcome::Ok);
        }
        // The reader of our output has gone, as `head` does.
        Err(QueryError::Write(_)) => {}
        Err(error) => note.failed(error),
    }
    drop(note);
    written?;
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

/// Who asks, as the system has called them.
fn user() -> String {
    #[expect(clippy::disallowed_methods, reason = "the audit says who asked, and this is where it is known")]
    std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_else(|_| "local".to_owned())
}
