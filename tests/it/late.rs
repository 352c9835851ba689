//! Events that come late and out of order: what was found of their time is updated, and nobody is told twice.

use serde_json::{Value, json};
use trailwarden_tests::{Aws, Over, Sandbox};

const ACCOUNT: &str = "111122223333";

/// A read call that is denied; each number is another service's.
fn looks_around(number: u32, time: &str) -> Value {
    json!({
        "eventVersion": "1.11", "eventTime": time, "eventID": format!("00000000-0000-4000-8000-{number:012}"),
        "eventType": "AwsApiCall", "eventSource": format!("svc{number}.amazonaws.com"), "eventName": "ListThings",
        "awsRegion": "us-east-1", "sourceIPAddress": "198.51.100.7", "userAgent": "aws-cli/2.17.0",
        "recipientAccountId": ACCOUNT, "errorCode": "AccessDenied", "readOnly": true, "managementEvent": true,
        "userIdentity": {
            "type": "IAMUser", "arn": format!("arn:aws:iam::{ACCOUNT}:user/alice"), "accountId": ACCOUNT,
            "principalId": "AIDAEXAMPLE000000001", "accessKeyId": "AKIAEXAMPLE000000001", "userName": "alice",
        },
    })
}

#[test]
fn a_late_event_updates_its_finding_and_tells_nobody() {
    let (sandbox, mut aws) = (Sandbox::new(), Aws::connect());
    let bucket = aws.bucket("late");
    let config = format!(
        "lake = \"lake\"\n[[sources]]\nkind = \"s3\"\nurl = \"s3://{bucket}\"\n[sources.aws]\npath_style = true\n\
         [detect]\nonly = [\"enumeration\"]\n[notify]\noutbox = \"outbox.sqlite\"\ngroup_window = \"1s\"\n\
         [notify.channels.out]\nkind = \"file\"\npath = \"told.jsonl\"\n[[notify.routes]]\nchannels = [\"out\"]\n"
    );
    sandbox.write("daemon.toml", config);
    let mut deliver = |minute: &str, numbers: std::ops::Range<u32>, time: &str| {
        let events: Vec<Value> = numbers.map(|number| looks_around(number, time)).collect();
        aws.deliver(&bucket, (ACCOUNT, "us-east-1", minute), &events);
        sandbox.run(&["run", "--config", "daemon.toml", "--once"]).ok();
        let row = sandbox.query(&Over::lake("lake"), "SELECT id, count, first, last FROM findings");
        let told = std::fs::read_to_string(sandbox.path("told.jsonl")).unwrap_or_default();
        let [finding] = row.as_slice() else { panic!("not one finding: {row:?}") };
        (finding.clone(), told.lines().count())
    };
    let (first, told) = deliver("2026-03-02T10:10Z", 1..10, "2026-03-02T10:03:00Z");
    assert_eq!((&first["count"], told), (&json!(9), 1));
    // Two days later, of another minute of the same window.
    let (later, told) = deliver("2026-03-04T08:00Z", 10..12, "2026-03-02T10:01:00Z");
    assert_eq!((&later["id"], &later["count"], told), (&first["id"], &json!(11), 1));
    assert_eq!(later["first"], "2026-03-02T10:01:00Z");
    // A day of its own is none of it.
    let (same, told) = deliver("2026-03-04T09:00Z", 12..13, "2026-03-04T08:55:00Z");
    assert_eq!((same, told), (later, 1));
    assert_eq!(sandbox.query(&Over::lake("lake"), "SELECT id FROM findings_history").len(), 2);
    let lag = sandbox.value(&Over::lake("lake"), "SELECT max(delivery_lag) AS lag FROM coverage");
    assert_eq!(lag, json!((45 * 60 + 59) * 60), "status shows how late it was");
}
