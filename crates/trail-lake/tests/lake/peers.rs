//! Other engines read the lake as it is: Python's `deltalake` and DuckDB see the same rows.

use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use trail_lake::{Config, Table};

use crate::world::{add, config, events, object, open, put};

/// Prints, for each table below the folder given, what both see.
const SCRIPT: &str = r#"
import glob, json, os, sys
import deltalake, duckdb
db = duckdb.connect()
for folder in sys.path:
    found = glob.glob(os.path.join(folder, "duckdb*", "**", "delta.duckdb_extension"), recursive=True)
    if found:
        db.execute(f"LOAD '{found[0]}'")
        break
seen = {}
for table in sorted(os.listdir(sys.argv[1])):
    path = os.path.join(sys.argv[1], table)
    duck = db.execute(f"SELECT count(*) FROM delta_scan('{path}')").fetchone()[0]
    delta = deltalake.DeltaTable(path)
    seen[table] = [duck, delta.to_pyarrow_table().num_rows if table == "cloudtrail" else delta.count()]
path = os.path.join(sys.argv[1], "cloudtrail")
one = f"SELECT eventtime::VARCHAR, useridentity.accesskeyid, _day::VARCHAR, principal, requestparameters FROM delta_scan('{path}') WHERE _day = '2026-03-01' AND useridentity.arn LIKE '%ann' ORDER BY eventid LIMIT 1"
db.execute("SET timezone = 'UTC'")
seen["row"] = [str(value) for value in db.execute(one).fetchone()]
seen["sum"] = db.execute(f"SELECT sum(count)::BIGINT FROM delta_scan('{os.path.join(sys.argv[1], 'activity')}')").fetchone()[0]
print(json.dumps(seen))
"#;

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "tests are told through the environment where their servers are")]
async fn others_see_the_same() {
    let Ok(python) = std::env::var("TRAILWARDEN_TEST_PYTHON") else {
        panic!("TRAILWARDEN_TEST_PYTHON is not set: start through `cargo xtask test`");
    };
    let folder = tempfile::tempdir().unwrap();
    let quick = Config { compact_files: 4, checkpoint_every: 5, log_retention: Duration::ZERO, ..config() };
    let lake = open(&folder, quick).await;
    let mut writer = lake.writer().await.unwrap();
    for round in 0..9u64 {
        let days = ["2026-03-01T10:00:00Z", "2026-04-01T23:59:59Z", ""];
        put(&mut writer, &format!("/{round}"), &events(round * 5..round * 5 + 10, days[round as usize % 3])).await;
        if round == 6 {
            lake.fold().await.unwrap();
            lake.compact().await.unwrap();
            lake.upkeep(None).await.unwrap();
        }
    }
    add(&mut writer, "/bad", &object(&events(0..3, "2026-03-01T10:00:00Z")).replace('[', "[nonsense,")).await;
    writer.commit().await.unwrap();
    lake.fold().await.unwrap();

    let output = Command::new(python).args(["-c", SCRIPT]).arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let seen: Value = serde_json::from_slice(&output.stdout).unwrap();
    for table in Table::ALL {
        let ours: u64 = lake.files(table, None).await.files.iter().map(|file| file.rows).sum();
        assert_eq!(seen[table.name()], serde_json::json!([ours, ours]), "{}", table.name());
    }
    let events: u64 = lake.files(Table::CloudTrail, None).await.files.iter().map(|file| file.rows).sum();
    assert_eq!(seen["sum"], events);
    let row = seen["row"].as_array().unwrap();
    assert_eq!(row[0], "2026-03-01 10:00:00+00");
    assert_eq!(
        row[1..],
        ["AKIAEXAMPLE0000000001", "2026-03-01", "arn:aws:iam::111122223333:user/ann", r#"{"bucketName":"b"}"#]
    );
}
