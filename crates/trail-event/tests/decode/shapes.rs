//! Everything that records travel in: as delivered, exported, sent through other services, or pasted by hand.

use serde_json::{Value, json};
use trail_event::Kind;

use crate::{column, decode, gzip, ids, only, record, records};

/// Text that holds these events and nothing that is wrong.
#[track_caller]
fn check(text: &str, events: &[&str]) {
    for bytes in [text.as_bytes().to_vec(), gzip(text.as_bytes())] {
        let decoded = decode(&bytes);
        assert_eq!(ids(&decoded), events, "{text}\n{:#?}", decoded.rejects);
        assert!(decoded.rejects.is_empty(), "{:#?}", decoded.rejects);
        assert_eq!(decoded.kind, Kind::Records);
        let principals = column(&decoded, "principal");
        assert!(
            principals.iter().all(|principal| principal.as_deref() == Some("arn:aws:iam::111122223333:user/ann")),
            "{principals:?}"
        );
    }
}

fn value(id: &str) -> Value {
    serde_json::from_str(&record(id)).expect("a good record")
}

#[test]
fn plain() {
    let (one, two) = (record("one"), record("two"));
    check(&records(&[&one, &two]), &["one", "two"]);
    check(&one, &["one"]);
    check(&format!("[{one},{two}]"), &["one", "two"]);
    check(&format!("[[{one}],[],[{two}]]"), &["one", "two"]);
    check(&format!("{one}\n{two}"), &["one", "two"]);
    check(&format!("{}\n{}\n", records(&[&one]), records(&[&two])), &["one", "two"]);
    check(&format!(r#"{{"count":2,"note":["x"],"Records":[{one},{two}],"next":{{"a":[1]}}}}"#), &["one", "two"]);
    check(&format!(r#"{{"records":[{one}]}}"#), &["one"]);
    check(&format!(r#"{{"RECORDS":[{one}]}}"#), &["one"]);
}

#[test]
fn laid_out() {
    let whole = json!({"Records": [value("one"), value("two")]});
    let pretty = serde_json::to_string_pretty(&whole).expect("text");
    check(&pretty, &["one", "two"]);
    check(&pretty.replace('\n', "\r\n"), &["one", "two"]);
    check(&pretty.replace("\n ", "\n\t "), &["one", "two"]);
    check(&pretty.replace("  ", ""), &["one", "two"]);
    check(&serde_json::to_string_pretty(&value("one")).expect("text"), &["one"]);
    let broken = pretty.replacen("\"eventName\": \"GetObject\"", "\"eventName\" \"GetObject\"", 1);
    let decoded = decode(broken.as_bytes());
    assert_eq!((ids(&decoded).join(" "), decoded.rejects.len()), ("two".to_owned(), 1), "{:#?}", decoded.rejects);
}

#[test]
fn event_bridge() {
    let event = |id: &str| {
        json!({"version": "0", "id": "7bf73129", "detail-type": "AWS API Call via CloudTrail", "source": "aws.s3",
            "account": "111122223333", "time": "2026-03-01T12:00:00Z", "region": "us-east-1", "resources": [], "detail": value(id)})
    };
    check(&event("one").to_string(), &["one"]);
    check(&format!("{}\n{}", event("one"), event("two")), &["one", "two"]);
    check(&json!([event("one"), event("two")]).to_string(), &["one", "two"]);
}

#[test]
fn cloud_watch_logs() {
    let message = |id: &str| json!({"id": "3191", "timestamp": 1_510_109_208_016_u64, "message": record(id)});
    let subscription = json!({"messageType": "DATA_MESSAGE", "owner": "111122223333", "logGroup": "trail", "logStream": "s",
        "subscriptionFilters": ["all"], "logEvents": [message("one"), message("two")]});
    check(&subscription.to_string(), &["one", "two"]);
    check(&serde_json::to_string_pretty(&subscription).expect("text"), &["one", "two"]);
    let found = |id: &str| json!({"logStreamName": "s", "timestamp": 1_u64, "message": record(id), "ingestionTime": 2_u64, "eventId": "37"});
    let filtered = json!({"events": [found("one"), found("two")], "searchedLogStreams": []});
    check(&filtered.to_string(), &["one", "two"]);
    // The same with its keys in another order: the event id there is not CloudTrail's.
    check(&format!(r#"{{"events":[{{"eventId":"37","message":{}}}]}}"#, Value::from(record("one"))), &["one"]);
    let insights = json!({"results": [], "@message": record("one")});
    check(&insights.to_string(), &["one"]);
}

#[test]
fn lookup_events() {
    let event = |id: &str| {
        json!({"EventId": id, "EventName": "GetObject", "ReadOnly": "true", "EventTime": 1_772_366_400.0,
            "EventSource": "s3.amazonaws.com", "Username": "ann", "Resources": [], "CloudTrailEvent": record(id)})
    };
    check(&json!({"Events": [event("one"), event("two")], "NextToken": "t"}).to_string(), &["one", "two"]);
    let order = format!(
        r#"{{"Events":[{{"EventId":"x","EventName":"GetObject","EventSource":"s3","CloudTrailEvent":{},"Username":"ann"}}]}}"#,
        Value::from(record("one"))
    );
    check(&order, &["one"]);
}

#[test]
fn queues() {
    let notice =
        |message: String| json!({"Type": "Notification", "MessageId": "m", "TopicArn": "t", "Message": message});
    check(&notice(record("one")).to_string(), &["one"]);
    check(&notice(records(&[&record("one"), &record("two")])).to_string(), &["one", "two"]);
    let queued = |body: String| json!({"MessageId": "m", "ReceiptHandle": "r", "MD5OfBody": "x", "Body": body});
    let received = json!({"Messages": [queued(notice(record("one")).to_string()), queued(record("two"))]});
    let decoded = decode(received.to_string().as_bytes());
    let mut found = ids(&decoded);
    found.sort();
    assert_eq!((found.join(" "), decoded.rejects.len()), ("one two".to_owned(), 0), "{:#?}", decoded.rejects);
    let lambda = format!(
        r#"{{"Records":[{{"messageId":"m","body":{},"eventSource":"aws:sqs","awsRegion":"us-east-1"}}]}}"#,
        Value::from(record("one"))
    );
    check(&lambda, &["one"]);
    let lambda =
        format!(r#"{{"Records":[{{"EventSource":"aws:sns","EventVersion":"1.0","Sns":{}}}]}}"#, notice(record("one")));
    check(&lambda, &["one"]);
    check(&json!([record("one"), record("two")]).to_string(), &["one", "two"]);
}

#[test]
fn wrapped_text_that_breaks() {
    // The string that holds a record is cut off or broken: what is in it is read as far as it goes, the others are kept.
    let line = |id: &str| json!({"message": record(id)}).to_string();
    let cut = &line("cut")[..300];
    let decoded = decode(format!("{}\n{cut}\n{}\n", line("one"), line("two")).as_bytes());
    assert_eq!(ids(&decoded), ["one", "two"], "{:#?}", decoded.rejects);
    assert!(!decoded.rejects.is_empty());
    let offset = line("one").len() as u64 + 1;
    assert!(
        decoded.rejects.iter().all(|reject| (offset..offset + 300).contains(&reject.offset)),
        "{:#?}",
        decoded.rejects
    );
    let inner = json!({"message": &record("in")[..300]}).to_string();
    let decoded = decode(format!("{}\n{inner}\n{}\n", line("one"), line("two")).as_bytes());
    assert_eq!(ids(&decoded), ["one", "two"]);
    let [reject] = decoded.rejects.as_slice() else { panic!("one reject, not {:#?}", decoded.rejects) };
    assert_eq!(reject.offset, offset + r#"{"message":"#.len() as u64, "{reject:?}");
}

#[test]
fn rule_tests() {
    let line = |id: &str| {
        json!({"rule_id": "AWS.Example", "test_name": "t", "expected": true, "severity": "High", "event": value(id)})
            .to_string()
    };
    check(&format!("{}\n{}\n", line("one"), line("two")), &["one", "two"]);
    // Events of rule tests may have hardly anything.
    let sparse = r#"{"rule_id":"x","event":{"p_log_type":"AWS.CloudTrail","additionalEventData":{"MFAUsed":"No"}}}"#;
    let decoded = decode(sparse.as_bytes());
    assert_eq!(only(&decoded, "additionaleventdata").as_deref(), Some(r#"{"MFAUsed":"No"}"#));
    assert_eq!(only(&decoded, "_extra").as_deref(), Some(r#"{"p_log_type":"AWS.CloudTrail"}"#));
}

#[test]
fn keys_of_any_case() {
    let lower = |text: &str| -> String {
        let mut value: Value = serde_json::from_str(text).expect("a good record");
        fn walk(value: &mut Value) {
            if let Value::Object(members) = value {
                *members = std::mem::take(members)
                    .into_iter()
                    .map(|(key, mut value)| {
                        walk(&mut value);
                        (key.to_lowercase(), value)
                    })
                    .collect();
            }
        }
        walk(&mut value);
        value.to_string()
    };
    check(&lower(&record("one")), &["one"]);
    let escaped = record("one").replace("\"eventName\"", "\"event\\u004eame\"").replace("\"arn\"", "\"\\u0061rn\"");
    check(&escaped, &["one"]);
    assert_eq!(only(&decode(escaped.as_bytes()), "eventname").as_deref(), Some("GetObject"));
}

#[test]
fn digests() {
    let digest = json!({"awsAccountId": "111122223333", "digestStartTime": "2026-03-01T11:00:00Z", "digestEndTime": "2026-03-01T12:00:00Z",
        "digestS3Bucket": "logs", "digestS3Object": "AWSLogs/x.json.gz", "previousDigestSignature": null,
        "logFiles": [{"s3Bucket": "logs", "s3Object": "AWSLogs/y.json.gz", "hashValue": "00", "newestEventTime": "2026-03-01T11:59:00Z"}]});
    for text in [digest.to_string(), serde_json::to_string_pretty(&digest).expect("text")] {
        let decoded = decode(&gzip(text.as_bytes()));
        assert_eq!((decoded.kind, decoded.records, decoded.rejects.len()), (Kind::Digest, 0, 0));
        let decoded = decode(&text.as_bytes()[..text.len() - 5]);
        assert_eq!((decoded.kind, decoded.rejects.len()), (Kind::Records, 1), "a broken digest is a reject");
    }
}

#[test]
fn places() {
    let text = format!("{}\n{}", records(&[&record("one"), &record("two")]), record("three"));
    let decoded = decode(text.as_bytes());
    assert_eq!(column(&decoded, "_record"), ["0", "1", "2"].map(|number| Some(number.to_owned())));
    assert_eq!(column(&decoded, "_object"), vec![Some("s3://logs/object".to_owned()); 3]);
    assert_eq!(decoded.span, Some((1_772_366_400_000_000, 1_772_366_400_000_000)));
}
