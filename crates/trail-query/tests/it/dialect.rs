//! Questions in the dialects of CloudTrail Lake and of Athena, with the rows that another engine gives (`tests/dialect`).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Number, Value};
use trail_query::write::json;
use trail_query::{Config, Engine};
use trail_source::{AwsConfig, SourceConfig, Window};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dialect")
}

/// Lines `-- param: name = value` at the head.
fn parameters(sql: &str) -> BTreeMap<String, String> {
    let lines = sql.lines().map_while(|line| line.strip_prefix("--"));
    let pairs = lines.filter_map(|line| line.trim().strip_prefix("param:")?.split_once('='));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect()
}

/// Values that mean the same are made the same: numbers by value to nine digits, times in one spelling, JSON's text as JSON.
fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or(f64::NAN);
            let digits = if number == 0.0 { 0.0 } else { number.abs().log10().floor() };
            let scale = 10_f64.powf(8.0 - digits);
            Number::from_f64((number * scale).round() / scale).map_or(Value::Null, Value::Number)
        }
        Value::Array(items) => Value::Array(items.iter().map(plain).collect()),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.clone(), plain(value))).collect::<Map<_, _>>())
        }
        Value::String(text) => {
            let time = text.len() >= 19 && text.as_bytes()[10] == b'T' && text.as_bytes()[13] == b':';
            let bare =
                time && !text.ends_with('Z') && text.bytes().skip(19).all(|byte| byte.is_ascii_digit() || byte == b'.');
            Value::String(if bare { format!("{text}Z") } else { text.clone() })
        }
        other => other.clone(),
    }
}

async fn check(engine: &Engine, path: &Path) -> Result<(), String> {
    let sql = fs::read_to_string(path).map_err(|error| error.to_string())?;
    let expected = fs::read_to_string(path.with_extension("rows.json")).map_err(|error| error.to_string())?;
    let expected: Value = serde_json::from_str(&expected).map_err(|error| error.to_string())?;
    let answer = engine.sql_with(&sql, &parameters(&sql)).await.map_err(|error| error.to_string())?;
    let columns: Vec<String> = answer.schema().fields().iter().map(|field| field.name().to_lowercase()).collect();
    let mut out = Vec::new();
    json(answer, &mut out).await.map_err(|error| error.to_string())?;
    let found: Vec<Map<String, Value>> = serde_json::from_slice(&out).map_err(|error| error.to_string())?;
    let lower = |row: &Map<String, Value>| -> Map<String, Value> {
        row.iter().map(|(name, value)| (name.to_lowercase(), value.clone())).collect()
    };
    let found = found.iter().map(lower).map(|row| columns.iter().map(|name| plain(&row[name])).collect::<Vec<_>>());
    let wanted = expected["rows"].as_array().into_iter().flatten();
    let wanted = wanted.map(|row| row.as_array().into_iter().flatten().map(plain).collect::<Vec<_>>());
    let text = |row: Vec<Value>| Value::Array(row).to_string();
    let (mut found, mut wanted): (Vec<_>, Vec<_>) = (found.map(text).collect(), wanted.map(text).collect());
    if expected["ordered"] != Value::Bool(true) {
        found.sort();
        wanted.sort();
    }
    let names: Vec<_> = expected["columns"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if columns != names {
        return Err(format!("columns {columns:?}, wanted {names:?}"));
    }
    if found != wanted {
        let odd = found.iter().zip(&wanted).find(|(found, wanted)| found != wanted);
        return Err(format!("{} rows, wanted {}; first that differs: {odd:#?}", found.len(), wanted.len()));
    }
    Ok(())
}

fn run(dialect: &str) {
    let source = folder().join("logs").display().to_string();
    let source = SourceConfig::parse(&source, &AwsConfig::default(), Window::default()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let engine = Engine::new(Config { threads: 2, ..Config::default() }).unwrap();
        engine.attach_logs(vec![source]).await.unwrap();
        let mut paths: Vec<PathBuf> =
            fs::read_dir(folder().join(dialect)).unwrap().map(|entry| entry.unwrap().path()).collect();
        let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        paths.retain(|path| name(path).ends_with(".sql") && !name(path).ends_with(".duckdb.sql"));
        paths.sort();
        assert!(paths.len() >= 60, "{} questions", paths.len());
        let mut wrong = Vec::new();
        for path in &paths {
            if let Err(reason) = check(&engine, path).await {
                wrong.push(format!("{}: {reason}", name(path)));
            }
        }
        assert!(wrong.is_empty(), "{} of {} are wrong:\n{}", wrong.len(), paths.len(), wrong.join("\n"));
    });
}

#[test]
fn questions_for_cloudtrail_lake() {
    run("lake");
}

#[test]
fn questions_for_athena() {
    run("athena");
}
