//! A bucket, its queue and one lake: each event lands once, whichever road it comes and wherever a pass stops.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::types::{NotificationConfiguration, QueueConfiguration};
use aws_sdk_sqs::types::QueueAttributeName;
use tokio_util::sync::CancellationToken;
use trail_ingest::{Config, Ingest, Summary};
use trail_lake::{Lake, Table};
use trail_source::{AwsConfig, LogObject, Reader, S3Config, Source, SourceError, SqsConfig};

/// A bucket that tells a queue of its objects.
struct Place {
    s3: aws_sdk_s3::Client,
    sqs: aws_sdk_sqs::Client,
    aws: AwsConfig,
    name: String,
    url: String,
}

impl Place {
    #[expect(clippy::disallowed_methods, reason = "the test command tells where its servers are")]
    async fn new(test: &str) -> Self {
        let endpoint = std::env::var("TRAILWARDEN_TEST_AWS").expect("start through `cargo xtask test`");
        let aws = AwsConfig {
            endpoint_url: Some(endpoint),
            region: Some("us-east-1".to_owned()),
            path_style: true,
            ..AwsConfig::default()
        };
        let (s3, sqs) = (aws.s3().await.unwrap(), aws_sdk_sqs::Client::new(&aws.load().await.unwrap()));
        let name = format!("ingest-{test}-{:x}", jiff::Timestamp::now().as_nanosecond());
        s3.create_bucket().bucket(&name).send().await.unwrap();
        let url = sqs.create_queue().queue_name(&name).send().await.unwrap().queue_url.unwrap();
        let arn = format!("arn:aws:sqs:us-east-1:123456789012:{name}");
        let queue = QueueConfiguration::builder().queue_arn(arn).events("s3:ObjectCreated:*".into()).build().unwrap();
        let to_queue = NotificationConfiguration::builder().queue_configurations(queue).build();
        let request = s3.put_bucket_notification_configuration().bucket(&name).notification_configuration(to_queue);
        request.send().await.unwrap();
        Self { s3, sqs, aws, name, url }
    }

    async fn put(&self, number: u64) {
        let key = format!("AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/01/{number}.json");
        let body = format!(r#"{{"Records":[{},{}]}}"#, record(number * 2), record(number * 2 + 1)).into_bytes();
        self.s3.put_object().bucket(&self.name).key(key).body(body.into()).send().await.unwrap();
    }

    /// EventBridge's message with an event.
    async fn tell(&self, number: u64) {
        let body =
            format!(r#"{{"source":"aws.s3","detail-type":"AWS API Call via CloudTrail","detail":{}}}"#, record(number));
        self.sqs.send_message().queue_url(&self.url).message_body(body).send().await.unwrap();
    }

    async fn queue(&self) -> Box<dyn Source> {
        let config = SqsConfig { wait: Duration::from_secs(1), aws: self.aws.clone(), ..SqsConfig::new(&self.url) };
        Box::new(config.build().await.unwrap())
    }

    async fn listing(&self) -> Box<dyn Source> {
        let config = S3Config { aws: self.aws.clone(), ..S3Config::new(format!("s3://{}/AWSLogs/", self.name)) };
        Box::new(config.build().await.unwrap())
    }

    /// Messages, to be had and hidden.
    async fn messages(&self) -> u32 {
        let request = self.sqs.get_queue_attributes().queue_url(&self.url).attribute_names(QueueAttributeName::All);
        let attributes = request.send().await.unwrap().attributes.unwrap();
        let count = |name| attributes[&name].parse::<u32>().unwrap();
        count(QueueAttributeName::ApproximateNumberOfMessages)
            + count(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)
    }
}

fn record(number: u64) -> String {
    format!(
        r#"{{"eventVersion":"1.08","eventTime":"2026-03-01T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1","eventID":"{number:08x}-0000-4000-8000-000000000000","recipientAccountId":"111122223333"}}"#
    )
}

async fn pass(source: Box<dyn Source>, lake: &Lake) -> Summary {
    let mut ingest = Ingest::new(Config::default(), source, lake.clone()).await.unwrap();
    ingest.run_pass(&CancellationToken::new(), &|_| {}).await.unwrap()
}

async fn lake(folder: &tempfile::TempDir) -> Lake {
    let config = trail_lake::Config { sync: false, ..trail_lake::Config::default() };
    Lake::open(folder.path().to_str().unwrap(), config).await.unwrap()
}

async fn events(lake: &Lake) -> u64 {
    lake.files(Table::CloudTrail, None).await.files.iter().map(|file| file.rows).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_comes_on_several_roads_lands_once() {
    let (folder, place) = (tempfile::tempdir().unwrap(), Place::new("roads").await);
    let lake = lake(&folder).await;
    for number in 0..3 {
        place.put(number).await;
    }
    // Both ids of the second object's events come by themselves as well, and one that is in no object.
    for number in [2, 3, 100] {
        place.tell(number).await;
    }
    let listed = pass(place.listing().await, &lake).await;
    assert_eq!((listed.read, listed.events), (3, 6));
    let queued = pass(place.queue().await, &lake).await;
    assert_eq!((queued.skipped, queued.events, queued.duplicates), (3, 1, 2), "{queued:?}");
    // The events by themselves are one read or two, as the queue hands them out.
    assert_eq!(queued.found, queued.skipped + queued.read);
    assert!(queued.whole);
    assert_eq!((events(&lake).await, place.messages().await), (7, 0));

    // The other way round.
    place.put(3).await;
    let queued = pass(place.queue().await, &lake).await;
    assert_eq!((queued.read, queued.events), (1, 2));
    let listed = pass(place.listing().await, &lake).await;
    assert_eq!((listed.found, listed.skipped), (4, 4));
    assert_eq!((events(&lake).await, place.messages().await), (9, 0));
}

/// A source whose acknowledgements get lost, as they do in a crash behind the commit.
struct Forgetful(Box<dyn Source>);

#[async_trait]
impl Source for Forgetful {
    fn name(&self) -> &str {
        self.0.name()
    }

    async fn next(&mut self) -> Result<Option<LogObject>, SourceError> {
        self.0.next().await
    }

    async fn ack(&mut self, _objects: &[LogObject]) -> Result<(), SourceError> {
        Ok(())
    }

    async fn release(&mut self) {
        self.0.release().await;
    }

    fn reader(&self) -> Arc<dyn Reader> {
        self.0.reader()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_committed_and_not_acknowledged_comes_again_and_is_skipped() {
    let (folder, place) = (tempfile::tempdir().unwrap(), Place::new("crash").await);
    let lake = lake(&folder).await;
    for number in 0..4 {
        place.put(number).await;
    }
    place.tell(100).await;
    let first = pass(Box::new(Forgetful(place.queue().await)), &lake).await;
    assert_eq!((first.read, first.events), (5, 9));
    assert_eq!(place.messages().await, 5, "nobody was told");
    let second = pass(place.queue().await, &lake).await;
    assert_eq!((second.found, second.skipped, second.events), (5, 5, 0), "{second:?}");
    assert_eq!((events(&lake).await, place.messages().await), (9, 0));
}
