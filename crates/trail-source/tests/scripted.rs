//! A server that answers as it is told: what moto does not do, such as throttling, empty pages and batches that fail in part.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use trail_source::{
    AwsConfig, CloudWatchConfig, ErrorKind, LogObject, LookupConfig, Source, SourceError, SqsConfig, When,
};

/// What the server was asked: the call's name and its input.
type Asked = Arc<Mutex<Vec<(String, Value)>>>;

/// Serves what `answer` makes of a call's name, its input, and how many calls of this name came before.
async fn serve(answer: impl Fn(&str, &Value, usize) -> (u16, Value) + Send + 'static) -> (AwsConfig, Asked) {
    need_credentials();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let asked = Asked::default();
    let noted = asked.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            // The other side may have gone: a task that is dropped takes its requests with it.
            let Some((call, input)) = request(&mut stream).await else { continue };
            let before = {
                let mut noted = noted.lock().expect("not poisoned");
                let before = noted.iter().filter(|(name, _)| *name == call).count();
                noted.push((call.clone(), input.clone()));
                before
            };
            let (status, body) = answer(&call, &input, before);
            let body = body.to_string();
            let head = format!(
                "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
        }
    });
    let aws = AwsConfig { endpoint_url: Some(url), region: Some("us-east-1".to_owned()), ..AwsConfig::default() };
    (aws, asked)
}

async fn request(stream: &mut TcpStream) -> Option<(String, Value)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).expect("a request").to_lowercase();
    let header = |name: &str| {
        head.lines().find_map(|line| line.strip_prefix(name).map(|value| value.trim().to_owned())).expect(name)
    };
    let mut body = vec![0; header("content-length:").parse().expect("a number")];
    stream.read_exact(&mut body).await.ok()?;
    let call = header("x-amz-target:").rsplit('.').next().expect("a call").to_owned();
    Some((call, serde_json::from_slice(&body).expect("JSON")))
}

/// Any will do, but requests are signed.
#[expect(clippy::disallowed_methods, reason = "the test command sets them")]
fn need_credentials() {
    std::env::var("AWS_ACCESS_KEY_ID").expect("start through `cargo xtask test`");
}

fn throttled() -> (u16, Value) {
    (400, json!({"__type": "ThrottlingException", "message": "Rate exceeded"}))
}

/// The objects of one pass, acknowledged, their lines, and errors.
async fn pass(source: &mut dyn Source) -> (Vec<LogObject>, Vec<String>, Vec<SourceError>) {
    let (reader, mut objects, mut lines, mut errors) = (source.reader(), Vec::new(), Vec::new(), Vec::new());
    loop {
        match source.next().await {
            Ok(Some(object)) => {
                let bytes = reader.read(&object, 1 << 30).await.expect("its text");
                lines.extend(String::from_utf8(bytes.to_vec()).expect("text").lines().map(str::to_owned));
                objects.push(object);
            }
            Ok(None) => break,
            Err(error) => errors.push(error),
        }
    }
    source.ack(&objects).await.expect("nothing can fail");
    source.release().await;
    (objects, lines, errors)
}

fn when(text: &str) -> When {
    text.parse().expect("a time")
}

#[tokio::test]
async fn empty_pages_and_throttling_are_gone_through() {
    let (aws, asked) = serve(|call, input, before| {
        assert_eq!(call, "filterlogevents");
        let token = input["nextToken"].as_str();
        let event = |id: &str| json!({"timestamp": input["startTime"], "message": format!(" {{\"id\":\"{id}\"}}\n"), "eventId": id});
        match (before, token) {
            (0 | 2, _) => throttled(),
            (_, None) => (200, json!({"events": [], "nextToken": "a"})),
            (_, Some("a")) => (200, json!({"events": [event("2")], "nextToken": "b"})),
            (_, Some("b")) => (200, json!({"nextToken": "c"})),
            (_, Some("c")) => (200, json!({"events": [event("1")], "searchedLogStreams": []})),
            other => panic!("{other:?}"),
        }
    })
    .await;
    let config = CloudWatchConfig {
        from: when("2026-03-01T10:01:00Z"),
        to: Some(when("2026-03-01T10:04:00Z")),
        streams: Some("111111111111_".to_owned()),
        aws,
        ..CloudWatchConfig::new("arn:aws:logs:us-east-1:111111111111:log-group:trail/logs:*")
    };
    let mut source = config.build().await.expect("good settings");
    let (objects, lines, errors) = pass(&mut *source).await;
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(lines, ["{\"id\":\"1\"}", "{\"id\":\"2\"}"]);
    assert_eq!(objects[0].uri, "cloudwatch://trail/logs/2026-03-01T10:00:00Z--2026-03-01T10:05:00Z");
    let first = asked.lock().expect("not poisoned")[0].1.clone();
    let expected = json!({
        "logGroupIdentifier": "arn:aws:logs:us-east-1:111111111111:log-group:trail/logs",
        "logStreamNamePrefix": "111111111111_",
        "startTime": 1_772_359_260_000_i64,
        "endTime": 1_772_359_439_999_i64,
    });
    assert_eq!(first, expected);
    // The gap is closed, and not asked for again.
    let before = asked.lock().expect("not poisoned").len();
    assert!(pass(&mut *source).await.0.is_empty());
    assert_eq!(asked.lock().expect("not poisoned").len(), before);
}

#[tokio::test]
async fn a_token_that_leads_nowhere_is_an_error() {
    let (aws, _) = serve(|_, _, _| (200, json!({"nextToken": "again"}))).await;
    let (from, to) = (when("2026-03-01T10:00:00Z"), Some(when("2026-03-01T10:05:00Z")));
    let config = CloudWatchConfig { from, to, aws, ..CloudWatchConfig::new("g") };
    let (_, _, errors) = pass(&mut *config.build().await.expect("good settings")).await;
    assert_eq!(errors.len(), 1);
    let expected = "`logs:FilterLogEvents` on `cloudwatch://g` failed: the answer repeats its own token";
    assert_eq!(errors[0].to_string(), expected);
    assert_eq!(errors[0].kind(), ErrorKind::Retry);
}

#[tokio::test]
async fn the_event_history_is_read_page_by_page_at_its_pace() {
    let (aws, asked) = serve(|call, input, before| {
        assert_eq!(call, "lookupevents");
        let event = |id: &str| {
            let record = json!({"eventID": id, "recipientAccountId": "111111111111"}).to_string();
            json!({"EventId": id, "EventTime": input["StartTime"], "EventName": "X", "CloudTrailEvent": record})
        };
        match (before, input["NextToken"].as_str()) {
            (1, _) => throttled(),
            (0, None) => (200, json!({"Events": [event("3"), event("2")], "NextToken": "a"})),
            (_, Some("a")) => (200, json!({"Events": [event("1"), {"EventId": "no record"}]})),
            _ => (200, json!({"Events": []})),
        }
    })
    .await;
    let hour = Timestamp::from_second(Timestamp::now().as_second() / 3600 * 3600).expect("a time");
    let (from, to) = (hour - SignedDuration::from_hours(50), hour - SignedDuration::from_hours(48));
    let config = LookupConfig { to: Some(When::At(to)), aws, ..LookupConfig::new(When::At(from)) };
    let mut source = config.build().await.expect("good settings");
    assert_eq!(source.name(), "lookup://us-east-1");
    let began = Instant::now();
    let (objects, lines, errors) = pass(&mut *source).await;
    assert!(errors.is_empty(), "{errors:?}");
    let ids: Vec<Value> =
        lines.iter().map(|line| serde_json::from_str::<Value>(line).expect("JSON")["eventID"].clone()).collect();
    assert_eq!(ids, ["1", "2", "3"]);
    let end = from + SignedDuration::from_hours(1);
    assert_eq!(objects[0].uri, format!("lookup://us-east-1/{from}--{end}"));
    assert_eq!(objects.len(), 1, "an hour without events is no object");
    let asked = asked.lock().expect("not poisoned").clone();
    assert_eq!(asked.len(), 4);
    assert_eq!(asked[0].1["MaxResults"], 50);
    assert_eq!(asked[3].1["StartTime"].as_f64().map(|at| at as i64), Some(end.as_second()));
    assert!(began.elapsed() >= Duration::from_millis(1100), "three requests, at two a second");
}

#[tokio::test]
async fn what_is_older_than_the_history_is_not_asked_for() {
    let (aws, asked) = serve(|_, _, _| (200, json!({"Events": []}))).await;
    let to = Some(When::Ago(Duration::from_secs((90 * 24 - 2) * 3600)));
    let config = LookupConfig { to, aws, ..LookupConfig::new(when("2020-01-01")) };
    let (_, _, errors) = pass(&mut *config.build().await.expect("good settings")).await;
    assert!(errors.is_empty(), "{errors:?}");
    let asked = asked.lock().expect("not poisoned").clone();
    assert!((2..=4).contains(&asked.len()), "{}", asked.len());
}

/// A queue with one message about three objects; what becomes of the calls that are about messages.
async fn queue(answer: impl Fn(&str, &Value, usize) -> Value + Send + 'static) -> (SqsConfig, Asked) {
    let (aws, asked) = serve(move |call, input, before| match (call, before) {
        ("receivemessage", 0) => {
            let message = |id: &str| {
                let record = json!({
                    "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
                    "s3": {"bucket": {"name": "logs"}, "object": {"key": format!("{id}.json"), "eTag": "e"}},
                });
                let body = json!({"Records": [record]}).to_string();
                json!({"MessageId": id, "ReceiptHandle": format!("handle of {id}"), "Body": body})
            };
            (200, json!({"Messages": [message("a"), message("b"), message("c")]}))
        }
        ("receivemessage", _) => (200, json!({})),
        _ => (200, answer(call, input, before)),
    })
    .await;
    let config =
        SqsConfig { receivers: 1, aws, ..SqsConfig::new("https://sqs.us-east-1.amazonaws.com/111111111111/q") };
    (config, asked)
}

async fn find(source: &mut dyn Source) -> Vec<LogObject> {
    let mut objects = Vec::new();
    while let Some(object) = source.next().await.expect("a queue that can be asked") {
        objects.push(object);
    }
    objects
}

/// The handles of all entries of a call.
fn handles(asked: &Asked, call: &str) -> Vec<String> {
    let asked = asked.lock().expect("not poisoned");
    let entries = asked.iter().filter(|(name, _)| name == call).flat_map(|(_, input)| input["Entries"].as_array());
    let mut handles: Vec<String> =
        entries.flatten().map(|entry| entry["ReceiptHandle"].as_str().expect("a handle").to_owned()).collect();
    handles.sort();
    handles
}

#[tokio::test]
async fn a_batch_that_fails_in_part_is_tried_again_in_part() {
    let (config, asked) = queue(|call, _, before| match (call, before) {
        ("deletemessagebatch", 0) => json!({
            "Successful": [{"Id": "1"}],
            "Failed": [
                {"Id": "0", "SenderFault": false, "Code": "InternalError", "Message": "try again"},
                {"Id": "2", "SenderFault": true, "Code": "ReceiptHandleIsInvalid"},
            ],
        }),
        ("deletemessagebatch", _) => json!({"Successful": [{"Id": "0"}], "Failed": []}),
        other => panic!("{other:?}"),
    })
    .await;
    let mut source = config.build().await.expect("good settings");
    let began = Instant::now();
    let objects = find(&mut source).await;
    assert_eq!(objects.len(), 3);
    assert!(began.elapsed() >= Duration::from_secs(1), "it answers at once, and is not asked again at once");
    let error = source.ack(&objects).await.expect_err("one of them stays");
    let expected = "`sqs:DeleteMessage` on `https://sqs.us-east-1.amazonaws.com/111111111111/q` failed: \
                    1 of 3 messages, for one: ReceiptHandleIsInvalid: no reason given";
    assert_eq!(error.to_string(), expected);
    assert_eq!(error.kind(), ErrorKind::Retry);
    // The first call has all three, in whatever order; the second only what may help.
    let deleted = handles(&asked, "deletemessagebatch");
    assert_eq!(deleted.len(), 4, "{deleted:?}");
}

#[tokio::test]
async fn what_keeps_failing_is_given_up() {
    let (config, asked) = queue(|_, input, _| {
        let failed = |entry: &Value| json!({"Id": entry["Id"], "SenderFault": false, "Code": "InternalError"});
        let entries = input["Entries"].as_array().expect("entries");
        json!({"Successful": [], "Failed": entries.iter().map(failed).collect::<Vec<_>>()})
    })
    .await;
    let mut source = config.build().await.expect("good settings");
    let objects = find(&mut source).await;
    let error = source.ack(&objects).await.expect_err("none can be deleted").to_string();
    assert!(error.contains("3 of 3 messages, for one: InternalError"), "{error}");
    assert_eq!(handles(&asked, "deletemessagebatch").len(), 12, "four times three");
}

#[tokio::test]
async fn messages_are_kept_hidden_until_they_are_done_with() {
    let (config, asked) = queue(|call, _, _| match call {
        "deletemessagebatch" => json!({"Successful": [], "Failed": []}),
        // Hiding fails: what is worked on is worked on all the same.
        "changemessagevisibilitybatch" => json!({
            "Successful": [],
            "Failed": [{"Id": "0", "SenderFault": true, "Code": "MessageNotInflight"}],
        }),
        other => panic!("{other}"),
    })
    .await;
    let config = SqsConfig { visibility: Duration::from_secs(3), ..config };
    let mut source = config.build().await.expect("good settings");
    let objects = find(&mut source).await;
    let read = objects.iter().find(|object| object.uri.ends_with("a.json")).cloned().expect("found");
    source.ack(&[read]).await.expect("deleted");
    let hidden = || handles(&asked, "changemessagevisibilitybatch");
    let of = |message: &str| hidden().iter().filter(|handle| **handle == format!("handle of {message}")).count();
    // One call may have been on its way.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let (read, worked_on) = (of("a"), of("b"));
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert!(of("b") >= worked_on + 2, "{:?}", hidden());
    assert_eq!(of("a"), read, "it is done with");
    source.ack(&objects).await.expect("deleted");
    drop(source);
    let before = hidden().len();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(hidden().len(), before);
}
