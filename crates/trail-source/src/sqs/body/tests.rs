//! Every shape of message that is known, and some that are not.

use serde_json::json;

use super::*;

/// What a body is, in one line.
fn shown(text: &str) -> String {
    match read(text) {
        Body::Objects(objects) => {
            let one = |object: &Named| {
                let Named { bucket, key, version, size, region, .. } = object;
                format!("{bucket}/{key} {version:?} {size} {}", region.as_deref().unwrap_or("-"))
            };
            objects.iter().map(one).collect::<Vec<_>>().join(", ")
        }
        Body::Unknown(reason) => format!("unknown: {reason}"),
        other => format!("{other:?}"),
    }
}

/// The same, whether it comes as it is or through SNS, once or twice.
#[track_caller]
fn check(body: &Value, expected: &str) {
    let wrap = |text: String| json!({"Type": "Notification", "MessageId": "m", "Message": text}).to_string();
    let plain = body.to_string();
    let once = wrap(plain.clone());
    assert_eq!(shown(&plain), expected);
    assert_eq!(shown(&once), expected);
    assert_eq!(shown(&wrap(once)), expected);
}

#[track_caller]
fn refused(text: &str, reason: &str) {
    let shown = shown(text);
    assert!(shown.starts_with("unknown: ") && shown.contains(reason), "{shown}");
}

fn s3(name: &str, key: &str) -> Value {
    json!({
        "eventVersion": "2.3", "eventSource": "aws:s3", "awsRegion": "eu-west-1", "eventTime": "2026-03-01T10:00:00.123Z",
        "eventName": name,
        "s3": {
            "bucket": {"name": "logs", "arn": "arn:aws:s3:::logs"},
            "object": {"key": key, "size": 42, "eTag": "abc", "sequencer": "0055AED6DCD90281E5"},
        },
    })
}

fn event() -> Value {
    json!({
        "eventVersion": "1.11", "eventTime": "2026-03-01T10:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": "GetObject",
        "eventID": "e", "recipientAccountId": "111111111111", "userIdentity": {"type": "Root"},
    })
}

fn bridge(kind: &str, source: &str, detail: &Value) -> Value {
    json!({
        "version": "0", "id": "i", "detail-type": kind, "source": source, "account": "111111111111",
        "time": "2026-03-01T10:00:00Z", "region": "eu-west-1", "resources": [], "detail": detail,
    })
}

#[test]
fn notifications_of_s3() {
    check(
        &json!({"Records": [s3("ObjectCreated:Put", "AWSLogs/x.json.gz")]}),
        "logs/AWSLogs/x.json.gz \"abc\" 42 eu-west-1",
    );
    // Keys are encoded as forms are.
    check(
        &json!({"Records": [
            s3("ObjectCreated:CompleteMultipartUpload", "my+logs/a%2Bb/%C3%BC%3D.gz"),
            s3("ObjectCreated:Copy", "b.gz"),
            s3("ObjectRemoved:Delete", "c.gz"),
        ]}),
        "logs/my logs/a+b/ü=.gz \"abc\" 42 eu-west-1, logs/b.gz \"abc\" 42 eu-west-1",
    );
    check(&json!({"Records": [s3("ObjectRemoved:Delete", "c.gz")]}), "Other");
    check(&json!({"Records": []}), "Other");
    check(&json!({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "logs", "RequestId": "r"}), "Test");
}

#[test]
fn notices_of_cloudtrail() {
    check(
        &json!({"s3Bucket": "logs", "s3ObjectKey": ["p+q/a%20b.json.gz", "c.json.gz"]}),
        "logs/p+q/a%20b.json.gz \"\" 0 -, logs/c.json.gz \"\" 0 -",
    );
    check(&json!({"s3Bucket": "logs", "s3ObjectKey": "one.json.gz"}), "logs/one.json.gz \"\" 0 -");
    refused(r#"{"s3Bucket":"logs","s3ObjectKey":[1]}"#, "without a bucket and keys");
    refused(r#"{"s3ObjectKey":["a"]}"#, "without a bucket and keys");
}

#[test]
fn eventbridge() {
    let object = json!({"version": "0", "bucket": {"name": "logs"}, "object": {"key": "a+b%20c.gz", "size": 7, "etag": "\"abc\""}});
    check(&bridge("Object Created", "aws.s3", &object), "logs/a+b%20c.gz \"abc\" 7 eu-west-1");
    check(&bridge("Object Deleted", "aws.s3", &object), "Other");
    for kind in [
        "AWS API Call via CloudTrail",
        "AWS Console Sign In via CloudTrail",
        "AWS Console Signin via CloudTrail",
        "AWS Service Event via CloudTrail",
        "AWS Insight via CloudTrail",
    ] {
        check(&bridge(kind, "aws.s3", &event()), "Events { keyed: true }");
    }
    let mut without = event();
    without.as_object_mut().expect("an object").remove("recipientAccountId");
    check(&bridge("AWS API Call via CloudTrail", "aws.iam", &without), "Events { keyed: false }");
    refused(&bridge("Scheduled Event", "aws.events", &json!({})).to_string(), "EventBridge brought neither");
    refused(&bridge("Object Created", "aws.s3", &json!({})).to_string(), "without a bucket and a key");
}

#[test]
fn events_as_they_are() {
    check(&event(), "Events { keyed: true }");
    check(&json!({"Records": [event(), event()]}), "Events { keyed: true }");
    refused(&json!({"Records": [event(), s3("ObjectCreated:Put", "x")]}).to_string(), "a record in it is neither");
}

#[test]
fn what_is_not_known_is_told() {
    refused("hello", "it is not JSON");
    refused("", "it is not JSON");
    refused("[1]", "neither a notice");
    refused("null", "neither a notice");
    refused(r#"{"Records":[{"eventSource":"aws:ses"}]}"#, "a record in it is neither");
    refused(r#"{"Records":[{"eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{}}]}"#, "without a bucket");
    refused(r#"{"Type":"Notification","Message":"backup done"}"#, "SNS brought what is not JSON");
    refused(
        r#"{"Type":"SubscriptionConfirmation","Message":"You have chosen","SubscribeURL":"https://x"}"#,
        "wants its subscription to be confirmed",
    );
    // What is shown of it cannot play tricks on a terminal, and is short.
    let long = format!("{{\"x\":\"\u{1b}[2J{}\"}}", "y".repeat(1000));
    let reason = shown(&long);
    assert!(reason.len() < 400 && !reason.contains('\u{1b}'), "{reason}");
    // Wrapped for ever, and nested for ever.
    let mut wrapped = "{}".to_owned();
    for _ in 0..6 {
        wrapped = json!({ "Message": wrapped }).to_string();
    }
    refused(&wrapped, "wrapped too deeply");
    refused(&"[".repeat(100_000), "it is not JSON");
}

#[test]
fn no_bucket_leads_elsewhere() {
    for name in ["a", "../x", "evil/logs", "x@y.example", "logs?x", "-x-", ""] {
        let mut record = s3("ObjectCreated:Put", "x.gz");
        record["s3"]["bucket"]["name"] = json!(name);
        refused(&json!({ "Records": [record] }).to_string(), "without a bucket and a key");
    }
}
