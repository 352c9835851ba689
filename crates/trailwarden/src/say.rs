//! Lines on standard output. A reader that has gone, as `head` does, is an error that ends the command and no panic.

use std::io::Write;

/// Writes a line to standard output.
pub(crate) fn say(line: std::fmt::Arguments<'_>) -> std::io::Result<()> {
    writeln!(std::io::stdout().lock(), "{line}")
}

/// Writes a line to standard output, and returns early with the error if that fails. Takes what `format!` takes.
macro_rules! say {
    ($($words:tt)*) => {
        $crate::say::say(format_args!($($words)*))?
    };
}
