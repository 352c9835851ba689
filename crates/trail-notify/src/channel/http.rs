//! Posts to a URL: TLS against the system's CAs or one's own, no redirects, answers of bounded length, secrets kept out of errors.

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Connector, HttpClientError};
use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::http::{HttpError, Request};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::error::display::DisplayErrorContext;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use url::{Host, Url};

use super::{OpenError, SendError, SendErrorKind};
use crate::clean;

/// No answer that means something to us is longer.
const ANSWER_BYTES: usize = 64 * 1024;
/// Nobody is left alone for longer because they ask to.
const LONGEST_WAIT: u64 = 3600;

/// What is wrong with a URL to post to, if anything.
pub(super) fn check_url(text: &str, plain_http: bool) -> Result<(), String> {
    // The text itself may be a secret.
    let url = Url::parse(text).map_err(|error| format!("is no URL: {error} (write `https://host/path`)"))?;
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => return Err("names no host (write `https://host/path`)".to_owned()),
    };
    match url.scheme() {
        "https" => {}
        "http" if loopback || plain_http => {}
        "http" => {
            return Err(
                "is not encrypted, and leads beyond this machine (use `https`, or set `plain_http = true`)".to_owned()
            );
        }
        other => return Err(format!("begins with `{other}` (use `https`)")),
    }
    if url.username().is_empty() && url.password().is_none() {
        Ok(())
    } else {
        Err("holds a name or password, which would show in logs (use a header)".to_owned())
    }
}

/// One post.
pub(super) struct Post<'a> {
    pub(super) url: &'a str,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
    /// What must not stand in an error, whoever repeats it.
    pub(super) secrets: Vec<&'a str>,
}

/// A client for one other side. Connections are kept while they are used.
#[derive(Debug)]
pub(super) struct Poster(Connector);

impl Poster {
    /// `ca_file` is a PEM file of the only CAs to trust; the system's, if absent.
    pub(super) fn open(ca_file: Option<&Path>) -> Result<Self, OpenError> {
        let mut trusted = TrustStore::default();
        if let Some(path) = ca_file {
            let pem = read_cas(path).map_err(|error| {
                let text = format!("cannot be used: `{}`: {error} (name a PEM file)", path.display());
                OpenError::new("ca_file", text)
            })?;
            trusted = TrustStore::empty().with_pem_certificate(pem);
        }
        let no_tls = |error: HttpClientError| OpenError::new("ca_file", format!("gives no TLS: {error}"));
        let context = TlsContext::builder().with_trust_store(trusted).build().map_err(no_tls)?;
        Ok(Self(Connector::builder().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).tls_context(context).build()))
    }

    /// Posts; the answer's text, if it is a yes. The caller holds the time limit.
    pub(super) async fn post(&self, post: Post<'_>) -> Result<String, SendError> {
        let hide = |text: String| hide(&text, &post.secrets);
        let build = || -> Result<Request, HttpError> {
            let mut request = Request::new(SdkBody::from(post.body.as_str()));
            request.set_method("POST")?;
            request.set_uri(post.url)?;
            for (name, value) in &post.headers {
                request.headers_mut().try_insert(name.clone(), value.clone())?;
            }
            Ok(request)
        };
        let request = build().map_err(|error| {
            SendError::new(SendErrorKind::Down, hide(format!("cannot ask: {}", DisplayErrorContext(&error))))
        })?;
        let answer = self.0.call(request).await.map_err(|error| {
            SendError::new(SendErrorKind::Down, hide(clean::line(&DisplayErrorContext(&error).to_string(), 500)))
        })?;
        let status = answer.status().as_u16();
        let header = |name: &str| answer.headers().get(name).map(str::to_owned);
        let (place, wait) = (header("location"), header("retry-after"));
        let text = read(answer.into_body()).await;
        if (200..300).contains(&status) {
            return Ok(text);
        }
        let mut error = refusal(status, place.as_deref(), &text);
        error.text = hide(error.text);
        error.wait =
            wait.and_then(|text| text.trim().parse().ok()).map(|s: u64| Duration::from_secs(s.min(LONGEST_WAIT)));
        Err(error)
    }
}

fn read_cas(path: &Path) -> Result<Vec<u8>, String> {
    let pem = std::fs::read(path).map_err(|error| error.to_string())?;
    // The client takes certificates on trust and falls over those that are none.
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        roots.add(certificate.map_err(|error| error.to_string())?).map_err(|error| error.to_string())?;
    }
    if roots.is_empty() { Err("no certificate in it".to_owned()) } else { Ok(pem) }
}

/// The beginning of an answer; what breaks off or is too long is as good as what came.
async fn read(body: SdkBody) -> String {
    let mut stream = ByteStream::new(body);
    let mut bytes = Vec::new();
    while let Some(Ok(part)) = stream.next().await {
        let room = ANSWER_BYTES - bytes.len();
        bytes.extend_from_slice(&part[..part.len().min(room)]);
        if bytes.len() == ANSWER_BYTES {
            break;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn refusal(status: u16, place: Option<&str>, text: &str) -> SendError {
    let kind = match status {
        // Not here, not with these rights, not now: it would be wrong to bury every message for that.
        300..=399 | 401 | 403..=405 | 407 | 408 | 410 | 421 | 425 | 429 | 502..=504 => SendErrorKind::Down,
        400..=499 => SendErrorKind::Permanent,
        _ => SendErrorKind::Transient,
    };
    if (300..400).contains(&status) {
        // Only the host: the rest may hold what only the two of them should know.
        let host = place.and_then(|place| Url::parse(place).ok()).and_then(|url| url.host_str().map(str::to_owned));
        let place = host.map_or_else(String::new, |host| format!(" to `{}`", clean::line(&host, 100)));
        let text = format!(
            "it answers {status}, a redirect{place}, and those are not followed (set the URL that it leads to)"
        );
        return SendError::new(kind, text);
    }
    let text = clean::line(text, 200);
    SendError::new(
        kind,
        if text.is_empty() { format!("it answers {status}") } else { format!("it answers {status}: {text}") },
    )
}

/// Takes secrets out of a text.
fn hide(text: &str, secrets: &[&str]) -> String {
    let long_enough = secrets.iter().filter(|secret| secret.len() > 3);
    long_enough.fold(text.to_owned(), |text, secret| text.replace(*secret, "(secret)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        fn check(url: &str, plain_http: bool, want: &str) {
            let got = check_url(url, plain_http).err().unwrap_or_default();
            assert!(if want.is_empty() { got.is_empty() } else { got.contains(want) }, "{url}: {got}");
        }
        check("https://hooks.example.com/a?b=c", false, "");
        check("http://127.0.0.1:9000/x", false, "");
        check("http://[::1]:9000/x", false, "");
        check("http://localhost/x", false, "");
        check("http://hooks.example.com/a", false, "is not encrypted");
        check("http://localhost.example.com/a", false, "is not encrypted");
        check("http://hooks.example.com/a", true, "");
        check("https://me:word@hooks.example.com/a", false, "name or password");
        check("ftp://hooks.example.com/a", true, "begins with `ftp`");
        check("hooks.example.com/a", false, "is no URL");
        check("mailto:a@example.com", false, "names no host");
    }

    #[test]
    fn refusals() {
        fn check(status: u16, want: SendErrorKind) {
            assert_eq!(refusal(status, None, "").kind, want, "{status}");
        }
        for status in [301, 307, 401, 403, 404, 410, 429, 503] {
            check(status, SendErrorKind::Down);
        }
        for status in [400, 413, 422] {
            check(status, SendErrorKind::Permanent);
        }
        check(500, SendErrorKind::Transient);
        let redirect = refusal(302, Some("https://evil.example.com/a?token=1"), "gone");
        assert_eq!(
            redirect.text,
            "it answers 302, a redirect to `evil.example.com`, and those are not followed (set the URL that it leads to)"
        );
        assert_eq!(refusal(400, None, "no\r\n\u{1b}[31m").text, "it answers 400: no �[31m");
        assert_eq!(
            hide("see https://x/T0/abcd and abcd", &["https://x/T0/abcd", "abcd", "a"]),
            "see (secret) and (secret)"
        );
    }

    #[test]
    fn a_ca_file_is_looked_into() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let open = |text: &str| {
            std::fs::write(&path, text).unwrap();
            Poster::open(Some(&path)).unwrap_err().text
        };
        assert!(open("hello").contains("no certificate in it"));
        let broken = open("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        assert!(broken.starts_with("cannot be used: `"), "{broken}");
        assert!(Poster::open(Some(Path::new("/nonexistent"))).unwrap_err().text.contains("/nonexistent"));
    }
}
