//! Webhooks, Slack and Security Hub: what arrives, over TLS of a CA of one's own too, and what is made of each refusal.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use trail_notify::{Format, Notice, Secret, Severity, State, Wiring};

use crate::{Setup, fakes, notice, setting, token, topic};

/// A request as a server got it: its head line by line, in lower case up to the colon, and its body.
#[derive(Debug, Clone)]
struct Heard {
    head: Vec<String>,
    body: String,
}

impl Heard {
    fn header(&self, name: &str) -> &str {
        let start = format!("{name}: ");
        self.head
            .iter()
            .find_map(|line| line.strip_prefix(&start))
            .unwrap_or_else(|| panic!("{name} in {:?}", self.head))
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

type Log = Arc<Mutex<Vec<Heard>>>;

/// Answers the n-th request with the n-th of `answers` (status and further headers), and all later ones with 200. Returns its port
/// and all that it heard. It has the certificate of the mail server if `tls`.
fn server(tls: bool, answers: &'static [&'static str]) -> (u16, Log) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (log, config) = (Log::default(), tls.then(tls_config));
    let heard = Arc::clone(&log);
    std::thread::spawn(move || {
        let mut answers = answers.iter();
        while let Ok((stream, _)) = listener.accept() {
            let mut stream: Box<dyn ReadWrite> = match &config {
                Some(config) => {
                    let connection = rustls::ServerConnection::new(Arc::clone(config)).unwrap();
                    Box::new(rustls::StreamOwned::new(connection, stream))
                }
                None => Box::new(stream),
            };
            // A client that does not trust us hangs up in the middle.
            let Some(request) = read(&mut stream) else { continue };
            heard.lock().unwrap().push(request);
            let answer = answers.next().copied().unwrap_or("200 OK");
            let reply = format!("HTTP/1.1 {answer}\r\nconnection: close\r\ncontent-length: 6\r\n\r\nanswer");
            let _ = stream.write_all(reply.as_bytes()).and_then(|()| stream.flush());
        }
    });
    (port, log)
}

trait ReadWrite: Read + Write {}
impl<T: Read + Write> ReadWrite for T {}

fn tls_config() -> Arc<rustls::ServerConfig> {
    let ca = setting("TRAILWARDEN_TEST_SMTP_CA");
    let folder = Path::new(&ca).parent().unwrap();
    let certificate = CertificateDer::from_pem_file(folder.join("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join("server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap())
}

fn read(stream: &mut dyn ReadWrite) -> Option<Heard> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (Vec::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        let line =
            line.split_once(": ").map_or(line.clone(), |(name, value)| format!("{}: {value}", name.to_lowercase()));
        length = line.strip_prefix("content-length: ").map_or(length, |value| value.parse().unwrap());
        head.push(line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Heard { head, body: String::from_utf8(body).unwrap() })
}

/// Wiring in which each variable has this value.
fn secrets(pairs: &[(&str, &str)]) -> Wiring {
    let secrets = pairs.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect();
    Wiring { secrets, ..Wiring::default() }
}

/// A notice with hostile strings wherever a log could put one.
fn hostile(token: &str) -> Notice {
    let text = "<!channel> \u{1b}[31m\r\nX-Evil: 1\r\n\r\n\u{202e}\"}]<script>alert(1)</script>&";
    let mut notice = notice(token, 1);
    notice.title = format!("{token} {text}");
    notice.summary = text.to_owned();
    notice.tags.insert("principal".to_owned(), text.to_owned());
    notice.forms.insert(Format::Ocsf, json!({"class_uid": 2004, "message": text}));
    notice.forms.insert(Format::Asff, json!({"Id": token, "Title": text, "AwsAccountId": "1", "ProductArn": "x"}));
    notice
}

#[tokio::test]
async fn a_webhook_is_signed_over_tls_of_ones_own_ca() {
    let (port, log) = server(true, &[]);
    let channel = format!(
        "kind = \"webhook\"\nurl = \"https://localhost:{port}/in?a=b\"\nca_file = {:?}\nsecret_env = \"KEY\"\n\
         headers = {{ x-team = \"sec\" }}\nheaders_env = {{ authorization = \"AUTH\" }}",
        setting("TRAILWARDEN_TEST_SMTP_CA")
    );
    let setup = Setup::new(&channel, secrets(&[("KEY", "whsec_c2VjcmV0IGtleQ=="), ("AUTH", "Bearer abcdef")])).await;
    let (state, delivery) = setup.deliver(vec![hostile("webhook"), notice("webhook", 2)]).await;
    assert_eq!((state, delivery.last_error), (State::Sent, None));
    let heard = log.lock().unwrap().remove(0);
    assert_eq!(heard.head[0], "POST /in?a=b HTTP/1.1");
    assert_eq!((heard.header("x-team"), heard.header("authorization")), ("sec", "Bearer abcdef"));
    assert_eq!((heard.header("content-type"), heard.header("webhook-id")), ("application/json", delivery.id.as_str()));
    assert!(!heard.head.iter().any(|line| line.starts_with("x-evil")), "{:?}", heard.head);
    let signed = format!("{}.{}.{}", delivery.id, heard.header("webhook-timestamp"), heard.body);
    let tag = STANDARD.decode(heard.header("webhook-signature").strip_prefix("v1,").unwrap()).unwrap();
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, b"secret key"), signed.as_bytes(), &tag).unwrap();
    let body = heard.json();
    assert_eq!((&body["count"], &body["parts"], &body["severity"]), (&json!(2), &json!(1), &json!("high")));
    let first = &body["notices"][0];
    assert_eq!(first["tags"]["principal"], hostile("webhook").tags["principal"].as_str());
    assert!(first["forms"].is_null(), "the forms of others are not in ours");
    // The value is the same; no byte of it steers a terminal that shows the JSON.
    assert!(!heard.body.contains(['\u{1b}', '\u{202e}']));
}

#[tokio::test]
async fn a_ca_that_is_not_trusted_gets_nothing() {
    let (port, log) = server(true, &[]);
    let setup =
        Setup::new(&format!("kind = \"webhook\"\nurl = \"https://localhost:{port}/\""), Wiring::default()).await;
    let (state, delivery) = setup.deliver(vec![notice("untrusted", 1)]).await;
    assert_eq!(state, State::Pending);
    assert!(delivery.last_error.unwrap().contains("UnknownIssuer"));
    assert_eq!(log.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn findings_go_out_in_the_form_that_is_asked_for() {
    for (format, key, want) in [("ocsf", "class_uid", json!(2004)), ("asff", "Id", json!("form"))] {
        let (port, log) = server(false, &[]);
        let channel = format!("kind = \"webhook\"\nurl = \"http://127.0.0.1:{port}/\"\nformat = \"{format}\"");
        let setup = Setup::new(&channel, Wiring::default()).await;
        // The second has no such form, and so no business here.
        let (state, delivery) = setup.deliver(vec![hostile("form"), notice("form", 2)]).await;
        assert_eq!((state, delivery.notices), (State::Sent, 1));
        let body = log.lock().unwrap()[0].json();
        assert_eq!((body.as_array().unwrap().len(), &body[0][key]), (1, &want));
    }
}

#[tokio::test]
async fn refusals_are_for_good_or_for_now_and_tell_no_secret() {
    async fn check(answer: &'static [&'static str], want: State, text: &str) {
        let (port, log) = server(false, answer);
        let url = format!("http://127.0.0.1:{port}/services/T000/B000/hushhush");
        for kind in ["webhook", "slack"] {
            let before = log.lock().unwrap().len();
            let setup = Setup::new(&format!("kind = \"{kind}\"\nurl_env = \"URL\""), secrets(&[("URL", &url)])).await;
            let (state, delivery) = setup.deliver(vec![notice("refused", 1)]).await;
            let error = delivery.last_error.unwrap();
            assert_eq!(state, want, "{error}");
            assert!(error.contains(text) && !error.contains("hushhush"), "{error}");
            assert_eq!(log.lock().unwrap().len(), before + 1);
        }
    }
    check(&["400 Bad", "400 Bad"], State::Dead, "it answers 400: answer").await;
    check(&["410 Gone", "410 Gone"], State::Pending, "it answers 410").await;
    check(&["500 No", "500 No"], State::Pending, "it answers 500").await;
    const AWAY: &str = "307 Away\r\nlocation: http://localhost:1/services/hushhush";
    check(&[AWAY, AWAY], State::Pending, "a redirect to `localhost`").await;
}

#[tokio::test]
async fn a_channel_rests_as_long_as_it_is_asked_to() {
    let (port, _) = server(false, &["429 Slow down\r\nretry-after: 120"]);
    let channel = format!("kind = \"webhook\"\nurl = \"http://127.0.0.1:{port}/\"");
    let setup = Setup::new(&channel, Wiring::default()).await;
    let before = crate::now();
    let (state, _) = setup.deliver(vec![notice("slow", 1)]).await;
    assert_eq!(state, State::Pending);
    let next = setup.notifier.next_due().await.unwrap().unwrap();
    assert!(next.duration_since(before).as_secs() >= 119, "{next}");
    assert_eq!(setup.pass(next).await.0, State::Sent);
}

#[tokio::test]
async fn a_silent_or_absent_server_is_left_and_tells_no_secret() {
    for port in [fakes::silent().await, 1] {
        let url = format!("http://127.0.0.1:{port}/hushhush");
        let channel = "kind = \"slack\"\nurl_env = \"URL\"\ntime_limit = \"500ms\"";
        let setup = Setup::new(channel, secrets(&[("URL", &url)])).await;
        let (state, delivery) = setup.deliver(vec![notice("silent", 1)]).await;
        let error = delivery.last_error.unwrap();
        assert_eq!(state, State::Pending);
        assert!(!error.contains("hushhush") && !error.is_empty(), "{error}");
    }
}

#[tokio::test]
async fn slack_gets_blocks_in_which_nothing_is_more_than_text() {
    let (port, log) = server(false, &[]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("url");
    std::fs::write(&file, format!("http://127.0.0.1:{port}/services/x\n")).unwrap();
    let setup = Setup::new(&format!("kind = \"slack\"\nurl_file = {file:?}"), Wiring::default()).await;
    let (state, delivery) = setup.deliver(vec![hostile("slack")]).await;
    assert_eq!((state, delivery.last_error), (State::Sent, None));
    let heard = log.lock().unwrap().remove(0);
    assert_eq!(heard.head[0], "POST /services/x HTTP/1.1");
    assert!(
        !heard.body.contains("<!") && !heard.body.contains("<script") && !heard.body.contains("\\u001b"),
        "{}",
        heard.body
    );
    let body = heard.json();
    assert!(body["text"].as_str().unwrap().starts_with("HIGH: slack &lt;!channel&gt; �[31m X-Evil: 1 "), "{body}");
    assert!(body["blocks"].as_array().unwrap().iter().all(|block| block["text"]["type"] != "mrkdwn"));
}

#[tokio::test]
async fn security_hub_gets_what_it_takes() {
    let wiring = topic::wiring(&setting("TRAILWARDEN_TEST_AWS")).await;
    let channel = "kind = \"securityhub\"\nregion = \"us-east-1\"\naccount = \"123456789012\"";
    let setup = Setup::new(channel, wiring).await;
    let token = token("hub");
    let notices = (0..130).map(|n| {
        let mut notice = notice(&token, n);
        let asff = json!({
            "SchemaVersion": "2018-10-08", "Id": notice.id, "ProductArn": "x", "GeneratorId": "g", "AwsAccountId": "999999999999",
            "Types": ["Unusual Behaviors/User/x"], "CreatedAt": "2026-11-01T00:00:00Z", "UpdatedAt": "2026-11-01T00:00:00Z",
            "Severity": {"Label": "HIGH"}, "Title": "t <script>\u{1b}", "Description": "d", "Resources": [{"Type": "Other", "Id": "r"}],
        });
        notice.forms.insert(Format::Asff, asff);
        notice.severity = Severity::High;
        notice
    });
    let (state, delivery) = setup.deliver(notices.collect()).await;
    assert_eq!((state, delivery.last_error, delivery.notices), (State::Sent, None, 130));
    let filter =
        json!({"Filters": {"Id": [{"Value": format!("{token}-7"), "Comparison": "EQUALS"}]}, "MaxResults": 100});
    let reply = topic::rest("securityhub", "/findings", &filter).await;
    let found = reply["Findings"].as_array().unwrap().iter().find(|f| f["Id"] == format!("{token}-7")).unwrap();
    assert_eq!((&found["AwsAccountId"], &found["Title"]), (&json!("123456789012"), &json!("t <script>\u{1b}")));
    assert_eq!(found["ProductArn"], "arn:aws:securityhub:us-east-1:123456789012:product/123456789012/default");
}
