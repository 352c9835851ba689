//! Queues of SQS against the moto server, whose URL is in `TRAILWARDEN_TEST_AWS`. Each test has a queue and a bucket of its own.

mod moto;

use std::time::{Duration, Instant};

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{NotificationConfiguration, QueueConfiguration};
use aws_sdk_sqs::types::QueueAttributeName;
use jiff::Timestamp;
use serde_json::{Value, json};
use trail_source::{ErrorKind, LogObject, S3Config, Source, SourceError, SqsConfig, SqsSource};

use moto::aws;

const KEY: &str = "AWSLogs/111111111111/CloudTrail/us-east-1/2026/03/01/a b+c.json.gz";
const DIGEST: &str = "AWSLogs/111111111111/CloudTrail-Digest/us-east-1/2026/03/01/d.json.gz";

/// A queue and a bucket that no other test and no earlier run has.
struct Place {
    sqs: aws_sdk_sqs::Client,
    s3: aws_sdk_s3::Client,
    name: String,
    url: String,
}

impl Place {
    async fn new(test: &str) -> Self {
        let sqs = aws_sdk_sqs::Client::new(&aws().load().await.expect("good settings"));
        let s3 = aws().s3().await.expect("a client");
        let name = format!("queue-{test}-{:x}", Timestamp::now().as_nanosecond());
        s3.create_bucket().bucket(&name).send().await.expect("a bucket");
        let queue = sqs.create_queue().queue_name(&name).send().await.expect("a queue");
        Self { sqs, s3, url: queue.queue_url.expect("its URL"), name }
    }

    fn config(&self) -> SqsConfig {
        SqsConfig {
            wait: Duration::from_secs(1),
            receivers: 1,
            aws: aws(),
            ..SqsConfig::new(format!("sqs://{}", self.name))
        }
    }

    async fn source(&self) -> SqsSource {
        self.config().build().await.expect("good settings")
    }

    async fn put(&self, key: &str) {
        let body = ByteStream::from(key.as_bytes().to_vec());
        self.s3.put_object().bucket(&self.name).key(key).body(body).send().await.expect("an object");
    }

    async fn send(&self, body: &Value) {
        let text = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
        self.sqs.send_message().queue_url(&self.url).message_body(text).send().await.expect("sent");
    }

    /// How many messages there are: those to be had, and those that are hidden.
    async fn messages(&self) -> (String, String) {
        let (seen, hidden) = (
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        );
        let request = self.sqs.get_queue_attributes().queue_url(&self.url).attribute_names(QueueAttributeName::All);
        let answer = request.send().await.expect("attributes");
        let attributes = answer.attributes.expect("attributes");
        (attributes[&seen].clone(), attributes[&hidden].clone())
    }

    #[track_caller]
    fn expect(&self, messages: &(String, String), seen: u32, hidden: u32) {
        assert_eq!(*messages, (seen.to_string(), hidden.to_string()));
    }

    /// S3's own notification of one object or several.
    fn notice(&self, keys: &[&str]) -> Value {
        let record = |key: &&str| {
            json!({
                "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "us-east-1",
                "eventTime": "2026-03-01T00:00:00Z", "eventName": "ObjectCreated:Put",
                "s3": {"bucket": {"name": self.name}, "object": {"key": key, "size": 5, "eTag": "e"}},
            })
        };
        json!({"Records": keys.iter().map(record).collect::<Vec<_>>()})
    }
}

/// The objects of one pass.
async fn pass(source: &mut SqsSource) -> Vec<LogObject> {
    let mut objects = Vec::new();
    while let Some(object) = source.next().await.expect("a queue that can be asked") {
        objects.push(object);
    }
    objects
}

fn uris(objects: &[LogObject]) -> Vec<&str> {
    let mut uris: Vec<&str> = objects.iter().map(|object| object.uri.as_str()).collect();
    uris.sort_unstable();
    uris
}

async fn unreadable(source: &SqsSource, object: &LogObject) -> SourceError {
    source.reader().read(object, 1 << 20).await.expect_err("it cannot be read")
}

fn event(id: &str) -> Value {
    json!({
        "version": "0", "detail-type": "AWS API Call via CloudTrail", "source": "aws.iam", "account": "111111111111",
        "detail": {
            "eventVersion": "1.11", "eventTime": "2026-03-01T10:00:00Z", "eventName": "CreateUser", "eventID": id,
            "recipientAccountId": "111111111111",
        },
    })
}

#[tokio::test]
async fn a_bucket_tells_of_its_objects() {
    let place = Place::new("bucket").await;
    let queue = QueueConfiguration::builder()
        .queue_arn(format!("arn:aws:sqs:us-east-1:123456789012:{}", place.name))
        .events("s3:ObjectCreated:*".into())
        .build()
        .expect("a configuration");
    let to_queue = NotificationConfiguration::builder().queue_configurations(queue).build();
    let request = place.s3.put_bucket_notification_configuration().bucket(&place.name);
    request.notification_configuration(to_queue).send().await.expect("notifications");
    for key in [KEY, DIGEST, "AWSLogs/111111111111/Config/x.json.gz", "athena/results.csv"] {
        place.put(key).await;
    }
    // moto tells of each, and of its own test first.
    place.expect(&place.messages().await, 5, 0);
    let mut source = place.source().await;
    let objects = pass(&mut source).await;
    // As listing finds it, to the letter: what comes both ways is known for the same.
    let listing = S3Config { aws: aws(), ..S3Config::new(format!("s3://{}/", place.name)) };
    let mut listing = listing.build().await.expect("good settings");
    let mut listed = Vec::new();
    while let Some(object) = listing.next().await.expect("listed") {
        listed.push((object.uri, object.version, object.size));
    }
    let found: Vec<_> = objects.iter().cloned().map(|object| (object.uri, object.version, object.size)).collect();
    assert_eq!(found, listed);
    assert_eq!(&source.reader().read(&objects[0], 1000).await.expect("its body")[..], KEY.as_bytes());
    // What is not wanted has been deleted; the log's message waits for the commit.
    place.expect(&place.messages().await, 0, 1);
    source.ack(&objects).await.expect("deleted");
    place.expect(&place.messages().await, 0, 0);
    assert!(pass(&mut source).await.is_empty());
}

#[tokio::test]
async fn an_object_that_comes_on_every_road_is_found_once() {
    let place = Place::new("roads").await;
    place.put(KEY).await;
    let head = place.s3.head_object().bucket(&place.name).key(KEY).send().await.expect("there");
    let etag = head.e_tag().expect("an ETag").trim_matches('"').to_owned();
    let mut s3 = place.notice(&["AWSLogs/111111111111/CloudTrail/us-east-1/2026/03/01/a+b%2Bc.json.gz"]);
    s3["Records"][0]["s3"]["object"]["eTag"] = json!(etag);
    let sns = |message: &Value| json!({"Type": "Notification", "MessageId": "m", "Message": message.to_string()});
    let bridge = json!({
        "source": "aws.s3", "detail-type": "Object Created", "region": "us-east-1",
        "detail": {"bucket": {"name": place.name}, "object": {"key": KEY, "size": 5, "etag": etag}},
    });
    let cloudtrail = sns(&json!({"s3Bucket": place.name, "s3ObjectKey": [KEY]}));
    for body in [&s3, &sns(&s3), &bridge, &sns(&bridge), &cloudtrail, &s3] {
        place.send(body).await;
    }
    let mut source = place.source().await;
    let objects = pass(&mut source).await;
    assert_eq!(uris(&objects), [format!("s3://{}/{KEY}", place.name)]);
    assert_eq!(objects[0].version, etag);
    place.expect(&place.messages().await, 0, 6);
    source.ack(&objects).await.expect("deleted");
    place.expect(&place.messages().await, 0, 0);
}

#[tokio::test]
async fn a_message_is_deleted_when_all_of_its_objects_are_safe() {
    let place = Place::new("several").await;
    place.send(&place.notice(&["a.json", "b.json", "c.txt"])).await;
    place.send(&place.notice(&["c.json"])).await;
    let mut source = place.source().await;
    let objects = pass(&mut source).await;
    assert_eq!(objects.len(), 3);
    // In whatever order they are done.
    let find = |name: &str| objects.iter().find(|object| object.uri.ends_with(name)).cloned().expect("found");
    source.ack(&[find("b.json")]).await.expect("told");
    place.expect(&place.messages().await, 0, 2);
    source.ack(&[find("c.json")]).await.expect("told");
    place.expect(&place.messages().await, 0, 1);
    source.ack(&[find("a.json"), find("b.json")]).await.expect("told");
    place.expect(&place.messages().await, 0, 0);
}

#[tokio::test]
async fn what_is_not_acknowledged_comes_again() {
    let place = Place::new("again").await;
    place.send(&place.notice(&["a.json"])).await;
    let mut source = place.source().await;
    let first = pass(&mut source).await;
    // A pass that ends without a commit gives its messages back at once.
    source.release().await;
    place.expect(&place.messages().await, 1, 0);
    assert_eq!(pass(&mut source).await, first);
    // An acknowledgement of what was given back deletes nothing.
    source.release().await;
    source.ack(&first).await.expect("nothing to do");
    place.expect(&place.messages().await, 1, 0);
    // A process that ends lets go of them when their time is up.
    let config = SqsConfig { visibility: Duration::from_secs(3), ..place.config() };
    let mut doomed = config.build().await.expect("good settings");
    assert_eq!(pass(&mut doomed).await, first);
    drop(doomed);
    place.expect(&place.messages().await, 0, 1);
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(pass(&mut source).await, first);
}

#[tokio::test]
async fn a_message_stays_hidden_while_it_is_worked_on() {
    let place = Place::new("hidden").await;
    place.send(&place.notice(&["a.json"])).await;
    let config = SqsConfig { visibility: Duration::from_secs(3), ..place.config() };
    let mut source = config.build().await.expect("good settings");
    let objects = pass(&mut source).await;
    let mut other = place.source().await;
    let until = Instant::now() + Duration::from_secs(7);
    while Instant::now() < until {
        assert!(pass(&mut other).await.is_empty(), "it is worked on");
    }
    source.ack(&objects).await.expect("deleted");
    place.expect(&place.messages().await, 0, 0);
}

#[tokio::test]
async fn what_is_gone_is_told_and_done_with() {
    let place = Place::new("gone").await;
    place.send(&place.notice(&["gone.json"])).await;
    let mut source = place.source().await;
    let objects = pass(&mut source).await;
    let error = unreadable(&source, &objects[0]).await;
    assert!(matches!(error, SourceError::NotFound { .. }), "{error}");
    source.ack(&objects).await.expect("deleted");
    place.expect(&place.messages().await, 0, 0);
}

/// A handle of the queue's one message, which costs one receive.
async fn handle(place: &Place) -> String {
    let answer = place.sqs.receive_message().queue_url(&place.url).visibility_timeout(0).send().await.expect("asked");
    answer.messages().first().and_then(|message| message.receipt_handle()).expect("a message").to_owned()
}

/// Makes a hidden message visible, as time would.
async fn reveal(place: &Place, handle: &str) {
    let request = place.sqs.change_message_visibility().queue_url(&place.url).receipt_handle(handle);
    request.visibility_timeout(0).send().await.expect("visible");
    place.expect(&place.messages().await, 1, 0);
}

#[tokio::test]
async fn what_cannot_be_read_goes_back_and_is_set_aside_in_the_end() {
    let place = Place::new("poison").await;
    let mut notice = place.notice(&["a.json", "b.json"]);
    notice["Records"][0]["s3"]["bucket"]["name"] = json!("no-such-bucket-anywhere");
    place.put("b.json").await;
    place.send(&notice).await;
    let handle = handle(&place).await;
    let config = SqsConfig { max_receives: 3, ..place.config() };
    let mut source = config.build().await.expect("good settings");
    let objects = pass(&mut source).await;
    let error = unreadable(&source, &objects[0]).await;
    // Wrong as it is, no message ends the daemon.
    assert_eq!(error.kind(), ErrorKind::Retry, "{error}");
    // Its other object does not take the message with it.
    source.ack(&objects[1..]).await.expect("told");
    source.release().await;
    place.expect(&place.messages().await, 0, 1);

    // After a pause it comes again, for the last time as one that may still be read.
    reveal(&place, &handle).await;
    let objects = pass(&mut source).await;
    let error = unreadable(&source, &objects[0]).await;
    assert_eq!(error.kind(), ErrorKind::Skip, "{error}");
    let text = error.to_string();
    assert!(text.contains("there is no bucket `no-such-bucket-anywhere`"), "{text}");
    assert!(text.ends_with("(received 3 times; its message stays in the queue)"), "{text}");
    // It is noted, and the message is neither deleted nor to be had.
    source.ack(&objects).await.expect("hidden");
    source.release().await;
    place.expect(&place.messages().await, 0, 1);

    // Received again and again, and never seen through to the end: it is not even read.
    for _ in 0..3 {
        reveal(&place, &handle).await;
        pass(&mut place.source().await).await;
    }
    reveal(&place, &handle).await;
    let objects = pass(&mut source).await;
    let text = unreadable(&source, &objects[1]).await.to_string();
    assert!(text.contains("b.json`: it was received 6 times and never got through"), "{text}");
    source.ack(&objects).await.expect("hidden");
    place.expect(&place.messages().await, 0, 1);
}

#[tokio::test]
async fn what_nobody_knows_is_told_and_kept() {
    let place = Place::new("unknown").await;
    place.send(&json!({"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}})).await;
    place.send(&json!("hello")).await;
    let mut source = place.source().await;
    let objects = pass(&mut source).await;
    assert_eq!(objects.len(), 2);
    for (object, reason) in objects.iter().zip(["EventBridge brought neither", "it is not JSON"]) {
        assert!(object.uri.starts_with(&format!("sqs://{}/", place.name)), "{}", object.uri);
        let error = unreadable(&source, object).await;
        assert_eq!(error.kind(), ErrorKind::Skip);
        assert!(error.to_string().contains(reason), "{error}");
    }
    source.ack(&objects).await.expect("hidden");
    source.release().await;
    place.expect(&place.messages().await, 0, 2);
    assert!(pass(&mut source).await.is_empty(), "not at once again");
}

#[tokio::test]
async fn a_dead_letter_queue_takes_what_nobody_can_read() {
    let (place, dead) = (Place::new("alive").await, Place::new("dead").await);
    let arn = format!("arn:aws:sqs:us-east-1:123456789012:{}", dead.name);
    let policy = json!({"deadLetterTargetArn": arn, "maxReceiveCount": 2}).to_string();
    let request = place.sqs.set_queue_attributes().queue_url(&place.url);
    request.attributes(QueueAttributeName::RedrivePolicy, policy).send().await.expect("a policy");
    place.send(&json!({"hello": "world"})).await;
    let handle = handle(&place).await;
    let mut source = place.source().await;
    let objects = pass(&mut source).await;
    unreadable(&source, &objects[0]).await;
    source.ack(&objects).await.expect("hidden");
    reveal(&place, &handle).await;
    assert!(pass(&mut source).await.is_empty());
    place.expect(&place.messages().await, 0, 0);
    dead.expect(&dead.messages().await, 1, 0);
}

#[tokio::test]
async fn events_come_in_the_messages_themselves() {
    let place = Place::new("events").await;
    let mut without = event("no account");
    without["detail"].as_object_mut().expect("an object").remove("recipientAccountId");
    for body in [&event("one"), &event("two"), &without, &event("three")] {
        place.send(body).await;
    }
    let mut source = place.source().await;
    let objects = pass(&mut source).await;
    // One that has no key of its own is an object of its own, the same every time.
    let (batch, alone): (Vec<_>, Vec<_>) = objects.iter().partition(|object| object.uri.contains(".."));
    assert_eq!((batch.len(), alone.len()), (1, 1));
    let reader = source.reader();
    let read = async |object: &LogObject| {
        let bytes = reader.read(object, 1 << 20).await.expect("its text");
        assert_eq!(bytes.len() as u64, object.size);
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let ids = lines.map(|line| serde_json::from_slice::<Value>(line).expect("JSON")["detail"]["eventID"].clone());
        ids.collect::<Vec<Value>>()
    };
    assert_eq!(read(batch[0]).await, ["one", "two", "three"]);
    assert_eq!(read(alone[0]).await, ["no account"]);
    source.release().await;
    place.expect(&place.messages().await, 4, 0);
    let again = pass(&mut source).await;
    assert!(again.contains(alone[0]), "{again:?}");
    source.ack(&again).await.expect("deleted");
    place.expect(&place.messages().await, 0, 0);
}

#[tokio::test]
async fn many_messages_and_several_receivers() {
    let place = Place::new("many").await;
    for batch in 0..20 {
        let keys: Vec<String> = (0..10).map(|number| format!("{batch}-{number}.json")).collect();
        let entries = keys.iter().enumerate().map(|(id, key)| {
            let entry = aws_sdk_sqs::types::SendMessageBatchRequestEntry::builder().id(id.to_string());
            entry.message_body(place.notice(&[key]).to_string()).build().expect("an entry")
        });
        let request = place.sqs.send_message_batch().queue_url(&place.url).set_entries(Some(entries.collect()));
        request.send().await.expect("sent");
    }
    let config = SqsConfig { receivers: 3, ..place.config() };
    let mut source = config.build().await.expect("good settings");
    let objects = pass(&mut source).await;
    let mut found = uris(&objects);
    found.dedup();
    assert_eq!(found.len(), 200);
    source.ack(&objects).await.expect("deleted");
    place.expect(&place.messages().await, 0, 0);
}

#[tokio::test]
async fn filters_leave_out_by_bucket_account_and_name() {
    let place = Place::new("filters").await;
    let log = |account: &str| format!("AWSLogs/{account}/CloudTrail/us-east-1/2026/03/01/x.json.gz");
    let keys = [log("111111111111"), log("222222222222"), DIGEST.to_owned(), "other.json".to_owned()];
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let check = async |change: fn(&mut SqsConfig), expected: &[usize]| {
        place.send(&place.notice(&keys)).await;
        let mut config = place.config();
        change(&mut config);
        let mut source = config.build().await.expect("good settings");
        let objects = pass(&mut source).await;
        let expected: Vec<String> =
            expected.iter().map(|index| format!("s3://{}/{}", place.name, keys[*index])).collect();
        let found: Vec<&str> = objects.iter().map(|object| object.uri.as_str()).collect();
        assert_eq!(found, expected);
        source.ack(&objects).await.expect("deleted");
        place.expect(&place.messages().await, 0, 0);
    };
    check(|_| {}, &[0, 1, 3]).await;
    check(|config| config.digests = true, &[0, 1, 2, 3]).await;
    check(|config| config.accounts = vec!["222222222222".to_owned()], &[1, 3]).await;
    check(|config| config.exclude = vec!["other*".to_owned()], &[0, 1]).await;
    check(|config| config.buckets = vec!["elsewhere".to_owned()], &[]).await;
}

#[tokio::test]
async fn a_missing_queue_is_named() {
    let config = SqsConfig { aws: aws(), ..SqsConfig::new("sqs://no-such-queue") };
    let mut source = config.build().await.expect("good settings");
    let error = source.next().await.expect_err("no queue");
    let expected = "there is no `sqs://no-such-queue` (check the name, the account, `region` and `endpoint_url`)";
    assert_eq!(error.to_string(), expected);
    assert_eq!(error.kind(), ErrorKind::GiveUp);
}
