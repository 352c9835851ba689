//! What the layout of a real lake's files saves: whoever looks for one event, key, principal or address among very many reads next
//! to nothing of the rest.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use arrow::datatypes::{DataType, Field};
use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetRange, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult,
};
use trail_event::{Decoder, Limits};
use trail_lake::{Lake, Outcome, State, Table};
use trail_query::{Config, DataFile, DayPartition, Engine, FileSet};

use crate::rows::csv;

const FILES: u32 = 6;
const EVENTS: u32 = 3000;

/// An object of one day whose events are by many principals, in no order.
fn object(number: u32) -> String {
    let record = |id: u32| {
        let user = id.wrapping_mul(2_654_435_761) % 40;
        format!(
            r#"{{"eventTime":"2023-01-05T10:{:02}:00Z","eventName":"GetObject","eventSource":"s3.amazonaws.com","eventID":"{number}-{id}","recipientAccountId":"111122223333","sourceIPAddress":"10.{number}.0.{user}","requestParameters":{{"key":"{:x}"}},"userIdentity":{{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/f{number}u{user}","accessKeyId":"AKIA{number}{user}"}}}}"#,
            id % 60,
            u64::from(id + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15),
        )
    };
    format!("{{\"Records\":[{}]}}", (0..EVENTS).map(record).collect::<Vec<_>>().join(","))
}

async fn written(folder: &std::path::Path, object: impl Fn(u32) -> String) -> Lake {
    let lake = Lake::open(&folder.display().to_string(), trail_lake::Config::default()).await.unwrap();
    let mut writer = lake.writer().await.unwrap();
    let mut decoder = Decoder::new(Limits::default(), false);
    for number in 0..FILES {
        let uri = format!("/{number}");
        let decoded = decoder.decode(&uri, 1, object(number).as_bytes());
        let (records, version) = (decoded.records, String::new());
        let outcome = Outcome {
            uri,
            version,
            size: 1,
            modified: None,
            sha256: None,
            state: State::Read,
            records,
            events: 0,
            duplicates: 0,
            rejects: 0,
            first: None,
            last: None,
        };
        writer.add(decoded.batches, outcome, decoded.rejects).await.unwrap();
        writer.commit().await.unwrap();
    }
    lake
}

async fn lake(folder: &std::path::Path) -> Engine {
    let lake = written(folder, object).await;
    let engine = Engine::new(Config { threads: 1, ..Config::default() }).unwrap();
    engine.attach_lake(&lake).await.unwrap();
    engine
}

#[tokio::test]
async fn row_groups_without_the_value_are_left_out_unread() {
    let folder = tempfile::tempdir().unwrap();
    let engine = lake(folder.path()).await;
    for test in [
        "eventid = '3-1234'",
        "eventid IN ('3-1234', '3-17')",
        "principal = 'arn:aws:iam::111122223333:user/f3u7'",
        "sourceipaddress = '10.3.0.7'",
    ] {
        let sql = format!("EXPLAIN ANALYZE SELECT * FROM cloudtrail WHERE {test}");
        let plan = csv(engine.sql(&sql).await.unwrap()).await.unwrap();
        assert!(plan.contains("files_listed=6"), "{plan}");
        // By their bounds or by their filters: one way or the other a single row group is left.
        let left = [
            "row_groups_pruned_bloom_filter=1 total → 1 matched",
            "row_groups_pruned_bloom_filter=6 total → 1 matched",
        ];
        assert!(left.iter().any(|left| plan.contains(left)), "{test}\n{plan}");
    }
}

#[tokio::test]
async fn rows_of_a_principal_lie_together() {
    let folder = tempfile::tempdir().unwrap();
    let engine = lake(folder.path()).await;
    let sql = "SELECT principal FROM cloudtrail WHERE _object = '/2'";
    let rows = csv(engine.sql(sql).await.unwrap()).await.unwrap();
    let mut blocks: Vec<&str> = rows.lines().skip(1).collect();
    blocks.dedup();
    assert_eq!(blocks.len(), 40, "each principal has one place");
}

/// An event of a day of its own, in the last days of a month.
fn of_a_day(number: u32) -> String {
    format!(
        r#"{{"Records":[{{"eventTime":"2023-0{}-{:02}T10:00:00Z","eventName":"GetObject","eventID":"{number}","recipientAccountId":"111122223333","awsRegion":"us-east-1"}}]}}"#,
        1 + number / 3,
        [29, 30, 31, 1, 2, 3][number as usize],
    )
}

#[tokio::test]
async fn partitions_of_athena_skip_files() {
    let folder = tempfile::tempdir().unwrap();
    let lake = written(folder.path(), of_a_day).await;
    let engine = Engine::new(Config { threads: 1, ..Config::default() }).unwrap();
    engine.attach_lake(&lake).await.unwrap();
    for (test, left) in [
        ("year = '2023' AND month = '01' AND day = '30'", 1),
        ("year = '2023' AND month = '02'", 3),
        ("month IN ('01', '03')", 3),
        ("day < '03'", 2),
        ("timestamp = '2023/01/31'", 1),
        ("timestamp >= '2023/01/31' AND timestamp < '2023/02/02'", 2),
        ("timestamp BETWEEN '2023/01/30' AND '2023/02/01' AND region = 'us-east-1'", 3),
        ("dt >= date_format(date '2023-02-04' - interval '2' day, '%Y/%m/%d')", 2),
        ("date(eventtime) = date '2023-02-01'", 1),
        ("CAST(from_iso8601_timestamp(eventtime) AS date) IN (date '2023-01-29', date '2023-02-01')", 2),
        ("date_trunc('month', eventtime) = timestamp '2023-02-01 00:00:00'", 3),
        ("day_of_week(eventtime) = 7", 1),
        ("eventtime > date_format(timestamp '2023-02-01 12:00:00', '%Y-%m-%dT%H:%i:%sZ')", 2),
        ("hour = '10' AND year > '2022'", 6),
        ("year = '2024' OR eventname = 'GetObject'", 6),
    ] {
        let sql = format!("EXPLAIN ANALYZE SELECT eventid FROM cloudtrail_logs WHERE {test}");
        let plan = csv(engine.sql(&sql).await.unwrap()).await.unwrap();
        let pruned = format!("files_pruned_by_bounds={},", FILES - left);
        assert!(plan.contains(&pruned), "{test}: {pruned}\n{plan}");
        let rows = csv(engine.sql(&format!("SELECT count(*) AS n FROM cloudtrail_logs WHERE {test}")).await.unwrap());
        assert_eq!(rows.await.unwrap(), format!("n\n{left}"), "{test}");
    }
}

/// A store that notes what is read of it.
#[derive(Debug)]
struct Noting {
    inner: Arc<dyn ObjectStore>,
    reads: Mutex<Vec<(Path, Range<u64>)>>,
}

impl std::fmt::Display for Noting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Noting({})", self.inner)
    }
}

#[async_trait]
impl ObjectStore for Noting {
    async fn put_opts(&self, to: &Path, of: PutPayload, how: PutOptions) -> object_store::Result<PutResult> {
        self.inner.put_opts(to, of, how).await
    }

    async fn put_multipart_opts(
        &self,
        to: &Path,
        how: PutMultipartOptions,
    ) -> object_store::Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(to, how).await
    }

    async fn get_opts(&self, from: &Path, how: GetOptions) -> object_store::Result<GetResult> {
        let range = match &how.range {
            Some(GetRange::Bounded(range)) => range.clone(),
            Some(GetRange::Offset(start)) => *start..u64::MAX,
            _ => 0..u64::MAX,
        };
        self.reads.lock().unwrap().push((from.clone(), range));
        self.inner.get_opts(from, how).await
    }

    async fn get_ranges(&self, from: &Path, ranges: &[Range<u64>]) -> object_store::Result<Vec<bytes::Bytes>> {
        self.reads.lock().unwrap().extend(ranges.iter().map(|range| (from.clone(), range.clone())));
        self.inner.get_ranges(from, ranges).await
    }

    fn delete_stream(
        &self,
        of: BoxStream<'static, object_store::Result<Path>>,
    ) -> BoxStream<'static, object_store::Result<Path>> {
        self.inner.delete_stream(of)
    }

    fn list(&self, under: Option<&Path>) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        self.inner.list(under)
    }

    async fn list_with_delimiter(&self, under: Option<&Path>) -> object_store::Result<ListResult> {
        self.inner.list_with_delimiter(under).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, how: CopyOptions) -> object_store::Result<()> {
        self.inner.copy_opts(from, to, how).await
    }
}

#[tokio::test]
async fn footers_are_read_once() {
    let folder = tempfile::tempdir().unwrap();
    let lake = written(folder.path(), object).await;
    let store = Arc::new(Noting { inner: lake.object_store(), reads: Mutex::default() });
    let files = lake.files(Table::CloudTrail, None).await.files.into_iter().map(|file| DataFile {
        path: lake.file_path(Table::CloudTrail, &file).unwrap(),
        size: file.size,
        rows: file.rows,
        day: file.day,
        bounds: Default::default(),
    });
    let set = FileSet {
        schema: trail_event::schema(),
        partition: Some(DayPartition {
            column: Arc::new(Field::new("_day", DataType::Date32, true)),
            of: Some("eventtime".to_owned()),
        }),
        base: lake.url().clone(),
        store: store.clone(),
        files: files.collect(),
    };
    // What a footer takes is at the end of its file, behind its length.
    let sizes: Vec<(Path, u64)> = set.files.iter().map(|file| (file.path.clone(), file.size)).collect();
    let footers = || {
        let reads = std::mem::take(&mut *store.reads.lock().unwrap());
        let at_end =
            |(path, range): &&(Path, Range<u64>)| sizes.iter().any(|(other, size)| other == path && range.end >= *size);
        (reads.iter().filter(at_end).count(), reads.len())
    };
    let engine = Engine::new(Config { threads: 1, ..Config::default() }).unwrap();
    engine.attach_files("cloudtrail", set.clone()).unwrap();
    let ask = async |engine: &Engine| {
        csv(engine.sql("SELECT eventname FROM cloudtrail WHERE eventid = '3-1234'").await.unwrap()).await.unwrap()
    };
    let first = ask(&engine).await;
    let (of_first, _) = footers();
    assert_eq!(of_first, FILES as usize, "each footer once");
    assert_eq!(ask(&engine).await, first);
    let (again, reads) = footers();
    assert!(again == 0 && reads > 0, "{again} footers of {reads} reads");
    // As the doors and the daemon do when the lake has grown.
    let next = engine.scratch().await.unwrap();
    next.attach_files("cloudtrail", set).unwrap();
    assert_eq!(ask(&next).await, first);
    assert_eq!(footers().0, 0);
}
