//! Mail: what arrives, and what is made of each refusal.

use std::fs;
use std::time::{Duration, Instant};

use trail_notify::{Attachment, Secret, State, Wiring};

use crate::{Setup, fakes, notice, notifier, now, setting, token};

/// The channel of the real server, with one line exchanged.
fn real(replace: &str, by: &str) -> String {
    let server = setting("TRAILWARDEN_TEST_SMTP");
    let port = server.rsplit_once(':').unwrap().1;
    let text = format!(
        "kind = \"smtp\"\nhost = \"localhost\"\nport = {port}\nca_file = {:?}\nusername = {:?}\npassword_env = \"PASSWORD\"\n\
         from = \"Trailwarden <warden@example.com>\"\nto = [\"sec@example.com\", \"ops@example.com\"]\ntime_limit = \"20s\"\n",
        setting("TRAILWARDEN_TEST_SMTP_CA"),
        setting("TRAILWARDEN_TEST_SMTP_USER"),
    );
    let lines = text.lines().map(|line| if !replace.is_empty() && line.starts_with(replace) { by } else { line });
    lines.collect::<Vec<_>>().join("\n")
}

fn wiring() -> Wiring {
    let secret = Secret::new(setting("TRAILWARDEN_TEST_SMTP_PASSWORD"));
    Wiring { secrets: [("PASSWORD".to_owned(), secret)].into(), ..Wiring::default() }
}

/// The mails that hold a text, as they came.
fn mails(text: &str) -> Vec<String> {
    let files = fs::read_dir(setting("TRAILWARDEN_TEST_MAIL")).unwrap().map(|file| file.unwrap().path());
    let mails = files.filter(|path| path.extension().is_some_and(|e| e == "eml"));
    mails
        .map(|path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned())
        .filter(|m| m.contains(text))
        .collect()
}

#[tokio::test]
async fn a_mail_arrives_over_starttls_with_login() {
    let (setup, token) = (Setup::new(&real("", ""), wiring()).await, token("mail"));
    let mut notice = notice(&token, 1);
    notice.attachments = vec![Attachment { name: "a.csv".into(), mime: "text/csv".into(), bytes: b"x,y\n".into() }];
    let (state, delivery) = setup.deliver(vec![notice]).await;
    assert_eq!((state, delivery.last_error), (State::Sent, None));
    let mails = mails(&token);
    assert_eq!(mails.len(), 1);
    let mail = mails[0].replace("=\r\n", "");
    for want in [
        "X-RcptTo: sec@example.com, ops@example.com\r\n",
        &format!("Subject: [Trailwarden] HIGH: Root signed in {token}\r\n"),
        &format!("X-Trailwarden-Delivery: {}\r\n", delivery.id),
        "X-Trailwarden-Severity: high\r\n",
        &format!("Message-ID: <{}@example.com>\r\n", delivery.id),
        "Content-Type: multipart/mixed;",
        "Content-Type: multipart/alternative;",
        "Somebody used the root user of 111122223333. =C3=9Cbergr=C3=B6=C3=9Fe.",
        "<h1 class=3D\"ink\"",
        "Content-Disposition: attachment; filename=\"a.csv\"",
    ] {
        assert!(mail.contains(want), "{want}\n{mail}");
    }
}

#[tokio::test]
async fn a_hundred_like_notices_are_one_mail() {
    let (setup, token) = (Setup::new(&real("", ""), wiring()).await, token("hundred"));
    let notices: Vec<_> = (0..100).map(|n| notice(&token, n)).collect();
    let (state, delivery) = setup.deliver(notices.clone()).await;
    assert_eq!((state, delivery.notices), (State::Sent, 100));
    setup.deliver(notices).await;
    let mails = mails(&token);
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("(100 times)"));
}

#[tokio::test]
async fn a_wrong_password_is_tried_again_and_a_new_one_is_picked_up() {
    let (token, passwords) = (token("password"), tempfile::tempdir().unwrap());
    let file = passwords.path().join("password");
    fs::write(&file, "wrong\n").unwrap();
    let setup = Setup::new(&real("password_env", &format!("password_file = {file:?}")), Wiring::default()).await;
    let (state, delivery) = setup.deliver(vec![notice(&token, 1)]).await;
    let error = delivery.last_error.unwrap();
    assert_eq!(state, State::Pending, "{error}");
    assert!(error.contains("535") && !error.contains("wrong"), "{error}");
    fs::write(&file, setting("TRAILWARDEN_TEST_SMTP_PASSWORD")).unwrap();
    let (state, again) = setup.pass(setup.notifier.next_due().await.unwrap().unwrap()).await;
    assert_eq!((state, again.id, again.attempts), (State::Sent, delivery.id, 2));
    assert_eq!(mails(&token).len(), 1);
}

#[tokio::test]
async fn refusals_are_for_good_or_for_now() {
    async fn check(replace: &str, by: &str, want: State, text: &str) {
        let (setup, token) = (Setup::new(&real(replace, by), wiring()).await, token("refused"));
        let (state, delivery) = setup.deliver(vec![notice(&token, 1)]).await;
        let error = delivery.last_error.unwrap();
        assert_eq!(state, want, "{error}");
        assert!(error.contains(text), "{error}");
        assert_eq!(mails(&token), Vec::<String>::new());
    }
    check("to =", "to = [\"reject@example.com\"]", State::Dead, "550").await;
    check("to =", "to = [\"later@example.com\"]", State::Pending, "451").await;
    check("ca_file", "", State::Pending, "UnknownIssuer").await;
    check("port", "port = 1", State::Pending, "refused").await;
}

#[tokio::test]
async fn a_server_without_starttls_gets_no_mail_and_no_password() {
    let (port, heard) = fakes::smtp(&[]).await;
    let setup = Setup::new(&real("port", &format!("port = {port}")), wiring()).await;
    let (state, delivery) = setup.deliver(vec![notice(&token("plain"), 1)]).await;
    let error = delivery.last_error.unwrap();
    assert_eq!(state, State::Pending, "{error}");
    assert!(error.contains("STARTTLS"), "{error}");
    let heard = heard.lock().unwrap().concat();
    assert!(!heard.contains("AUTH") && !heard.contains("MAIL"), "{heard}");
}

fn plain(port: u16) -> String {
    format!(
        "kind = \"smtp\"\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nfrom = \"w@example.com\"\nto = [\"a@example.com\"]\ntime_limit = \"500ms\""
    )
}

#[tokio::test]
async fn what_was_refused_for_now_comes_again_the_same_even_after_a_restart() {
    let (port, heard) = fakes::smtp(&["451 busy", "421 going down", "250 taken"]).await;
    let setup = Setup::new(&plain(port), Wiring::default()).await;
    let (state, delivery) = setup.deliver(vec![notice(&token("again"), 1)]).await;
    assert_eq!(state, State::Pending);
    assert!(delivery.last_error.unwrap().contains("busy"));
    let Setup { notifier: first, folder } = setup;
    drop(first);
    let setup = Setup { notifier: notifier(&folder, &plain(port), Wiring::default()).await, folder };
    for want in [State::Pending, State::Sent] {
        let (state, again) = setup.pass(setup.notifier.next_due().await.unwrap().unwrap()).await;
        assert_eq!((state, again.id), (want, delivery.id.clone()));
    }
    let heard = heard.lock().unwrap();
    let ids: Vec<_> =
        heard.iter().filter_map(|text| text.lines().find(|line| line.starts_with("Message-ID: "))).collect();
    let id = format!("Message-ID: <{}@example.com>", delivery.id);
    assert_eq!(ids, [&id, &id, &id]);
}

#[tokio::test]
async fn a_silent_server_is_left_after_the_time_limit() {
    let setup = Setup::new(&plain(fakes::silent().await), Wiring::default()).await;
    let began = Instant::now();
    let (state, delivery) = setup.deliver(vec![notice(&token("silent"), 1)]).await;
    assert_eq!(state, State::Pending);
    assert_eq!(delivery.last_error.unwrap(), "no answer within 500ms (see `time_limit`)");
    assert!(began.elapsed() < Duration::from_secs(20));
    assert!(setup.notifier.next_due().await.unwrap().unwrap() <= now());
}
