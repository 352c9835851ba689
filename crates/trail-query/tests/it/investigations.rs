//! Every investigation, over the events of its cases.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use trail_lake::Table;
use trail_query::write::json as write_json;
use trail_query::{Config, Engine, Investigation, Library, SESSIONS_SQL, activity_sql, case_events};

/// Rows of tables that are not made of events.
type Tables = BTreeMap<String, Vec<Value>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    /// Those of each case that has none of its own.
    #[serde(default)]
    events: Vec<Map<String, Value>>,
    #[serde(default)]
    tables: Tables,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default)]
    params: BTreeMap<String, Value>,
    events: Option<Vec<Map<String, Value>>>,
    /// The rows in order, each with the columns that matter.
    rows: Vec<Map<String, Value>>,
}

/// An engine with the tables of a lake - those made of events from events, the others from rows - and the views that some SQL may read.
async fn engine(
    library: &Library,
    events: &[Map<String, Value>],
    tables: &Tables,
    sql: &str,
) -> Result<Engine, String> {
    let text = json!({ "Records": case_events(events)? }).to_string();
    let decoded = trail_event::Decoder::new(trail_event::Limits::default(), false).decode("cases", 0, text.as_bytes());
    if let Some(reject) = decoded.rejects.first() {
        return Err(format!("an event cannot be decoded: {}", reject.reason));
    }
    let engine = Engine::new(Config { threads: 1, ..Config::default() }).unwrap();
    engine.attach_batches("cloudtrail", trail_event::schema(), decoded.batches).unwrap();
    engine.attach_view("activity", &activity_sql(None, None)).await.unwrap();
    engine.attach_view("sessions", SESSIONS_SQL).await.unwrap();
    let stored = [Table::Objects, Table::Rejects, Table::Findings, Table::Digests, Table::Proofs];
    if let Some(name) = tables.keys().find(|name| !stored.iter().any(|table| table.name() == *name)) {
        return Err(format!("`{name}` is no table that takes rows"));
    }
    for table in stored {
        let mut reader = arrow::json::ReaderBuilder::new(table.schema()).build_decoder().unwrap();
        reader.serialize(tables.get(table.name()).map_or(&[], Vec::as_slice)).map_err(|error| error.to_string())?;
        let batch = reader.flush().map_err(|error| error.to_string())?;
        engine.attach_batches(table.name(), table.schema(), batch.into_iter().collect()).unwrap();
    }
    // Most of the time of a case goes into views, and few investigations read one.
    if library.under("views").any(|view| sql.contains(view.id.rsplit('/').next().unwrap_or_default())) {
        let failed = engine.attach_views(library).await;
        if let Some((view, error)) = failed.first() {
            return Err(format!("view `{view}`: {error}"));
        }
    }
    Ok(engine)
}

async fn rows(engine: &Engine, sql: &str) -> Result<Vec<Map<String, Value>>, String> {
    let answer = engine.sql(sql).await.map_err(|error| error.to_string())?;
    let mut text = Vec::new();
    write_json(answer, &mut text).await.map_err(|error| error.to_string())?;
    serde_json::from_slice(&text).map_err(|error| error.to_string())
}

async fn run(library: &Library, investigation: &Investigation, cases: &Cases, case: &Case) -> Result<(), String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let given = case.params.iter().map(|(name, value)| (name.clone(), text(value))).collect();
    let sql = investigation.bind(&given, jiff::Timestamp::now()).map_err(|error| error.to_string())?;
    let events = case.events.as_ref().unwrap_or(&cases.events);
    let found = rows(&engine(library, events, &cases.tables, &sql).await?, &sql).await?;
    let same = |(found, wanted): (&Map<String, Value>, &Map<String, Value>)| {
        wanted.iter().all(|(column, value)| found.get(column) == Some(value))
    };
    if found.len() != case.rows.len() || !found.iter().zip(&case.rows).all(same) {
        return Err(format!("expected\n  {}\ngot\n  {}", json!(case.rows), json!(found)));
    }
    Ok(())
}

#[tokio::test]
async fn every_case_of_every_investigation_holds() {
    let library = Library::embedded().unwrap();
    let all = Investigation::all(&library).unwrap();
    assert!(all.len() >= 60, "{}", all.len());
    let mut failures = Vec::new();
    for investigation in &all {
        let cases = investigation.cases(&library).map(yaml_serde::from_str::<Cases>);
        let cases = match cases {
            None => Err("it has no cases".to_owned()),
            Some(Err(error)) => Err(error.to_string()),
            Some(Ok(cases)) if cases.cases.iter().all(|case| case.rows.is_empty()) => {
                Err("no case has rows".to_owned())
            }
            Some(Ok(cases)) => Ok(cases),
        };
        match cases {
            Err(reason) => failures.push(format!("{}: {reason}", investigation.id)),
            Ok(cases) => {
                for case in &cases.cases {
                    if let Err(reason) = run(&library, investigation, &cases, case).await {
                        failures.push(format!("{}: {}: {reason}", investigation.id, case.name));
                    }
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// A place for a value never lets SQL in, whatever the value is and wherever the place stands.
#[tokio::test]
async fn hostile_values_stay_values() {
    let library = Library::embedded().unwrap();
    let events = [json!({"event": "s3:ListBuckets"}).as_object().unwrap().clone()];
    let engine = engine(&library, &events, &Tables::new(), "trust_changes").await.unwrap();
    for value in
        ["' OR '1'='1", "'; SELECT 1; --", "\\' OR 1=1 --", "$$ OR 1=1", "*/ OR 1=1 /*", "${key}", "'' OR ''='", "\0'"]
    {
        for id in ["keys/who-used-key", "sessions/session-chain", "resources/who-touched-resource", "iam/trust-history"]
        {
            let investigation = Investigation::named(&library, id).unwrap();
            let name = investigation.params.first().unwrap().name.clone();
            let sql = investigation.bind(&BTreeMap::from([(name, value.to_owned())]), jiff::Timestamp::now()).unwrap();
            assert_eq!(rows(&engine, &sql).await.unwrap(), Vec::new(), "{id} with {value}");
        }
    }
}
