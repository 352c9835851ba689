//! Digests removed, changed, moved and made up.

use serde_json::json;
use trail_integrity::FileHash;

use super::{SIGNERS, World, check, forge, hour};

#[test]
fn a_digest_removed() {
    check(
        |world| _ = world.forged.digests.remove(300),
        &["digest-missing d300"],
        &["!d300", "?l300.0", "?l300.1", "?l300.2"],
    );
    // The oldest that was looked for.
    check(
        |world| {
            world.forged.digests.drain(..101);
            world.from = Some(hour(101));
        },
        &["digest-missing d100"],
        &["!d100", "?l100.0", "?l100.1", "?l100.2"],
    );
}

#[test]
fn two_digests_in_a_row_removed() {
    let report = check(
        |world| _ = world.forged.digests.drain(300..302),
        &["digest-missing d301 x2"],
        &["!d300", "!d301", "?l300.0", "?l300.1", "?l300.2", "?l301.0", "?l301.1", "?l301.2"],
    );
    assert_eq!((report.problems[0].from, report.problems[0].until), (Some(hour(300)), Some(hour(302))));
}

#[test]
fn the_newest_digests_removed() {
    let report = check(|world| _ = world.forged.digests.drain(715..), &["digests-stopped d714"], &[]);
    assert_eq!(report.outside, 15);
    check(
        |world| {
            world.forged.digests.drain(715..);
            world.to = None;
        },
        &[],
        &[],
    );
}

#[test]
fn a_digest_changed() {
    // A log file is taken out of it: that one, too, cannot be verified any more.
    let change = |world: &mut World, number: usize| {
        let logs =
            world.digest(number).fields().get_mut("logFiles").and_then(|logs| logs.as_array_mut()).expect("log files");
        logs.remove(0);
    };
    let unverifiable = ["!d300", "?l300.0", "?l300.1", "?l300.2"];
    check(|world| change(world, 300), &["digest-modified d300"], &unverifiable);
    // Of the newest one, nothing tells whether the digest or its signature was changed.
    check(|world| change(world, 719), &["signature-mismatch d719"], &["!d719", "?l719.0", "?l719.1", "?l719.2"]);
    // It is made to hide the ones before it.
    let cut = |world: &mut World| {
        for name in ["S3Bucket", "S3Object", "HashValue", "HashAlgorithm", "Signature"] {
            world.digest(300).fields().insert(format!("previousDigest{name}"), json!(null));
        }
        world.forged.digests.drain(298..300);
    };
    let verdicts = &[
        "!d298", "!d299", "!d300", "?l298.0", "?l298.1", "?l298.2", "?l299.0", "?l299.1", "?l299.2", "?l300.0",
        "?l300.1", "?l300.2",
    ];
    check(cut, &["digest-modified d300", "digest-missing d299 x2"], verdicts);
    // The one before it was removed, so that nothing but its place tells of it.
    let below = |world: &mut World| {
        change(world, 300);
        world.forged.digests.remove(301);
    };
    check(
        below,
        &["digest-missing d301", "signature-mismatch d300"],
        &["!d300", "!d301", "?l300.0", "?l300.1", "?l300.2", "?l301.0", "?l301.1", "?l301.2"],
    );
    // It is no digest any more.
    let garble = |world: &mut World| world.digest(300).body = json!({"awsAccountId": 1});
    check(garble, &["digest-malformed d300"], &unverifiable);
}

#[test]
fn a_digest_moved() {
    let elsewhere = |world: &mut World| {
        let uri = world.digest(300).uri.replace("2026/03/13", "2026/03/12");
        assert_ne!(uri, world.digest(300).uri);
        world.digest(300).uri = uri;
    };
    check(elsewhere, &["digest-moved d300 elsewhere"], &["!d300 elsewhere"]);
    // A copy of it lies elsewhere.
    let copy = |world: &mut World| {
        let mut copy = world.digest(300).clone();
        copy.uri = copy.uri.replace("2026/03/13", "2026/03/12");
        world.forged.digests.push(copy);
    };
    check(copy, &["digest-moved d300 elsewhere"], &["!d300 elsewhere"]);
    // Put in the place of another, which is then missing.
    let instead = |world: &mut World| {
        world.digest(300).uri = world.digest(301).uri.clone();
        world.forged.digests.remove(301);
    };
    check(instead, &["digest-missing d301", "digest-moved d301"], &["!d301", "!d301", "?l301.0", "?l301.1", "?l301.2"]);
}

#[test]
fn a_digest_made_up() {
    let stranger = &SIGNERS[2];
    // Between two others, after all others, and in a year to come: only what was made up is told of.
    let name = |stamp: &str| format!("111111111111_CloudTrail-Digest_eu-west-1_audit_eu-west-1_{stamp}.json.gz");
    for stamp in ["20260313T121500Z", "20260331T010000Z", "20260331T015900Z", "29990101T000000Z"] {
        for to_is_known in [true, false] {
            let make = |world: &mut World| {
                let mut made = world.digest(300).clone();
                let key = format!("AWSLogs/111111111111/CloudTrail-Digest/eu-west-1/2026/03/31/{}", name(stamp));
                made.uri = format!("s3://audit-logs/{key}");
                made.fields().insert("digestS3Object".to_owned(), json!(key));
                made.fields().insert("logFiles".to_owned(), json!([]));
                for field in ["S3Bucket", "S3Object", "HashValue", "HashAlgorithm", "Signature"] {
                    made.fields().insert(format!("previousDigest{field}"), json!(null));
                }
                made.sign(stranger);
                world.forged.digests.push(made);
                world.to = world.to.filter(|_| to_is_known);
            };
            let made = name(stamp);
            check(make, &[&format!("signature-mismatch {made}")], &[&format!("!{made}")]);
        }
    }
    // It names a log file that was made up, too: that is in no digest of CloudTrail's all the same.
    let added = "111111111111_CloudTrail_eu-west-1_20260313T1230Z_forgedforgedforg.json.gz";
    let with_log = |world: &mut World| {
        let key = format!("AWSLogs/111111111111/CloudTrail/eu-west-1/2026/03/13/{added}");
        let mut made = world.digest(300).clone();
        made.uri = made.uri.replace("20260313T130000Z", "20260313T121500Z");
        let object = made.uri.replace("s3://audit-logs/", "");
        made.fields().insert("digestS3Object".to_owned(), json!(object));
        made.fields().insert("logFiles".to_owned(), json!([made_log(&key)]));
        made.sign(stranger);
        world.forged.digests.push(made);
        world.forged.log_files.insert(format!("s3://audit-logs/{key}"), b"{}".to_vec());
    };
    let made = name("20260313T121500Z");
    check(
        with_log,
        &[&format!("signature-mismatch {made}"), &format!("log-added {added}")],
        &[&format!("!{made}"), &format!("!{added}"), &format!("?{added}")],
    );
    // An old digest of CloudTrail's, put in again under another name, is one that was moved.
    let again = |world: &mut World| {
        let mut made = world.digest(300).clone();
        made.uri = made.uri.replace("20260313T13", "20260331T02");
        world.forged.digests.push(made);
    };
    let made = name("20260331T020000Z");
    check(again, &[&format!("digest-moved {made}")], &[&format!("!{made}")]);
}

/// The line of a log file in a digest.
fn made_log(key: &str) -> serde_json::Value {
    json!({"s3Bucket": "audit-logs", "s3Object": key, "hashValue": FileHash::of(b"{}"), "hashAlgorithm": "SHA-256"})
}

#[test]
fn two_digests_of_one_hour() {
    // CloudTrail signed both, and the chain goes on with the other.
    let other = forge(|plan| plan.log_files = 2);
    let swap = |world: &mut World| *world.digest(300) = other.digests[300].clone();
    let problems = ["digest-unlinked d300", "digest-unlinked d299", "log-added l300.2"];
    check(swap, &problems, &["!l300.2"]);
}
