//! SNS: messages that arrive in a subscribed queue, filter policies, FIFO topics, refusals.

use aws_config::{BehaviorVersion, Region};
use aws_sdk_sns::config::Credentials;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use trail_notify::{Section, Severity, State, Wiring};

use crate::{Setup, fakes, notice, setting, token};

pub(crate) async fn wiring(endpoint: &str) -> Wiring {
    let aws = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(endpoint)
        .load()
        .await;
    Wiring { aws: Some(aws), ..Wiring::default() }
}

/// One HTTP call to the AWS server; any signature passes there, only its scope is looked at.
async fn call(service: &str, headers: &str, body: &str) -> String {
    post(service, "/", headers, body).await
}

/// One call to a service that takes JSON at paths.
pub(crate) async fn rest(service: &str, path: &str, body: &Value) -> Value {
    serde_json::from_str(&post(service, path, "Content-Type: application/json\r\n", &body.to_string()).await).unwrap()
}

async fn post(service: &str, path: &str, headers: &str, body: &str) -> String {
    let endpoint = setting("TRAILWARDEN_TEST_AWS");
    let host = endpoint.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(host).await.unwrap();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\
         Authorization: AWS4-HMAC-SHA256 Credential=test/20261101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    assert!(reply.starts_with("HTTP/1.1 200"), "{body}\n{reply}");
    reply.split_once("\r\n\r\n").unwrap().1.to_owned()
}

async fn sns(form: &str) -> String {
    call("sns", "Content-Type: application/x-www-form-urlencoded\r\n", &format!("Version=2010-03-31&{form}")).await
}

async fn sqs(action: &str, body: Value) -> Value {
    let headers = format!("Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AmazonSQS.{action}\r\n");
    serde_json::from_str(&call("sqs", &headers, &body.to_string()).await).unwrap()
}

/// A topic with a queue that takes what the filter policy (percent-encoded JSON) lets through: (topic ARN, queue URL).
async fn topic(name: &str, fifo: bool, policy: &str) -> (String, String) {
    let name = if fifo { format!("{name}.fifo") } else { name.to_owned() };
    let more = if fifo { "&Attributes.entry.1.key=FifoTopic&Attributes.entry.1.value=true" } else { "" };
    let reply = sns(&format!("Action=CreateTopic&Name={name}{more}")).await;
    let topic = reply.split_once("<TopicArn>").unwrap().1.split_once("</TopicArn>").unwrap().0.to_owned();
    let attributes = if fifo { json!({"FifoQueue": "true"}) } else { json!({}) };
    let queue = sqs("CreateQueue", json!({"QueueName": name, "Attributes": attributes})).await;
    let queue = queue["QueueUrl"].as_str().unwrap().to_owned();
    let arn = topic.replace(":sns:", ":sqs:");
    let more = if policy.is_empty() {
        String::new()
    } else {
        format!("&Attributes.entry.1.key=FilterPolicy&Attributes.entry.1.value={policy}")
    };
    sns(&format!("Action=Subscribe&TopicArn={topic}&Protocol=sqs&Endpoint={arn}{more}")).await;
    (topic, queue)
}

/// What lies in a queue, unwrapped from SQS.
async fn messages(queue: &str) -> Vec<Value> {
    let reply =
        sqs("ReceiveMessage", json!({"QueueUrl": queue, "MaxNumberOfMessages": 10, "AttributeNames": ["All"]})).await;
    let messages = reply["Messages"].as_array().cloned().unwrap_or_default();
    messages
        .into_iter()
        .map(|m| {
            let mut body: Value = serde_json::from_str(m["Body"].as_str().unwrap()).unwrap();
            body["Sqs"] = m["Attributes"].clone();
            body
        })
        .collect()
}

fn channel(topic: &str, more: &str) -> String {
    format!("kind = \"sns\"\ntopic_arn = \"{topic}\"\n{more}")
}

#[tokio::test]
async fn subscribers_get_what_their_filter_policy_asks_for() {
    let token = token("topic");
    // {"severity": ["high"], "account": ["111122223333"]}
    let policy = "%7B%22severity%22%3A%5B%22high%22%5D%2C%22account%22%3A%5B%22111122223333%22%5D%7D";
    let (topic, queue) = topic(&token, false, policy).await;
    let setup = Setup::new(&channel(&topic, ""), wiring(&setting("TRAILWARDEN_TEST_AWS")).await).await;
    let mut quiet = notice(&token, 2);
    (quiet.severity, quiet.group_key) = (Severity::Medium, "quiet".into());
    let mut loud = notice(&token, 1);
    loud.title = format!("Root signed in \u{1b}[31mÜber\r\n {token} {}", "x".repeat(200));
    setup.deliver(vec![quiet, loud]).await;
    assert_eq!(setup.notifier.outbox().list(State::Sent, 9).await.unwrap().len(), 2);
    let messages = messages(&queue).await;
    assert_eq!(messages.len(), 1);
    let subject = messages[0]["Subject"].as_str().unwrap();
    assert!(subject.starts_with("HIGH: Root signed in ?[31m?ber topic-") && subject.len() <= 100, "{subject}");
    assert!(
        messages[0]["Message"].as_str().unwrap().contains("Somebody used the root user of 111122223333. Übergröße.")
    );
    let attributes = &messages[0]["MessageAttributes"];
    assert_eq!(attributes["severity"], json!({"Type": "String", "Value": "high"}));
    assert_eq!(attributes["detection"]["Value"], "root-usage");
}

#[tokio::test]
async fn a_group_over_many_accounts_is_one_message_that_each_account_finds() {
    let token = token("accounts");
    // {"account": ["3"]}
    let (topic, queue) = topic(&token, false, "%7B%22account%22%3A%5B%223%22%5D%7D").await;
    let setup = Setup::new(&channel(&topic, "body = \"json\""), wiring(&setting("TRAILWARDEN_TEST_AWS")).await).await;
    let of = |n: u32| {
        let mut notice = notice(&token, n);
        notice.tags.insert("account".into(), (n % 5).to_string());
        notice
    };
    setup.deliver((0..100).map(of).collect()).await;
    let messages = messages(&queue).await;
    assert_eq!(messages.len(), 1);
    let body: Value = serde_json::from_str(messages[0]["Message"].as_str().unwrap()).unwrap();
    assert_eq!((&body["count"], body["notices"].as_array().unwrap().len()), (&json!(100), 100));
    assert_eq!((&body["truncated"], &body["tags"]), (&json!(false), &json!({"detection": "root-usage"})));
    assert_eq!(messages[0]["MessageAttributes"]["account"]["Type"], "String.Array");
}

#[tokio::test]
async fn a_message_beyond_the_limit_is_cut_and_taken() {
    for form in ["text", "json"] {
        let token = token("large");
        let (topic, queue) = topic(&token, false, "").await;
        let more = format!("body = \"{form}\"");
        let setup = Setup::new(&channel(&topic, &more), wiring(&setting("TRAILWARDEN_TEST_AWS")).await).await;
        let mut large = notice(&token, 1);
        large.sections = (0..40).map(|n| Section::text(format!("part {n}"), "é\n".repeat(9_000))).collect();
        let (state, delivery) = setup.deliver(vec![large]).await;
        assert_eq!((state, delivery.last_error), (State::Sent, None));
        let messages = messages(&queue).await;
        let message = messages[0]["Message"].as_str().unwrap();
        assert!(message.len() <= 256 * 1024, "{form} {}", message.len());
        assert!(message.contains("[cut: ") || message.contains("\"truncated\":true"), "{form}");
    }
}

#[tokio::test]
async fn a_fifo_topic_gets_the_delivery_id() {
    let token = token("fifo");
    let (topic, queue) = topic(&token, true, "").await;
    let setup = Setup::new(&channel(&topic, ""), wiring(&setting("TRAILWARDEN_TEST_AWS")).await).await;
    let (state, delivery) = setup.deliver(vec![notice(&token, 1)]).await;
    assert_eq!((state, delivery.last_error), (State::Sent, None));
    let messages = messages(&queue).await;
    assert_eq!(messages[0]["Sqs"]["MessageDeduplicationId"], delivery.id);
    assert_eq!(messages[0]["Sqs"]["MessageGroupId"].as_str().unwrap().len(), 16);
}

#[tokio::test]
async fn refusals_are_for_good_or_for_now() {
    async fn check(endpoint: String, want: State, text: &str) {
        let topic = "arn:aws:sns:us-east-1:123456789012:no-such-topic";
        let setup = Setup::new(&channel(topic, "time_limit = \"5s\""), wiring(&endpoint).await).await;
        let (state, delivery) = setup.deliver(vec![notice(&token("refused"), 1)]).await;
        let error = delivery.last_error.unwrap();
        assert_eq!(state, want, "{error}");
        assert!(error.contains(text), "{error}");
    }
    check(setting("TRAILWARDEN_TEST_AWS"), State::Pending, "NotFound").await;
    check(fakes::refusing_aws(400, "InvalidParameter").await, State::Dead, "InvalidParameter: because").await;
    check(fakes::refusing_aws(400, "Throttled").await, State::Pending, "Throttled").await;
    check(fakes::refusing_aws(503, "InternalError").await, State::Pending, "InternalError").await;
    check("http://127.0.0.1:1".into(), State::Pending, "").await;
    check(format!("http://127.0.0.1:{}", fakes::silent().await), State::Pending, "no answer within 5s").await;
}
