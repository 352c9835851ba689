//! Tests of what happens when there is too much: rates, digests, circuits, and what a channel's status says.

use tempfile::TempDir;

use super::tests::{Fake, open, report};
use super::*;
use crate::channel::SendErrorKind;
use crate::notice::{Attachment, Severity};
use crate::outbox::State;
use crate::sample::{at, notice};

/// Notices of which none is like another.
fn different(from: u32, to: u32) -> Vec<Notice> {
    let one = |n: u32| Notice { group_key: n.to_string(), ..notice(&format!("n{n}")) };
    (from..to).map(one).collect()
}

fn fake(people: bool, rate: &str, failing: &[SendErrorKind]) -> Arc<Fake> {
    let fake = Fake { people, rate: Some(rate.parse().unwrap()), ..Fake::default() };
    fake.script.lock().unwrap().extend(failing);
    Arc::new(fake)
}

#[tokio::test]
async fn no_more_goes_out_than_the_rate_allows() {
    let (folder, a) = (TempDir::new().unwrap(), fake(false, "3/60s", &[]));
    let notifier = open(&folder, &[("a", &a)]).await;
    notifier.submit(different(0, 3), at(0)).await.unwrap();
    assert_eq!(notifier.deliver_due(at(30)).await.unwrap(), report(3, 0, 0, 0));
    notifier.submit(different(3, 4), at(31)).await.unwrap();
    notifier.submit(different(4, 5), at(31)).await.unwrap();
    // The next token is there at 50 s, the group's time at 61 s.
    assert_eq!(notifier.next_due().await.unwrap(), Some(at(61)));
    assert_eq!(notifier.deliver_due(at(61)).await.unwrap(), report(1, 0, 0, 0));
    let digest = notifier.outbox().list(State::Sent, 9).await.unwrap().into_iter().find(|d| d.gathers > 0).unwrap();
    assert_eq!((digest.gathers, digest.notices, digest.severity), (2, 2, Severity::High));
    assert_eq!(a.taken()[3], (digest.id, vec!["n3".to_owned(), "n4".to_owned()]));
    notifier.submit(different(5, 6), at(62)).await.unwrap();
    assert_eq!(notifier.next_due().await.unwrap(), Some(at(92)));
    assert_eq!(notifier.deliver_due(at(92)).await.unwrap(), report(1, 0, 0, 0));
}

#[tokio::test]
async fn a_storm_is_one_digest_for_people_and_nothing_of_it_is_lost() {
    let (folder, a) = (TempDir::new().unwrap(), fake(true, "none", &[SendErrorKind::Transient]));
    let notifier = open(&folder, &[("a", &a)]).await;
    let mut notices = different(0, 3_000);
    notices.iter_mut().for_each(|notice| notice.severity = Severity::Low);
    notices[1_234].severity = Severity::High;
    notices[17].attachments = vec![Attachment { name: "a".into(), mime: "text/plain".into(), bytes: vec![1] }];
    notifier.submit(notices.clone(), at(0)).await.unwrap();
    // What has a file goes by itself; the digest first, since it is graver.
    assert_eq!(notifier.deliver_due(at(30)).await.unwrap().failed, 1);
    let digest = notifier.outbox().list(State::Pending, 9).await.unwrap().into_iter().find(|d| d.gathers > 0).unwrap();
    assert_eq!((digest.gathers, digest.notices, digest.severity), (2_999, 2_999, Severity::High));
    assert_eq!(digest.opened, at(0));
    // While it waits, others come: they are in another message. And what was told is not told again.
    assert_eq!(notifier.submit(notices, at(31)).await.unwrap().known, 3_000);
    notifier.submit(different(3_000, 3_001), at(31)).await.unwrap();
    let next = notifier.next_due().await.unwrap().unwrap();
    assert_eq!(next, at(60), "the channel rests for a while after a digest");
    assert_eq!(notifier.deliver_due(at(59)).await.unwrap().sent, 0);
    assert_eq!(notifier.deliver_due(at(61)).await.unwrap(), report(3, 0, 0, 0));
    assert_eq!(a.tried.lock().unwrap()[..2], [digest.id.clone(), digest.id.clone()]);
    // Each notice's record says where it went.
    for id in ["n0", "n2999", "n1234"] {
        let found = notifier.outbox().show(id).await.unwrap();
        assert_eq!(found.iter().map(|(d, _)| d.id.as_str()).collect::<Vec<_>>(), [digest.id.as_str()], "{id}");
    }
    let (_, members) = notifier.outbox().show(&digest.id).await.unwrap().remove(0);
    assert_eq!((members.len(), members[0].id.as_str(), &members[0].title), (2_999, "n1234", &None));
    let gathered = notifier.outbox().list(State::Digested, 5_000).await.unwrap();
    assert_eq!(gathered.len(), 2_999);
    assert!(gathered.iter().all(|one| one.digest.as_ref() == Some(&digest.id)));
    let alone: Vec<_> = a.taken().into_iter().skip(1).flat_map(|(_, ids)| ids).collect();
    assert_eq!(alone, ["n3000", "n17"]);
}

#[tokio::test]
async fn programs_get_digests_of_bounded_size_and_only_for_their_rate() {
    let (folder, a, b) = (TempDir::new().unwrap(), fake(false, "none", &[]), fake(false, "2/1m", &[]));
    let notifier = open(&folder, &[("a", &a), ("b", &b)]).await;
    let grave = |mut notice: Notice| {
        notice.severity = Severity::Critical;
        notice
    };
    notifier.submit(different(0, 40).into_iter().map(grave).collect(), at(0)).await.unwrap();
    notifier.deliver_due(at(30)).await.unwrap();
    assert_eq!((a.taken().len(), b.taken().len()), (40, 1));
    notifier.submit(different(100, 1_700).into_iter().map(grave).collect(), at(100)).await.unwrap();
    notifier.deliver_due(at(200)).await.unwrap();
    let sizes: Vec<_> = b.taken().iter().map(|(_, ids)| ids.len()).collect();
    assert_eq!(sizes, [40, 1_000, 600]);
}

#[tokio::test]
async fn a_digest_has_one_id_even_after_a_restart() {
    let folder = TempDir::new().unwrap();
    let failing = fake(true, "none", &[SendErrorKind::Down]);
    let notifier = open(&folder, &[("a", &failing)]).await;
    notifier.submit(different(0, 50), at(0)).await.unwrap();
    assert_eq!(notifier.deliver_due(at(30)).await.unwrap(), report(0, 1, 0, 1));
    let tried = failing.tried.lock().unwrap()[0].clone();
    drop(notifier);
    let a = fake(true, "none", &[]);
    let notifier = open(&folder, &[("a", &a)]).await;
    notifier.submit(different(0, 50), at(50)).await.unwrap();
    assert_eq!(notifier.deliver_due(at(90)).await.unwrap(), report(1, 0, 0, 0));
    assert_eq!((a.taken().len(), &a.taken()[0].0, a.taken()[0].1.len()), (1, &tried, 50));
}

#[tokio::test]
async fn a_circuit_opens_probes_one_at_a_time_and_closes() {
    let (folder, a) = (TempDir::new().unwrap(), fake(false, "none", &[SendErrorKind::Transient; 7]));
    let notifier = open(&folder, &[("a", &a)]).await;
    notifier.submit(different(0, 20), at(0)).await.unwrap();
    // Five failures in a row open it; the other fifteen are not even tried.
    assert_eq!(notifier.deliver_due(at(30)).await.unwrap(), report(0, 5, 0, 20));
    let status = notifier.status().await.unwrap().remove(0);
    let open = status.circuit.unwrap();
    assert_eq!((open.since, open.failures), (at(30), 5));
    assert_eq!((status.depth.waiting, status.depth.oldest, status.depth.dead), (20, Some(at(0)), 0));
    assert_eq!(notifier.next_due().await.unwrap(), Some(open.until));
    let mut now = open.until;
    for failures in [6, 7] {
        assert_eq!(notifier.deliver_due(now).await.unwrap(), report(0, 1, 0, 20));
        let open = notifier.status().await.unwrap()[0].circuit.unwrap();
        assert_eq!((open.since, open.failures), (at(30), failures));
        now = open.until;
    }
    let sent = notifier.deliver_due(now + SignedDuration::from_secs(60)).await.unwrap();
    assert_eq!((sent.sent, sent.failed), (20, 0));
    let status = notifier.status().await.unwrap().remove(0);
    assert_eq!((status.circuit, status.depth), (None, Depth { channel: "a".into(), ..Depth::default() }));
}

#[tokio::test]
async fn the_status_names_every_channel() {
    let (folder, a, b) = (TempDir::new().unwrap(), fake(false, "none", &[SendErrorKind::Permanent; 2]), Arc::default());
    let notifier = open(&folder, &[("a", &a), ("b", &b)]).await;
    notifier.submit(different(0, 3), at(0)).await.unwrap();
    notifier.deliver_due(at(30)).await.unwrap();
    let status = notifier.status().await.unwrap();
    let of = |n: usize| (status[n].depth.channel.as_str(), status[n].depth.waiting, status[n].depth.dead);
    assert_eq!((of(0), of(1), status.len()), (("a", 0, 2), ("b", 0, 0), 2));
    // Another process sees the same of what is on disk, and that this one delivers.
    let path = folder.path().join("outbox.sqlite");
    assert!(Outbox::is_in_use(&path));
    let depths = Outbox::open_read_only(&path).unwrap().depths().await.unwrap();
    assert_eq!(depths, [status[0].depth.clone()]);
    drop(notifier);
    assert!(!Outbox::is_in_use(&path) && !Outbox::is_in_use(&folder.path().join("none")));
    assert!(Outbox::open_read_only(&folder.path().join("none")).err().unwrap().to_string().contains("No such file"));
}

#[tokio::test]
async fn what_is_seeded_is_known_and_told_to_nobody() {
    let (folder, a) = (TempDir::new().unwrap(), fake(false, "none", &[]));
    let notifier = open(&folder, &[("a", &a)]).await;
    assert!(!notifier.intake().is_seeded().await.unwrap());
    let ids: Vec<_> = (0..10).map(|n| format!("n{n}")).collect();
    assert_eq!(notifier.intake().seed(ids.clone(), at(0)).await.unwrap(), 10);
    assert!(notifier.intake().is_seeded().await.unwrap());
    assert_eq!(notifier.intake().seed(ids, at(0)).await.unwrap(), 0);
    let done = notifier.submit(different(0, 12), at(0)).await.unwrap();
    assert_eq!((done.known, done.queued), (10, 2));
    notifier.deliver_due(at(30)).await.unwrap();
    assert_eq!(a.taken().len(), 2);
}
