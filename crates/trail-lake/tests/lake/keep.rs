//! Upkeep: compaction, retention, checkpoints and cleaning change the files and never the facts.

use std::time::Duration;

use arrow::array::{ArrayRef, Int32Array, ListArray, RecordBatch, new_null_array};
use tempfile::TempDir;
use trail_lake::{Config, Error, Kind, Lake, Table};

use crate::world::{activity, config, count, days, events, open, put, texts};

const MARCH: &str = "2026-03-01T10:00:00Z";
const APRIL: &str = "2026-04-01T10:00:00Z";

async fn filled(folder: &TempDir, config: Config) -> Lake {
    let lake = open(folder, config).await;
    let mut writer = lake.writer().await.unwrap();
    for round in 0..6u64 {
        put(&mut writer, &format!("/m{round}"), &events(round * 10..round * 10 + 10, MARCH)).await;
        put(&mut writer, &format!("/a{round}"), &events(1000 + round * 10..1000 + round * 10 + 10, APRIL)).await;
    }
    lake.fold().await.unwrap();
    lake
}

#[tokio::test(flavor = "multi_thread")]
async fn compaction_keeps_rows_and_keys() {
    let folder = tempfile::tempdir().unwrap();
    let quick = Config { compact_files: 4, file_retention: Duration::ZERO, ..config() };
    let lake = filled(&folder, quick.clone()).await;
    let before = (days(&lake).await, activity(&lake).await, texts(&lake, Table::CloudTrail, "eventid").await);
    let changes = lake.changes(0).await.unwrap().len();
    let compacted = lake.compact().await.unwrap();
    assert_eq!((compacted.removed, compacted.added), (12 + 12 + 1 - 1, 2 + 1), "two days, and activity");
    assert_eq!(lake.files(Table::CloudTrail, None).await.files.len(), 2);
    let after = (days(&lake).await, activity(&lake).await, texts(&lake, Table::CloudTrail, "eventid").await);
    assert_eq!(before, after);
    assert_eq!(count(&lake, Table::Activity).await, 2, "partials of a day are one");
    assert_eq!(lake.changes(0).await.unwrap().len(), changes, "compaction is no change");
    assert_eq!(lake.compact().await.unwrap().added, 0);

    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(lake.vacuum().await.unwrap().files, 24);
    drop(lake);
    let lake = open(&folder, quick).await;
    let mut writer = lake.writer().await.unwrap();
    let again = put(&mut writer, "/x", &events(0..65, MARCH)).await;
    assert_eq!((again.events, again.duplicates), (5, 60));
}

/// Compactions of the same files in two processes: one of them lands.
#[tokio::test(flavor = "multi_thread")]
async fn compactions_that_meet_double_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let quick = Config { compact_files: 4, ..config() };
    let one = filled(&folder, quick.clone()).await;
    let other = open(&folder, quick).await;
    let (first, second) = tokio::join!(one.compact(), other.compact());
    first.and(second).unwrap();
    for lake in [&one, &other] {
        lake.refresh().await.unwrap();
        assert_eq!(count(lake, Table::CloudTrail).await, 120);
        assert_eq!(activity(lake).await.values().sum::<i64>(), 120);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn retention_drops_whole_days() {
    let folder = tempfile::tempdir().unwrap();
    let lake = filled(&folder, config()).await;
    assert_eq!(lake.retain(20_544).await.unwrap(), 6);
    assert_eq!(lake.retain(20_544).await.unwrap(), 0);
    assert_eq!(days(&lake).await.into_iter().collect::<Vec<_>>(), [(Some(20_544), 60)]);
    assert_eq!(activity(&lake).await.values().sum::<i64>(), 120, "uses are remembered");
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_are_cleaned_behind_the_folds_and_no_further() {
    let folder = tempfile::tempdir().unwrap();
    let quick = Config { checkpoint_every: 5, log_retention: Duration::ZERO, ..config() };
    let lake = open(&folder, quick.clone()).await;
    let mut writer = lake.writer().await.unwrap();
    for round in 0..6u64 {
        put(&mut writer, &format!("/{round}"), &events(round * 10..round * 10 + 10, MARCH)).await;
    }
    tokio::time::sleep(Duration::from_millis(20)).await;
    let done = lake.upkeep(Some(0)).await.unwrap();
    assert_eq!((done.checkpoints, done.log_entries), (1, 0), "a reader has not begun");
    for round in 6..12u64 {
        put(&mut writer, &format!("/{round}"), &events(round * 10..round * 10 + 10, MARCH)).await;
    }
    lake.fold().await.unwrap();
    assert_eq!(lake.upkeep(Some(3)).await.unwrap().log_entries, 0, "a reader is at version 3");
    for round in 12..18u64 {
        put(&mut writer, &format!("/{round}"), &events(round * 10..round * 10 + 10, MARCH)).await;
    }
    lake.fold().await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    let done = lake.upkeep(None).await.unwrap();
    assert!(done.log_entries > 10, "{done:?}");
    let gone = lake.changes(1).await.unwrap_err();
    assert!(matches!(gone, Error::Gone { wanted: 2, .. }) && gone.kind() == Kind::GiveUp, "{gone}");

    drop((writer, lake));
    let lake = open(&folder, quick).await;
    assert!(lake.seen("/0", "1") && lake.seen("/17", "1"));
    assert_eq!(count(&lake, Table::CloudTrail).await, 180);
    lake.fold().await.unwrap();
    assert_eq!(activity(&lake).await.values().sum::<i64>(), 180);
    let mut writer = lake.writer().await.unwrap();
    let again = put(&mut writer, "/x", &events(100..190, MARCH)).await;
    assert_eq!((again.events, again.duplicates), (10, 80));
}

#[tokio::test(flavor = "multi_thread")]
async fn findings_and_their_cursor_move_together() {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(&folder, config()).await;
    let finding = |id: &str| {
        let schema = Table::Findings.schema();
        let mut columns: Vec<ArrayRef> =
            schema.fields().iter().map(|field| new_null_array(field.data_type(), 1)).collect();
        columns[0] = std::sync::Arc::new(arrow::array::StringViewArray::from(vec![id]));
        let topics = ListArray::from_iter_primitive::<arrow::datatypes::Int32Type, _, _>([Some([Some(7)])]);
        columns[2] = std::sync::Arc::new(ListArray::new(
            std::sync::Arc::new(arrow::datatypes::Field::new("element", arrow::datatypes::DataType::Int32, true)),
            topics.offsets().clone(),
            std::sync::Arc::new(Int32Array::from(vec![7])),
            None,
        ));
        RecordBatch::try_new(schema, columns).unwrap()
    };
    assert_eq!(lake.cursor("detect").await.unwrap(), None);
    assert!(lake.append_findings(&finding("a"), "detect", 3).await.unwrap());
    assert!(!lake.append_findings(&finding("b"), "detect", 3).await.unwrap(), "replayed");
    assert!(lake.append_findings(&RecordBatch::new_empty(Table::Findings.schema()), "detect", 5).await.unwrap());
    assert!(lake.append_findings(&finding("c"), "other", 1).await.unwrap());
    drop(lake);
    let lake = open(&folder, config()).await;
    assert_eq!((lake.cursor("detect").await.unwrap(), lake.cursor("other").await.unwrap()), (Some(5), Some(1)));
    assert!(!lake.append_findings(&finding("d"), "detect", 4).await.unwrap());
    assert_eq!(texts(&lake, Table::Findings, "id").await, ["a", "c"]);
}

/// What is not a lake of ours is refused, with what it is.
#[tokio::test(flavor = "multi_thread")]
async fn foreign_layouts_are_refused() {
    let reason = |result: Result<Lake, Error>| result.err().map(|error| error.to_string()).unwrap_or_default();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let none = reason(Lake::open_existing(path, config()).await);
    assert!(none.contains("is not a lake: it has no table `activity`"), "{none}");
    drop(open(&folder, config()).await);
    assert_eq!(reason(Lake::open_existing(path, config()).await), "");

    let edit = |from: &str, to: &str| {
        let commit = folder.path().join("cloudtrail/_delta_log/00000000000000000000.json");
        let text = std::fs::read_to_string(&commit).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(commit, text.replace(from, to)).unwrap();
    };
    edit(r#""trailwarden.layout":"2""#, r#""trailwarden.layout":"3""#);
    let newer = reason(Lake::open(path, config()).await);
    assert!(newer.contains("has layout `3`, this program knows `2`"), "{newer}");
    edit(r#""trailwarden.layout":"3""#, r#""other":"3""#);
    let foreign = reason(Lake::open(path, config()).await);
    assert!(foreign.contains("its Delta table `cloudtrail` was not made by Trailwarden"), "{foreign}");
    edit(r#""other":"3""#, r#""trailwarden.layout":"2""#);
    edit(r#"\"name\":\"agent\""#, r#"\"name\":\"agents\""#);
    let columns = reason(Lake::open(path, config()).await);
    assert!(columns.contains("the columns of its table `cloudtrail`"), "{columns}");

    let table = folder.path().join("cloudtrail");
    let itself = reason(Lake::open(table.to_str().unwrap(), config()).await);
    assert!(itself.contains("it is a Delta table itself"), "{itself}");
}
