//! Delivery to real servers: mail over STARTTLS and AUTH, SNS and Security Hub over HTTP, webhooks over TLS, and servers that misbehave.

mod fakes;
mod hooks;
mod mail;
mod topic;

use std::sync::atomic::{AtomicU32, Ordering};

use jiff::Timestamp;
use tempfile::TempDir;
use trail_notify::{Config, Delivery, Notice, Notifier, Section, Severity, State, Wiring};

/// What `cargo xtask test` tells its tests about the servers that it started.
#[expect(clippy::disallowed_methods, reason = "tests are told through the environment where their servers are")]
fn setting(name: &str) -> String {
    match std::env::var(name) {
        Ok(value) => value,
        Err(_) => panic!("`{name}` is not set: start through `cargo xtask test`"),
    }
}

/// A word that no other test and no other run uses.
fn token(what: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{what}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

fn now() -> Timestamp {
    Timestamp::now()
}

fn notice(token: &str, number: u32) -> Notice {
    Notice {
        id: format!("{token}-{number}"),
        group_key: token.to_owned(),
        severity: Severity::High,
        title: format!("Root signed in {token}"),
        summary: "Somebody used the root user of 111122223333. Übergröße.".to_owned(),
        sections: vec![
            Section::facts("Who", vec![("Principal".into(), "arn:aws:iam::111122223333:root".into())]),
            Section::code("Look further", "SELECT eventname FROM cloudtrail WHERE useridentity.type = 'Root'"),
        ],
        tags: [("account", "111122223333"), ("detection", "root-usage")].map(|(k, v)| (k.into(), v.into())).into(),
        labels: Default::default(),
        channels: Vec::new(),
        forms: Default::default(),
        created: now(),
        attachments: Vec::new(),
    }
}

/// A notifier with one channel, `it`, and an outbox of its own.
struct Setup {
    notifier: Notifier,
    folder: TempDir,
}

impl Setup {
    async fn new(channel: &str, wiring: Wiring) -> Self {
        let folder = TempDir::new().unwrap();
        Self { notifier: notifier(&folder, channel, wiring).await, folder }
    }

    /// Submits and makes one pass; returns the one delivery and its state.
    async fn deliver(&self, notices: Vec<Notice>) -> (State, Delivery) {
        self.notifier.submit(notices, now()).await.unwrap();
        self.pass(now()).await
    }

    async fn pass(&self, at: Timestamp) -> (State, Delivery) {
        self.notifier.deliver_due(at).await.unwrap();
        for state in [State::Sent, State::Pending, State::Dead] {
            if let Some(delivery) = self.notifier.outbox().list(state, 2).await.unwrap().pop() {
                return (state, delivery);
            }
        }
        panic!("no delivery");
    }
}

async fn notifier(folder: &TempDir, channel: &str, wiring: Wiring) -> Notifier {
    let path = folder.path().join("outbox.sqlite");
    let text = format!(
        "outbox = {path:?}\ngroup_window = \"0s\"\nretry = {{ first = \"10ms\" }}\ndefault_route = {{ channels = [\"it\"] }}\n\
         [channels.it]\n{channel}"
    );
    let config: Config = toml::from_str(&text).unwrap();
    Notifier::new(config, wiring).await.unwrap()
}
