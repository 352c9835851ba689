//! The daemon verifies what it takes in: a forged trail in a bucket, then one thing after the other is changed in it. And `status`
//! on what is there afterwards.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan};
use serde_json::Value;
use trail_integrity::forge::{Forged, Plan, Signer, gzip};
use trailwarden_tests::{Aws, Over, Sandbox};

const HOURS: u32 = 12;

/// A trail in a bucket, and a daemon that has not run yet.
struct Watched {
    sandbox: Sandbox,
    aws: Aws,
    bucket: String,
    forged: Forged,
}

impl Watched {
    /// The trail has logged for half a day until now, but for the hours that `stopped` names.
    fn new(name: &str, stopped: Option<std::ops::Range<u32>>) -> Self {
        let (sandbox, mut aws) = (Sandbox::new(), Aws::connect());
        let bucket = aws.bucket(name);
        let now = Timestamp::now();
        let start = now - i64::from(HOURS).hours();
        let plan =
            Plan { hours: HOURS, bucket: bucket.clone(), stopped: stopped.into_iter().collect(), ..Plan::new(start) };
        let forged = plan.forge(&[Signer::new("eu-west-1", start - 48.hours(), now + 48.hours())]);
        for (uri, bytes, metadata) in forged.objects() {
            let key = uri.strip_prefix(&format!("s3://{bucket}/")).expect("its own bucket").to_owned();
            aws.put_with(&bucket, &key, &metadata.into_iter().collect::<Vec<_>>(), &bytes);
        }
        forged.keys.save(&sandbox.path("keys.json")).expect("keys are saved");
        let config = format!(
            "lake = \"lake\"\n[[sources]]\nkind = \"s3\"\nurl = \"s3://{bucket}\"\n[sources.aws]\npath_style = true\n\
             [integrity]\nkeys = \"keys.json\"\nask = false\nsettle = \"1s\"\n[detect]\nonly = [\"root-*\"]\n[notify]\noutbox = \"outbox.sqlite\"\ngroup_window = \"1s\"\n\
             [notify.channels.out]\nkind = \"file\"\npath = \"told.jsonl\"\n[[notify.routes]]\nchannels = [\"out\"]\n"
        );
        sandbox.write("daemon.toml", config);
        Self { sandbox, aws, bucket, forged }
    }

    /// One round of the daemon.
    fn round(&self) {
        // S3 tells times in seconds, and a digest counts when it was there a second before the look.
        std::thread::sleep(std::time::Duration::from_millis(2100));
        self.sandbox.run(&["run", "--config", "daemon.toml", "--once"]).ok();
    }

    fn key(&self, uri: &str) -> String {
        uri.strip_prefix(&format!("s3://{}/", self.bucket)).expect("its own bucket").to_owned()
    }

    fn ask(&self, sql: &str) -> Vec<Value> {
        self.sandbox.query(&Over::lake("lake"), sql)
    }

    /// Detection and severity of each finding about the logs themselves.
    fn findings(&self) -> Vec<(String, String)> {
        let sql = "SELECT detection, severity FROM findings WHERE kind = 'integrity' ORDER BY updated_at, detection";
        let text = |row: &Value, name: &str| row[name].as_str().expect("text").to_owned();
        self.ask(sql).iter().map(|row| (text(row, "detection"), text(row, "severity"))).collect()
    }

    /// How many notices the channel has had, of those about the logs themselves.
    fn told(&self) -> usize {
        let told = std::fs::read_to_string(self.sandbox.path("told.jsonl")).unwrap_or_default();
        told.matches("integrity-").count()
    }

    /// How many hours have which digest.
    fn hours(&self) -> BTreeMap<String, i64> {
        let rows = self.ask("SELECT digest, count(*) AS hours FROM coverage GROUP BY digest");
        let pair =
            |row: &Value| (row["digest"].as_str().expect("text").to_owned(), row["hours"].as_i64().expect("a number"));
        rows.iter().map(pair).collect()
    }
}

#[test]
fn what_is_tampered_with_is_found_once() {
    let mut watched = Watched::new("integrity", None);
    watched.round();
    assert_eq!(watched.findings(), []);
    let whole = |hours: &BTreeMap<String, i64>| hours.get("valid") == Some(&i64::from(HOURS));
    assert!(whole(&watched.hours()), "{:?}", watched.hours());
    let verify = ["verify", "--lake", "lake", "--keys", "keys.json", "--json"];
    let summary = watched.sandbox.run(&verify).ok().lines().pop().expect("a summary")["summary"].take();
    assert_eq!((&summary["digests"]["valid"], &summary["log_files"]["valid"]), (&HOURS.into(), &(3 * HOURS).into()));

    // Somebody rewrites a log file.
    let log = watched.forged.log_files.keys().nth(16).expect("a log file").clone();
    let forged = gzip(br#"{"Records":[]}"#);
    let key = watched.key(&log);
    watched.aws.put(&watched.bucket, &key, &forged);
    let found = [("integrity-log-modified".to_owned(), "critical".to_owned())];
    for _ in 0..2 {
        watched.round();
        assert_eq!(watched.findings(), found);
        assert_eq!(watched.ask("SELECT id FROM findings_history WHERE kind = 'integrity'").len(), 1);
        assert!(watched.told() > 0);
    }
    let told = watched.told();
    assert_eq!(watched.hours()["invalid"], 1);
    let row = &watched.ask("SELECT title, account, region, details FROM findings WHERE kind = 'integrity'")[0];
    assert!(row["title"].as_str().expect("text").contains(&log), "{row}");
    assert_eq!((&row["account"], &row["region"]), (&"111111111111".into(), &"eu-west-1".into()));
    watched.sandbox.run(&verify).ended(1);

    // It is put back. The bucket is whole again; the lake has taken in what CloudTrail never delivered, and goes on to say so.
    let (_, original, _) = watched.forged.objects().find(|(uri, ..)| *uri == log).expect("it was there");
    watched.aws.put(&watched.bucket, &key, &original);
    watched.round();
    assert_eq!((watched.findings(), watched.told()), (found.to_vec(), told));
    assert_eq!(watched.hours()["invalid"], 1);
    let place = format!("s3://{}", watched.bucket);
    watched.sandbox.run(&[&verify[..], &[place.as_str()]].concat()).ok();
    watched.sandbox.run(&verify).ended(1);

    // Then a digest is rewritten where it lies.
    let digest = watched.forged.digests[7].uri.clone();
    let key = watched.key(&digest);
    watched.aws.put(&watched.bucket, &key, &gzip(b"{}"));
    watched.round();
    assert_eq!(watched.findings()[1..], [("integrity-digest-malformed".to_owned(), "critical".to_owned())]);
    assert_eq!(watched.hours()["invalid"], 2);
}

#[test]
fn status_tells_what_is_missing() {
    let watched = Watched::new("status", Some(4..7));
    watched.round();
    let config = ["status", "--config", "daemon.toml"];
    let mut lines = watched.sandbox.run(&[&config[..], &["--json"]].concat()).ok().lines();
    let summary = lines.pop().expect("a summary")["summary"].take();
    let coverage = &summary["coverage"];
    let logs = (HOURS - 3) * 3;
    assert_eq!(
        (&coverage["objects"], &coverage["read"], &coverage["events"]),
        (&logs.into(), &logs.into(), &(2 * logs).into())
    );
    assert_eq!((&coverage["valid"], &coverage["holes"]), (&(HOURS - 3).into(), &3.into()));
    let faults: Vec<&Value> = lines.iter().filter(|line| line["fault"].is_string()).collect();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!((&faults[0]["fault"], &faults[0]["of"]), (&"hole".into(), &"111111111111 eu-west-1".into()));
    let hour = lines.iter().find(|line| line["hole"] == 3).expect("an hour after the hole");
    assert_eq!((&hour["digest"], &hour["objects"]), (&"valid".into(), &3.into()));
    // Files are named by the minute, and events are three to seven minutes older.
    assert!((360..=480).contains(&hour["delivery_lag"].as_i64().expect("a number")), "{hour}");
    let daemon = lines.iter().find(|line| line["daemon"].is_object()).expect("a daemon");
    let source = &daemon["daemon"]["sources"][format!("s3://{}", watched.bucket)];
    assert!(source["whole"].is_string() && source["watermark"].is_string() && source["failure"].is_null(), "{daemon}");

    // An account that is listed and delivers nothing is a reason to fail, as the hole is.
    watched
        .sandbox
        .write("accounts.json", r#"{"Accounts": [{"Id": "111111111111"}, {"Id": "222222222222", "Name": "dark"}]}"#);
    let shown =
        watched.sandbox.run(&[&config[..], &["--fail", "--accounts", "accounts.json"]].concat()).ended(1).stdout;
    assert!(shown.contains("silent: account 222222222222 (dark) delivered nothing ever"), "{shown}");
    assert!(shown.contains("fault: hole: 111111111111 eu-west-1 3 times"), "{shown}");
    let line = format!("{logs} objects: {logs} read, 0 in part, 0 failed; {} events, 0 rejects; from ", 2 * logs);
    assert!(shown.lines().last().expect("a line").starts_with(&line), "{shown}");

    // A source that cannot be looked at is named, by another process than the one that failed.
    let config = std::fs::read_to_string(watched.sandbox.path("daemon.toml")).expect("it was written");
    watched.sandbox.write("wrong.toml", config.replace(&watched.bucket, &format!("{}-gone", watched.bucket)));
    watched.sandbox.run(&["run", "--config", "wrong.toml", "--once"]).ended(3);
    let shown = watched.sandbox.run(&["status", "--lake", "lake"]).ok().stdout;
    assert!(shown.contains(&format!("fault: source: s3://{}-gone since", watched.bucket)), "{shown}");
}
