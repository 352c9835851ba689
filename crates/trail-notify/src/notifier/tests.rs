//! Tests of the pipeline with a channel of the test's own that fails on demand.

use std::collections::VecDeque;

use async_trait::async_trait;
use tempfile::TempDir;

use super::*;
use crate::notice::{Attachment, Severity};
use crate::outbox::State;
use crate::sample::{at, notice};

/// Remembers what it was given and answers from a script, then with yes.
#[derive(Default)]
struct Fake {
    script: Mutex<VecDeque<SendErrorKind>>,
    taken: Mutex<Vec<(String, Vec<String>)>>,
    tried: Mutex<Vec<String>>,
    hangs: bool,
}

impl Fake {
    fn failing(kinds: &[SendErrorKind]) -> Arc<Self> {
        Arc::new(Self { script: Mutex::new(kinds.iter().copied().collect()), ..Self::default() })
    }

    fn taken(&self) -> Vec<(String, Vec<String>)> {
        self.taken.lock().unwrap().clone()
    }
}

#[async_trait]
impl Channel for Fake {
    fn time_limit(&self) -> Duration {
        Duration::from_millis(if self.hangs { 50 } else { 10_000 })
    }

    async fn send(&self, parcel: &Parcel) -> Result<(), SendError> {
        self.tried.lock().unwrap().push(parcel.id.clone());
        if self.hangs {
            std::future::pending::<()>().await;
        }
        if let Some(kind) = self.script.lock().unwrap().pop_front() {
            return Err(SendError::new(kind, "no"));
        }
        let ids = parcel.notices.iter().map(|n| n.id.clone()).collect();
        self.taken.lock().unwrap().push((parcel.id.clone(), ids));
        Ok(())
    }
}

const CONFIG: &str = r#"
    group_window = "30s"
    group_interval = "5m"
    retry = { first = "10s", max = "60s", give_up_after = "1h" }
    routes = [{ min_severity = "critical", channels = ["a", "b"] }]
    default_route = { min_severity = "low", channels = ["a"] }
    silences = [{ tags = { principal = "*scanner" }, owner = "o", reason = "r", until = "2026-11-02" }]
"#;

async fn open(folder: &TempDir, channels: &[(&str, &Arc<Fake>)]) -> Notifier {
    let mut config: Config = toml::from_str(CONFIG).unwrap();
    config.outbox = folder.path().join("outbox.sqlite");
    let channels = channels.iter().map(|(n, c)| (n.to_string(), Arc::clone(c) as Arc<dyn Channel>)).collect();
    Notifier::with_channels(config, channels).await.unwrap()
}

fn report(sent: u64, failed: u64, dead: u64, pending: u64) -> Report {
    Report { sent, failed, dead, pending }
}

#[tokio::test]
async fn a_hundred_like_notices_are_one_delivery_and_repeats_are_none() {
    let (folder, a) = (TempDir::new().unwrap(), Arc::new(Fake::default()));
    let notifier = open(&folder, &[("a", &a)]).await;
    let notices: Vec<_> = (0..100).map(|n| notice(&format!("n{n}"))).collect();
    let first = notifier.submit(notices[..60].to_vec(), at(0)).await.unwrap();
    assert_eq!(first, Submitted { queued: 60, ..Submitted::default() });
    let second = notifier.submit(notices.clone(), at(20)).await.unwrap();
    assert_eq!(second, Submitted { queued: 40, known: 60, ..Submitted::default() });
    assert_eq!(notifier.next_due().await.unwrap(), Some(at(30)));
    assert_eq!(notifier.deliver_due(at(29)).await.unwrap(), report(0, 0, 0, 1));
    assert_eq!(notifier.deliver_due(at(30)).await.unwrap(), report(1, 0, 0, 0));
    let want: Vec<_> = (0..100).map(|n| format!("n{n}")).collect();
    assert_eq!(a.taken()[0].1, want);
    assert_eq!(notifier.submit(notices, at(40)).await.unwrap().known, 100);
    assert_eq!(notifier.next_due().await.unwrap(), None);
    assert_eq!(notifier.deliver_due(at(9000)).await.unwrap(), report(0, 0, 0, 0));
    assert_eq!(a.taken().len(), 1);
}

#[tokio::test]
async fn a_group_that_goes_on_waits_for_its_interval_and_others_do_not() {
    let (folder, a) = (TempDir::new().unwrap(), Arc::new(Fake::default()));
    let notifier = open(&folder, &[("a", &a)]).await;
    notifier.submit(vec![notice("1")], at(0)).await.unwrap();
    notifier.deliver_due(at(30)).await.unwrap();
    let mut other = notice("other");
    other.group_key = "other".into();
    notifier.submit(vec![notice("2"), other], at(40)).await.unwrap();
    notifier.submit(vec![notice("3")], at(200)).await.unwrap();
    assert_eq!(notifier.deliver_due(at(70)).await.unwrap(), report(1, 0, 0, 1));
    assert_eq!(notifier.next_due().await.unwrap(), Some(at(330)));
    assert_eq!(notifier.deliver_due(at(330)).await.unwrap(), report(1, 0, 0, 0));
    let groups: Vec<_> = a.taken().into_iter().map(|(_, ids)| ids.join(",")).collect();
    assert_eq!(groups, ["1", "other", "2,3"]);
}

#[tokio::test]
async fn routes_and_silences_decide_once() {
    let (folder, a, b) = (TempDir::new().unwrap(), Arc::new(Fake::default()), Arc::new(Fake::default()));
    let notifier = open(&folder, &[("a", &a), ("b", &b)]).await;
    let with = |id: &str, severity, principal: &str| {
        let mut notice = notice(id);
        notice.severity = severity;
        notice.group_key = id.into();
        notice.tags.insert("principal".into(), principal.into());
        notice
    };
    let notices = vec![
        with("critical", Severity::Critical, "x"),
        with("low", Severity::Low, "x"),
        with("info", Severity::Info, "x"),
        with("silenced", Severity::Critical, "role/scanner"),
    ];
    let done = notifier.submit(notices.clone(), at(0)).await.unwrap();
    assert_eq!(done, Submitted { queued: 2, known: 0, silenced: 1, unrouted: 1 });
    assert_eq!(notifier.deliver_due(at(60)).await.unwrap(), report(3, 0, 0, 0));
    assert_eq!(a.taken().iter().map(|(_, ids)| ids[0].as_str()).collect::<Vec<_>>(), ["critical", "low"]);
    assert_eq!(b.taken().iter().map(|(_, ids)| ids[0].as_str()).collect::<Vec<_>>(), ["critical"]);
    // After the end of the silence, what it hid stays hidden; new ones come through.
    assert_eq!(notifier.submit(notices, at(200_000)).await.unwrap().known, 4);
    let new = notifier.submit(vec![with("new", Severity::Critical, "role/scanner")], at(200_000)).await.unwrap();
    assert_eq!(new.queued, 1);
}

#[tokio::test]
async fn failures_are_tried_again_under_one_id_even_after_a_restart() {
    let folder = TempDir::new().unwrap();
    let failing = Fake::failing(&[SendErrorKind::Transient]);
    let notifier = open(&folder, &[("a", &failing)]).await;
    notifier.submit(vec![notice("1")], at(0)).await.unwrap();
    assert_eq!(notifier.deliver_due(at(30)).await.unwrap(), report(0, 1, 0, 1));
    // Closed by the first try: a like notice opens another delivery.
    notifier.submit(vec![notice("2")], at(31)).await.unwrap();
    let next = notifier.next_due().await.unwrap().unwrap();
    assert!(next > at(34) && next <= at(40), "{next}");
    drop(notifier);

    let a = Arc::new(Fake::default());
    let notifier = open(&folder, &[("a", &a)]).await;
    assert_eq!(notifier.submit(vec![notice("1"), notice("2")], at(32)).await.unwrap().known, 2);
    assert_eq!(notifier.deliver_due(at(33)).await.unwrap(), report(0, 0, 0, 2));
    assert_eq!(notifier.deliver_due(next).await.unwrap(), report(1, 0, 0, 1));
    assert_eq!(a.taken(), [(failing.tried.lock().unwrap()[0].clone(), vec!["1".to_owned()])]);
    drop(notifier);

    // What was sent is not sent again by a later run.
    let a = Arc::new(Fake::default());
    let notifier = open(&folder, &[("a", &a)]).await;
    assert_eq!(notifier.deliver_due(at(4000)).await.unwrap(), report(1, 0, 0, 0));
    assert_eq!(a.taken()[0].1, ["2"]);
}

#[tokio::test]
async fn permanent_errors_are_dead_letters_that_can_be_sent_again() {
    let (folder, a) = (TempDir::new().unwrap(), Fake::failing(&[SendErrorKind::Permanent]));
    let notifier = open(&folder, &[("a", &a)]).await;
    let mut with_file = notice("1");
    with_file.attachments = vec![Attachment { name: "a".into(), mime: "text/plain".into(), bytes: vec![1, 2] }];
    notifier.submit(vec![with_file], at(0)).await.unwrap();
    assert_eq!(notifier.deliver_due(at(30)).await.unwrap(), report(0, 0, 1, 0));
    assert_eq!(notifier.next_due().await.unwrap(), None);
    let dead = notifier.outbox().list(State::Dead, 10).await.unwrap();
    assert_eq!((dead.len(), dead[0].last_error.as_deref(), dead[0].attempts, dead[0].notices), (1, Some("no"), 1, 1));
    assert_eq!(notifier.outbox().resend(vec![dead[0].id.clone(), "unknown".into()], at(100)).await.unwrap(), 1);
    assert_eq!(notifier.deliver_due(at(100)).await.unwrap(), report(1, 0, 0, 0));
    assert_eq!(a.taken(), [(dead[0].id.clone(), vec!["1".to_owned()])]);
    assert_eq!(notifier.outbox().resend(vec![dead[0].id.clone()], at(100)).await.unwrap(), 0);
    assert_eq!(notifier.outbox().list(State::Sent, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_channel_that_is_down_is_left_alone_and_the_others_work() {
    let down = Fake::failing(&[SendErrorKind::Down; 4]);
    let (folder, b) = (TempDir::new().unwrap(), Arc::new(Fake::default()));
    let notifier = open(&folder, &[("a", &down), ("b", &b)]).await;
    let grave = |n: usize| {
        let mut notice = notice(&n.to_string());
        notice.severity = Severity::Critical;
        notice.group_key = n.to_string();
        notice
    };
    notifier.submit((0..20).map(grave).collect(), at(0)).await.unwrap();
    assert_eq!(notifier.deliver_due(at(30)).await.unwrap(), report(20, 1, 0, 20));
    assert_eq!(down.tried.lock().unwrap().len(), 1);
    let next = notifier.next_due().await.unwrap().unwrap();
    assert!(next > at(34) && next <= at(40), "{next}");
    assert_eq!(notifier.deliver_due(at(31)).await.unwrap(), report(0, 0, 0, 20));
    let mut now = next;
    for _ in 0..3 {
        assert_eq!(notifier.deliver_due(now).await.unwrap().failed, 1);
        now = notifier.next_due().await.unwrap().unwrap();
    }
    assert_eq!(notifier.deliver_due(now + SignedDuration::from_secs(60)).await.unwrap(), report(20, 0, 0, 0));
}

#[tokio::test]
async fn what_is_never_taken_is_given_up_in_the_end() {
    let (folder, a) = (TempDir::new().unwrap(), Fake::failing(&[SendErrorKind::Down; 2]));
    let notifier = open(&folder, &[("a", &a)]).await;
    notifier.submit(vec![notice("1")], at(0)).await.unwrap();
    assert_eq!(notifier.deliver_due(at(30)).await.unwrap().failed, 1);
    assert_eq!(notifier.deliver_due(at(3600)).await.unwrap(), report(0, 0, 1, 0));
    assert_eq!(notifier.outbox().list(State::Dead, 9).await.unwrap()[0].last_error.as_deref(), Some("given up: no"));
}

#[tokio::test]
async fn a_channel_that_never_answers_is_cut_off() {
    let (folder, a) = (TempDir::new().unwrap(), Arc::new(Fake { hangs: true, ..Fake::default() }));
    let notifier = open(&folder, &[("a", &a)]).await;
    notifier.submit(vec![notice("1")], at(0)).await.unwrap();
    assert_eq!(notifier.deliver_due(at(30)).await.unwrap(), report(0, 1, 0, 1));
    let error = notifier.outbox().list(State::Pending, 9).await.unwrap().remove(0).last_error.unwrap();
    assert_eq!(error, "no answer within 50ms (see `time_limit`)");
}

#[tokio::test]
async fn a_channel_that_left_the_config_leaves_dead_letters() {
    let (folder, a) = (TempDir::new().unwrap(), Arc::new(Fake::default()));
    let notifier = open(&folder, &[("a", &a)]).await;
    notifier.submit(vec![notice("1")], at(0)).await.unwrap();
    drop(notifier);
    let notifier = open(&folder, &[("b", &a)]).await;
    let dead = notifier.outbox().list(State::Dead, 9).await.unwrap();
    assert!(dead[0].last_error.as_ref().unwrap().starts_with("channel `a` is no longer in the config"));
}

#[tokio::test]
async fn another_takes_its_place_over_the_same_outbox() {
    let (folder, a) = (TempDir::new().unwrap(), Arc::new(Fake::failing(&[SendErrorKind::Transient])));
    let old = open(&folder, &[("a", &a)]).await;
    old.submit(vec![notice("1")], at(0)).await.unwrap();
    assert_eq!(old.deliver_due(at(30)).await.unwrap(), report(0, 1, 0, 1));
    assert_eq!(old.tallies(), [("a", report(0, 1, 0, 0))]);
    assert_eq!(old.tallies(), [("a", report(0, 0, 0, 0))]);

    let text = "group_window = \"1s\"\nretry = { first = \"10s\" }\ndefault_route = { channels = [\"b\"] }\n[channels.b]\nkind = \"file\"\npath = \"taken\"";
    let mut config: Config =
        toml::from_str(&text.replace("taken", folder.path().join("taken").to_str().unwrap())).unwrap();
    let other = Config { outbox: folder.path().join("other.sqlite"), ..config.clone() };
    let error = old.renewed(other, Wiring::default()).await.err().unwrap().to_string();
    assert!(error.contains("`outbox` names another file"), "{error}");
    config.outbox = folder.path().join("outbox.sqlite");
    let new = old.renewed(config, Wiring::default()).await.unwrap();
    drop(old);
    // What waited for a channel that is gone is a dead letter, what is known stays known, and the lock is still held.
    new.bury_strays().await.unwrap();
    assert_eq!(new.outbox().list(State::Dead, 9).await.unwrap().len(), 1);
    let submitted = new.submit(vec![notice("1"), notice("2")], at(60)).await.unwrap();
    assert_eq!((submitted.known, submitted.queued), (1, 1));
    assert_eq!(new.deliver_due(at(400)).await.unwrap(), report(1, 0, 0, 0));
    assert!(matches!(lock(&folder.path().join("outbox.sqlite")), Err(OutboxError::InUse { .. })));
}

#[tokio::test]
async fn one_process_at_a_time() {
    let (folder, a) = (TempDir::new().unwrap(), Arc::new(Fake::default()));
    let notifier = open(&folder, &[("a", &a)]).await;
    let config = Config { outbox: folder.path().join("outbox.sqlite"), ..Config::default() };
    let error = Notifier::with_channels(config.clone(), BTreeMap::new()).await.err().unwrap();
    assert!(error.to_string().contains("is in use by another process"), "{error}");
    assert_eq!(error.kind(), ErrorKind::GiveUp);
    // Listing needs no lock.
    assert_eq!(Outbox::open(&config.outbox).unwrap().list(State::Dead, 9).await.unwrap(), []);
    drop(notifier);
    Notifier::with_channels(config, BTreeMap::new()).await.unwrap();
}

#[tokio::test]
async fn an_unknown_version_or_a_damaged_file_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.sqlite");
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.pragma_update(None, "user_version", 7).unwrap();
    assert!(matches!(Outbox::open(&path), Err(OutboxError::Version { version: 7, .. })));
    let path = folder.path().join("b.sqlite");
    std::fs::write(&path, [b'x'; 5000]).unwrap();
    let error = Outbox::open(&path).err().unwrap().to_string();
    assert!(error.contains("move it away"), "{error}");
}

#[tokio::test]
async fn a_notice_that_cannot_be_read_back_does_not_block_the_others() {
    let (folder, a) = (TempDir::new().unwrap(), Arc::new(Fake::default()));
    let notifier = open(&folder, &[("a", &a)]).await;
    let mut other = notice("2");
    other.group_key = "other".into();
    notifier.submit(vec![notice("1"), other], at(0)).await.unwrap();
    let raw = rusqlite::Connection::open(folder.path().join("outbox.sqlite")).unwrap();
    raw.execute("UPDATE notice SET body = '{}' WHERE id = '1'", []).unwrap();
    assert_eq!(notifier.deliver_due(at(30)).await.unwrap(), report(1, 0, 0, 0));
    assert_eq!(a.taken()[0].1, ["2"]);
    assert_eq!(notifier.outbox().list(State::Dead, 9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_was_delivered_keeps_its_id_but_not_its_words() {
    let (folder, a, b) = (TempDir::new().unwrap(), Arc::new(Fake::default()), Fake::failing(&[SendErrorKind::Down]));
    let notifier = open(&folder, &[("a", &a), ("b", &b)]).await;
    let mut grave = notice("1");
    grave.severity = Severity::Critical;
    grave.attachments = vec![Attachment { name: "a".into(), mime: "text/plain".into(), bytes: vec![1] }];
    notifier.submit(vec![grave], at(0)).await.unwrap();
    let raw = rusqlite::Connection::open(folder.path().join("outbox.sqlite")).unwrap();
    let kept = || {
        let count = |sql: &str| raw.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        (
            count("SELECT count(body) FROM notice"),
            count("SELECT count(*) FROM attachment"),
            count("SELECT count(*) FROM notice"),
        )
    };
    notifier.deliver_due(at(30)).await.unwrap();
    assert_eq!(kept(), (1, 1, 1));
    notifier.deliver_due(at(60)).await.unwrap();
    assert_eq!(kept(), (0, 0, 1));
}
