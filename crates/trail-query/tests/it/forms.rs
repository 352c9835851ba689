//! Answers written out in each form, with hostile text in them.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use jiff::tz::TimeZone;
use trail_query::write::{Format, People, write};
use trail_query::{Config, Engine};

fn bytes(format: Format, sql: &str) -> Vec<u8> {
    bytes_in(TimeZone::UTC, format, sql)
}

fn bytes_in(zone: TimeZone, format: Format, sql: &str) -> Vec<u8> {
    let engine = Engine::new(Config { threads: 1, ..Config::default() }).unwrap();
    let texts: ArrayRef = Arc::new(StringArray::from(vec![
        Some("=cmd|' /C calc'!A0"),
        Some("\u{1b}[2Jwiped \u{9b}31m"),
        Some("a,\"b\"\nc"),
        Some("-5"),
        None,
    ]));
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![-1, 2, 3, 4, 5]));
    let times: ArrayRef =
        Arc::new(TimestampMicrosecondArray::from(vec![Some(1_782_864_000_000_000); 5]).with_timezone("UTC"));
    let batch = RecordBatch::try_from_iter([("text", texts), ("number", numbers), ("at", times)]).unwrap();
    engine.attach_batches("t", batch.schema(), vec![batch]).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut out = Vec::new();
        write(format, engine.sql(sql).await.unwrap(), &mut out, People { width: Some(60), zone }).await.unwrap();
        out
    })
}

#[track_caller]
fn check(format: Format, sql: &str, expected: &str) {
    assert_eq!(String::from_utf8(bytes(format, sql)).unwrap(), expected);
}

const ALL: &str = "SELECT text, number FROM t ORDER BY abs(number)";
const NESTED: &str =
    "SELECT [1, 2] AS list, named_struct('a', 'x', 'b', NULL) AS s, TIMESTAMP '2023-01-05T13:51:00' AS at";

#[test]
fn people_see_times_in_their_zone_and_programs_in_utc() {
    let sql = "SELECT at, nullif(at, at) AS never, TIMESTAMP '2026-07-01T00:00:00' AS local FROM t LIMIT 1";
    let shown = |zone: &str, format| String::from_utf8(bytes_in(TimeZone::get(zone).unwrap(), format, sql)).unwrap();
    let table = shown("Europe/Zurich", Format::Table);
    assert!(table.contains("2026-07-01T02:00:00+02:00") && table.contains("2026-07-01T00:00:00 "), "{table}");
    assert!(shown("UTC", Format::Table).contains("2026-07-01T00:00:00Z"), "{}", shown("UTC", Format::Table));
    let json = shown("Europe/Zurich", Format::Ndjson);
    assert!(json.contains("\"at\":\"2026-07-01T00:00:00Z\""), "{json}");
}

#[test]
fn csv_holds_no_formula() {
    check(
        Format::Csv,
        ALL,
        "text,number\n'=cmd|' /C calc'!A0,-1\n\u{1b}[2Jwiped \u{9b}31m,2\n\"a,\"\"b\"\"\nc\",3\n'-5,4\n,5\n",
    );
    check(Format::Csv, NESTED, "list,s,at\n\"[1,2]\",\"{\"\"a\"\":\"\"x\"\"}\",2023-01-05T13:51:00\n");
    check(Format::Csv, "SELECT 1 AS \"=a\" WHERE false", "'=a\n");
}

#[test]
fn json_is_json() {
    check(
        Format::Ndjson,
        "SELECT text, number FROM t WHERE number IN (3, 5) ORDER BY number",
        "{\"text\":\"a,\\\"b\\\"\\nc\",\"number\":3}\n{\"text\":null,\"number\":5}\n",
    );
    check(
        Format::Json,
        "SELECT number AS \"Number\" FROM t WHERE number > 3 ORDER BY 1",
        "[{\"Number\":4},{\"Number\":5}]",
    );
    check(Format::Json, "SELECT 1 AS a WHERE false", "[]");
    check(Format::Ndjson, NESTED, "{\"list\":[1,2],\"s\":{\"a\":\"x\",\"b\":null},\"at\":\"2023-01-05T13:51:00\"}\n");
}

#[test]
fn a_table_obeys_nobody() {
    let text = String::from_utf8(bytes(Format::Table, ALL)).unwrap();
    assert!(!text.contains(['\u{1b}', '\u{9b}']), "{text}");
    assert!(text.contains("\\u{1b}[2Jwiped"), "{text}");
    check(
        Format::Vertical,
        "SELECT 1 AS a, 'x\u{1b}y' AS long, NULL AS n",
        "── row 1 ──\na     1\nlong  x\\u{1b}y\nn     \n",
    );
    check(Format::Table, "SELECT 1 AS a, 'x' AS b", "───────\n a   b \n═══════\n 1   x \n───────\n");
}

#[test]
fn parquet_can_be_read_again() {
    let file = bytes(Format::Parquet, "SELECT arrow_cast(text, 'Utf8View') AS text, number FROM t");
    let reader =
        parquet::arrow::arrow_reader::ParquetRecordBatchReader::try_new(bytes::Bytes::from(file), 100).unwrap();
    let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    assert_eq!(batches[0].num_rows(), 5);
    assert_eq!(batches[0].schema().field(0).data_type(), &arrow::datatypes::DataType::Utf8);
}
