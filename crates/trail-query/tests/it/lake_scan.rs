//! Parquet files as a lake lists them: what is skipped, which bytes are read, and that the rows are the same as in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Fields, Schema};
use object_store::local::LocalFileSystem;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use trail_query::{Bounds, Config, DataFile, DayPartition, Engine, FileSet, Scanned};
use url::Url;

use crate::rows::{check, csv, records};

const DAY: i32 = 19_362; // 2023-01-05

/// The record's strings as the lake writes them: plain, at every depth.
fn plain(kind: &DataType) -> DataType {
    let field = |field: &Arc<Field>| Arc::new(field.as_ref().clone().with_data_type(plain(field.data_type())));
    match kind {
        DataType::Utf8View => DataType::Utf8,
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(field).collect::<Fields>()),
        DataType::List(item) => DataType::List(field(item)),
        other => other.clone(),
    }
}

fn record(day: u32, n: usize) -> String {
    let padding = format!("{:x}", md5ish(n)).repeat(12);
    format!(
        r#"{{"eventtime":"2023-01-{day:02}T00:{:02}:00Z","eventsource":"s3.amazonaws.com","eventname":"GetObject","eventid":"{day}-{n}","useridentity":{{"type":"IAMUser","arn":"arn:aws:iam::1:user/u{}","principalid":"{padding}","sessioncontext":{{"sessionissuer":{{"arn":"role{}","username":"{padding}"}}}}}},"requestparameters":"{{\"key\":\"{padding}{padding}\"}}","resources":[{{"arn":"{padding}"}}]}}"#,
        n % 60,
        n % 7,
        n % 3,
    )
}

fn md5ish(n: usize) -> u64 {
    (n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

fn write(folder: &std::path::Path, name: &str, batch: &RecordBatch) -> u64 {
    let schema = batch.schema();
    let fields = schema.fields().iter().map(|f| f.as_ref().clone().with_data_type(plain(f.data_type())));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let columns = schema.fields().iter().zip(batch.columns()).map(|(f, c)| cast(c, f.data_type()).unwrap());
    let batch = RecordBatch::try_new(schema.clone(), columns.collect()).unwrap();
    let file = std::fs::File::create(folder.join(name)).unwrap();
    let settings = WriterProperties::builder().set_dictionary_enabled(true).build();
    let mut writer = ArrowWriter::try_new(file, schema, Some(settings)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    std::fs::metadata(folder.join(name)).unwrap().len()
}

/// A lake of three days and one file of records without a time, 2,000 records each.
fn lake(folder: &std::path::Path, bounds: bool) -> (Engine, Engine) {
    let mut batches = Vec::new();
    let mut files = Vec::new();
    for day in [5_u32, 6, 7] {
        let lines: Vec<String> = (0..2000).map(|n| record(day, n)).collect();
        batches.push((format!("day{day}.parquet"), Some(DAY + day as i32 - 5), records(&lines.join("\n"))));
    }
    batches.push(("none.parquet".to_owned(), None, records(r#"{"eventname":"NoTime","eventid":"x"}"#)));
    for (name, day, batch) in &batches {
        let mut known = BTreeMap::new();
        if bounds {
            let nulls = batch.column_by_name("sourceipaddress").unwrap().null_count() as u64;
            known.insert("sourceipaddress".to_owned(), Bounds { nulls: Some(nulls), ..Bounds::default() });
        }
        let size = write(folder, name, batch);
        files.push(DataFile {
            path: name.as_str().into(),
            size,
            rows: batch.num_rows() as u64,
            day: *day,
            bounds: known,
        });
    }
    let set = FileSet {
        schema: trail_event::schema(),
        partition: Some(DayPartition {
            column: Arc::new(Field::new("_day", DataType::Date32, true)),
            of: Some("eventtime".to_owned()),
        }),
        base: Url::parse("lake://test/").unwrap(),
        store: Arc::new(LocalFileSystem::new_with_prefix(folder).unwrap()),
        files,
    };
    let config = Config { threads: 2, ..Config::default() };
    let (from_files, from_memory) = (Engine::new(config.clone()).unwrap(), Engine::new(config).unwrap());
    from_files.attach_files("cloudtrail", set).unwrap();
    let in_memory = batches.into_iter().map(|(_, _, batch)| batch).collect();
    from_memory.attach_batches("cloudtrail", trail_event::schema(), in_memory).unwrap();
    (from_files, from_memory)
}

fn run(engine: &Engine, sql: &str) -> (String, Scanned) {
    use futures::StreamExt;
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let text = csv(engine.sql(sql).await.unwrap()).await.unwrap();
        let mut again = engine.sql(sql).await.unwrap();
        while let Some(batch) = again.next().await {
            batch.unwrap();
        }
        (text, again.scanned())
    })
}

#[test]
fn files_give_the_rows_that_memory_gives() {
    let folder = tempfile::tempdir().unwrap();
    let (files, memory) = lake(folder.path(), true);
    for sql in [
        "SELECT count(*) FROM cloudtrail",
        "SELECT useridentity.arn AS a, count(*) AS n FROM cloudtrail GROUP BY 1 ORDER BY 1",
        "SELECT useridentity.sessioncontext.sessionissuer.arn AS a, min(eventtime), max(eventtime) FROM cloudtrail GROUP BY 1 ORDER BY 1",
        "SELECT eventid FROM cloudtrail WHERE useridentity.arn = 'arn:aws:iam::1:user/u3' AND eventtime > '2023-01-07T00:55:00Z' ORDER BY 1",
        "SELECT count(*) FROM cloudtrail WHERE eventtime IS NULL",
        "SELECT eventname, eventid FROM cloudtrail WHERE useridentity.type IS NULL",
        "SELECT resources[1].arn AS a, count(*) FROM cloudtrail GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5",
        "SELECT eventid, requestparameters FROM cloudtrail ORDER BY eventtime DESC, eventid LIMIT 3",
        "SELECT count(*) FROM cloudtrail WHERE sourceipaddress IS NOT NULL",
        "SELECT useridentity, eventid FROM cloudtrail WHERE eventid = '6-17'",
        "SELECT c.eventid FROM cloudtrail c JOIN (VALUES ('5-1'), ('7-1999')) v(id) ON c.eventid = v.id ORDER BY 1",
    ] {
        assert_eq!(run(&files, sql).0, run(&memory, sql).0, "for {sql}");
    }
    check(
        &files,
        "SELECT DISTINCT _day FROM cloudtrail ORDER BY 1 NULLS FIRST",
        "_day\nNULL\n2023-01-05\n2023-01-06\n2023-01-07",
    );
    check(&files, "SELECT count(*) AS n FROM cloudtrail WHERE _day IS NULL", "n\n1");
    check(
        &files,
        "SELECT eventname, count(*) AS n FROM cloudtrail WHERE eventtime > '2030-01-01' GROUP BY 1",
        "eventname,n",
    );
}

/// Bytes that a query reads, as a share of those that reading everything reads.
fn share(files: &Engine, sql: &str) -> f64 {
    let all = run(files, "SELECT * FROM cloudtrail").1.bytes;
    run(files, sql).1.bytes as f64 / all as f64
}

#[test]
fn only_the_leaves_asked_for_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let (files, _) = lake(folder.path(), false);
    let whole = share(&files, "SELECT useridentity FROM cloudtrail");
    assert!(whole > 0.1, "the padding makes `useridentity` big: {whole}");
    for sql in [
        "SELECT useridentity.arn FROM cloudtrail",
        "SELECT useridentity.arn, count(*) FROM cloudtrail GROUP BY 1",
        "SELECT useridentity.sessioncontext.sessionissuer.arn FROM cloudtrail",
        "SELECT count(*) FROM cloudtrail WHERE useridentity.arn = 'arn:aws:iam::1:user/u3'",
        "SELECT upper(c.useridentity.arn) FROM cloudtrail c JOIN (VALUES ('5-1')) v(id) ON c.useridentity.type = v.id",
        "WITH a AS (SELECT * FROM cloudtrail) SELECT max(useridentity.arn) FROM a",
        "SELECT b.arn FROM (SELECT useridentity.sessioncontext.sessionissuer AS s, useridentity.arn FROM cloudtrail) b WHERE b.s.arn = 'role1'",
    ] {
        let share = share(&files, sql);
        assert!(share < 0.03, "{sql} reads {share} of all bytes");
    }
}

#[test]
fn days_and_bounds_skip_files() {
    let folder = tempfile::tempdir().unwrap();
    let (files, _) = lake(folder.path(), true);
    for (sql, scanned) in [
        ("eventtime >= '2023-01-06' AND eventtime < '2023-01-07T00:00:00Z'", 1),
        ("eventtime >= timestamp '2023-01-06 00:00:00'", 2),
        ("_day = '2023-01-05'", 1),
        ("_day >= DATE '2023-01-06'", 2),
        ("eventtime IS NULL", 1),
        ("_day IS NULL", 1),
        ("eventtime > '2024-01-01'", 0),
        ("eventtime < '2023-01-06' OR eventtime IS NULL", 2),
        ("CAST(eventtime AS date) = DATE '2023-01-06'", 1),
        ("sourceipaddress = '1.2.3.4'", 0),
        ("eventname = 'GetObject'", 4),
    ] {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let plan = format!("EXPLAIN SELECT eventid FROM cloudtrail WHERE {sql}");
        let plan = runtime.block_on(async { csv(files.sql(&plan).await?).await }).unwrap();
        let files = ["day5.parquet", "day6.parquet", "day7.parquet", "none.parquet"];
        let found = files.iter().filter(|file| plan.contains(**file)).count();
        assert_eq!(found, scanned, "{sql}\n{plan}");
    }
}
