//! What the integration tests stand on: a folder of their own, the built binary, the servers and the outside readers.
//!
//! `cargo xtask test` starts the servers and says in the environment where they are. A test that is started without them
//! fails and says so; none passes by not running. Only the real logs (`TRAILWARDEN_CORPUS`) and Chromium may be absent.

mod aws;
mod browser;
mod clock;
mod cluster;
mod daemon;
mod doors;
mod mail;
mod power;
mod proxy;
mod readers;
mod sandbox;
mod shim;
mod space;
mod terminal;

use std::path::PathBuf;
use std::time::{Duration, Instant};

pub use aws::{Aws, Queue, Topic, files, unique};
pub use browser::{Picture, picture};
pub use clock::Clock;
pub use cluster::{Member, until_ready};
pub use daemon::Daemon;
pub use doors::{Serving, authority, certificate};
pub use mail::{Mail, mails, smtp_channel};
pub use power::{Disk, Lost};
pub use proxy::{Call, Fault, Proxy};
pub use readers::{deltalake, duckdb, python};
pub use sandbox::{Over, Ran, Sandbox};
pub use space::Space;
pub use terminal::{Key, Terminal};

/// What `cargo xtask test` has put into the environment.
///
/// # Panics
/// Where it is not there, since a test without its servers shows nothing.
pub fn setting(name: &str) -> String {
    optional(name).unwrap_or_else(|| panic!("`{name}` is not set: start through `cargo xtask test`"))
}

/// A setting that need not be there.
pub(crate) fn optional(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "the test command says in the environment where its servers are")]
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A number that the environment sets for longer runs than those of the suite.
///
/// # Panics
/// Where it is there and no number.
pub fn number(name: &str) -> Option<usize> {
    optional(name).map(|text| text.parse().unwrap_or_else(|_| panic!("`{name}` is no number: `{text}`")))
}

/// The folder of the real logs; where there is none, says on standard error that the test skips.
pub fn corpus() -> Option<PathBuf> {
    let found = optional("TRAILWARDEN_CORPUS").map(PathBuf::from);
    if found.is_none() {
        skip("TRAILWARDEN_CORPUS is not set");
    }
    found
}

/// The folder of facts beside the real logs; where there is none, says on standard error that the test skips.
pub fn facts() -> Option<PathBuf> {
    let corpus = corpus()?;
    let found = corpus.parent().map(|beside| beside.join("facts")).filter(|facts| facts.is_dir());
    if found.is_none() {
        skip(&format!("there is no folder `facts` beside `{}`", corpus.display()));
    }
    found
}

#[expect(clippy::print_stderr, reason = "who runs the tests must see what did not run")]
pub(crate) fn skip(reason: &str) {
    eprintln!("skipped: {reason}");
}

/// Asks again and again until there is an answer; gives up after a minute and a half, which a busy machine may need.
///
/// # Panics
/// When there never is one.
pub fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = ask() {
            return found;
        }
        assert!(start.elapsed() < Duration::from_secs(90), "waited 90 s in vain for {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}
