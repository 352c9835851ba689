//! A lake in a temporary folder, log objects to put into it, and sums over its tables.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Date32Type, Int64Type};
use tempfile::TempDir;
use trail_event::{Decoder, Limits};
use trail_lake::{Committed, Config, Lake, Outcome, State, Table, Writer};

/// One event of a test log; without id or time where that is empty.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) time: &'static str,
    pub(crate) account: &'static str,
    pub(crate) rest: &'static str,
}

/// Events `ids` at `time` in account 111122223333.
pub(crate) fn events(ids: impl IntoIterator<Item = u64>, time: &'static str) -> Vec<Event> {
    ids.into_iter().map(|id| Event { id: uuid(id), time, account: "111122223333", rest: "" }).collect()
}

/// An event id; neighbours are unlike each other.
fn uuid(id: u64) -> String {
    let bits = u128::from(id + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    let hex = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// A log object of these events, as CloudTrail writes it.
pub(crate) fn object(events: &[Event]) -> String {
    let records: Vec<String> = events
        .iter()
        .map(|event| {
            let Event { id, time, account, rest } = event;
            let id = if id.is_empty() { String::new() } else { format!(r#""eventID":"{id}","#) };
            let time = if time.is_empty() { String::new() } else { format!(r#""eventTime":"{time}","#) };
            format!(
                r#"{{"eventVersion":"1.08","userIdentity":{{"type":"IAMUser","arn":"arn:aws:iam::{account}:user/ann","accountId":"{account}","accessKeyId":"AKIAEXAMPLE0000000001","userName":"ann"}},{time}"eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.7","userAgent":"aws-cli/2.0",{rest}{id}"requestParameters":{{"bucketName":"b"}},"eventType":"AwsApiCall","recipientAccountId":"{account}"}}"#
            )
        })
        .collect();
    format!(r#"{{"Records":[{}]}}"#, records.join(","))
}

/// Settings of a test lake: nothing is committed, cleaned or synced but when a test says so.
pub(crate) fn config() -> Config {
    Config { sync: false, ..Config::default() }
}

pub(crate) async fn open(folder: &TempDir, config: Config) -> Lake {
    Lake::open(folder.path().to_str().unwrap(), config).await.unwrap()
}

/// Decodes an object and hands it to the writer.
pub(crate) async fn add(writer: &mut Writer, uri: &str, text: &str) {
    let decoded = Decoder::new(Limits::default(), true).decode(uri, 1_772_000_000_000_000, text.as_bytes());
    let state = if decoded.rejects.is_empty() { State::Read } else { State::Partial };
    let outcome = Outcome {
        uri: uri.to_owned(),
        version: "1".to_owned(),
        size: text.len() as u64,
        modified: None,
        sha256: Some("00".repeat(32)),
        state,
        records: decoded.records,
        events: 0,
        duplicates: 0,
        rejects: 0,
        first: decoded.span.map(|span| span.0),
        last: decoded.span.map(|span| span.1),
    };
    writer.add(decoded.batches, outcome, decoded.rejects).await.unwrap();
}

/// Puts one object into the lake.
pub(crate) async fn put(writer: &mut Writer, uri: &str, events: &[Event]) -> Committed {
    add(writer, uri, &object(events)).await;
    writer.commit().await.unwrap()
}

/// Rows of a table, read file by file.
pub(crate) async fn rows(lake: &Lake, table: Table) -> Vec<RecordBatch> {
    let mut batches = Vec::new();
    for file in lake.files(table, None).await.files {
        batches.extend(lake.read(table, &file, None).await.unwrap());
    }
    batches
}

/// How many rows a table has: in its files, and as the log tells.
pub(crate) async fn count(lake: &Lake, table: Table) -> u64 {
    let read: usize = rows(lake, table).await.iter().map(RecordBatch::num_rows).sum();
    let told: u64 = lake.files(table, None).await.files.iter().map(|file| file.rows).sum();
    assert_eq!(read as u64, told, "{} in the files and in the log", table.name());
    told
}

/// Rows of `cloudtrail` by day.
pub(crate) async fn days(lake: &Lake) -> BTreeMap<Option<i32>, u64> {
    let mut days = BTreeMap::new();
    for file in lake.files(Table::CloudTrail, None).await.files {
        *days.entry(file.day).or_default() += file.rows;
    }
    days
}

/// Events counted by `activity`, by day.
pub(crate) async fn activity(lake: &Lake) -> BTreeMap<Option<i32>, i64> {
    let mut sums = BTreeMap::new();
    for batch in rows(lake, Table::Activity).await {
        let days = batch.column_by_name("day").unwrap().as_primitive::<Date32Type>();
        let counts = batch.column_by_name("count").unwrap().as_primitive::<Int64Type>();
        for row in 0..batch.num_rows() {
            *sums.entry(days.is_valid(row).then(|| days.value(row))).or_default() += counts.value(row);
        }
    }
    sums
}

/// The texts of a column of a table, sorted.
pub(crate) async fn texts(lake: &Lake, table: Table, column: &str) -> Vec<String> {
    let mut texts = Vec::new();
    for batch in rows(lake, table).await {
        let column = batch.column_by_name(column).unwrap().as_string_view().clone();
        texts.extend(column.iter().map(|text| text.unwrap_or("null").to_owned()));
    }
    texts.sort();
    texts
}
