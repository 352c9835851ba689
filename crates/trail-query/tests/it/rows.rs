//! Records from JSON lines, and answers as text, so that tests are data.

use std::io::Cursor;

use arrow::array::RecordBatch;
use arrow::json::ReaderBuilder;
use arrow::util::display::{ArrayFormatter, FormatOptions};
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

/// An answer as CSV with a head line; lists and structs are shown as Arrow prints them.
pub(crate) async fn csv(answer: Answer) -> Result<String, QueryError> {
    let batch = answer.one_batch().await?;
    let options = FormatOptions::default().with_null("NULL");
    let columns: Vec<_> = batch.columns().iter().map(|c| ArrayFormatter::try_new(c, &options).unwrap()).collect();
    let quote = |text: String| match text.contains(['"', ',']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    };
    let mut lines = vec![batch.schema().fields().iter().map(|f| f.name().clone()).collect::<Vec<_>>().join(",")];
    for row in 0..batch.num_rows() {
        let cells: Vec<_> = columns.iter().map(|column| quote(column.value(row).to_string())).collect();
        lines.push(cells.join(","));
    }
    Ok(lines.join("\n"))
}

/// Runs a query and compares its rows as CSV, or its error.
#[track_caller]
pub(crate) fn check(engine: &Engine, sql: &str, expected: &str) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let found = runtime.block_on(async { csv(engine.sql(sql).await?).await });
    let found = found.unwrap_or_else(|error| format!("error: {error}"));
    assert_eq!(found.trim_end(), expected.trim(), "for {sql}");
}
