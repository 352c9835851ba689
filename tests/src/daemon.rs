//! `trailwarden run` as a process that tests start, stop and kill.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use crate::{Sandbox, wait_for};

/// A running daemon; killed when dropped, so that a test that fails leaves none behind.
pub struct Daemon {
    child: Child,
    log: PathBuf,
}

impl Daemon {
    /// Starts it with a config file of the sandbox, and waits until it says that it watches.
    pub fn start(sandbox: &Sandbox, config: &str) -> Daemon {
        Daemon::start_in::<&str>(sandbox, config, &[])
    }

    /// The same, with more in its environment.
    pub fn start_in<V: AsRef<OsStr>>(sandbox: &Sandbox, config: &str, environment: &[(&str, V)]) -> Daemon {
        let log = sandbox.path("daemon.log");
        let before = std::fs::read(&log).map_or(0, |log| log.len());
        let out = File::options().create(true).append(true).open(&log).expect("a log file");
        let child = sandbox
            .command(&["run", "--config", config])
            .env("TRAILWARDEN_LOG", "warn,trailwarden=info")
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdout(out.try_clone().expect("a second handle"))
            .stderr(out)
            .spawn()
            .expect("the binary starts");
        let mut daemon = Daemon { child, log };
        wait_for("the daemon to watch", || {
            assert!(daemon.runs(), "it ended by itself:\n{}", daemon.log());
            daemon.log()[before..].contains(" watching ").then_some(())
        });
        daemon
    }

    /// What it has said so far, its earlier lives included.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().expect("a child of ours").is_none()
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        // No crate for one call: the standard library cannot send a signal other than SIGKILL.
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(sent.expect("`kill` is there").success(), "the daemon is gone already:\n{}", self.log());
    }

    /// What it answers to `GET path` with these headers (each with its line end): the status and the body.
    pub fn get(&self, path: &str, headers: &str) -> (u16, String) {
        let log = self.log();
        let (_, address) = log.rsplit_once("listening address=").expect("a config with `[web]`");
        get(address.split_whitespace().next().expect("an address"), path, headers)
    }

    /// Ends it as a power cut would: no handler runs.
    pub fn kill(mut self) {
        self.child.kill().expect("a child of ours");
        self.child.wait().expect("a child of ours");
    }

    /// Asks it to stop, as a service manager does, and gives its exit status and how long it took.
    ///
    /// # Panics
    /// When it does not stop within a minute.
    pub fn stop(mut self) -> (ExitStatus, Duration) {
        let asked = Instant::now();
        self.signal("TERM");
        loop {
            if let Some(status) = self.child.try_wait().expect("a child of ours") {
                return (status, asked.elapsed());
            }
            assert!(asked.elapsed() < Duration::from_secs(60), "it does not stop:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Daemon {
    #[expect(clippy::print_stderr, reason = "why a test failed often stands in the daemon's log")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            eprintln!("the daemon's last words:\n{}", lines[lines.len().saturating_sub(40)..].join("\n"));
        }
        // Nothing is left to do when it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks a listener for a page: the status and the body. `headers` end with `\r\n` each.
pub(crate) fn get(address: &str, path: &str, headers: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a socket option");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: test\r\n{headers}\r\n").expect("it takes a request");
    let mut reply = String::new();
    stream.read_to_string(&mut reply).expect("it answers");
    let (head, body) = reply.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.expect("a status"), body.to_owned())
}
