//! A lake: every event once, whoever reads it, wherever it lies, however often it is ingested.

use serde_json::{Value, json};
use trailwarden_tests::{Aws, Over, Sandbox, deltalake, duckdb};

/// Aggregates that every engine here understands, each with an order of its own.
const AGGREGATES: [&str; 11] = [
    "SELECT count(*) AS n FROM cloudtrail",
    "SELECT count(DISTINCT eventid) AS n FROM cloudtrail",
    "SELECT eventsource AS k, count(*) AS n FROM cloudtrail GROUP BY 1 ORDER BY 1",
    "SELECT awsregion AS k, eventname AS e, count(*) AS n FROM cloudtrail GROUP BY 1, 2 ORDER BY 1, 2",
    "SELECT principal AS k, caller AS c, count(*) AS n FROM cloudtrail GROUP BY 1, 2 ORDER BY 1, 2",
    "SELECT useridentity.type AS k, count(useridentity.accesskeyid) AS n FROM cloudtrail GROUP BY 1 ORDER BY 1",
    "SELECT errorcode AS k, count(*) AS n FROM cloudtrail WHERE denied GROUP BY 1 ORDER BY 1",
    "SELECT network AS k, agent AS a, count(*) AS n FROM cloudtrail GROUP BY 1, 2 ORDER BY 1, 2",
    "SELECT CAST(_day AS VARCHAR) AS k, count(*) AS n FROM cloudtrail GROUP BY 1 ORDER BY 1",
    "SELECT useridentity.sessioncontext.sessionissuer.arn AS k, count(*) AS n FROM cloudtrail GROUP BY 1 ORDER BY 1 NULLS LAST",
    "SELECT recipientaccountid AS k, sum(length(requestparameters)) AS n, count(readonly) AS r FROM cloudtrail GROUP BY 1 ORDER BY 1",
];

/// Our answers, as rows of plain values.
fn ours(sandbox: &Sandbox, over: &Over) -> Vec<Value> {
    AGGREGATES.iter().map(|sql| sandbox.query(over, sql).iter().map(cells).collect()).collect()
}

fn cells(row: &Value) -> Value {
    row.as_object().expect("a row").values().cloned().collect()
}

#[track_caller]
fn agree(one: &[Value], other: &[Value]) {
    for ((sql, one), other) in AGGREGATES.iter().zip(one).zip(other) {
        assert_eq!(one, other, "{sql}");
    }
    assert_eq!(one.len(), other.len());
}

#[test]
fn each_event_once_for_every_reader() {
    let sandbox = Sandbox::new();
    let manifest = sandbox.synthetic_logs("logs", &["--events", "6000"]);
    let first = sandbox.ingest("lake", "logs");
    for key in ["events", "duplicates", "objects"] {
        assert_eq!(first[key], manifest[key], "{first}");
    }
    let over = Over::lake("lake");
    let before = ours(&sandbox, &over);
    assert_eq!(before[0], json!([[6000]]));

    // Again: the objects are known. As copies under other names: the events are.
    let again = sandbox.ingest("lake", "logs");
    assert_eq!((&again["events"], &again["skipped"]), (&json!(0), &manifest["objects"]), "{again}");
    std::fs::rename(sandbox.path("logs"), sandbox.path("moved")).expect("a folder is renamed");
    let moved = sandbox.ingest("lake", "moved");
    assert_eq!((&moved["events"], &moved["read"]), (&json!(0), &manifest["objects"]), "{moved}");
    agree(&before, &ours(&sandbox, &over));

    agree(&before, &duckdb(&sandbox.path("lake"), &AGGREGATES));
    agree(&before, &deltalake(&sandbox.path("lake"), &AGGREGATES));
    let folded = sandbox.value(&over, "SELECT sum(count) FROM activity");
    assert_eq!(folded, 6000, "`activity` counts each event once");

    // Many small files become few; the answers stay.
    sandbox.run(&["ingest", "--compact", "--lake", "lake", "moved"]).ok();
    agree(&before, &ours(&sandbox, &over));
    agree(&before, &duckdb(&sandbox.path("lake"), &AGGREGATES));
}

#[test]
fn the_same_from_s3_and_on_s3_and_with_no_lake_at_all() {
    let sandbox = Sandbox::new();
    let manifest = sandbox.synthetic_logs("logs", &["--events", "3000", "--accounts", "2", "--days", "10"]);
    let mut aws = Aws::connect();
    let (logs, lakes) = (aws.bucket("delivered"), aws.bucket("lakes"));
    aws.put_folder(&logs, &sandbox.path("logs"));
    let (delivered, lake) = (format!("s3://{logs}"), format!("s3://{lakes}/some/lake"));

    sandbox.ingest("lake", "logs");
    let want = ours(&sandbox, &Over::lake("lake"));
    for lake in ["other", &lake] {
        let summary = sandbox.ingest(lake, &delivered);
        for key in ["events", "duplicates", "objects"] {
            assert_eq!(summary[key], manifest[key], "{lake}: {summary}");
        }
        agree(&want, &ours(&sandbox, &Over::lake(lake)));
        let again = sandbox.ingest(lake, &delivered);
        assert_eq!((&again["events"], &again["skipped"]), (&json!(0), &manifest["objects"]), "{lake}: {again}");
    }
    // Logs have no partition column, which is the lake's own.
    for (sql, want) in AGGREGATES.iter().zip(&want).filter(|(sql, _)| !sql.contains("_day")) {
        for logs in ["logs", &delivered] {
            let found: Value = sandbox.query(&Over::logs(logs), sql).iter().map(cells).collect();
            assert_eq!(found, *want, "{logs}: {sql}");
        }
    }
}

/// `--from` and `--to` choose days of delivery, from a folder as from S3.
#[test]
fn a_window_is_read_alone() {
    let sandbox = Sandbox::new();
    sandbox.synthetic_logs("logs", &["--events", "2000", "--accounts", "1", "--days", "6", "--no-incidents"]);
    let mut aws = Aws::connect();
    let bucket = aws.bucket("window");
    aws.put_folder(&bucket, &sandbox.path("logs"));
    let delivered = format!("s3://{bucket}");
    let window = ["--json", "--from", "2026-03-03", "--to", "2026-03-04"];
    let of = |logs: &str, lake: &str| {
        let mut lines = sandbox.run(&[&["ingest", "--lake", lake, logs], &window[..]].concat()).ok().lines();
        lines.pop().expect("a summary")["summary"].take()
    };
    let (folder, s3) = (of("logs", "a"), of(&delivered, "b"));
    assert_eq!(folder["events"], s3["events"]);
    let days = "SELECT DISTINCT CAST(_day AS VARCHAR) AS day FROM cloudtrail ORDER BY 1";
    let found = sandbox.query(&Over::lake("b"), days);
    assert!(found.contains(&json!({"day": "2026-03-03"})), "{found:?}");
    assert!(!found.contains(&json!({"day": "2026-03-01"})) && !found.contains(&json!({"day": "2026-03-06"})), "{found:?}");
}
