//! Progress on a terminal, and nothing anywhere else.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over objects. Silent unless standard error is a terminal.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// A bar that begins now.
    pub(crate) fn new(what: &'static str) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let style = ProgressStyle::with_template("{prefix} {bar:30} {pos}/{len} objects, {msg} [{elapsed}]");
        let bar =
            ProgressBar::new(0).with_prefix(what).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// So many objects are done of those known of, with so many events in them.
    pub(crate) fn set(&self, done: u64, known: u64, events: u64) {
        self.0.set_length(known.max(done));
        self.0.set_position(done);
        self.0.set_message(format!("{events} events"));
    }

    /// The bar goes.
    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}
