//! A cluster as processes: a scheduler and executors on loopback.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::daemon::get;
use crate::{Ran, Sandbox, wait_for};

/// A member of a cluster; killed when dropped.
pub struct Member {
    child: Child,
    /// Host and port where it listens.
    pub address: String,
    log: std::path::PathBuf,
    metrics: String,
}

impl Member {
    /// Starts `trailwarden cluster scheduler` on a free port.
    pub fn scheduler(sandbox: &Sandbox, args: &[&str]) -> Member {
        let all = [&["cluster", "scheduler", "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"], args].concat();
        Member::start(sandbox, "scheduler", &all)
    }

    /// Starts `trailwarden cluster executor` on a free port, for a scheduler.
    pub fn executor(sandbox: &Sandbox, scheduler: &Member, args: &[&str]) -> Member {
        let url = scheduler.url();
        let free = "127.0.0.1:0";
        let all = ["cluster", "executor", "--listen", free, "--metrics", free, "--threads", "2", "--scheduler", &url];
        Member::start(sandbox, "executor", &[&all, args].concat())
    }

    fn start(sandbox: &Sandbox, name: &str, args: &[&str]) -> Member {
        let log = sandbox.path(&format!("{name}.log"));
        let out = File::options().create(true).append(true).open(&log).expect("a log file");
        let mut command: Command = sandbox.command(args);
        command.env("TRAILWARDEN_LOG", "warn,trailwarden=info,trail_cluster=info");
        let mut child = command.stdout(Stdio::piped()).stderr(out).spawn().expect("the binary starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut told = |what: &str| {
            let line = lines.next().and_then(Result::ok);
            let line =
                line.unwrap_or_else(|| panic!("no {what}:\n{}", std::fs::read_to_string(&log).unwrap_or_default()));
            line.strip_prefix(what).expect("what it is").trim().to_owned()
        };
        let (address, metrics) = (told(name), told("metrics"));
        Member { child, address, log, metrics }
    }

    /// Where queries are sent, if it is a scheduler.
    pub fn url(&self) -> String {
        format!("ballista://{}", self.address)
    }

    /// A page that it shows, whose status must be 200.
    pub fn get(&self, path: &str) -> String {
        let (status, body) = get(&self.metrics, path, "");
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it is gone");
    }

    /// SIGTERM; gives back how it ended.
    pub fn stop(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().expect("kill");
        wait_for("a member that was told to stop", || self.child.try_wait().expect("it is ours")).code()
    }

    /// What it has written; all members of its kind in this sandbox write to one file.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        // Nothing is left to do when it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until a scheduler has somebody to give work to.
pub fn until_ready(sandbox: &Sandbox, scheduler: &Member, lake: &str, args: &[&str]) {
    let url = scheduler.url();
    let all = [&["query", "--lake", lake, "--engine", &url], args, &["SELECT max(eventtime) FROM cloudtrail"]].concat();
    wait_for("an executor", || {
        let ran: Ran = sandbox.run(&all);
        let waiting = ran.stderr.contains("it has no executor at the moment");
        assert!(ran.code == Some(0) || waiting, "{}", ran.stderr);
        (!waiting).then_some(())
    });
}
