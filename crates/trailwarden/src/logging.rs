//! Log lines of the program itself, to standard error: readable alone, with fields to search by.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::args::{LogArgs, LogFormat};

/// Starts logging as the arguments ask. Results never go this way: standard output is theirs alone.
/// `audit` has each query's line written, at whatever level the rest is.
pub(crate) fn start(args: &LogArgs, audit: bool) {
    // A level alone is meant for our own lines: the libraries below us say far more at `info` than a person wants.
    // Delta and Ballista log what they hand us as an error: a failure is one line, where it is handled.
    let ours = || format!("warn,deltalake_core=off,ballista_core=off,trail={0},audit={0}", args.log);
    let mut wanted = if args.log.contains(['=', ',']) { args.log.clone() } else { ours() };
    if audit {
        wanted.push_str(",audit=info");
    }
    let filter = EnvFilter::try_new(wanted).unwrap_or_else(|_| EnvFilter::new("warn"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    match args.log_format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => {
            lines.json().init();
            // Who parses lines gets a panic as one, too.
            std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
        }
    }
}
