//! Listing, reading and IAM against the moto server, whose URL is in `TRAILWARDEN_TEST_AWS`. Each test has a bucket of its own.

mod moto;

use std::collections::BTreeSet;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use futures::{StreamExt, stream};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use trail_source::{
    AwsConfig, ErrorKind, IamSnapshot, KeyStatus, LastUse, LogObject, S3Config, Source, SourceConfig, SourceError,
    Window,
};

use moto::aws;

const ONE: &str = "111111111111";
const TWO: &str = "222222222222";

/// A bucket that no other test and no earlier run has.
struct Bucket {
    client: Client,
    name: String,
}

impl Bucket {
    async fn new(test: &str) -> Self {
        let client = aws().s3().await.expect("a client");
        let name = format!("source-{test}-{:x}", Timestamp::now().as_nanosecond());
        client.create_bucket().bucket(&name).send().await.expect("a bucket");
        Self { client, name }
    }

    async fn put(&self, keys: &[impl AsRef<str> + Sync]) {
        let put = |key: String| async move {
            let body = ByteStream::from(key.clone().into_bytes());
            self.client.put_object().bucket(&self.name).key(key).body(body).send().await.expect("an object");
        };
        stream::iter(keys.iter().map(|key| put(key.as_ref().to_owned())))
            .buffer_unordered(16)
            .collect::<Vec<()>>()
            .await;
    }

    fn config(&self, prefix: &str) -> S3Config {
        S3Config { aws: aws(), ..S3Config::new(format!("s3://{}/{prefix}", self.name)) }
    }

    fn key<'a>(&self, object: &'a LogObject) -> &'a str {
        object.uri.strip_prefix(&format!("s3://{}/", self.name)).expect("the bucket's own")
    }

    /// The keys of one pass, each expected once.
    async fn pass(&self, source: &mut dyn Source) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        while let Some(object) = source.next().await.expect("a bucket that can be listed") {
            assert!(keys.insert(self.key(&object).to_owned()), "{} came twice", object.uri);
        }
        assert_eq!(source.total(), Some(keys.len() as u64));
        keys
    }

    async fn check(&self, config: S3Config, expected: &[&str]) {
        let mut source = config.build().await.expect("good settings");
        let expected: BTreeSet<String> = expected.iter().map(|key| (*key).to_owned()).collect();
        let found = self.pass(&mut source).await;
        let differ: Vec<&String> = found.symmetric_difference(&expected).take(5).collect();
        assert!(differ.is_empty(), "{}: {} found, {} expected, {differ:?}", config.url, found.len(), expected.len());
    }
}

fn key(head: &str, account: &str, service: &str, region: &str, day: &str) -> String {
    let stamp = day.replace('/', "");
    format!("{head}AWSLogs/{account}/{service}/{region}/{day}/{account}_{service}_{region}_{stamp}T0005Z_abc.json.gz")
}

#[tokio::test]
async fn an_organization_is_found_from_any_height() {
    let bucket = Bucket::new("org").await;
    let org = format!("o-abcdefghij/{ONE}");
    let logs = [
        key("a/b/", &org, "CloudTrail", "us-east-1", "2026/03/01"),
        key("a/b/", &org, "CloudTrail", "eu-west-1", "2026/03/02"),
        key("a/b/", &org, "CloudTrail-Insight", "us-east-1", "2025/12/31"),
        key("a/b/", &format!("o-abcdefghij/{TWO}"), "CloudTrail-NetworkActivity", "us-east-1", "2026/03/01"),
        key("a/b/", TWO, "CloudTrail", "us-east-1", "2026/03/01"),
        key("", TWO, "CloudTrail-Aggregated", "us-east-1", "2026/03/01"),
        format!("a/b/AWSLogs/{TWO}/CloudTrail/us-east-1/by hand/put here.json"),
    ];
    let others = [
        key("a/b/", &org, "CloudTrail-Digest", "us-east-1", "2026/03/01"),
        key("a/b/", TWO, "elasticloadbalancing", "us-east-1", "2026/03/01"),
        key("a/b/", TWO, "Config", "us-east-1", "2026/03/01"),
        format!("a/b/AWSLogs/{TWO}/CloudTrail/"),
        format!("a/b/AWSLogs/{TWO}/"),
        "a/b/AWSLogs/readme.json".to_owned(),
        "athena/results.json".to_owned(),
    ];
    bucket.put(&logs).await;
    bucket.put(&others).await;
    let [one, eu, insight, network, two, aggregated, by_hand] = logs.each_ref().map(String::as_str);
    let under_ab = [one, eu, insight, network, two, by_hand];
    bucket.check(bucket.config(""), &[one, eu, insight, network, two, by_hand, aggregated]).await;
    for prefix in ["a/", "a", "a/b/", "a/b/AWSLogs/", "a/b/AWSLogs"] {
        bucket.check(bucket.config(prefix), &under_ab).await;
    }
    bucket.check(bucket.config("a/b/AWSLogs/o-abcdefghij/"), &[one, eu, insight, network]).await;
    bucket.check(bucket.config(&format!("a/b/AWSLogs/{org}/")), &[one, eu, insight]).await;
    bucket.check(bucket.config(&format!("a/b/AWSLogs/{org}/CloudTrail/us-east-1/")), &[one]).await;
    bucket.check(bucket.config(&format!("a/b/AWSLogs/{org}/CloudTrail/eu-west-1/2026/03/")), &[eu]).await;
    bucket.check(bucket.config(&format!("a/b/AWSLogs/{org}/CloudTrail/eu-west-1/2026/03/02")), &[eu]).await;
    bucket.check(bucket.config(&format!("a/b/AWSLogs/{org}/CloudTrail/eu-west-1/2026/0")), &[eu]).await;
    bucket.check(bucket.config(one), &[one]).await;

    let only = |change: fn(&mut S3Config)| {
        let mut config = bucket.config("a/");
        change(&mut config);
        config
    };
    bucket.check(only(|config| config.accounts = vec![ONE.to_owned()]), &[one, eu, insight]).await;
    bucket.check(only(|config| config.regions = vec!["eu-west-1".to_owned()]), &[eu]).await;
    bucket.check(only(|config| config.digests = true), &[&under_ab[..], &[&others[0]]].concat()).await;
    bucket.check(only(|config| config.exclude = vec!["*Insight*".to_owned()]), &[one, eu, network, two, by_hand]).await;
}

#[tokio::test]
async fn windows_prune_delivery_days() {
    let bucket = Bucket::new("window").await;
    let day = |day: &str| key("", ONE, "CloudTrail", "us-east-1", day);
    let days = [
        "2025/12/31",
        "2026/01/31",
        "2026/02/01",
        "2026/02/02",
        "2026/02/03",
        "2026/02/04",
        "2026/02/05",
        "2026/04/01",
    ];
    let keys = days.map(day);
    bucket.put(&keys).await;
    let window = |prefix: &str, from: &str, to: Option<&str>| {
        let window = Window::parse(Some(from), to).expect("a window");
        S3Config { from: window.from, to: window.to, ..bucket.config(prefix) }
    };
    let [_, jan31, feb1, feb2, feb3, feb4, feb5, april] = keys.each_ref().map(String::as_str);
    // A day before and after: what happens shortly before midnight is delivered after it.
    bucket.check(window("", "2026-02-02", Some("2026-02-02")), &[feb1, feb2, feb3]).await;
    bucket.check(window("", "2026-02-01", None), &[jan31, feb1, feb2, feb3, feb4, feb5, april]).await;
    bucket.check(window("", "2026-01-05", Some("2026-02-01T00:00:00Z")), &[jan31, feb1]).await;
    // The same where keys are listed from end to end.
    bucket.check(window("AWSL", "2026-02-02", Some("2026-02-02")), &[feb1, feb2, feb3]).await;
}

#[tokio::test]
async fn late_objects_are_found_by_the_next_pass() {
    let bucket = Bucket::new("late").await;
    let ago = |days: i64| {
        let day = Timestamp::now().to_zoned(TimeZone::UTC).date().checked_sub(days.days()).expect("a day");
        day.strftime("%Y/%m/%d").to_string()
    };
    let log = |days: i64, region: &str| key("", ONE, "CloudTrail", region, &ago(days));
    let first = [log(0, "us-east-1"), log(1, "us-east-1"), log(9, "us-east-1")];
    bucket.put(&first).await;
    let mut source = bucket.config("").build().await.expect("good settings");
    assert_eq!(bucket.pass(&mut source).await, BTreeSet::from(first.clone()));

    // Delivered late, with names before those already seen; one in a region that was not there.
    let late = [
        first[0].replace("T0005Z_abc", "T0001Z_aaa"),
        first[1].replace("T0005Z_abc", "T0001Z_aaa"),
        log(0, "eu-west-1"),
    ];
    let old = log(10, "us-east-1");
    bucket.put(&late).await;
    bucket.put(&[&old]).await;
    let recent = BTreeSet::from_iter([&first[..2], &late[..]].concat());
    assert_eq!(bucket.pass(&mut source).await, recent);
    assert_eq!(bucket.pass(&mut source).await, recent);

    // What lies deeper in the past is found when everything is listed again.
    let config = S3Config { full_relist: std::time::Duration::ZERO, ..bucket.config("") };
    let mut source = config.build().await.expect("good settings");
    let all = BTreeSet::from_iter([&first[..], &late[..], &[old]].concat());
    assert_eq!(bucket.pass(&mut source).await, all);
    assert_eq!(bucket.pass(&mut source).await, all);
}

#[tokio::test]
async fn a_rewritten_object_has_another_version() {
    let bucket = Bucket::new("rewrite").await;
    bucket.put(&["x.json"]).await;
    let mut source = bucket.config("").build().await.expect("good settings");
    let before = source.next().await.expect("listed").expect("an object");
    assert_eq!(source.next().await.expect("listed"), None);
    let body = ByteStream::from_static(b"other");
    bucket.client.put_object().bucket(&bucket.name).key("x.json").body(body).send().await.expect("an object");
    let after = source.next().await.expect("listed").expect("an object");
    assert_eq!(after.uri, before.uri);
    assert_ne!(after.version, before.version);
    assert!(!after.version.is_empty() && !after.version.contains('"'), "{}", after.version);
    assert_eq!(after.size, 5);
    assert!(after.modified.is_some());
}

#[tokio::test]
async fn pages_are_followed_to_the_end() {
    let bucket = Bucket::new("pages").await;
    let day = format!("all/AWSLogs/{ONE}/CloudTrail/us-east-1/2026/03/01/");
    let keys = |head: &str| (0..1250).map(|number| format!("{head}{number:05}.json.gz")).collect::<Vec<_>>();
    let (logs, others) = (keys(&day), keys("all/else/"));
    bucket.put(&logs).await;
    bucket.put(&others).await;
    fn texts(keys: &[String]) -> Vec<&str> {
        keys.iter().map(String::as_str).collect()
    }
    bucket.check(bucket.config("all/"), &texts(&logs)).await;
    bucket.check(bucket.config("all/else"), &texts(&others)).await;

    // More than the listing may be ahead of its reader: it waits, and a source that is dropped then does no harm.
    let mut source = bucket.config("al").build().await.expect("good settings");
    source.next().await.expect("listed").expect("an object");
    drop(source);
    bucket.check(bucket.config("al"), &texts(&[logs, others].concat())).await;
}

#[tokio::test]
async fn a_prefix_without_layout_is_listed_as_it_is() {
    let bucket = Bucket::new("plain").await;
    let keys = ["logs/a.json", "logs/x/b.json.gz", "logs/x/y/z/w/v/c.NDJSON", "logs/a b+c%41ü\u{1}.json"];
    bucket.put(&keys).await;
    bucket.put(&["logs/", "logs/manifest.txt", "logs/CloudTrail-Digest/d.json.gz", "logs2/d.json"]).await;
    bucket.check(bucket.config("logs"), &keys).await;
    bucket.check(bucket.config("logs/"), &keys).await;
    bucket.check(bucket.config("logs/x/y"), &["logs/x/y/z/w/v/c.NDJSON"]).await;
    bucket.check(bucket.config("log"), &[&keys[..], &["logs2/d.json"]].concat()).await;
    bucket.check(bucket.config("nothing/here"), &[]).await;
    bucket.check(S3Config { include: vec!["*.txt".to_owned()], ..bucket.config("logs") }, &["logs/manifest.txt"]).await;
    bucket.check(bucket.config("logs/manifest.txt"), &["logs/manifest.txt"]).await;
    // Odd names are read as well as listed.
    let mut source = bucket.config(keys[3]).build().await.expect("good settings");
    let object = source.next().await.expect("listed").expect("an object");
    assert_eq!(&source.reader().read(&object, 1000).await.expect("its body")[..], keys[3].as_bytes());
}

#[tokio::test]
async fn a_command_line_source_is_read_under_a_cap() {
    let bucket = Bucket::new("read").await;
    let body: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
    let put = bucket.client.put_object().bucket(&bucket.name).key("big.json.gz").content_encoding("gzip");
    put.body(ByteStream::from(body.clone())).send().await.expect("an object");
    let address = format!("s3://{}/big.json.gz", bucket.name);
    let config = SourceConfig::parse(&address, &aws(), Window::default()).expect("an address");
    let mut source = config.build().await.expect("good settings");
    assert_eq!(source.name(), address);
    let object = source.next().await.expect("listed").expect("an object");
    let reader = source.reader();
    assert!(
        reader.read(&object, 3_000_000).await.expect("its body") == body,
        "as stored, whatever its encoding is said to be"
    );
    let capped = reader.read(&object, 2_999_999).await.expect_err("a byte too many");
    assert!(matches!(capped, SourceError::TooLarge { max: 2_999_999, .. }), "{capped}");
    // Grown since it was listed: the answer's own length counts.
    let capped = reader.read(&LogObject { size: 1, ..object.clone() }, 100).await.expect_err("too many");
    assert!(matches!(capped, SourceError::TooLarge { max: 100, .. }), "{capped}");
    bucket.client.delete_object().bucket(&bucket.name).key("big.json.gz").send().await.expect("deleted");
    let gone = reader.read(&object, 3_000_000).await.expect_err("it is gone");
    assert!(matches!(gone, SourceError::NotFound { .. }), "{gone}");
    source.ack(&[object]).await.expect("nothing to do");
}

#[tokio::test]
async fn a_missing_bucket_is_named_and_ends_the_pass() {
    let config = S3Config { aws: aws(), ..S3Config::new("s3://no-such-bucket-anywhere/AWSLogs/") };
    let mut source = config.build().await.expect("good settings");
    let error = source.next().await.expect_err("no bucket");
    assert_eq!(
        error.to_string(),
        "there is no bucket `no-such-bucket-anywhere` (check the name, `region` and `endpoint_url`)"
    );
    assert_eq!(error.kind(), ErrorKind::GiveUp);
    assert_eq!(source.next().await.expect("the end of the pass"), None);
    assert!(source.next().await.is_err(), "a new pass asks again");
}

#[tokio::test]
async fn a_role_is_assumed() {
    let bucket = Bucket::new("role").await;
    bucket.put(&["x.json"]).await;
    let role = AwsConfig {
        role_arn: Some(format!("arn:aws:iam::{TWO}:role/audit")),
        external_id: Some("outside".to_owned()),
        ..aws()
    };
    let mut source = S3Config { aws: role.clone(), ..bucket.config("") }.build().await.expect("good settings");
    assert_eq!(bucket.pass(&mut source).await.len(), 1);
    // The role's own account answers.
    assert_eq!(IamSnapshot::ask(&role).await.expect("an answer").account, TWO);
}

#[tokio::test]
async fn no_credentials_are_told_as_such() {
    let bucket = Bucket::new("anonymous").await;
    // The environment holds credentials; a profile that is named comes before them.
    let profile = AwsConfig { profile: Some("no-such-profile".to_owned()), ..aws() };
    let mut source = S3Config { aws: profile, ..bucket.config("") }.build().await.expect("good settings");
    let error = source.next().await.expect_err("no credentials");
    assert!(matches!(error, SourceError::Credentials { .. }), "{error:?}");
    assert!(error.to_string().starts_with("no usable AWS credentials: there are none (set a `profile`, "), "{error}");
    assert_eq!(error.kind(), ErrorKind::GiveUp);
}

#[tokio::test]
async fn iam_is_asked_page_by_page() {
    // moto gives each account an IAM of its own: this one is reached through a role.
    let account = format!("{:012}", Timestamp::now().as_microsecond() % 1_000_000_000_000);
    let config = AwsConfig { role_arn: Some(format!("arn:aws:iam::{account}:role/audit")), ..aws() };
    let client = aws_sdk_iam::Client::new(&config.load().await.expect("good settings"));
    for number in 0..5 {
        client.create_user().user_name(format!("user-{number}")).send().await.expect("a user");
    }
    let mut keys = Vec::new();
    for (user, count) in [("user-0", 1), ("user-1", 2)] {
        for _ in 0..count {
            let made = client.create_access_key().user_name(user).send().await.expect("a key");
            keys.push(made.access_key().expect("a key").access_key_id().to_owned());
        }
    }
    client
        .update_access_key()
        .user_name("user-1")
        .access_key_id(&keys[1])
        .status("Inactive".into())
        .send()
        .await
        .expect("set");

    let snapshot = IamSnapshot::ask(&config).await.expect("a snapshot");
    assert_eq!(snapshot.account, account);
    assert_eq!(
        snapshot.users.iter().map(|user| user.name.as_str()).collect::<Vec<_>>(),
        ["user-0", "user-1", "user-2", "user-3", "user-4"]
    );
    assert_eq!(snapshot.users[0].arn, format!("arn:aws:iam::{account}:user/user-0"));
    assert_eq!(snapshot.access_keys.len(), 3);
    for key in &snapshot.access_keys {
        let position = keys.iter().position(|id| *id == key.key_id).expect("one of ours");
        assert_eq!(key.user, if position == 0 { "user-0" } else { "user-1" });
        assert_eq!(key.status, if position == 1 { KeyStatus::Inactive } else { KeyStatus::Active });
        assert_eq!(
            (key.last_used, key.last_service.as_deref(), key.last_region.as_deref()),
            (LastUse::Never, None, None)
        );
        assert!(key.created.is_some());
    }
    assert_eq!(snapshot.root.access_keys, Some(false));

    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("iam.json");
    snapshot.save(&path).expect("saved");
    assert_eq!(IamSnapshot::load(&path).expect("loaded"), snapshot);
}
