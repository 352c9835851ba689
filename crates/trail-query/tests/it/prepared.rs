//! Statements that are planned once and run with values, within a share of the engine.

use std::time::Duration;

use arrow::array::AsArray;
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::ScalarValue;
use trail_query::{Config, Engine, Kind, Share};

fn engine() -> Engine {
    Engine::new(Config { threads: 1, memory_limit_mib: 64, spill_limit_mib: 0, ..Config::default() }).unwrap()
}

#[tokio::test]
async fn values_stand_for_parameters() {
    let engine = engine();
    let prepared = engine
        .prepare("SELECT count(*) AS \"Found\" FROM generate_series(1, 100) s(n) WHERE n > $1 AND n <= $2")
        .await
        .unwrap();
    assert_eq!(prepared.schema().field(0).name(), "Found");
    let kinds: Vec<_> = prepared.parameters().unwrap().into_iter().collect();
    assert_eq!(kinds, [(1, Some(DataType::Int64)), (2, Some(DataType::Int64))]);
    for (from, to, expected) in [(0, 100, 100), (90, 95, 5), (50, 50, 0)] {
        let values = vec![ScalarValue::from(from as i64), ScalarValue::from(to as i64)];
        let answer = engine.run(&prepared, values).await.unwrap();
        assert_eq!(answer.schema().field(0).name(), "Found");
        let batch = answer.one_batch().await.unwrap();
        assert_eq!(batch.column(0).as_primitive::<Int64Type>().value(0), expected);
    }
    let error = engine.run(&prepared, vec![ScalarValue::from(1_i64)]).await.unwrap_err();
    assert_eq!(error.to_string(), "the statement has 2 parameters, and 1 are bound");
    for sql in ["DELETE FROM x", "SELECT 1; SELECT 2", "SELECT * FROM 'x.parquet'", "SELECT * FROM read_csv('x.csv')"] {
        assert_eq!(engine.prepare(sql).await.unwrap_err().kind(), Kind::Statement, "{sql}");
    }
}

#[tokio::test]
async fn a_share_is_less_and_never_more() {
    let engine = engine();
    engine.attach_view("numbers", "SELECT value AS n FROM generate_series(1, 300000)").await.unwrap();
    let small = engine.share(Share { memory_limit_mib: Some(1), ..Share::default() });
    let wide = "SELECT count(*) FROM (SELECT md5(n::varchar) AS h FROM numbers GROUP BY 1)";
    // It would spill, and there is no disk for it.
    small.sql(wide).await.unwrap().collect().await.unwrap_err();
    engine.sql(wide).await.unwrap().collect().await.unwrap();
    // What the share did not take, others have.
    engine
        .share(Share { memory_limit_mib: Some(60), ..Share::default() })
        .sql(wide)
        .await
        .unwrap()
        .collect()
        .await
        .unwrap();

    let short = engine.share(Share {
        statement_timeout: Some(Duration::from_millis(100)),
        max_rows: Some(2),
        ..Share::default()
    });
    assert_eq!(short.config().max_rows, Some(2));
    let longer = short.share(Share {
        statement_timeout: Some(Duration::from_secs(9)),
        max_rows: Some(9),
        memory_limit_mib: Some(900),
    });
    let config = longer.config();
    assert_eq!(
        (config.statement_timeout, config.max_rows, config.memory_limit_mib),
        (Some(Duration::from_millis(100)), Some(2), 64)
    );
    let error = longer.sql("SELECT n FROM numbers").await.unwrap().collect().await.unwrap_err();
    assert_eq!(error.to_string(), "the answer has more than 2 rows (add a LIMIT, or raise `max_rows`)");
}
