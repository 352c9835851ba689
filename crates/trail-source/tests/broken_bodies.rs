//! A server that breaks connections on purpose, and what the reader makes of it.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use trail_source::{AwsConfig, ErrorKind, LogObject, S3Config, Source, SourceError};

const BODY: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// How the server answers one request.
#[derive(Clone, Copy)]
enum Answer {
    /// Says that all is to come, sends so many bytes from the asked position on, and hangs up.
    Broken(usize),
    /// Sends what was asked for.
    Good,
    /// Sends all of it, whatever was asked for.
    Whole,
    /// Says no.
    Error(&'static str, &'static str),
}

/// Serves the answers, one a connection, and notes the ranges asked for.
async fn serve(answers: Vec<Answer>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let ranges = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&ranges);
    tokio::spawn(async move {
        for answer in answers {
            let (stream, _) = listener.accept().await.expect("a connection");
            let range = reply(stream, answer).await;
            noted.lock().expect("not poisoned").push(range);
        }
    });
    (url, ranges)
}

async fn reply(mut stream: TcpStream, answer: Answer) -> String {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let byte = stream.read_u8().await.expect("a request");
        request.push(byte);
    }
    let request = String::from_utf8(request).expect("a request").to_lowercase();
    let header = |name: &str| {
        request
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .map(|value| value.trim_start_matches(':').trim().to_owned())
    };
    let range = header("range").unwrap_or_default();
    assert_eq!(header("if-match").is_some(), !range.is_empty(), "a part must be of the same version");
    let start = range
        .strip_prefix("bytes=")
        .and_then(|range| range.strip_suffix('-'))
        .map_or(0, |text| text.parse().expect("a number"));
    let rest = &BODY[start..];
    let head = |status: &str, length: usize, more: &str| {
        format!("HTTP/1.1 {status}\r\nETag: \"one\"\r\nConnection: close\r\nContent-Length: {length}\r\n{more}\r\n")
    };
    let partial = format!("Content-Range: bytes {start}-{}/{}\r\n", BODY.len() - 1, BODY.len());
    let answer = match answer {
        Answer::Broken(bytes) if start > 0 => {
            [head("206 Partial Content", rest.len(), &partial).as_bytes(), &rest[..bytes]].concat()
        }
        Answer::Broken(bytes) => [head("200 OK", rest.len(), "").as_bytes(), &rest[..bytes]].concat(),
        Answer::Good if start > 0 => [head("206 Partial Content", rest.len(), &partial).as_bytes(), rest].concat(),
        Answer::Good | Answer::Whole => [head("200 OK", BODY.len(), "").as_bytes(), BODY].concat(),
        Answer::Error(status, code) => {
            let body = format!("<Error><Code>{code}</Code><Message>told so</Message></Error>");
            [head(status, body.len(), "Content-Type: application/xml\r\n").as_bytes(), body.as_bytes()].concat()
        }
    };
    stream.write_all(&answer).await.expect("sent");
    range
}

async fn check(answers: &[Answer], asked: &[&str], expected: Result<(), (&str, ErrorKind)>) {
    std::env::var("AWS_ACCESS_KEY_ID").expect("start through `cargo xtask test`");
    let (url, ranges) = serve(answers.to_vec()).await;
    let aws = AwsConfig {
        endpoint_url: Some(url),
        region: Some("us-east-1".to_owned()),
        path_style: true,
        ..AwsConfig::default()
    };
    let source = S3Config { aws, ..S3Config::new("s3://bucket/") }.build().await.expect("good settings");
    let object =
        LogObject { uri: "s3://bucket/x.json".to_owned(), version: "one".to_owned(), size: 36, modified: None };
    let read: Result<_, SourceError> = source.reader().read(&object, 1000).await;
    match (read, expected) {
        (Ok(bytes), Ok(())) => assert_eq!(bytes, BODY),
        (Err(error), Err((start, kind))) => {
            assert!(error.to_string().starts_with(start), "{error}");
            assert_eq!(error.kind(), kind, "{error}");
        }
        (read, _) => panic!("not as expected: {read:?}"),
    }
    assert_eq!(*ranges.lock().expect("not poisoned"), asked);
}

#[tokio::test]
async fn a_body_goes_on_where_it_broke() {
    use Answer::{Broken, Error, Good, Whole};
    check(&[Good], &[""], Ok(())).await;
    check(&[Broken(10), Good], &["", "bytes=10-"], Ok(())).await;
    check(&[Broken(10), Broken(5), Good], &["", "bytes=10-", "bytes=15-"], Ok(())).await;
    check(&[Broken(0), Good], &["", ""], Ok(())).await;
    check(&[Broken(10), Whole], &["", "bytes=10-"], Ok(())).await;
    check(
        &[Broken(10); 4],
        &["", "bytes=10-", "bytes=20-", "bytes=30-"],
        Err(("cannot read `s3://bucket/x.json`: ", ErrorKind::Retry)),
    )
    .await;
    check(
        &[Broken(10), Error("412 Precondition Failed", "PreconditionFailed")],
        &["", "bytes=10-"],
        Err(("`s3://bucket/x.json` was written again", ErrorKind::Skip)),
    )
    .await;
}

#[tokio::test]
async fn refusals_tell_the_way_out() {
    use Answer::Error;
    let refused =
        |status, code, text, kind| async move { check(&[Error(status, code)], &[""], Err((text, kind))).await };
    refused(
        "403 Forbidden",
        "AccessDenied",
        "access to `s3://bucket/x.json` is denied: allow `s3:GetObject` (AccessDenied: told so)",
        ErrorKind::Skip,
    )
    .await;
    refused(
        "403 Forbidden",
        "InvalidAccessKeyId",
        "no usable AWS credentials: InvalidAccessKeyId: told so",
        ErrorKind::GiveUp,
    )
    .await;
    refused(
        "403 Forbidden",
        "InvalidObjectState",
        "cannot read `s3://bucket/x.json`: it lies in an archive",
        ErrorKind::Skip,
    )
    .await;
    refused("301 Moved Permanently", "PermanentRedirect", "bucket `bucket` is in another region", ErrorKind::GiveUp)
        .await;
    refused("404 Not Found", "NoSuchKey", "`s3://bucket/x.json` is gone", ErrorKind::Skip).await;
}
