//! Outside readers of a lake: DuckDB's `delta_scan` and Python's `deltalake`, asked the same SQL as the program.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::{Ran, setting};

/// Runs each statement over the table `cloudtrail` and prints all answers as JSON: rows as lists.
const SCRIPT: &str = r#"
import glob, json, os, sys
import deltalake, duckdb
reader, lake, queries = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
db = duckdb.connect()
db.execute("SET timezone = 'UTC'")
# On a busy machine it would draw one among the answers.
db.execute("SET enable_progress_bar = false")
path = os.path.join(lake, "cloudtrail")
if reader == "duckdb":
    for folder in sys.path:
        found = glob.glob(os.path.join(folder, "duckdb*", "**", "delta.duckdb_extension"), recursive=True)
        if found:
            db.execute(f"LOAD '{found[0]}'")
            break
    db.execute(f"CREATE VIEW cloudtrail AS SELECT * FROM delta_scan('{path}')")
else:
    db.register("cloudtrail", deltalake.DeltaTable(path).to_pyarrow_dataset())
print(json.dumps([[list(row) for row in db.execute(sql).fetchall()] for sql in queries], default=str))
"#;

/// The answers of DuckDB, which reads the lake through its own Delta extension.
pub fn duckdb(lake: &Path, queries: &[&str]) -> Vec<Value> {
    ask("duckdb", lake, queries)
}

/// The answers over what Python's `deltalake` reads.
pub fn deltalake(lake: &Path, queries: &[&str]) -> Vec<Value> {
    ask("deltalake", lake, queries)
}

fn ask(reader: &str, lake: &Path, queries: &[&str]) -> Vec<Value> {
    let (lake, queries) = (lake.display().to_string(), serde_json::to_string(queries).expect("strings are JSON"));
    match python(SCRIPT, &[reader, &lake, &queries]) {
        Value::Array(answers) => answers,
        other => panic!("no list of answers: {other}"),
    }
}

/// Runs a script with arguments in the tests' Python, and gives what it prints, as JSON.
pub fn python(script: &str, args: &[&str]) -> Value {
    let output = Command::new(setting("TRAILWARDEN_TEST_PYTHON")).args(["-c", script]).args(args).output();
    let ran = Ran::new(output.expect("Python starts"), "the script".to_owned()).ok();
    serde_json::from_str(&ran.stdout).expect("the script prints JSON")
}
