//! What a crash leaves behind, at each place where it may come.

use std::path::Path;
use std::time::Duration;

use arrow::array::Array;
use tempfile::TempDir;
use trail_lake::{Config, DigestRow, Lake, Outcome, State, Table};

use crate::world::{Event, activity, add, config, count, events, object, open, put, texts};

const MARCH: &str = "2026-03-01T10:00:00Z";

/// The commits in the log of a table.
fn log(folder: &TempDir, table: Table) -> Vec<std::path::PathBuf> {
    let log = folder.path().join(table.name()).join("_delta_log");
    let mut commits: Vec<_> = std::fs::read_dir(log).unwrap().map(|entry| entry.unwrap().path()).collect();
    commits.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    commits.sort();
    commits
}

fn parquet_files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| match entry.file_type().unwrap().is_dir() {
            true if entry.file_name() != "_delta_log" => parquet_files(&entry.path()),
            true => 0,
            false => usize::from(entry.path().extension().is_some_and(|extension| extension == "parquet")),
        })
        .sum()
}

async fn check_counts(lake: &Lake, events: u64, objects: u64) {
    lake.fold().await.unwrap();
    assert_eq!(count(lake, Table::CloudTrail).await, events);
    assert_eq!(count(lake, Table::Objects).await, objects);
    assert_eq!(activity(lake).await.values().sum::<i64>(), events as i64);
}

/// A commit that did not land: its files are there, and count for nothing.
#[tokio::test(flavor = "multi_thread")]
async fn files_without_their_commit_count_for_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(&folder, config()).await;
    let mut writer = lake.writer().await.unwrap();
    put(&mut writer, "/a", &events(0..10, MARCH)).await;
    put(&mut writer, "/b", &events(10..30, MARCH)).await;
    drop((writer, lake));
    std::fs::remove_file(log(&folder, Table::CloudTrail).last().unwrap()).unwrap();

    let lake = open(&folder, Config { file_retention: Duration::ZERO, ..config() }).await;
    assert!(lake.seen("/a", "1") && !lake.seen("/b", "1"));
    check_counts(&lake, 10, 1).await;
    let mut writer = lake.writer().await.unwrap();
    let again = put(&mut writer, "/b", &events(10..30, MARCH)).await;
    assert_eq!((again.events, again.duplicates), (20, 0));
    check_counts(&lake, 30, 2).await;

    assert_eq!(parquet_files(&folder.path().join("cloudtrail")), 3);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let vacuumed = lake.vacuum().await.unwrap();
    assert_eq!(vacuumed.files, 2, "the lost rows and their activity");
    assert_eq!(parquet_files(&folder.path().join("cloudtrail")), 2);
    check_counts(&lake, 30, 2).await;
}

/// Folds that stopped anywhere go on where they stopped: each table's last commits are taken away in turn, as a crash
/// before them would have left it.
#[tokio::test(flavor = "multi_thread")]
async fn folds_count_once_wherever_they_stop() {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(&folder, config()).await;
    let mut writer = lake.writer().await.unwrap();
    for round in 0..6u64 {
        put(&mut writer, &format!("/{round}"), &events(round * 5..round * 5 + 10, MARCH)).await;
        if round % 2 == 1 {
            lake.fold().await.unwrap();
        }
    }
    check_counts(&lake, 35, 6).await;
    drop((writer, lake));
    for table in [Table::Activity, Table::Objects] {
        for lost in 1..=3 {
            let commits = log(&folder, table);
            commits[commits.len() - lost..].iter().for_each(|commit| std::fs::remove_file(commit).unwrap());
            let lake = open(&folder, config()).await;
            for _ in 0..2 {
                check_counts(&lake, 35, 6).await;
            }
            assert!((0..6).all(|round| lake.seen(&format!("/{round}"), "1")));
        }
    }
}

/// Two processes fold at the same time: one gives way.
#[tokio::test(flavor = "multi_thread")]
async fn folds_that_meet_count_once() {
    let folder = tempfile::tempdir().unwrap();
    let one = open(&folder, config()).await;
    let other = open(&folder, config()).await;
    let mut writer = one.writer().await.unwrap();
    for round in 0..8u64 {
        put(&mut writer, &format!("/{round}"), &events(round * 10..round * 10 + 10, MARCH)).await;
        let (one, other) = tokio::join!(one.fold(), other.fold());
        one.and(other).unwrap();
    }
    for lake in [&one, &other] {
        check_counts(lake, 80, 8).await;
    }
}

/// An object that failed is tried again, and its last try counts.
#[tokio::test(flavor = "multi_thread")]
async fn failed_objects_are_not_seen() {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(&folder, config()).await;
    let mut writer = lake.writer().await.unwrap();
    let failed = Outcome {
        uri: "/a".to_owned(),
        version: "1".to_owned(),
        size: 7,
        modified: Some(5),
        sha256: None,
        state: State::Failed,
        records: 0,
        events: 0,
        duplicates: 0,
        rejects: 0,
        first: None,
        last: None,
    };
    let reject = trail_event::Reject {
        object: "/a".to_owned(),
        record: None,
        offset: 0,
        reason: "connection reset".to_owned(),
        sample: String::new(),
    };
    writer.add(Vec::new(), failed, vec![reject]).await.unwrap();
    let committed = writer.commit().await.unwrap();
    assert_eq!((committed.events, committed.rejects), (0, 1));
    assert!(!lake.seen("/a", "1"));
    put(&mut writer, "/a", &events(0..5, MARCH)).await;
    assert!(lake.seen("/a", "1"));
    drop((writer, lake));
    let lake = open(&folder, config()).await;
    lake.fold().await.unwrap();
    assert!(lake.seen("/a", "1"));
    assert_eq!(texts(&lake, Table::Objects, "state").await, ["failed", "read"]);
    assert_eq!(texts(&lake, Table::Rejects, "reason").await, ["connection reset"]);
}

/// Rejects and sessions come with the events that they are from.
#[tokio::test(flavor = "multi_thread")]
async fn rejects_and_sessions_are_folded() {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(&folder, config()).await;
    let mut writer = lake.writer().await.unwrap();
    let rest = r#""eventSource":"sts.amazonaws.com","eventName":"AssumeRole","responseElements":{"credentials":{"accessKeyId":"ASIAEXAMPLE0000000009","expiration":"Mar 1, 2026, 11:00:00 AM"},"assumedRoleUser":{"arn":"arn:aws:sts::111122223333:assumed-role/audit/eve"}},"#;
    let issue = Event { rest, ..events([7], MARCH).remove(0) };
    let text = object(&[issue]).replacen(r#""eventSource":"s3.amazonaws.com","eventName":"GetObject","#, "", 1);
    add(&mut writer, "/sts", &text).await;
    add(&mut writer, "/bad", &object(&events(0..3, MARCH)).replace(r#""Records":["#, r#""Records":[nonsense,"#)).await;
    let committed = writer.commit().await.unwrap();
    assert!(committed.rejects > 0, "{committed:?}");
    lake.fold().await.unwrap();
    assert_eq!(texts(&lake, Table::Sessions, "issued_key").await, ["ASIAEXAMPLE0000000009"]);
    assert_eq!(texts(&lake, Table::Sessions, "caller_key").await, ["AKIAEXAMPLE0000000001"]);
    assert_eq!(texts(&lake, Table::Sessions, "session_name").await, ["eve"]);
    assert_eq!(texts(&lake, Table::Sessions, "role_arn").await, ["arn:aws:sts::111122223333:assumed-role/audit/eve"]);
    assert_eq!(count(&lake, Table::Rejects).await, committed.rejects);
    let sessions = crate::world::rows(&lake, Table::Sessions).await;
    assert!(sessions[0].column_by_name("expires").unwrap().is_valid(0));
}

/// A digest lands with its object, and what a crash left unfolded is known and taken up.
#[tokio::test(flavor = "multi_thread")]
async fn digests_are_kept_and_what_waits_for_a_fold_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(&folder, config()).await;
    let mut writer = lake.writer().await.unwrap();
    let (uri, version) = ("s3://b/CloudTrail-Digest/d.json.gz".to_owned(), "1".to_owned());
    let outcome = Outcome {
        uri: uri.clone(),
        version: version.clone(),
        size: 7,
        modified: None,
        sha256: None,
        state: State::Digest,
        records: 0,
        events: 0,
        duplicates: 0,
        rejects: 0,
        first: None,
        last: None,
    };
    let metadata = r#"{"signature":"0a"}"#.to_owned();
    let digest = DigestRow { uri: uri.clone(), version, metadata: metadata.clone(), ..DigestRow::default() };
    writer.add_digest(digest, outcome, Vec::new()).await.unwrap();
    writer.commit().await.unwrap();
    let behind: Vec<_> = lake.unfolded().await.unwrap().iter().map(|it| (it.table, it.commits)).collect();
    assert_eq!(behind, [(Table::Objects, 1), (Table::Digests, 1)]);
    drop((writer, lake));
    let lake = open(&folder, config()).await;
    assert!(lake.seen(&uri, "1"));
    lake.fold().await.unwrap();
    assert_eq!(lake.unfolded().await.unwrap(), []);
    assert_eq!(texts(&lake, Table::Digests, "metadata").await, [metadata]);
}
