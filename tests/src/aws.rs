//! The AWS server's own door: buckets to deliver logs to, queues to see what was published.
//!
//! Plain HTTP by hand: the server takes any signature, and a test that spoke through the program's own client could not see
//! that client's mistakes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::setting;

/// A connection to the AWS server, kept open.
pub struct Aws {
    host: String,
    stream: BufReader<TcpStream>,
}

/// A queue: its URL.
pub struct Queue(String);

impl Queue {
    /// Its URL.
    pub fn url(&self) -> &str {
        &self.0
    }
}

/// A topic, and a queue that has subscribed to it.
pub struct Topic {
    /// `arn:aws:sns:…`.
    pub arn: String,
    /// Where its messages arrive.
    pub queue: Queue,
}

impl Aws {
    /// Connects.
    pub fn connect() -> Aws {
        let endpoint = setting("TRAILWARDEN_TEST_AWS");
        let host = endpoint.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let stream = TcpStream::connect(&host).expect("the AWS server answers");
        stream.set_nodelay(true).expect("a socket option");
        Aws { host, stream: BufReader::new(stream) }
    }

    /// A new bucket, whose name no other test has.
    pub fn bucket(&mut self, name: &str) -> String {
        let bucket = unique(name);
        self.call("PUT", &format!("/{bucket}"), "s3", "", b"");
        bucket
    }

    /// Puts one object.
    pub fn put(&mut self, bucket: &str, key: &str, bytes: &[u8]) {
        let key = key.replace(' ', "%20").replace('+', "%2B").replace('=', "%3D");
        self.call("PUT", &format!("/{bucket}/{key}"), "s3", "", bytes);
    }

    /// Puts one object with metadata beside it.
    pub fn put_with(&mut self, bucket: &str, key: &str, metadata: &[(String, String)], bytes: &[u8]) {
        let headers: String = metadata.iter().map(|(name, value)| format!("x-amz-meta-{name}: {value}\r\n")).collect();
        self.call("PUT", &format!("/{bucket}/{key}"), "s3", &headers, bytes);
    }

    /// Deletes one object.
    pub fn remove(&mut self, bucket: &str, key: &str) {
        self.call("DELETE", &format!("/{bucket}/{key}"), "s3", "", b"");
    }

    /// Delivers events as CloudTrail does: one compressed log object. A name of the account, the region and the time of
    /// delivery (`2026-03-01T10:05Z`); gives its key.
    pub fn deliver(&mut self, bucket: &str, (account, region, time): (&str, &str, &str), events: &[Value]) -> String {
        let day = time[..10].replace('-', "/");
        let stamp = time.replace(['-', ':'], "");
        let random = unique("r").replace('-', "");
        let key = format!(
            "AWSLogs/{account}/CloudTrail/{region}/{day}/{account}_CloudTrail_{region}_{stamp}_{random:a<16}.json.gz"
        );
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(json!({"Records": events}).to_string().as_bytes()).expect("memory is not full");
        self.put(bucket, &key, &packed.finish().expect("memory is not full"));
        key
    }

    /// Puts every file under a folder, named as it is there; gives how many.
    pub fn put_folder(&mut self, bucket: &str, folder: &Path) -> usize {
        let files = files(folder);
        for (key, path) in &files {
            self.put(bucket, key, &std::fs::read(path).expect("a file that was just listed"));
        }
        files.len()
    }

    /// A topic with a queue behind it.
    pub fn topic(&mut self, name: &str) -> Topic {
        let name = unique(name);
        let reply = self.sns(&format!("Action=CreateTopic&Name={name}"));
        let arn =
            reply.split_once("<TopicArn>").and_then(|(_, rest)| rest.split_once('<')).expect("a topic").0.to_owned();
        let queue = self.sqs("CreateQueue", &json!({"QueueName": name}));
        let url = queue["QueueUrl"].as_str().expect("a queue").to_owned();
        self.sns(&format!("Action=Subscribe&TopicArn={arn}&Protocol=sqs&Endpoint={}", arn.replace(":sns:", ":sqs:")));
        Topic { arn, queue: Queue(url) }
    }

    /// A new queue, whose name no other test has.
    pub fn queue(&mut self, name: &str) -> Queue {
        let made = self.sqs("CreateQueue", &json!({"QueueName": unique(name)}));
        Queue(made["QueueUrl"].as_str().expect("a queue").to_owned())
    }

    /// Tells a queue of a new object, as S3 does.
    pub fn notify(&mut self, queue: &Queue, bucket: &str, key: &str) {
        let record = json!({"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": bucket}, "object": {"key": key}}});
        self.sqs("SendMessage", &json!({"QueueUrl": queue.0, "MessageBody": json!({"Records": [record]}).to_string()}));
    }

    /// How many messages are in a queue, hidden or not.
    pub fn waiting(&mut self, queue: &Queue) -> u64 {
        let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
        let reply = self.sqs("GetQueueAttributes", &json!({"QueueUrl": queue.0, "AttributeNames": names}));
        let count =
            |name: &str| reply["Attributes"][name].as_str().and_then(|count| count.parse::<u64>().ok()).unwrap_or(0);
        names.iter().map(|name| count(name)).sum()
    }

    /// Takes what lies in a queue: each the envelope that SNS wraps a message in (`Subject`, `Message`, `MessageAttributes`).
    pub fn receive(&mut self, queue: &Queue) -> Vec<Value> {
        let reply = self.sqs("ReceiveMessage", &json!({"QueueUrl": queue.0, "MaxNumberOfMessages": 10}));
        let messages = reply["Messages"].as_array().cloned().unwrap_or_default();
        let open = |message: &Value| {
            let handle = message["ReceiptHandle"].clone();
            self.sqs("DeleteMessage", &json!({"QueueUrl": queue.0, "ReceiptHandle": handle}));
            serde_json::from_str(message["Body"].as_str().expect("a body")).expect("SNS wraps in JSON")
        };
        messages.iter().map(open).collect()
    }

    fn sns(&mut self, form: &str) -> String {
        let form = format!("Version=2010-03-31&{form}");
        self.call("POST", "/", "sns", "Content-Type: application/x-www-form-urlencoded\r\n", form.as_bytes())
    }

    fn sqs(&mut self, action: &str, body: &Value) -> Value {
        let headers = format!("Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AmazonSQS.{action}\r\n");
        let reply = self.call("POST", "/", "sqs", &headers, body.to_string().as_bytes());
        if reply.is_empty() { Value::Null } else { serde_json::from_str(&reply).expect("SQS answers in JSON") }
    }

    /// One call; any signature passes, only the service in its scope is looked at.
    fn call(&mut self, method: &str, path: &str, service: &str, headers: &str, body: &[u8]) -> String {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n{headers}Authorization: AWS4-HMAC-SHA256 \
             Credential=testing/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0\r\n\r\n",
            self.host,
            body.len()
        );
        // In one piece: two small writes would wait for each other's acknowledgement.
        let request = [head.as_bytes(), body].concat();
        let reply = self.exchange(&request).or_else(|_| {
            // The server may close a connection that lay idle.
            *self = Aws::connect();
            self.exchange(&request)
        });
        let (status, reply) = reply.expect("the AWS server answers");
        assert!(status.contains(" 200 ") || status.contains(" 204 "), "{method} {path}: {status}\n{reply}");
        reply
    }

    fn exchange(&mut self, request: &[u8]) -> std::io::Result<(String, String)> {
        self.stream.get_mut().write_all(request)?;
        let (mut status, mut length, mut closes) = (String::new(), 0, false);
        if self.stream.read_line(&mut status)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line)?;
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().map_err(std::io::Error::other)?;
            }
            closes |= line == "connection: close";
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        if closes {
            *self = Aws::connect();
        }
        Ok((status.trim_end().to_owned(), String::from_utf8_lossy(&body).into_owned()))
    }
}

/// Every file under a folder with its path in it, in order.
pub fn files(folder: &Path) -> Vec<(String, std::path::PathBuf)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in next.read_dir().unwrap_or_else(|error| panic!("{}: {error}", next.display())) {
            let path = entry.expect("a folder's entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let key = path.strip_prefix(folder).expect("it is inside").to_str().expect("UTF-8").to_owned();
                found.push((key, path));
            }
        }
    }
    found.sort();
    found
}

/// A name that no other test of this run has, in this process or another.
pub fn unique(name: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{name}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}
