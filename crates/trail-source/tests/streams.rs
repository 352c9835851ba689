//! Log groups of CloudWatch Logs against the moto server, whose URL is in `TRAILWARDEN_TEST_AWS`.

mod moto;

use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use jiff::{SignedDuration, Timestamp};
use trail_source::{CloudWatchConfig, ErrorKind, LogObject, Source, When};

use moto::aws;

/// A log group that no other test and no earlier run has.
struct Group {
    client: aws_sdk_cloudwatchlogs::Client,
    name: String,
}

impl Group {
    async fn new(test: &str) -> Self {
        let client = aws_sdk_cloudwatchlogs::Client::new(&aws().load().await.expect("good settings"));
        let name = format!("CloudTrail/{test}-{:x}", Timestamp::now().as_nanosecond());
        client.create_log_group().log_group_name(&name).send().await.expect("a group");
        let group = Self { client, name };
        for stream in ["111111111111_CloudTrail_us-east-1", "222222222222_CloudTrail_us-east-1"] {
            let request = group.client.create_log_stream().log_group_name(&group.name).log_stream_name(stream);
            request.send().await.expect("a stream");
        }
        group
    }

    /// Puts events of so many minutes ago into an account's stream.
    async fn put(&self, account: &str, minutes: i64, ids: &[&str]) {
        let at = (Timestamp::now() - SignedDuration::from_mins(minutes)).as_millisecond();
        let events = ids.iter().map(|id| {
            let message = format!("{{\"eventID\":\"{id}\"}}");
            InputLogEvent::builder().timestamp(at).message(message).build().expect("an event")
        });
        let stream = format!("{account}_CloudTrail_us-east-1");
        let request = self.client.put_log_events().log_group_name(&self.name).log_stream_name(stream);
        request.set_log_events(Some(events.collect())).send().await.expect("put");
    }

    fn config(&self) -> CloudWatchConfig {
        CloudWatchConfig {
            aws: aws(),
            from: "2h".parse::<When>().expect("a time"),
            ..CloudWatchConfig::new(&self.name)
        }
    }
}

/// The objects of one pass, acknowledged, and the ids of their events.
async fn pass(source: &mut dyn Source) -> (Vec<LogObject>, Vec<String>) {
    let (reader, mut objects, mut ids) = (source.reader(), Vec::new(), Vec::new());
    while let Some(object) = source.next().await.expect("a group that can be read") {
        let bytes = reader.read(&object, 1 << 30).await.expect("its text");
        assert_eq!(bytes.len() as u64, object.size);
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let record: serde_json::Value = serde_json::from_slice(line).expect("JSON");
            ids.push(record["eventID"].as_str().expect("an id").to_owned());
        }
        objects.push(object);
    }
    source.ack(&objects).await.expect("nothing can fail");
    source.release().await;
    ids.sort();
    (objects, ids)
}

#[tokio::test]
async fn a_group_is_read_by_time_and_again_by_the_overlap() {
    let group = Group::new("overlap").await;
    group.put("111111111111", 90, &["old"]).await;
    group.put("111111111111", 3, &["new"]).await;
    group.put("222222222222", 3, &["theirs"]).await;
    let mut source = group.config().build().await.expect("good settings");
    assert_eq!(source.name(), format!("cloudwatch://{}", group.name));
    let (first, ids) = pass(&mut *source).await;
    assert_eq!(ids, ["new", "old", "theirs"]);
    assert!(first[0].uri.starts_with(&format!("cloudwatch://{}/20", group.name)), "{}", first[0].uri);
    // The same, and to the byte, for whoever asks again.
    assert_eq!(pass(&mut *group.config().build().await.expect("good settings")).await.0, first);
    // Taken in late: behind what was read, but within the overlap.
    group.put("222222222222", 12, &["late"]).await;
    assert_eq!(pass(&mut *source).await.1, ["late", "new", "theirs"]);
}

#[tokio::test]
async fn pages_are_followed_to_the_end() {
    let group = Group::new("pages").await;
    let ids: Vec<String> = (0..12_500).map(|number| format!("{number:05}")).collect();
    for part in ids.chunks(5000) {
        let part: Vec<&str> = part.iter().map(String::as_str).collect();
        group.put("111111111111", 20, &part).await;
    }
    let mut source = group.config().build().await.expect("good settings");
    assert_eq!(pass(&mut *source).await.1, ids);
}

#[tokio::test]
async fn a_missing_group_is_named() {
    let config = CloudWatchConfig { aws: aws(), ..CloudWatchConfig::new("no/such/group") };
    let mut source = config.build().await.expect("good settings");
    let error = source.next().await.expect_err("no group");
    let expected =
        "there is no `cloudwatch://no/such/group` (check the name, the account, `region` and `endpoint_url`)";
    assert_eq!(error.to_string(), expected);
    assert_eq!(error.kind(), ErrorKind::GiveUp);
}
