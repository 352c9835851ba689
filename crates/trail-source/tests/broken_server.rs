//! A server that breaks connections and refuses on purpose, and what reader and listing make of it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use trail_source::{AwsConfig, ErrorKind, LogObject, S3Config, Source, SourceError};

/// Serves what `answer` makes of each request's head, one request a connection; returns the server's URL.
async fn serve(mut answer: impl FnMut(&str) -> Vec<u8> + Send + 'static) -> AwsConfig {
    need_credentials();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let request = head(&mut stream).await;
            stream.write_all(&answer(&request)).await.expect("sent");
        }
    });
    AwsConfig {
        endpoint_url: Some(url),
        region: Some("us-east-1".to_owned()),
        path_style: true,
        ..AwsConfig::default()
    }
}

/// Any will do, but requests are signed.
#[expect(clippy::disallowed_methods, reason = "the test command sets them")]
fn need_credentials() {
    std::env::var("AWS_ACCESS_KEY_ID").expect("start through `cargo xtask test`");
}

async fn head(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await.expect("a request"));
    }
    String::from_utf8(request).expect("a request")
}

/// A response whose length is said to be `length`.
fn response(status: &str, length: usize, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}

fn xml(status: &str, body: &str) -> Vec<u8> {
    response(status, body.len(), "Content-Type: application/xml\r\n", body.as_bytes())
}

fn refusal(status: &str, code: &str) -> Vec<u8> {
    xml(status, &format!("<Error><Code>{code}</Code><Message>told so</Message></Error>"))
}

const BODY: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// How the server answers one request for a body.
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

fn body(answer: Answer, request: &str) -> (String, Vec<u8>) {
    let header = |name: &str| {
        let named = |line: &str| line.to_lowercase().strip_prefix(name).map(|value| value.trim().to_owned());
        request.lines().find_map(named)
    };
    let range = header("range:").unwrap_or_default();
    assert_eq!(header("if-match:").is_some(), !range.is_empty(), "a part must be of the same version");
    let start = range.strip_prefix("bytes=").and_then(|range| range.strip_suffix('-'));
    let start = start.map_or(0, |start| start.parse().expect("a number"));
    let rest = &BODY[start..];
    let part = |sent: &[u8]| match start {
        0 => response("200 OK", rest.len(), "ETag: \"one\"\r\n", sent),
        _ => {
            let headers =
                format!("ETag: \"one\"\r\nContent-Range: bytes {start}-{}/{}\r\n", BODY.len() - 1, BODY.len());
            response("206 Partial Content", rest.len(), &headers, sent)
        }
    };
    let answer = match answer {
        Answer::Broken(bytes) => part(&rest[..bytes]),
        Answer::Good => part(rest),
        Answer::Whole => response("200 OK", BODY.len(), "ETag: \"one\"\r\n", BODY),
        Answer::Error(status, code) => refusal(status, code),
    };
    (range, answer)
}

/// Reads one object; `asked` are the ranges that the server must have been asked for.
async fn check(answers: &[Answer], asked: &[&str], expected: Result<(), (&str, ErrorKind)>) {
    let ranges = Arc::new(Mutex::new(Vec::new()));
    let (noted, mut answers) = (Arc::clone(&ranges), VecDeque::from(answers.to_vec()));
    let aws = serve(move |request| {
        let (range, answer) = body(answers.pop_front().expect("no more requests than answers"), request);
        noted.lock().expect("not poisoned").push(range);
        answer
    })
    .await;
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
        &[Broken(5); 4],
        &["", "bytes=5-", "bytes=10-", "bytes=15-"],
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
    let refused = |status, code, text, kind| async move {
        check(&[Answer::Error(status, code)], &[""], Err((text, kind))).await;
    };
    let denied = "access to `s3://bucket/x.json` is denied: allow `s3:GetObject` (AccessDenied: told so)";
    refused("403 Forbidden", "AccessDenied", denied, ErrorKind::Skip).await;
    let key = "no usable AWS credentials: InvalidAccessKeyId: told so";
    refused("403 Forbidden", "InvalidAccessKeyId", key, ErrorKind::GiveUp).await;
    let archived = "cannot read `s3://bucket/x.json`: it lies in an archive storage class";
    refused("403 Forbidden", "InvalidObjectState", archived, ErrorKind::Skip).await;
    let moved = "bucket `bucket` is in another region";
    refused("301 Moved Permanently", "PermanentRedirect", moved, ErrorKind::GiveUp).await;
    refused("404 Not Found", "NoSuchKey", "`s3://bucket/x.json` is gone", ErrorKind::Skip).await;
}

/// A listing of the bucket `AWSLogs/` with two accounts, the second of which may be closed.
fn listing(request: &str, closed: bool) -> Vec<u8> {
    let prefix = request.split(['?', '&', ' ']).find_map(|part| part.strip_prefix("prefix=")).expect("a prefix");
    let prefix = prefix.replace("%2F", "/");
    let page = |content: &str| {
        xml("200 OK", &format!("<ListBucketResult><IsTruncated>false</IsTruncated>{content}</ListBucketResult>"))
    };
    let folders = |names: &[&str]| {
        let folder = |name: &&str| format!("<CommonPrefixes><Prefix>{prefix}{name}/</Prefix></CommonPrefixes>");
        page(&names.iter().map(folder).collect::<String>())
    };
    match prefix.matches('/').count() {
        1 => folders(&["111111111111", "222222222222"]),
        2 if closed && prefix.contains("2222") => refusal("403 Forbidden", "AccessDenied"),
        2 => folders(&["CloudTrail"]),
        3 => folders(&["us-east-1"]),
        4 => folders(&["2020"]),
        5 => folders(&["01"]),
        6 => folders(&["31"]),
        _ if !prefix.contains("2020") => page(""),
        _ => page(&format!("<Contents><Key>{prefix}x.json.gz</Key><ETag>\"one\"</ETag><Size>1</Size></Contents>")),
    }
}

/// What one pass yields: the accounts found, and the errors.
async fn pass(source: &mut dyn Source) -> Vec<String> {
    let mut seen = Vec::new();
    loop {
        match source.next().await {
            Ok(None) => break,
            Ok(Some(object)) => seen.push(object.uri.split('/').nth(4).expect("an account").to_owned()),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Skip, "{error}");
                seen.push(error.to_string());
            }
        }
    }
    seen.sort();
    seen
}

#[tokio::test]
async fn a_pass_that_missed_something_is_not_whole() {
    let closed = Arc::new(Mutex::new(true));
    let door = Arc::clone(&closed);
    let aws = serve(move |request| listing(request, *door.lock().expect("not poisoned"))).await;
    let mut source = S3Config { aws, ..S3Config::new("s3://bucket/AWSLogs/") }.build().await.expect("good settings");
    let denied =
        "access to `s3://bucket/AWSLogs/222222222222/` is denied: allow `s3:ListBucket` (AccessDenied: told so)";
    assert_eq!(pass(&mut source).await, ["111111111111", denied]);
    // So the next pass looks at old days again, too, and finds what it could not see before.
    *closed.lock().expect("not poisoned") = false;
    assert_eq!(pass(&mut source).await, ["111111111111", "222222222222"]);
    // That one was whole: from now on, old days rest until everything is due again.
    assert_eq!(pass(&mut source).await, Vec::<String>::new());
}

#[tokio::test]
async fn an_unreachable_endpoint_is_a_bad_moment() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    need_credentials();
    let aws = AwsConfig {
        endpoint_url: Some(url),
        region: Some("us-east-1".to_owned()),
        path_style: true,
        ..AwsConfig::default()
    };
    let mut source = S3Config { aws, ..S3Config::new("s3://bucket/AWSLogs/") }.build().await.expect("good settings");
    let error = source.next().await.expect_err("nobody is there");
    assert_eq!(error.kind(), ErrorKind::Retry);
    let text = error.to_string();
    assert!(text.starts_with("cannot list `s3://bucket/AWSLogs/`: ") && text.contains("Connection refused"), "{text}");
}
