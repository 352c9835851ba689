//! Time, rows and memory have limits, and errors say which one and what to do.

use std::time::{Duration, Instant};

use futures::StreamExt;
use trail_query::{Config, Engine, Kind};

use crate::rows::check;

const ENDLESS: &str = "SELECT count(*) FROM generate_series(1, 1000000000000) a";
/// Many rows of few: it reads everything at once, and then only computes.
const JOINED: &str = "SELECT count(*) FROM generate_series(1, 20000) a JOIN generate_series(1, 8000) b ON a.value + b.value > 0 \
    JOIN generate_series(1, 20000) c ON a.value + c.value > 0";

#[test]
fn a_statement_ends_in_time() {
    for sql in [ENDLESS, JOINED] {
        let config = Config { statement_timeout: Some(Duration::from_millis(200)), threads: 2, ..Config::default() };
        let started = Instant::now();
        check(
            &Engine::new(config).unwrap(),
            sql,
            "error: the statement ran longer than 200ms (narrow it by `eventtime`, or raise `statement_timeout`)",
        );
        assert!(started.elapsed() < Duration::from_secs(5), "{sql} took {:?}", started.elapsed());
    }
}

#[test]
fn an_answer_has_at_most_so_many_rows() {
    let engine = Engine::new(Config { max_rows: Some(3), ..Config::default() }).unwrap();
    check(&engine, "SELECT * FROM (VALUES (1), (2), (3)) v(a)", "a\n1\n2\n3");
    check(
        &engine,
        "VALUES (1), (2), (3), (4)",
        "error: the answer has more than 3 rows (add a LIMIT, or raise `max_rows`)",
    );
}

#[test]
fn sorts_spill_and_what_cannot_spill_is_refused() {
    let spill = tempfile::tempdir().unwrap();
    let config =
        Config { memory_limit_mib: 24, spill_dir: Some(spill.path().to_owned()), threads: 1, ..Config::default() };
    let engine = Engine::new(config).unwrap();
    let sorted = "SELECT max(n) AS n FROM (SELECT row_number() OVER (ORDER BY md5(value::varchar)) AS n FROM generate_series(1, 300000))";
    check(&engine, sorted, "n\n300000");
    let engine = Engine::new(Config { memory_limit_mib: 1, spill_limit_mib: 0, ..Config::default() }).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let error = runtime.block_on(async { engine.sql(sorted).await?.collect().await }).unwrap_err();
    assert_eq!(error.kind(), Kind::Limit, "{error}");
}

#[test]
fn dropping_an_answer_stops_the_work() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let engine = Engine::new(Config { threads: 2, ..Config::default() }).unwrap();
    runtime.block_on(async {
        let mut answer = engine.sql("SELECT value FROM generate_series(1, 1000000000000)").await.unwrap();
        assert!(answer.next().await.unwrap().unwrap().num_rows() > 0);
    });
    // The runtime's end waits for blocking work: this returns only because nothing runs any more.
    runtime.shutdown_timeout(Duration::from_secs(5));
}

#[test]
fn settings_are_strict() {
    let parse = |text: &str| serde_json::from_str::<Config>(text).map_err(|error| error.to_string());
    assert_eq!(parse(r#"{"statement_timeout": "5m"}"#).unwrap().statement_timeout, Some(Duration::from_secs(300)));
    assert!(parse(r#"{"thread": 1}"#).unwrap_err().contains("unknown field `thread`"));
}
