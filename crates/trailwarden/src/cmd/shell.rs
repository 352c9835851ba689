//! `shell`: statement after statement over one lake or the same logs. On a terminal a line editor with history and completion; from
//! anywhere else a script, which ends at its first error.

mod command;
mod input;
mod screen;
mod session;
mod words;

use std::fs;
use std::io::{BufRead, IsTerminal, Write};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use futures::FutureExt as _;
use jiff::tz::TimeZone;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Editor, Helper};
use tokio::signal::unix::{SignalKind, signal};
use trail_query::{Config, Param};
use trail_source::Window;

use self::input::{Gather, Input};
use self::screen::Size;
use self::session::{Next, Session};
use self::words::Words;
use super::{Over, attach, library};
use crate::args::ShellArgs;
use crate::engine;
use crate::exit::{self, Status};

const PROMPT: &str = "trailwarden> ";
const MOST_HISTORY: usize = 2000;

/// Opens what is to be asked, and answers until there is no more to answer.
pub(crate) async fn run(args: ShellArgs, zone: &TimeZone) -> anyhow::Result<Status> {
    let config =
        Config { threads: args.threads, memory_limit_mib: args.memory, activity: args.activity, ..Config::default() };
    let engine = engine::over(config, &args.engine, &args.over).await?;
    let library = library(args.queries.as_deref())?;
    let over = attach(&engine, &args.over, &args.aws.config(), Window::default(), &library).await?;
    let form = args.format.into();
    let mut session = Session {
        engine,
        over,
        library,
        zone: zone.clone(),
        form,
        timing: false,
        size: None,
        pager: args.pager,
        interrupts: None,
    };
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        script(&mut session).await?;
        return Ok(Status::Fine);
    }
    let history = match (args.no_history, args.history) {
        (true, _) => None,
        (false, Some(file)) => Some(file),
        (false, None) => state_folder().map(|folder| folder.join("trailwarden").join("history")),
    };
    interactive(&mut session, history).await?;
    Ok(Status::Fine)
}

/// Runs what standard input has, up to the first error.
async fn script(session: &mut Session) -> anyhow::Result<()> {
    let mut gather = Gather::default();
    let mut nobody = |_: &Param| None;
    for line in std::io::stdin().lock().lines() {
        for input in gather.line(&line?) {
            if session.run(input, &mut nobody).await? == Next::Quit {
                return Ok(());
            }
        }
    }
    if let Some(input) = gather.rest() {
        session.run(input, &mut nobody).await?;
    }
    Ok(())
}

/// Reads from a terminal until its user leaves. An error is told, and the next line read.
async fn interactive(session: &mut Session, history: Option<PathBuf>) -> anyhow::Result<()> {
    let words = Words::ask(&session.engine, &session.library, matches!(session.over, Over::Lake(_))).await;
    let config = rustyline::Config::builder()
        .completion_type(CompletionType::List)
        .max_history_size(MOST_HISTORY)?
        .history_ignore_dups(true)?
        .history_ignore_space(true)
        .auto_add_history(true)
        .build();
    let mut editor: Editor<Line, DefaultHistory> = Editor::with_config(config)?;
    editor.set_helper(Some(Line { words }));
    if let Some(file) = &history {
        if let Some(folder) = file.parent() {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .with_context(|| format!("cannot make `{}`", folder.display()))?;
        }
        if file.exists() {
            editor.load_history(file).with_context(|| format!("cannot read the history `{}`", file.display()))?;
        }
    }
    writeln!(std::io::stderr(), "SQL ends with a semicolon; \\? tells more, \\q leaves.")?;
    // From here on Ctrl-C stops a statement and not the shell.
    session.interrupts = Some(signal(SignalKind::interrupt())?);
    loop {
        // One that came when nothing ran is not for what runs next.
        while session.interrupts.as_mut().is_some_and(|interrupts| interrupts.recv().now_or_never().is_some()) {}
        session.size = editor.dimensions().map(|(columns, rows)| Size { columns, rows });
        // A person's time is not the runtime's.
        let line = match tokio::task::block_in_place(|| editor.readline(PROMPT)) {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        if let Some(file) = &history {
            // Line by line, so that no crash loses it; rustyline keeps the file to its owner.
            editor.append_history(file).with_context(|| format!("cannot write the history `{}`", file.display()))?;
        }
        let mut gather = Gather::default();
        let mut inputs: Vec<Input> = line.lines().flat_map(|line| gather.line(line)).collect();
        inputs.extend(gather.rest());
        for input in inputs {
            match session.run(input, &mut ask).await {
                Ok(Next::Go) => {}
                Ok(Next::Quit) => return Ok(()),
                Err(error) => {
                    let sentence = exit::sentence(&error);
                    let shown: Vec<_> = sentence.lines().map(trail_query::write::visible).collect();
                    writeln!(std::io::stderr(), "error: {}", shown.join("\n"))?;
                    break;
                }
            }
        }
    }
}

/// Asks for the value of a parameter; an empty line takes the default.
fn ask(param: &Param) -> Option<String> {
    let mut editor: Editor<(), DefaultHistory> = Editor::new().ok()?;
    let default = param.default.as_ref().map(|default| format!(" [{default}]")).unwrap_or_default();
    let prompt = format!("{} ({}){default}: ", param.name, param.about);
    tokio::task::block_in_place(|| editor.readline(&*trail_query::write::visible(&prompt))).ok()
}

/// The folder for what programs remember, by the XDG base directory specification.
fn state_folder() -> Option<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the specification names these variables, and no setting of ours replaces them"
    )]
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|folder| folder.is_absolute());
    folder("XDG_STATE_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/state")))
}

/// What the line editor asks of us.
struct Line {
    words: Arc<Words>,
}

impl Helper for Line {}
impl Highlighter for Line {}

impl Hinter for Line {
    type Hint = String;
}

impl Completer for Line {
    type Candidate = String;

    fn complete(&self, line: &str, pos: usize, _: &rustyline::Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(self.words.complete(line, pos))
    }
}

impl Validator for Line {
    /// Enter ends a statement that is whole, and begins another line in one that is not.
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(if input::is_whole(context.input()) { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}
