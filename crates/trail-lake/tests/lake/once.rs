//! Each event once: within an object, a commit and the lake, after a restart, and with several writers.

use trail_lake::{Committed, Table};

use crate::world::{add, config, count, days, events, object, open, put, texts};

const MARCH: &str = "2026-03-01T10:00:00Z";
const APRIL: &str = "2026-04-01T10:00:00Z";

fn told(committed: &Committed) -> (u64, u64) {
    (committed.events, committed.duplicates)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_kept_once() {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(&folder, config()).await;
    let mut writer = lake.writer().await.unwrap();

    let twice = [events(0..10, MARCH), events(5..10, MARCH)].concat();
    assert_eq!(told(&put(&mut writer, "/a", &twice).await), (10, 5), "within an object");

    add(&mut writer, "/b", &object(&events(10..20, MARCH))).await;
    add(&mut writer, "/c", &object(&events(8..22, MARCH))).await;
    let committed = writer.commit().await.unwrap();
    assert_eq!(told(&committed), (12, 12), "within a commit, and of an earlier one");
    let each: Vec<_> = committed.outcomes.iter().map(|outcome| (outcome.events, outcome.duplicates)).collect();
    assert_eq!(each, [(10, 0), (2, 12)]);

    drop((writer, lake));
    let lake = open(&folder, config()).await;
    let mut writer = lake.writer().await.unwrap();
    assert_eq!(told(&put(&mut writer, "/d", &events(0..25, MARCH)).await), (3, 22), "after a restart");
    assert_eq!(count(&lake, Table::CloudTrail).await, 25);

    let mut other = events(0..3, MARCH);
    other.iter_mut().for_each(|event| event.account = "210987654321");
    assert_eq!(told(&put(&mut writer, "/e", &other).await), (3, 0), "the same id in another account is another event");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_without_id_are_kept_by_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(&folder, config()).await;
    let mut writer = lake.writer().await.unwrap();
    let mut nameless = events(0..3, MARCH);
    nameless.iter_mut().for_each(|event| event.id.clear());
    assert_eq!(told(&put(&mut writer, "/a", &nameless).await), (3, 0));
    assert_eq!(told(&put(&mut writer, "/b", &nameless).await), (3, 0));
    drop(writer);
    let lake = open(&folder, config()).await;
    let mut writer = lake.writer().await.unwrap();
    assert_eq!(told(&put(&mut writer, "/b", &nameless).await), (0, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn late_events_go_to_their_own_day() {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(&folder, config()).await;
    let mut writer = lake.writer().await.unwrap();
    put(&mut writer, "/a", &events(0..10, APRIL)).await;
    let late = [events(10..12, MARCH), events(12..15, APRIL), events(15..16, ""), events(0..4, APRIL)].concat();
    assert_eq!(told(&put(&mut writer, "/b", &late).await), (6, 4));
    let days: Vec<_> = days(&lake).await.into_iter().collect();
    assert_eq!(days, [(None, 1), (Some(20_513), 2), (Some(20_544), 13)]);
    let march = lake.files(Table::CloudTrail, Some(20_513..=20_513)).await;
    assert_eq!(march.files.len(), 1);
    assert!(march.files[0].path.starts_with("_day=2026-03-01/part-"), "{}", march.files[0].path);
    let stats = march.files[0].stats.as_deref().unwrap();
    for expected in [
        r#""numRecords":2"#,
        r#""eventtime":"2026-03-01T10:00:00.000Z""#,
        r#""useridentity":{"accesskeyid":"AKIAEXAMPLE0000000001"}"#,
        r#""eventname":"GetObject""#,
    ] {
        assert!(stats.contains(expected), "{expected} in {stats}");
    }
}

/// Writers that do not know of each other put the same events: what the first commits, the others leave out.
#[tokio::test(flavor = "multi_thread")]
async fn writers_that_meet_keep_each_event_once() {
    let folder = tempfile::tempdir().unwrap();
    let lakes = [open(&folder, config()).await, open(&folder, config()).await, open(&folder, config()).await];
    let mut tasks = Vec::new();
    for (number, lake) in lakes.iter().cloned().enumerate() {
        tasks.push(tokio::spawn(async move {
            let mut writer = lake.writer().await.unwrap();
            let mut totals = (0, 0);
            for round in 0..10u64 {
                let day = if round % 2 == 0 { MARCH } else { APRIL };
                let mut mine = events(round * 100..round * 100 + 50, day);
                mine.extend(events(
                    (number as u64 + 1) * 10_000 + round * 10..(number as u64 + 1) * 10_000 + round * 10 + 10,
                    day,
                ));
                let committed = put(&mut writer, &format!("/{number}/{round}"), &mine).await;
                totals = (totals.0 + committed.events, totals.1 + committed.duplicates);
            }
            totals
        }));
    }
    let mut totals = (0, 0);
    for task in tasks {
        let (events, duplicates) = task.await.unwrap();
        totals = (totals.0 + events, totals.1 + duplicates);
    }
    assert_eq!(totals, (500 + 300, 2 * 500));
    lakes[0].refresh().await.unwrap();
    assert_eq!(count(&lakes[0], Table::CloudTrail).await, 800);
    let mut ids = texts(&lakes[0], Table::CloudTrail, "eventid").await;
    ids.dedup();
    assert_eq!(ids.len(), 800);
    for lake in &lakes {
        lake.fold().await.unwrap();
        assert_eq!(count(lake, Table::Objects).await, 30);
        assert_eq!(crate::world::activity(lake).await.values().sum::<i64>(), 800);
        assert!(lake.seen("/2/9", "1") && lake.seen("/0/0", "1") && !lake.seen("/2/9", "2"));
    }
}

/// A bound that holds not even one day costs reading, and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn keys_that_were_dropped_are_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(&folder, trail_lake::Config { key_bytes: 0, ..config() }).await;
    let mut writer = lake.writer().await.unwrap();
    for round in 0..4 {
        put(&mut writer, "/a", &events(0..10 + round, MARCH)).await;
        put(&mut writer, "/b", &events(100..110 + round, APRIL)).await;
    }
    assert_eq!(count(&lake, Table::CloudTrail).await, 26);
}
