//! What the check of CloudTrail's digests needs from AWS: the metadata of an object, from the moto server of the test command,
//! and the public keys, from a server of our own, since moto has none.

mod moto;

use std::collections::BTreeMap;

use aws_sdk_s3::primitives::ByteStream;
use jiff::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use trail_source::{AwsConfig, ErrorKind, LogObject, S3Config, SigningKey, Source, SourceError, signing_keys};

use moto::aws;

#[tokio::test]
async fn metadata_of_an_object() {
    let client = aws().s3().await.expect("a client");
    let bucket = format!("source-metadata-{:x}", Timestamp::now().as_nanosecond());
    client.create_bucket().bucket(&bucket).send().await.expect("a bucket");
    let put = |key: &str| client.put_object().bucket(&bucket).key(key).body(ByteStream::from_static(b"{}"));
    let with = put("a b/digest.json.gz").metadata("signature", "0aff").metadata("signature-algorithm", "SHA256withRSA");
    with.send().await.expect("an object");
    put("plain.json.gz").send().await.expect("an object");
    let config = S3Config { aws: aws(), ..S3Config::new(format!("s3://{bucket}")) };
    let reader = config.build().await.expect("a source").reader();
    let object = |uri: String| LogObject { uri, version: String::new(), size: 2, modified: None };
    let read = async |key: &str| reader.metadata(&object(format!("s3://{bucket}/{key}"))).await;
    let pairs = [("signature", "0aff"), ("signature-algorithm", "SHA256withRSA")];
    let expected: BTreeMap<String, String> =
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    assert_eq!(read("a b/digest.json.gz").await.expect("metadata"), expected);
    assert!(read("plain.json.gz").await.expect("none").is_empty());
    let gone = read("gone.json.gz").await.expect_err("no such object");
    assert!(matches!(gone, SourceError::NotFound { .. }), "{gone}");
    let local = reader.metadata(&object("/a/file".to_owned())).await.expect_err("not in S3");
    assert_eq!(local.to_string(), "cannot read `/a/file`: it is not in S3");
}

/// Gives the answers one after the other, and the bodies of the requests for them.
async fn serve(answers: Vec<(&'static str, &'static str)>) -> (AwsConfig, tokio::task::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let requests = tokio::spawn(async move {
        let mut requests = Vec::new();
        for (status, body) in answers {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            requests.push(request(&mut stream).await);
            let length = body.len();
            let kind = "application/x-amz-json-1.1";
            let answer = format!(
                "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}"
            );
            stream.write_all(answer.as_bytes()).await.expect("sent");
        }
        requests
    });
    (AwsConfig { endpoint_url: Some(url), ..aws() }, requests)
}

async fn request(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("a request"));
    }
    let head = String::from_utf8(head).expect("a request").to_lowercase();
    assert!(head.contains("listpublickeys"), "{head}");
    assert!(head.contains("/eu-west-1/cloudtrail/"), "signed for the region: {head}");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")).expect("a length");
    let mut body = vec![0; length.trim().parse().expect("a number")];
    stream.read_exact(&mut body).await.expect("a body");
    String::from_utf8(body).expect("JSON")
}

#[tokio::test]
async fn public_keys_page_by_page() {
    let (aws, requests) = serve(vec![
        (
            "200 OK",
            r#"{"PublicKeyList": [{"Value": "AQI=", "ValidityStartTime": 1767225600.0, "ValidityEndTime": 1769904000.0,
                "Fingerprint": "8eba"}, {"Fingerprint": "without a value"}], "NextToken": "more"}"#,
        ),
        (
            "200 OK",
            r#"{"PublicKeyList": [{"Value": "Aw==", "ValidityStartTime": 1769904000, "ValidityEndTime": 1772323200,
                "Fingerprint": "31e8"}]}"#,
        ),
    ])
    .await;
    let at = |text: &str| text.parse::<Timestamp>().expect("a time");
    let (from, until) = (at("2026-01-15T00:00:00Z"), at("2026-02-15T00:00:00Z"));
    let keys = signing_keys(&aws, "eu-west-1", from, until).await.expect("keys");
    let key = |fingerprint: &str, der: &[u8], from: &str, until: &str| SigningKey {
        region: "eu-west-1".to_owned(),
        fingerprint: fingerprint.to_owned(),
        der: der.to_vec(),
        from: at(from),
        until: at(until),
    };
    let first = key("8eba", &[1, 2], "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
    let second = key("31e8", &[3], "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z");
    assert_eq!(keys, [first, second]);
    let bodies = requests.await.expect("requests");
    assert_eq!(bodies[0], r#"{"StartTime":1768435200,"EndTime":1771113600}"#);
    assert!(bodies[1].contains(r#""NextToken":"more""#), "{}", bodies[1]);
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let (aws, _requests) = serve(vec![(
        "400 Bad Request",
        r#"{"__type": "AccessDeniedException", "message": "User: x is not authorized to perform: cloudtrail:ListPublicKeys"}"#,
    )])
    .await;
    let now = Timestamp::UNIX_EPOCH;
    let error = signing_keys(&aws, "eu-west-1", now, now).await.expect_err("denied");
    assert_eq!(error.kind(), ErrorKind::GiveUp);
    assert!(error.to_string().contains("allow `cloudtrail:ListPublicKeys`"), "{error}");
}
