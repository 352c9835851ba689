//! What a session is and does: the engine, how answers are shown, and each input carried out.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use arrow::datatypes::{DataType, Fields};
use comfy_table::Table;
use comfy_table::presets::NOTHING;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::signal::unix::Signal;
use tokio::task::{JoinError, JoinHandle};
use trail_query::write::{Format, People, Visible, visible, write};
use trail_query::{Engine, Investigation, Library, Param, QueryError};

use super::super::query::mended_by_whom;
use super::super::{Over, investigations};
use super::command::{Command, help};
use super::input::{Gather, Input};
use super::screen::{Screen, Size};
use crate::exit::usage;

/// Files within files within files.
const MAX_DEPTH: usize = 10;
/// How long a cancelled statement has to stop before the next is asked for.
const WAIT: Duration = Duration::from_secs(1);

/// Whether more is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Go,
    Quit,
}

/// Asks a person for the value of a parameter; `None` where there is nobody to ask, or who does not want to answer.
pub(super) type Ask<'a> = &'a mut (dyn FnMut(&Param) -> Option<String> + Send);

/// A session.
pub(super) struct Session {
    pub(super) engine: Engine,
    pub(super) over: Over,
    pub(super) library: Library,
    pub(super) zone: TimeZone,
    pub(super) form: Format,
    pub(super) timing: bool,
    /// The size of the terminal; absent for a script.
    pub(super) size: Option<Size>,
    pub(super) pager: Option<String>,
    /// Ctrl-C, heard from the session's begin on; absent for a script, which it ends.
    pub(super) interrupts: Option<Signal>,
}

impl Session {
    /// Carries out one input.
    pub(super) async fn run(&mut self, input: Input, ask: Ask<'_>) -> anyhow::Result<Next> {
        match input {
            Input::Sql(sql) => self.query(&sql).await?,
            Input::Command(line) => return self.command(&line, ask, 0).await,
        }
        Ok(Next::Go)
    }

    async fn command(&mut self, line: &str, ask: Ask<'_>, depth: usize) -> anyhow::Result<Next> {
        match Command::parse(line)? {
            Command::Help => self.show(&help())?,
            Command::Describe(None) => self.tables().await?,
            Command::Describe(Some(table)) => self.columns(&table).await?,
            Command::Functions(text) => self.functions(&text).await?,
            Command::Investigations(text) => {
                let found = investigations::matching(&self.library, &text)?;
                self.show(&format!("{}\n", investigations::table(&found)))?;
            }
            Command::Investigate { id, params } => {
                let sql = self.investigation(&id, params, ask)?;
                self.query(&sql).await?;
            }
            Command::Form(Some(form)) => self.form = form,
            Command::Form(None) => self.show(&format!("{}\n", format!("{:?}", self.form).to_lowercase()))?,
            Command::Vertical if self.form == Format::Vertical => self.form = Format::Table,
            Command::Vertical => self.form = Format::Vertical,
            Command::Timing(on) => self.timing = on.unwrap_or(!self.timing),
            Command::File(path) => return self.file(&path, ask, depth).await,
            Command::Refresh => match &self.over {
                Over::Lake(lake) => {
                    lake.refresh().await?;
                    self.engine.attach_lake(lake).await?;
                }
                // Raw logs are read anew by each statement.
                Over::Logs(_) => {}
            },
            Command::Quit => return Ok(Next::Quit),
        }
        Ok(Next::Go)
    }

    /// Runs one statement and shows its answer. On a terminal Ctrl-C stops it.
    async fn query(&mut self, sql: &str) -> anyhow::Result<()> {
        let started = Instant::now();
        let mut screen = self.screen();
        let paging = screen.paging();
        let (engine, sql, form, terminal) = (self.engine.clone(), sql.to_owned(), self.form, self.size.is_some());
        // With a pager lines may be as long as they are.
        let width = self.size.filter(|_| self.pager.as_deref() == Some("")).map(|size| size.columns);
        let people = People { width, zone: self.zone.clone() };
        // A task of its own, so that who watches it is free for Ctrl-C.
        let mut running = tokio::spawn(async move {
            let wrote = match engine.sql(&sql).await {
                Err(error) => Err(error),
                Ok(answer) if terminal => write(form, answer, Visible::new(&mut screen), people).await,
                Ok(answer) => write(form, answer, &mut screen, people).await,
            };
            (wrote, screen)
        });
        let done = match &mut self.interrupts {
            Some(interrupts) => tokio::task::block_in_place(|| watched(&mut running, interrupts, &paging))?,
            None => running.await,
        };
        let (wrote, screen) = done?;
        let rows = match wrote {
            Err(QueryError::Write(error)) if screen.was_left(&error) => None,
            Err(error) => {
                // What came before the error stands where it was to stand.
                screen.finish()?;
                return Err(mended_by_whom(error));
            }
            Ok(rows) => Some(rows),
        };
        let took = started.elapsed();
        screen.finish()?;
        self.notes(rows, self.timing.then_some(took))?;
        Ok(())
    }

    /// What is told beside an answer: on standard error, so that the answers of a script stay as they are.
    fn notes(&self, rows: Option<u64>, took: Option<Duration>) -> io::Result<()> {
        let mut err = io::stderr().lock();
        let rows = rows.filter(|_| self.size.is_some());
        let counted = rows.map(|rows| format!("{rows} {}", if rows == 1 { "row" } else { "rows" }));
        let timed = took.map(|took| format!("{:.3} s", took.as_secs_f64()));
        let told: Vec<String> = counted.into_iter().chain(timed).collect();
        if !told.is_empty() {
            writeln!(err, "{}", told.join(", "))?;
        }
        if let Over::Logs(logs) = &self.over {
            let coverage = logs.coverage();
            if coverage.rejects > 0 || coverage.failed > 0 {
                writeln!(err, "{}", coverage.in_zone(&self.zone))?;
            }
        }
        Ok(())
    }

    /// The SQL of an investigation, with parameters that are missing asked for.
    fn investigation(&self, id: &str, params: Vec<(String, String)>, ask: Ask<'_>) -> anyhow::Result<String> {
        let investigation = Investigation::named(&self.library, id).map_err(usage)?;
        let mut values: BTreeMap<String, String> = params.into_iter().collect();
        for param in &investigation.params {
            if !values.contains_key(&param.name)
                && let Some(value) = ask(param).filter(|value| !value.is_empty())
            {
                values.insert(param.name.clone(), value);
            }
        }
        investigation.bind(&values, Timestamp::now()).map_err(usage)
    }

    /// Runs the statements of a file, up to the first that fails.
    async fn file(&mut self, path: &str, ask: Ask<'_>, depth: usize) -> anyhow::Result<Next> {
        if depth == MAX_DEPTH {
            return Err(usage(format!("`{path}`: files name files {MAX_DEPTH} deep")));
        }
        let text = fs::read_to_string(path).with_context(|| format!("`{path}` cannot be read"))?;
        let mut gather = Gather::default();
        let mut inputs: Vec<Input> = text.lines().flat_map(|line| gather.line(line)).collect();
        inputs.extend(gather.rest());
        for input in inputs {
            match input {
                Input::Sql(sql) => self.query(&sql).await?,
                Input::Command(line) => {
                    if Box::pin(self.command(&line, ask, depth + 1)).await? == Next::Quit {
                        return Ok(Next::Quit);
                    }
                }
            }
        }
        Ok(Next::Go)
    }

    async fn tables(&self) -> anyhow::Result<()> {
        let mut table = plain(["table", "columns"]);
        for name in self.engine.table_names() {
            let columns = self.engine.table_schema(&name).await?.fields().len();
            table.add_row([visible(&name).into_owned(), columns.to_string()]);
        }
        self.show(&format!("{table}\n"))
    }

    async fn columns(&self, name: &str) -> anyhow::Result<()> {
        let name = name.to_lowercase();
        if !self.engine.has_table(&name) {
            return Err(usage(format!("there is no table `{name}` (\\d lists them)")));
        }
        let mut table = plain(["column", "type"]);
        add_fields("", self.engine.table_schema(&name).await?.fields(), &mut table);
        self.show(&format!("{table}\n"))
    }

    async fn functions(&mut self, text: &str) -> anyhow::Result<()> {
        let sql = format!(
            "SELECT routine_name AS function, lower(function_type) AS kind, coalesce(max(syntax_example), '') AS syntax, \
             coalesce(max(description), '') AS description FROM information_schema.routines \
             WHERE strpos(routine_name, lower('{}')) > 0 GROUP BY 1, 2 ORDER BY 1",
            text.replace('\'', "''")
        );
        self.query(&sql).await
    }

    fn screen(&self) -> Screen {
        Screen::new(self.size, self.pager.as_deref())
    }

    fn show(&self, text: &str) -> anyhow::Result<()> {
        let mut screen = self.screen();
        match screen.write_all(text.as_bytes()) {
            Err(error) if !screen.was_left(&error) => return Err(error.into()),
            _ => screen.finish()?,
        }
        Ok(())
    }
}

/// Waits for a task, or for Ctrl-C, which gives it up. On a runtime of its own: the threads of the other may all be at work that does
/// not pause, and then hear no signal and no clock.
fn watched<T>(
    running: &mut JoinHandle<T>,
    interrupts: &mut Signal,
    paging: &AtomicBool,
) -> anyhow::Result<Result<T, JoinError>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        tokio::select! {
            done = &mut *running => Ok(done),
            _ = interrupts.recv() => {
                running.abort();
                // The terminal is the pager's until its user leaves it; work that does not pause is not waited for.
                while tokio::time::timeout(WAIT, &mut *running).await.is_err() && paging.load(Ordering::Relaxed) {}
                anyhow::bail!("cancelled");
            }
        }
    })
}

fn plain(head: [&str; 2]) -> Table {
    let mut table = Table::new();
    table.load_preset(NOTHING).set_header(head);
    table
}

/// A line a column, and one for each field of a struct: these are the names that SQL takes.
fn add_fields(prefix: &str, fields: &Fields, table: &mut Table) {
    for field in fields {
        let name = format!("{prefix}{}", field.name());
        match field.data_type() {
            DataType::Struct(inner) => add_fields(&format!("{name}."), inner, table),
            kind => drop(table.add_row([visible(&name).into_owned(), type_name(kind)])),
        }
    }
}

/// A type in words of SQL.
fn type_name(kind: &DataType) -> String {
    match kind {
        DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 => "text".to_owned(),
        DataType::Boolean => "boolean".to_owned(),
        DataType::Int64 => "bigint".to_owned(),
        DataType::Int32 => "integer".to_owned(),
        DataType::Date32 => "date".to_owned(),
        DataType::Timestamp(..) => "timestamp".to_owned(),
        DataType::List(item) => match item.data_type() {
            DataType::Struct(fields) => {
                let names: Vec<&str> = fields.iter().map(|field| field.name().as_str()).collect();
                format!("list of ({})", names.join(", "))
            }
            kind => format!("list of {}", type_name(kind)),
        },
        other => other.to_string().to_lowercase(),
    }
}
