//! A lake: every event once, whoever reads it, wherever it lies, however often it is ingested.

use serde_json::{Value, json};
use trailwarden_tests::{Aws, Over, Sandbox, deltalake, duckdb};

/// Aggregates that every engine here understands, each with an order of its own.
const AGGREGATES: [&str; 11] = [
    "SELECT count(*) AS n FROM cloudtrail",
    "SELECT count(DISTINCT eventid) AS n FROM cloudtrail",
    "SELECT eventsource AS k, count(*) AS n FROM cloudtrail GROUP BY 1 ORDER BY 1",
    "SELECT awsregion AS k, eventname AS l, count(*) AS n FROM cloudtrail GROUP BY 1, 2 ORDER BY 1, 2",
    "SELECT principal AS k, caller AS l, count(*) AS n FROM cloudtrail GROUP BY 1, 2 ORDER BY 1, 2",
    "SELECT useridentity.type AS k, count(useridentity.accesskeyid) AS n FROM cloudtrail GROUP BY 1 ORDER BY 1",
    "SELECT errorcode AS k, count(*) AS n FROM cloudtrail WHERE denied GROUP BY 1 ORDER BY 1",
    "SELECT network AS k, agent AS l, count(*) AS n FROM cloudtrail GROUP BY 1, 2 ORDER BY 1, 2",
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

/// Files that cannot hold what is asked for are left out, be it all of them.
#[test]
fn what_no_file_holds_is_an_empty_answer() {
    let sandbox = Sandbox::new();
    sandbox.synthetic_logs("logs", &["--events", "50", "--days", "1", "--no-incidents"]);
    sandbox.ingest("lake", "logs");
    let over = Over::lake("lake");
    let grouped = "SELECT awsregion, count(*) FROM cloudtrail WHERE eventname = '~none' GROUP BY 1 ORDER BY 2 DESC";
    assert_eq!(sandbox.query(&over, grouped), Vec::<Value>::new());
    assert_eq!(sandbox.value(&over, "SELECT count(*) FROM cloudtrail WHERE eventname = '~none'"), 0);
}

/// `--from` and `--to` choose days of delivery, with some slack for late ones; from a folder as from S3.
#[test]
fn a_window_is_read_alone() {
    let sandbox = Sandbox::new();
    sandbox.synthetic_logs("logs", &["--events", "2000", "--accounts", "1", "--days", "14", "--no-incidents"]);
    let mut aws = Aws::connect();
    let bucket = aws.bucket("window");
    aws.put_folder(&bucket, &sandbox.path("logs"));
    let of = |logs: &str, lake: &str| {
        let args = ["ingest", "--json", "--lake", lake, logs, "--from", "2026-03-05", "--to", "2026-03-06"];
        sandbox.run(&args).ok().lines()[0]["summary"].clone()
    };
    let (folder, s3) = (of("logs", "a"), of(&format!("s3://{bucket}"), "b"));
    assert_eq!((&folder["events"], &folder["objects"]), (&s3["events"], &s3["objects"]));

    let days = "SELECT CAST(date_trunc('day', eventtime) AS VARCHAR) AS a, count(*) AS b FROM cloudtrail GROUP BY 1 ORDER BY 1";
    let (all, found) = (sandbox.query(&Over::logs("logs"), days), sandbox.query(&Over::lake("b"), days));
    for day in &all {
        let date = &day["a"].as_str().expect("a day")[..10];
        if ["2026-03-05", "2026-03-06"].contains(&date) {
            assert!(found.contains(day), "{day} is not whole: {found:?}");
        } else if !("2026-03-03".."2026-03-09").contains(&date) {
            assert!(!found.iter().any(|found| found["a"] == day["a"]), "{day} was not asked for");
        }
    }
}
