//! A folder for one test, and the binary run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::setting;

/// A folder for one test; it goes when the test ends. The binary runs in it, with the servers' addresses and no settings of
/// whoever runs the tests.
pub struct Sandbox {
    folder: TempDir,
}

/// What a query reads.
#[derive(Clone, Debug)]
pub enum Over {
    /// `--lake`: a folder or `s3://…`.
    Lake(String),
    /// `--logs`: a folder, a file or `s3://…`.
    Logs(String),
}

/// What came of one run of the binary.
#[derive(Debug)]
pub struct Ran {
    /// The exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    command: String,
}

impl Sandbox {
    /// An empty folder.
    #[expect(clippy::new_without_default, reason = "it makes a folder on disk, which a default should not")]
    pub fn new() -> Sandbox {
        let folder = tempfile::Builder::new().prefix("trailwarden-it-").tempdir().expect("a temporary folder");
        Sandbox { folder }
    }

    /// Where something of this name lies, or will.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The same as text, for arguments.
    pub fn place(&self, name: &str) -> String {
        self.path(name).into_os_string().into_string().expect("a UTF-8 path")
    }

    /// Writes a file, and the folders that it is in.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder");
        fs::write(&path, bytes).expect("a file is written");
        path
    }

    /// The binary with these arguments, ready to start.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(setting("TRAILWARDEN_TEST_BIN"));
        command.args(args).current_dir(self.folder.path()).stdin(Stdio::null());
        // What the developer has set for the program or for AWS must not lead a test astray.
        let theirs =
            ["LAKE", "QUERIES", "CONFIG", "ROLE_ARN", "LOG_FORMAT", "TZ"].map(|name| format!("TRAILWARDEN_{name}"));
        for name in theirs.iter().map(String::as_str).chain(["AWS_PROFILE", "AWS_SESSION_TOKEN", "RUST_BACKTRACE"]) {
            command.env_remove(name);
        }
        command.env("HOME", self.folder.path()).env("TRAILWARDEN_LOG", "warn");
        command.env("AWS_ENDPOINT_URL", setting("TRAILWARDEN_TEST_AWS")).env("TRAILWARDEN_PATH_STYLE", "true");
        command
    }

    /// Runs the binary to its end.
    pub fn run(&self, args: &[&str]) -> Ran {
        let output = self.command(args).output().expect("the binary starts");
        Ran::new(output, args.join(" "))
    }

    /// Runs the binary to its end, with a text on its standard input.
    pub fn run_with(&self, args: &[&str], stdin: &str) -> Ran {
        // A file, so that a program that reads only some of it is no fault of ours.
        let input = fs::File::open(self.write(".stdin", stdin)).expect("it was just written");
        let output = self.command(args).stdin(input).output().expect("the binary starts");
        Ran::new(output, args.join(" "))
    }

    /// The rows of a query, which must succeed.
    pub fn query(&self, over: &Over, sql: &str) -> Vec<Value> {
        let (flag, place) = match over {
            Over::Lake(place) => ("--lake", place),
            Over::Logs(place) => ("--logs", place),
        };
        self.run(&["query", flag, place, "--format", "ndjson", sql]).ok().lines()
    }

    /// The one value of a query of one row and one column.
    pub fn value(&self, over: &Over, sql: &str) -> Value {
        let rows = self.query(over, sql);
        let [Value::Object(row)] = rows.as_slice() else { panic!("not one row: {rows:?}\n{sql}") };
        row.values().next().cloned().unwrap_or_default()
    }

    /// Ingests, and gives the summary.
    pub fn ingest(&self, lake: &str, logs: &str) -> Value {
        let mut lines = self.run(&["ingest", "--json", "--lake", lake, logs]).ok().lines();
        lines.pop().expect("a summary")["summary"].take()
    }

    /// Scans, and gives the findings and the summary.
    pub fn scan(&self, args: &[&str]) -> (Vec<Value>, Value) {
        let mut lines = self.run(&[&["scan", "--json"], args].concat()).ok().lines();
        let summary = lines.pop().expect("a summary")["summary"].take();
        (lines, summary)
    }

    /// Synthetic logs with planted incidents in the folder `name`; gives the manifest, which says what is in them.
    pub fn synthetic_logs(&self, name: &str, args: &[&str]) -> Value {
        // The tool lies beside the binary: the test command builds both.
        let xtask = Path::new(&setting("TRAILWARDEN_TEST_BIN")).with_file_name("xtask");
        let output = Command::new(xtask).arg("logs").arg(self.path(name)).args(args).output().expect("xtask starts");
        Ran::new(output, format!("xtask logs {name}")).ok();
        let manifest = fs::read(self.path(&format!("{name}.incidents.json"))).expect("a manifest");
        serde_json::from_slice(&manifest).expect("the manifest is JSON")
    }
}

impl Ran {
    pub(crate) fn new(output: Output, command: String) -> Ran {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr), command }
    }

    /// The same, if it ended with 0.
    ///
    /// # Panics
    /// If not, with what it said.
    #[track_caller]
    pub fn ok(self) -> Ran {
        self.ended(0)
    }

    /// The same, if it ended with this exit code.
    ///
    /// # Panics
    /// If not, with what it said.
    #[track_caller]
    pub fn ended(self, code: i32) -> Ran {
        let Ran { stdout, stderr, command, .. } = &self;
        assert_eq!(self.code, Some(code), "`{command}`\n{stdout}\n{stderr}");
        self
    }

    /// Standard output as JSON, a value a line.
    #[track_caller]
    pub fn lines(&self) -> Vec<Value> {
        let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.stdout.lines().map(parse).collect()
    }
}

impl Over {
    /// A lake.
    pub fn lake(place: impl Into<String>) -> Over {
        Over::Lake(place.into())
    }

    /// Log objects.
    pub fn logs(place: impl Into<String>) -> Over {
        Over::Logs(place.into())
    }
}
