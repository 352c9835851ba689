//! Killed at any moment: every event is kept once, and every finding is told, under one id.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use trailwarden_tests::{Aws, Daemon, Over, Sandbox, duckdb, files};

const KILLS: usize = 20;

/// A config for a bucket, with commits so small that a kill falls into the midst of them.
fn config(bucket: &str, place: &str) -> String {
    format!(
        "lake = \"{place}-lake\"\npoll = \"1s\"\n[[sources]]\nkind = \"s3\"\nurl = \"s3://{bucket}\"\n[sources.aws]\npath_style = true\n\
         [storage]\ngroup_time = \"1s\"\ngroup_objects = 2\n[notify]\noutbox = \"{place}.sqlite\"\ngroup_window = \"1s\"\ngroup_interval = \"1s\"\n\
         [notify.channels.told]\nkind = \"file\"\npath = \"{place}.ndjson\"\n[notify.default_route]\nchannels = [\"told\"]\n"
    )
}

/// How often each finding was told, by its id.
fn told(sandbox: &Sandbox, place: &str) -> BTreeMap<String, usize> {
    let text = std::fs::read_to_string(sandbox.path(&format!("{place}.ndjson"))).expect("something was told");
    let mut told = BTreeMap::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        *told.entry(line["id"].as_str().expect("an id").to_owned()).or_default() += 1;
    }
    told
}

fn texts(rows: &[Value], key: &str) -> BTreeSet<String> {
    rows.iter().map(|row| row[key].as_str().expect("text").to_owned()).collect()
}

#[test]
fn killed_twenty_times_while_it_ingests() {
    let (sandbox, mut aws) = (Sandbox::new(), Aws::connect());
    let manifest = sandbox.synthetic_logs("logs", &["--events", "6000", "--days", "5", "--accounts", "8"]);
    let bucket = aws.bucket("crash");
    let objects = files(&sandbox.path("logs"));
    sandbox.write("crash.toml", config(&bucket, "crash"));

    // The trail goes on delivering, so that there is something to ingest at every kill.
    let mut rng = StdRng::seed_from_u64(20_260_301);
    for portion in objects.chunks(objects.len().div_ceil(KILLS)) {
        for (key, path) in portion {
            aws.put(&bucket, key, &std::fs::read(path).expect("a file of the logs"));
        }
        let mut daemon = Daemon::start(&sandbox, "crash.toml");
        // Short lives more often than long ones: most is written in the first moments.
        let moment: f64 = rng.random();
        std::thread::sleep(Duration::from_secs_f64(4.0 * moment * moment));
        assert!(daemon.runs(), "it ended by itself:\n{}", daemon.log());
        daemon.kill();
    }
    sandbox.run(&["run", "--once", "--config", "crash.toml"]).ok();

    // Every event once, for us and for others.
    let over = Over::lake("crash-lake");
    let counts = "SELECT count(*) AS a, count(DISTINCT eventid) AS b FROM cloudtrail";
    let events = &manifest["events"];
    assert_eq!(sandbox.query(&over, counts), [json!({"a": events, "b": events})]);
    assert_eq!(duckdb(&sandbox.path("crash-lake"), &[counts]), [json!([[events, events]])]);
    assert_eq!(
        sandbox.value(&over, "SELECT sum(count) FROM activity"),
        *events,
        "`activity` counts an event twice or not"
    );
    assert_eq!(
        sandbox.value(&over, "SELECT count(DISTINCT uri) FROM objects WHERE state = 'read'"),
        manifest["objects"]
    );

    // Every finding was told at least once, under one id, and nothing was told that is none.
    let found = sandbox.query(&over, "SELECT id, detection, title FROM findings");
    let (ids, told_ids) = (texts(&found, "id"), told(&sandbox, "crash"));
    assert_eq!(ids.len(), found.len(), "an id stands for two findings");
    let missing: Vec<&Value> =
        found.iter().filter(|row| !told_ids.contains_key(row["id"].as_str().unwrap_or_default())).collect();
    assert!(missing.is_empty(), "never told: {missing:?}");
    let unknown: Vec<&String> = told_ids.keys().filter(|id| !ids.contains(*id)).collect();
    assert!(unknown.is_empty(), "told, but not in the lake: {unknown:?}");

    // What one undisturbed run over the same logs finds is among them, under the same ids.
    sandbox.write("calm.toml", config(&bucket, "calm"));
    sandbox.run(&["run", "--once", "--config", "calm.toml"]).ok();
    let calm = sandbox.query(&Over::lake("calm-lake"), "SELECT id, detection, title FROM findings");
    let lost: Vec<&Value> = calm.iter().filter(|row| !ids.contains(row["id"].as_str().unwrap_or_default())).collect();
    assert!(!calm.is_empty() && lost.is_empty(), "found in peace alone: {lost:?}");
}
