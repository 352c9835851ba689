//! The outside systems of the tests, on free loopback ports: AWS by moto's server, mail by an SMTP server with STARTTLS and AUTH.
//!
//! A server lives as long as the [`Servers`] value: it ends when its standard input closes, which happens whichever way
//! this process ends, killed included.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use tempfile::TempDir;

use crate::python;

/// The scripts, embedded: the command works from any checkout and is never out of step with its servers.
const SCRIPTS: [(&str, &str); 3] = [
    ("lifeline.py", include_str!("../servers/lifeline.py")),
    ("aws.py", include_str!("../servers/aws.py")),
    ("smtp.py", include_str!("../servers/smtp.py")),
];

const USER: &str = "trailwarden";
const PASSWORD: &str = "correct horse battery staple";

/// How long a server may take until it says its port: importing moto takes seconds on a busy machine.
const START: Duration = Duration::from_secs(120);

/// The running servers and the environment by which tests find them.
pub(crate) struct Servers {
    /// Names and values of the environment variables, in the order to show them.
    pub(crate) environment: Vec<(&'static str, String)>,
    running: Vec<Server>,
    _state: TempDir,
}

/// One server process; stopped when dropped.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing is left to do when it is gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a server says when it is up.
#[derive(Deserialize)]
struct Report {
    port: u16,
    #[serde(default)]
    ca: String,
    #[serde(default)]
    mail: String,
}

impl Servers {
    /// Installs what is missing, starts the servers and returns when both answer.
    pub(crate) fn start() -> Result<Servers> {
        let python = python::environment()?;
        let state = tempfile::Builder::new().prefix("trailwarden-servers-").tempdir()?;
        for (name, text) in SCRIPTS {
            fs::write(state.path().join(name), text)?;
        }
        let (aws, aws_report) = spawn(&python, state.path(), "aws.py", &[])?;
        let folder = state.path().to_string_lossy().into_owned();
        let (smtp, smtp_report) = spawn(&python, state.path(), "smtp.py", &[&folder, USER, PASSWORD])?;
        greets(aws_report.port, b"GET /moto-api/data.json HTTP/1.0\r\n\r\n", b"HTTP/1.")?;
        greets(smtp_report.port, b"", b"220 ")?;

        let mut environment = vec![
            ("TRAILWARDEN_TEST_AWS", format!("http://127.0.0.1:{}", aws_report.port)),
            ("AWS_ACCESS_KEY_ID", "testing".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "testing".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("TRAILWARDEN_TEST_SMTP", format!("127.0.0.1:{}", smtp_report.port)),
            ("TRAILWARDEN_TEST_SMTP_CA", smtp_report.ca),
            ("TRAILWARDEN_TEST_SMTP_USER", USER.to_owned()),
            ("TRAILWARDEN_TEST_SMTP_PASSWORD", PASSWORD.to_owned()),
            ("TRAILWARDEN_TEST_MAIL", smtp_report.mail),
            ("TRAILWARDEN_TEST_PYTHON", python.to_string_lossy().into_owned()),
        ];
        if let Some(chromium) = python::chromium() {
            environment.push(("TRAILWARDEN_TEST_CHROMIUM", chromium.to_string_lossy().into_owned()));
        }
        Ok(Servers { environment, running: vec![aws, smtp], _state: state })
    }

    /// Fails when a server has ended, which says more than the hundred tests that fail after it.
    pub(crate) fn check(&mut self) -> Result<()> {
        for server in &mut self.running {
            if let Some(status) = server.0.try_wait()? {
                bail!("a test server ended while the tests ran: {status}");
            }
        }
        Ok(())
    }
}

/// `cargo xtask servers`.
pub(crate) fn run() -> Result<ExitCode> {
    let servers = Servers::start()?;
    for (name, value) in &servers.environment {
        println!("export {name}='{value}'");
    }
    std::io::stdout().flush()?;
    eprintln!("xtask: the servers run until Ctrl-C");
    loop {
        thread::park();
    }
}

fn spawn(python: &Path, state: &Path, script: &str, args: &[&str]) -> Result<(Server, Report)> {
    let log = state.join(script).with_extension("log");
    let mut child = Command::new(python)
        .arg(state.join(script))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(File::create(&log)?)
        // A proxy or a profile of the developer's must not lead the servers astray.
        .env_remove("AWS_PROFILE")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .spawn()
        .with_context(|| format!("cannot start the test server `{script}`"))?;
    let out = child.stdout.take().context("standard output was asked for")?;
    let server = Server(child);
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let mut line = String::new();
        let _ = BufReader::new(out).read_line(&mut line);
        let _ = send.send(line);
    });
    let line = receive.recv_timeout(START).unwrap_or_default();
    match serde_json::from_str(&line) {
        Ok(report) => Ok((server, report)),
        Err(_) => bail!("the test server `{script}` did not start:\n{}", tail(&log)),
    }
}

/// Connects, sends, and wants an answer that begins as told.
fn greets(port: u16, send: &[u8], want: &[u8]) -> Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).with_context(|| format!("port {port} is closed"))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.write_all(send)?;
    let mut answer = vec![0; want.len()];
    stream.read_exact(&mut answer).with_context(|| format!("port {port} does not answer"))?;
    if answer != want {
        bail!("port {port} answers `{}`", String::from_utf8_lossy(&answer));
    }
    Ok(())
}

/// The last lines of a server's log.
fn tail(log: &PathBuf) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
