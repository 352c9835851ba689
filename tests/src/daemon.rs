//! `trailwarden run` as a process that tests start, stop and kill.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use crate::Sandbox;

/// A running daemon; killed when dropped, so that a test that fails leaves none behind.
pub struct Daemon {
    child: Child,
    log: PathBuf,
}

impl Daemon {
    /// Starts it with a config file of the sandbox.
    pub fn start(sandbox: &Sandbox, config: &str) -> Daemon {
        let log = sandbox.path("daemon.log");
        let out = File::options().create(true).append(true).open(&log).expect("a log file");
        let child = sandbox
            .command(&["run", "--config", config])
            .env("TRAILWARDEN_LOG", "info")
            .stdout(out.try_clone().expect("a second handle"))
            .stderr(out)
            .spawn()
            .expect("the binary starts");
        Daemon { child, log }
    }

    /// What it has said so far, its earlier lives included.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().expect("a child of ours").is_none()
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
        // No crate for one call: the standard library cannot send a signal other than SIGKILL.
        let sent =
            Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().expect("`kill` is there");
        assert!(sent.success(), "the daemon is gone already:\n{}", self.log());
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
    fn drop(&mut self) {
        // Nothing is left to do when it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
