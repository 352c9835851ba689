//! A text at a URL, such as a threat list: TLS against the system's CAs, no redirects, a cap on its size and on the time it takes.

use std::net::IpAddr;
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext};
use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::http::{HttpError, Request};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use url::{Host, Url};

use crate::error::SourceError;

/// What is wrong with a URL to fetch from, if anything. The text says nothing of the URL itself, which may hold a token.
///
/// # Errors
/// When it is no URL, or neither `https` nor on this machine.
pub fn check_url(text: &str) -> Result<(), String> {
    let url = Url::parse(text).map_err(|error| format!("is no URL: {error} (write `https://host/path`)"))?;
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => return Err("names no host (write `https://host/path`)".to_owned()),
    };
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        "http" => {
            return Err("is not encrypted, and leads beyond this machine: anybody on the way could change what comes \
                 (use `https`)"
                .to_owned());
        }
        other => return Err(format!("begins with `{other}` (use `https`)")),
    }
    match url.username().is_empty() && url.password().is_none() {
        true => Ok(()),
        false => Err("holds a name or password, which would show in logs".to_owned()),
    }
}

/// Fetches what is at a URL that [`check_url`] has passed, of at most so many bytes, within a time.
///
/// # Errors
/// When there is no answer in time, the answer is no, or it is too long. The URL's query, which may hold a token, is not told.
pub async fn fetch(url: &str, max_bytes: u64, time_limit: Duration) -> Result<Vec<u8>, SourceError> {
    let place = Url::parse(url).map_or_else(
        |_| "(a URL)".to_owned(),
        |mut url| {
            url.set_query(None);
            url.set_fragment(None);
            url.to_string()
        },
    );
    let reading = |reason: String| SourceError::Reading { uri: place.clone(), reason: reason.replace(url, &place) };
    let unreadable = |reason: String| SourceError::Unreadable { uri: place.clone(), reason };
    let asked = async {
        let answer = ask(url).await.map_err(&reading)?;
        let status = answer.status().as_u16();
        match status {
            200 => {}
            300..=399 => {
                // Only the host: the rest may hold what only the two of them should know.
                let host = answer.headers().get("location").and_then(|place| Url::parse(place).ok());
                let host = host.and_then(|url| url.host_str().map(|host| format!(" to `{host}`"))).unwrap_or_default();
                let reason = format!(
                    "it answers {status}, a redirect{host}, and those are not followed (set the URL that it leads to)"
                );
                return Err(unreadable(reason));
            }
            408 | 425 | 429 | 500..=599 => return Err(reading(format!("it answers {status}"))),
            _ => return Err(unreadable(format!("it answers {status}"))),
        }
        let mut stream = ByteStream::new(answer.into_body());
        let mut bytes = Vec::new();
        while let Some(part) = stream.next().await {
            let part = part.map_err(|error| reading(format!("it breaks off: {}", chain(&error))))?;
            if (bytes.len() + part.len()) as u64 > max_bytes {
                return Err(unreadable(format!("it holds more than {max_bytes} bytes (raise `max_bytes` to take it)")));
            }
            bytes.extend_from_slice(&part);
        }
        Ok(bytes)
    };
    match tokio::time::timeout(time_limit, asked).await {
        Ok(fetched) => fetched,
        Err(_) => Err(reading(format!("it is not here after {} s", time_limit.as_secs()))),
    }
}

type Answer = aws_smithy_runtime_api::http::Response;

async fn ask(url: &str) -> Result<Answer, String> {
    let context = TlsContext::builder().build().map_err(|error| format!("there is no TLS: {error}"))?;
    let connector = Connector::builder().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).tls_context(context).build();
    let request = || -> Result<Request, HttpError> {
        let mut request = Request::new(SdkBody::empty());
        request.set_method("GET")?;
        request.set_uri(url)?;
        request.headers_mut().try_insert("user-agent", concat!("trailwarden/", env!("CARGO_PKG_VERSION")))?;
        request.headers_mut().try_insert("accept", "text/plain, */*")?;
        Ok(request)
    };
    let request = request().map_err(|error| format!("it cannot be asked: {}", chain(&error)))?;
    connector.call(request).await.map_err(|error| chain(&error))
}

/// An error with its causes, each once.
fn chain(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let text = next.to_string();
        if !told.contains(&text) {
            told = format!("{told}: {text}");
        }
        cause = next.source();
    }
    told
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn urls() {
        fn check(url: &str, want: &str) {
            let got = check_url(url).err().unwrap_or_default();
            assert!(if want.is_empty() { got.is_empty() } else { got.contains(want) }, "{url}: {got}");
        }
        check("https://lists.example.com/a.txt?key=1", "");
        check("http://127.0.0.1:9000/x", "");
        check("http://[::1]/x", "");
        check("http://localhost/x", "");
        check("http://lists.example.com/a", "is not encrypted");
        check("http://localhost.example.com/a", "is not encrypted");
        check("https://me:word@lists.example.com/a", "name or password");
        check("file:///etc/passwd", "names no host");
        check("ftp://lists.example.com/a", "begins with `ftp`");
        check("lists.txt", "is no URL");
    }

    /// A server that gives one answer, and what comes of asking it.
    async fn answered(answer: Vec<u8>, max_bytes: u64, limit: Duration) -> Result<Vec<u8>, String> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/list?token=secret", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = [0; 1024];
            let read = stream.read(&mut asked).await.unwrap();
            assert!(asked[..read].starts_with(b"GET /list?token=secret HTTP/1.1\r\n"));
            // Who asks may have gone before the end.
            let _ = stream.write_all(&answer).await;
            if answer.is_empty() {
                std::future::pending::<()>().await;
            }
        });
        let fetched = fetch(&url, max_bytes, limit).await.map_err(|error| error.to_string());
        server.abort();
        fetched
    }

    #[tokio::test]
    async fn what_comes_is_bounded() {
        async fn check(answer: &str, want: Result<&str, &str>) {
            match (answered(answer.as_bytes().to_vec(), 10, Duration::from_secs(5)).await, want) {
                (Ok(bytes), Ok(want)) => assert_eq!(bytes, want.as_bytes(), "{answer}"),
                (Err(error), Err(want)) => {
                    assert!(error.contains(want) && !error.contains("secret"), "{answer}: {error}");
                }
                (got, _) => panic!("{answer}: {got:?}"),
            }
        }
        check("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n0123456789", Ok("0123456789")).await;
        check("HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n01234567890", Err("more than 10 bytes")).await;
        let chunked =
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n8\r\n01234567\r\n8\r\n01234567\r\n0\r\n\r\n";
        check(chunked, Err("more than 10 bytes")).await;
        check("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n0123", Err("breaks off")).await;
        check("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", Err("it answers 404")).await;
        check("HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n", Err("it answers 503")).await;
        let redirect =
            "HTTP/1.1 302 Found\r\nlocation: https://evil.example.com/x?token=secret\r\ncontent-length: 0\r\n\r\n";
        check(redirect, Err("a redirect to `evil.example.com`")).await;
        check("nonsense\r\n\r\n", Err("cannot read `http://127.0.0.1:")).await;
        let silent = answered(Vec::new(), 10, Duration::from_millis(200)).await.unwrap_err();
        assert!(silent.contains("is not here after"), "{silent}");
    }

    #[tokio::test]
    async fn nobody_there() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/?token=secret", listener.local_addr().unwrap());
        drop(listener);
        let error = fetch(&url, 10, Duration::from_secs(5)).await.unwrap_err().to_string();
        assert!(error.starts_with("cannot read `http://127.0.0.1:") && !error.contains("secret"), "{error}");
    }
}
