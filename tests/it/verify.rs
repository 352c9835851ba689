//! `verify` on a trail that is made here, with keys of our own: in a bucket, in a folder, and with a lake that has the files.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan};
use serde_json::Value;
use trail_integrity::forge::{Forged, Plan, Signer, gzip};
use trailwarden_tests::{Aws, Sandbox};

const HOURS: u32 = 12;

/// A trail that has logged for half a day until now, in a bucket of its own.
struct Trail {
    sandbox: Sandbox,
    aws: Aws,
    bucket: String,
    forged: Forged,
}

impl Trail {
    fn new(name: &str) -> Self {
        let (sandbox, mut aws) = (Sandbox::new(), Aws::connect());
        let bucket = aws.bucket(name);
        let now = Timestamp::now();
        let start = now - (i64::from(HOURS)).hours();
        let plan = Plan { hours: HOURS, bucket: bucket.clone(), ..Plan::new(start) };
        let forged = plan.forge(&[Signer::new("eu-west-1", start - 48.hours(), now + 48.hours())]);
        for (uri, bytes, metadata) in forged.objects() {
            let key = uri.strip_prefix(&format!("s3://{bucket}/")).expect("its own bucket").to_owned();
            aws.put_with(&bucket, &key, &metadata.into_iter().collect::<Vec<_>>(), &bytes);
        }
        forged.keys.save(&sandbox.path("keys.json")).expect("keys are saved");
        Self { sandbox, aws, bucket, forged }
    }

    fn key<'a>(&self, uri: &'a str) -> &'a str {
        uri.strip_prefix(&format!("s3://{}/", self.bucket)).expect("its own bucket")
    }

    /// The kinds of problems, and the summary.
    fn verify(&self, exit: i32, args: &[&str]) -> (Vec<String>, Value) {
        let mut lines =
            self.sandbox.run(&[&["verify", "--json", "--keys", "keys.json"], args].concat()).ended(exit).lines();
        let summary = lines.pop().expect("a summary")["summary"].take();
        let kinds = lines.iter().map(|problem| problem["kind"].as_str().expect("a kind").to_owned()).collect();
        (kinds, summary)
    }
}

#[test]
fn in_a_bucket_and_with_a_lake() {
    let mut trail = Trail::new("verify");
    let place = format!("s3://{}", trail.bucket);
    let whole = |summary: &Value| {
        assert_eq!(summary["digests"]["valid"], HOURS, "{summary}");
        assert_eq!(summary["log_files"]["valid"], HOURS * 3, "{summary}");
    };
    let (kinds, summary) = trail.verify(0, &[&place]);
    assert_eq!(kinds, [""; 0]);
    whole(&summary);
    trail.sandbox.ingest("lake", &place);
    let (kinds, summary) = trail.verify(0, &[&place, "--lake", "lake"]);
    assert_eq!(kinds, [""; 0]);
    whole(&summary);
    let lines = trail.sandbox.run(&["verify", "--keys", "keys.json", "--lines", &place]).ok().stdout;
    assert!(
        lines.contains("Validating log files for trail arn:aws:cloudtrail:eu-west-1:111111111111:trail/audit"),
        "{lines}"
    );

    let logs: Vec<String> = trail.forged.log_files.keys().cloned().collect();
    let digest = trail.forged.digests[5].uri.clone();
    let originals: BTreeMap<String, Vec<u8>> =
        trail.forged.objects().map(|(uri, bytes, _)| (uri.to_owned(), bytes)).collect();
    let mut check = |uri: &str, bytes: Option<&[u8]>, kind: &str| {
        let key = trail.key(uri).to_owned();
        match bytes {
            Some(bytes) => trail.aws.put(&trail.bucket, &key, bytes),
            None => trail.aws.remove(&trail.bucket, &key),
        }
        for more in [&[][..], &["--lake", "lake"]] {
            assert_eq!(trail.verify(1, &[&[place.as_str()], more].concat()).0, [kind], "{uri}");
        }
        trail.aws.put(&trail.bucket, &key, &originals[uri]);
    };
    check(&logs[4], Some(&gzip(br#"{"Records":[]}"#)), "log-modified");
    check(&logs[9], None, "log-missing");
    check(&digest, None, "digest-missing");
}

#[test]
fn a_copy_in_a_folder() {
    let trail = Trail::new("verify-copy");
    for (uri, bytes, metadata) in trail.forged.objects() {
        let name = format!("copy/{}", trail.key(uri));
        trail.sandbox.write(&name, bytes);
        if !metadata.is_empty() {
            trail.sandbox.write(&format!("{name}.metadata.json"), serde_json::to_string(&metadata).expect("JSON"));
        }
    }
    let (kinds, summary) = trail.verify(0, &["copy"]);
    assert_eq!((kinds, &summary["digests"]["valid"]), (Vec::new(), &Value::from(HOURS)));
    let shown = trail.sandbox.run(&["verify", "--keys", "keys.json", "copy"]).ok().stdout;
    assert!(shown.contains("nothing is missing, and nothing was changed"), "{shown}");
    trail.sandbox.write("empty/AWSLogs/x", "");
    let refused = trail.sandbox.run(&["verify", "--keys", "keys.json", "empty"]).ended(2);
    assert!(refused.stderr.contains("there are no digests"), "{}", refused.stderr);
}

#[test]
fn a_lake_that_begins_in_the_middle() {
    let (sandbox, mut aws) = (Sandbox::new(), Aws::connect());
    let bucket = aws.bucket("verify-middle");
    let start: Timestamp = "2026-03-01T20:00:00Z".parse().expect("a time");
    let plan = Plan { hours: HOURS, bucket: bucket.clone(), ..Plan::new(start) };
    let forged = plan.forge(&[Signer::new("eu-west-1", start - 48.hours(), start + 48.hours())]);
    for (uri, bytes, metadata) in forged.objects() {
        let key = uri.strip_prefix(&format!("s3://{bucket}/")).expect("its own bucket");
        aws.put_with(&bucket, key, &metadata.into_iter().collect::<Vec<_>>(), &bytes);
    }
    forged.keys.save(&sandbox.path("keys.json")).expect("keys are saved");
    let place = format!("s3://{bucket}");
    // Delivery days from the one before are looked at. The digest of its midnight names log files of a day that nobody looked at:
    // nothing is told of them.
    let ingested = sandbox.run(&["ingest", "--lake", "lake", "--from", "2026-03-03", &place]).ok().stdout;
    assert!(ingested.contains("9 digests among the objects; 0 hours of holes in the lake"), "{ingested}");
    let verify = ["verify", "--lake", "lake", "--keys", "keys.json", "--json", "--to", "2026-03-02T08:10:00Z"];
    let mut lines = sandbox.run(&verify).ok().lines();
    let summary = lines.pop().expect("a summary")["summary"].take();
    assert_eq!((&summary["digests"]["valid"], &summary["log_files"]["valid"]), (&8.into(), &24.into()), "{summary}");
    assert_eq!(lines, [Value::Null; 0]);
}
