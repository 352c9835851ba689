//! Records from JSON lines, and answers as text, so that tests are data.

use std::io::Cursor;

use arrow::array::RecordBatch;
use arrow::csv::WriterBuilder;
use arrow::json::ReaderBuilder;
use trail_query::{Answer, Config, Engine, QueryError};

/// Records of the table `cloudtrail`, from one JSON object a line in the schema's own (lower-case) names.
pub(crate) fn records(lines: &str) -> RecordBatch {
    let mut reader = ReaderBuilder::new(trail_event::schema()).build(Cursor::new(lines.to_owned())).unwrap();
    reader.next().expect("at least one line").unwrap()
}

/// An engine with defaults and these records as `cloudtrail`.
pub(crate) fn engine(lines: &str) -> Engine {
    let engine = Engine::new(Config { threads: 2, ..Config::default() }).unwrap();
    engine.attach_batches("cloudtrail", trail_event::schema(), vec![records(lines)]).unwrap();
    engine
}

/// An answer as CSV with a head line; lists and structs are shown as the engine prints them.
pub(crate) async fn csv(answer: Answer) -> Result<String, QueryError> {
    let batch = answer.one_batch().await?;
    let columns = batch.columns().iter().map(|column| arrow::compute::cast(column, &arrow::datatypes::DataType::Utf8));
    let columns: Result<Vec<_>, _> = columns.collect();
    let fields = batch.schema().fields().iter().map(|field| field.as_ref().clone().with_data_type(arrow::datatypes::DataType::Utf8)).collect::<Vec<_>>();
    let schema = std::sync::Arc::new(arrow::datatypes::Schema::new(fields));
    let batch = RecordBatch::try_new(schema, columns.expect("every type casts to text")).unwrap();
    let mut out = Vec::new();
    WriterBuilder::new().with_null("NULL".to_owned()).build(&mut out).write(&batch).unwrap();
    Ok(String::from_utf8(out).unwrap())
}

/// Runs a query and compares its rows as CSV, or its error.
#[track_caller]
pub(crate) fn check(engine: &Engine, sql: &str, expected: &str) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let found = runtime.block_on(async { csv(engine.sql(sql).await?).await });
    let found = found.unwrap_or_else(|error| format!("error: {error}"));
    assert_eq!(found.trim_end(), expected.trim(), "for {sql}");
}
