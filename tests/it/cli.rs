//! The command line as scripts see it: exit codes, messages, the shape of `--json`. The cases are `tests/cli/*.yaml`.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use serde::Deserialize;
use serde_json::{Value, json};
use trailwarden_tests::Sandbox;

/// A file of `tests/cli`: what lies in the folder, and what is run there, step by step.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Script {
    /// Files by name.
    #[serde(default)]
    files: BTreeMap<String, String>,
    steps: Vec<Step>,
}

/// One run of the binary.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// The arguments.
    run: Vec<String>,
    /// What standard input has.
    stdin: Option<String>,
    /// The exit code.
    #[serde(default)]
    exit: i32,
    /// What standard output has in it; empty if nothing is given and the exit code is not 0 or 1.
    #[serde(default)]
    stdout: Vec<String>,
    /// What standard error has in it; empty if nothing is given.
    #[serde(default)]
    stderr: Vec<String>,
    /// What neither has.
    #[serde(default)]
    never: Vec<String>,
}

fn check(script: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("cli").join(script);
    let text = std::fs::read_to_string(&path).expect("the script is there");
    let script: Script = yaml_serde::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let sandbox = Sandbox::new();
    for (name, text) in &script.files {
        sandbox.write(name, text);
    }
    for step in &script.steps {
        let args: Vec<&str> = step.run.iter().map(String::as_str).collect();
        let ran = match &step.stdin {
            Some(text) => sandbox.run_with(&args, text).ended(step.exit),
            None => sandbox.run(&args).ended(step.exit),
        };
        for (name, found, wanted) in [("stdout", &ran.stdout, &step.stdout), ("stderr", &ran.stderr, &step.stderr)] {
            for want in wanted {
                assert!(found.contains(want), "{args:?}: `{want}` is not in {name}:\n{found}");
            }
        }
        assert!(!step.stderr.is_empty() || ran.stderr.is_empty(), "{args:?} complains:\n{}", ran.stderr);
        assert!(step.exit <= 1 || !step.stdout.is_empty() || ran.stdout.is_empty(), "{args:?} says\n{}", ran.stdout);
        for never in &step.never {
            assert!(!ran.stdout.contains(never) && !ran.stderr.contains(never), "{args:?}: `{never}` is there");
        }
    }
}

#[test]
fn exit_codes() {
    check("exit_codes.yaml");
}

#[test]
fn config_files() {
    check("config.yaml");
}

#[test]
fn sigma_rules() {
    check("sigma.yaml");
}

#[test]
fn rules_are_tuned() {
    check("rules.yaml");
}

#[test]
fn query_forms() {
    check("query.yaml");
}

#[test]
fn shell_scripts() {
    check("shell.yaml");
}

#[test]
fn zones() {
    check("zones.yaml");
}

#[test]
fn completions_and_rules() {
    check("completions.yaml");
}

#[test]
fn json_lines_have_their_keys() {
    let sandbox = Sandbox::new();
    let manifest = sandbox.synthetic_logs("logs", &["--events", "3000"]);
    let (findings, summary) = sandbox.scan(&["logs"]);
    assert!(!findings.is_empty());
    for finding in &findings {
        let texts = ["detection", "severity", "title", "principal", "account", "first", "last"];
        for key in texts {
            assert!(finding[key].is_string() || key == "principal" && finding[key].is_null(), "{key}: {finding}");
        }
        assert!(
            finding["topics"].is_array() && finding["event_ids"].is_array() && finding["details"].is_object(),
            "{finding}"
        );
        assert!(["info", "low", "medium", "high", "critical"].contains(&finding["severity"].as_str().expect("text")));
        for time in ["first", "last"] {
            let time = finding[time].as_str().expect("text");
            assert!(time.ends_with('Z') && time.parse::<jiff::Timestamp>().is_ok(), "{time}");
        }
    }
    for key in ["objects", "events", "duplicates"] {
        assert_eq!(summary[key], manifest[key]);
    }
    assert_eq!(summary["rejects"], 0);
    assert!(summary["first"].as_str() < summary["last"].as_str(), "{summary}");
}

/// The same logs give the same lines, whatever the threads do.
#[test]
fn a_scan_can_be_repeated() {
    let sandbox = Sandbox::new();
    sandbox.synthetic_logs("logs", &["--events", "3000"]);
    let of = |threads: &str| sandbox.run(&["scan", "--json", "--threads", threads, "logs"]).ok().stdout;
    let (one, two) = (of("1"), of("2"));
    for (one, two) in one.lines().zip(two.lines()) {
        assert_eq!(one, two);
    }
    assert_eq!(one.len(), two.len());
}

/// `| head` ends the program and is no failure.
#[test]
fn a_reader_may_leave() {
    let sandbox = Sandbox::new();
    sandbox.synthetic_logs("logs", &["--events", "3000", "--no-incidents"]);
    // Far more than a pipe holds.
    let args = ["query", "--logs", "logs", "--format", "ndjson", "SELECT * FROM cloudtrail"];
    let mut child = sandbox.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut line = String::new();
    let mut reader = BufReader::new(child.stdout.take().expect("a pipe"));
    reader.read_line(&mut line).expect("a line");
    drop(reader);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
    let row: Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(row["eventid"].is_string(), json!(true));
}
