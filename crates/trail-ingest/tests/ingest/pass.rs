//! Passes: counts, repeats, failures, and stops.

use std::sync::atomic::Ordering;
use std::time::Duration;

use arrow::array::AsArray;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use trail_ingest::{Config, Ingest, Summary};
use trail_integrity::forge::{Plan, Signer};
use trail_lake::{Lake, Table};

use crate::sources::{Body, Fake};

async fn lake(folder: &TempDir) -> Lake {
    let config = trail_lake::Config { sync: false, group_objects: 7, ..trail_lake::Config::default() };
    Lake::open(folder.path().to_str().unwrap(), config).await.unwrap()
}

/// A log object with one record for each number.
fn log(numbers: impl IntoIterator<Item = u64>) -> String {
    let records: Vec<_> = numbers
        .into_iter()
        .map(|n| {
            format!(
                r#"{{"eventVersion":"1.08","eventTime":"2026-03-{:02}T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1","eventID":"{n:08x}-0000-4000-8000-000000000000","recipientAccountId":"111122223333"}}"#,
                n % 3 + 1
            )
        })
        .collect();
    format!(r#"{{"Records":[{}]}}"#, records.join(","))
}

fn logs(objects: u64) -> Vec<(String, Body)> {
    (0..objects).map(|n| (format!("/{n:03}"), Body::Text(log(n * 8..n * 8 + 10)))).collect()
}

async fn pass(ingest: &mut Ingest) -> Summary {
    ingest.run_pass(&CancellationToken::new(), &|_| {}).await.unwrap()
}

async fn rows(lake: &Lake, table: Table) -> u64 {
    lake.files(table, None).await.files.iter().map(|file| file.rows).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn takes_everything_once() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(&folder).await;
    let (source, memory) = Fake::new(&lake, logs(50));
    let config = Config { max_objects_in_flight: 9, ..Config::default() };
    let mut ingest = Ingest::new(config, Box::new(source), lake.clone()).await.unwrap();
    let told = std::sync::Mutex::new(Vec::new());
    let summary = ingest
        .run_pass(&CancellationToken::new(), &|progress| told.lock().unwrap().push(progress.clone()))
        .await
        .unwrap();

    assert_eq!((summary.found, summary.read, summary.skipped, summary.failed), (50, 50, 0, 0));
    assert_eq!((summary.events, summary.duplicates, summary.rejects), (402, 98, 0));
    assert_eq!((summary.first, summary.last), (Some(1_772_359_200_000_000), Some(1_772_532_000_000_000)));
    assert!(
        summary.whole && summary.commits >= 8 && summary.version == Some(lake.version(Table::CloudTrail).await),
        "{summary:?}"
    );
    assert_eq!((rows(&lake, Table::CloudTrail).await, rows(&lake, Table::Objects).await), (402, 50));
    assert_eq!(memory.acknowledged.lock().unwrap().len(), 50);
    assert!(memory.most.load(Ordering::SeqCst) <= 9);
    let last = told.into_inner().unwrap().pop().unwrap();
    assert_eq!((last.total, last.found, last.done, last.records), (Some(50), 50, 50, 500));

    memory.bodies.lock().unwrap().insert("/new".to_owned(), Body::Text(log(398..405)));
    let summary = pass(&mut ingest).await;
    assert_eq!((summary.found, summary.read, summary.skipped), (51, 1, 50));
    assert_eq!((summary.events, summary.duplicates), (3, 4));
    assert_eq!(memory.reads.load(Ordering::SeqCst), 51);
}

#[tokio::test(flavor = "multi_thread")]
async fn little_room_is_room_enough() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(&folder).await;
    let (source, memory) = Fake::new(&lake, logs(12));
    let config = Config { workers: 1, max_bytes_in_flight: 1, max_objects_in_flight: 0, ..Config::default() };
    let mut ingest = Ingest::new(config, Box::new(source), lake.clone()).await.unwrap();
    assert_eq!(pass(&mut ingest).await.events, 98);
    assert_eq!(memory.most.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_object_costs_itself() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(&folder).await;
    let mut bodies = logs(5);
    bodies.push(("/later".to_owned(), Body::Later(2, log(100..110))));
    bodies.push(("/gone".to_owned(), Body::Gone));
    bodies.push(("/large".to_owned(), Body::Text(log(1000..2000))));
    bodies.push(("/broken".to_owned(), Body::Text(log(200..203).replacen('[', "[nonsense,", 1))));
    let (source, memory) = Fake::new(&lake, bodies);
    memory.blind.lock().unwrap().push("/002".to_owned());
    let config = Config { max_object_bytes: 50_000, ..Config::default() };
    let mut ingest = Ingest::new(config, Box::new(source), lake.clone()).await.unwrap();

    let first = pass(&mut ingest).await;
    assert_eq!((first.found, first.read, first.partial, first.failed), (8, 4, 1, 3));
    assert!(!first.whole && first.problems.len() == 4, "{:?}", first.problems);
    assert_eq!(first.events, 36 + 3);
    assert_eq!(rows(&lake, Table::Rejects).await, 4);
    let acknowledged = memory.acknowledged.lock().unwrap().clone();
    assert!(
        acknowledged.contains(&"/gone".to_owned()) && !acknowledged.contains(&"/later".to_owned()),
        "{acknowledged:?}"
    );

    memory.blind.lock().unwrap().clear();
    let second = pass(&mut ingest).await;
    assert_eq!((second.read, second.skipped, second.failed), (1, 5, 3));
    assert_eq!(rows(&lake, Table::Rejects).await, 4, "a failure is noted once");
    let told = |uri: &str| memory.acknowledged.lock().unwrap().iter().filter(|other| *other == uri).count();
    assert_eq!(
        (told("/gone"), told("/later")),
        (2, 0),
        "and told of each time, since a message may bring it each time"
    );
    let third = pass(&mut ingest).await;
    assert_eq!((third.read, third.failed, third.events, third.whole), (1, 2, 10, true));
    // Nothing was committed for it any more, and still it was told of.
    assert_eq!(told("/gone"), 3);
    pass(&mut ingest).await;
    assert_eq!((told("/gone"), memory.released.load(Ordering::SeqCst)), (4, 4));
    assert_eq!(rows(&lake, Table::CloudTrail).await, 42 + 3 + 10);
}

/// What was read before the source gave up is in the lake.
#[tokio::test(flavor = "multi_thread")]
async fn a_pass_that_ends_early_keeps_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(&folder).await;
    let mut bodies = logs(5);
    bodies.push(("/zzz".to_owned(), Body::Denied));
    let (source, memory) = Fake::new(&lake, bodies);
    let config = Config { max_objects_in_flight: 1, ..Config::default() };
    let mut ingest = Ingest::new(config, Box::new(source), lake.clone()).await.unwrap();
    let error = ingest.run_pass(&CancellationToken::new(), &|_| {}).await.unwrap_err();
    assert!(error.to_string().starts_with("source `fake`: no usable AWS credentials: expired"), "{error}");
    assert!(!error.is_transient());
    assert_eq!(rows(&lake, Table::CloudTrail).await, 42);
    assert_eq!(memory.acknowledged.lock().unwrap().len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_commits_what_was_read() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(&folder).await;
    let mut bodies = logs(5);
    bodies.push(("/zzz".to_owned(), Body::Silent));
    let (source, memory) = Fake::new(&lake, bodies);
    let mut ingest = Ingest::new(Config::default(), Box::new(source), lake.clone()).await.unwrap();
    let cancel = CancellationToken::new();
    let stop = |progress: &trail_ingest::Progress| {
        if progress.done == 5 {
            cancel.cancel();
        }
    };
    let stopped = ingest.run_pass(&cancel, &stop);
    let summary = tokio::time::timeout(Duration::from_secs(30), stopped).await.unwrap().unwrap();
    assert_eq!((summary.found, summary.read, summary.events, summary.whole), (6, 5, 42, false));
    assert_eq!(memory.acknowledged.lock().unwrap().len(), 5);
}

/// Rows do not wait for a group to fill up when nothing more comes.
#[tokio::test(flavor = "multi_thread")]
async fn rows_are_committed_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let config =
        trail_lake::Config { sync: false, group_time: Duration::from_millis(100), ..trail_lake::Config::default() };
    let lake = Lake::open(folder.path().to_str().unwrap(), config).await.unwrap();
    let mut bodies = logs(3);
    bodies.push(("/zzz".to_owned(), Body::Silent));
    let (source, memory) = Fake::new(&lake, bodies);
    let mut ingest = Ingest::new(Config::default(), Box::new(source), lake.clone()).await.unwrap();
    let cancel = CancellationToken::new();
    let waiting = async {
        while memory.acknowledged.lock().unwrap().len() < 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        cancel.cancel();
    };
    let both = async { tokio::join!(ingest.run_pass(&cancel, &|_| {}), waiting).0 };
    let summary = tokio::time::timeout(Duration::from_secs(30), both).await.unwrap().unwrap();
    assert_eq!(summary.events, 26);
    assert!((1..=3).contains(&summary.commits), "{} commits", summary.commits);
}

#[tokio::test(flavor = "multi_thread")]
async fn digests_are_kept_with_their_metadata_and_bring_no_events() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(&folder).await;
    let place = |hour: u32| {
        format!(
            "s3://b/AWSLogs/111111111111/CloudTrail-Digest/eu-west-1/2026/03/01/\
             111111111111_CloudTrail-Digest_eu-west-1_audit_eu-west-1_20260301T{hour:02}0131Z.json.gz"
        )
    };
    let start: jiff::Timestamp = "2026-03-01T00:01:31Z".parse().unwrap();
    let plan = Plan { hours: 2, log_files: 2, ..Plan::new(start) };
    let forged = plan.forge(&[Signer::new("eu-west-1", start, start + jiff::SignedDuration::from_hours(9))]);
    let text = String::from_utf8(forged.digests[0].text()).unwrap();
    // Somebody puts records, and rubbish, where digests lie.
    let bodies = [(place(1), text.clone()), (place(2), log(0..5)), (place(3), "nonsense".to_owned())];
    let (source, _) = Fake::new(&lake, bodies.map(|(uri, text)| (uri, Body::Text(text))));
    let mut ingest = Ingest::new(Config::default(), Box::new(source), lake.clone()).await.unwrap();
    let summary = pass(&mut ingest).await;
    assert_eq!((summary.read, summary.partial, summary.events), (1, 2, 0));
    assert_eq!((rows(&lake, Table::CloudTrail).await, rows(&lake, Table::Digests).await), (0, 3));
    let file = &lake.files(Table::Digests, None).await.files[0];
    let batch = lake.read(Table::Digests, file, None).await.unwrap().remove(0);
    let column = |name: &str| -> Vec<Option<String>> {
        let column = batch.column_by_name(name).unwrap().as_string_view().iter();
        column.map(|value| value.map(str::to_owned)).collect()
    };
    let first = column("uri").iter().position(|uri| *uri == Some(place(1))).unwrap();
    assert_eq!(column("body")[first], Some(text));
    assert_eq!(column("metadata")[first].as_deref(), Some(r#"{"signature":"0aff"}"#));
    assert_eq!(
        (column("account")[first].as_deref(), column("trail")[first].as_deref()),
        (Some("111111111111"), Some("audit"))
    );
    assert_eq!(column("fault").iter().filter(|fault| fault.is_some()).count(), 2);
}
