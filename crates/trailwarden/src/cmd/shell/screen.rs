//! Where answers go: standard output, or a pager where an answer is larger than the screen.

use std::io::{self, Stdout, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The size of a terminal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) columns: u16,
    pub(super) rows: u16,
}

/// Takes one answer. Until it is known to be larger than the screen it is held back; then a pager gets all of it.
#[derive(Debug)]
pub(super) struct Screen {
    out: Stdout,
    /// What may be shown without a pager; absent where there is no pager to be had.
    paged: Option<(Size, Option<String>)>,
    held: Vec<u8>,
    lines: usize,
    column: usize,
    pager: Option<Child>,
    paging: Arc<AtomicBool>,
}

impl Screen {
    /// A screen with a pager: the one that is named, or `less -S`. An empty name is none.
    pub(super) fn new(size: Option<Size>, pager: Option<&str>) -> Self {
        let paged = size.filter(|_| pager != Some("")).map(|size| (size, pager.map(str::to_owned)));
        Self { out: io::stdout(), paged, held: Vec::new(), lines: 0, column: 0, pager: None, paging: Arc::default() }
    }

    /// Whether a pager has the terminal, for who waits for it.
    pub(super) fn paging(&self) -> Arc<AtomicBool> {
        self.paging.clone()
    }

    /// Whether the reader looked at as much as was wanted and left: no failure of anybody.
    pub(super) fn was_left(&self, error: &io::Error) -> bool {
        self.pager.is_some() && error.kind() == io::ErrorKind::BrokenPipe
    }

    /// Shows what is still held back, and waits until the pager is left.
    pub(super) fn finish(mut self) -> io::Result<()> {
        if self.pager.is_some() {
            return self.leave();
        }
        self.out.write_all(&self.held)?;
        self.out.flush()
    }

    /// Waits until the pager is left.
    fn leave(&mut self) -> io::Result<()> {
        let Some(mut pager) = self.pager.take() else { return Ok(()) };
        drop(pager.stdin.take());
        let waited = pager.wait();
        self.paging.store(false, Ordering::Relaxed);
        waited.map(|_| ())
    }

    /// Whether the text with these bytes is larger than the screen. Every character counts as one column wide.
    fn overflows(&mut self, bytes: &[u8], size: Size) -> bool {
        for &byte in bytes {
            match byte {
                b'\n' => {
                    self.lines += 1;
                    self.column = 0;
                }
                // The bytes of a character after its first.
                0x80..=0xbf => {}
                _ => self.column += 1,
            }
            // One line stays for the prompt.
            if self.lines + 1 >= usize::from(size.rows) || self.column > usize::from(size.columns) {
                return true;
            }
        }
        false
    }

    fn start(&mut self, named: Option<&str>) -> io::Result<()> {
        let mut command = match named {
            Some(named) => {
                let mut shell = Command::new("sh");
                shell.args(["-c", named]);
                shell
            }
            None => {
                let mut less = Command::new("less");
                less.arg("-S");
                less
            }
        };
        match command.stdin(Stdio::piped()).spawn() {
            Ok(pager) => {
                self.paging.store(true, Ordering::Relaxed);
                self.pager = Some(pager);
            }
            // A machine without a pager shows answers as they come.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        self.paged = None;
        let held = std::mem::take(&mut self.held);
        self.write_all(&held)
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(stdin) = self.pager.as_mut().and_then(|pager| pager.stdin.as_mut()) {
            return stdin.write(bytes);
        }
        let Some((size, named)) = self.paged.clone() else { return self.out.write(bytes) };
        self.held.extend_from_slice(bytes);
        if self.overflows(bytes, size) {
            self.start(named.as_deref())?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.pager.as_mut().and_then(|pager| pager.stdin.as_mut()) {
            Some(stdin) => stdin.flush(),
            None if self.paged.is_some() => Ok(()),
            None => self.out.flush(),
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // The answer was given up; a pager that cannot be waited for has gone.
        let _ = self.leave();
    }
}
