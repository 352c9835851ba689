//! The doors: other programs' own clients get the rows of `trailwarden query`, and no more than they may.

mod flight;
mod limits;
mod postgres;
mod tools;

use serde_json::{Map, Value};
use trailwarden_tests::{Over, Sandbox};

/// Every kind of column: times, text, truth, numbers, structs, lists of structs, JSON text, NULL, an empty answer, a heading with
/// capitals.
const QUERIES: [&str; 10] = [
    "SELECT count(*) AS n FROM cloudtrail",
    "SELECT eventtime, eventname, denied, readonly FROM cloudtrail ORDER BY eventtime, eventid LIMIT 50",
    "SELECT useridentity, resources, eventid FROM cloudtrail WHERE resources IS NOT NULL ORDER BY eventid LIMIT 20",
    "SELECT userIdentity.arn, \"eventName\", requestparameters FROM cloudtrail ORDER BY eventid LIMIT 20",
    "SELECT principal, count(*) AS calls, count(DISTINCT eventname) AS actions, avg(length(eventname)) AS mean \
     FROM cloudtrail GROUP BY principal ORDER BY calls DESC, principal",
    "SELECT date_trunc('hour', eventtime) AS hour, count(*) AS n FROM cloudtrail GROUP BY 1 ORDER BY 1",
    "SELECT _day, count(*) AS n FROM cloudtrail GROUP BY 1 ORDER BY 1",
    "SELECT * FROM cloudtrail ORDER BY eventid LIMIT 5",
    "SELECT eventname, errorcode FROM cloudtrail WHERE eventname = 'Nothing'",
    "SELECT arn_part(principal, 'name') AS name, json_extract_scalar(requestparameters, '$.bucketName') AS bucket, count(*) AS n \
     FROM cloudtrail GROUP BY 1, 2 ORDER BY 1, 2, 3",
];

/// Values as JSON, as `trailwarden query` prints them.
const PLAIN: &str = r#"
import base64, datetime, decimal, json, sys
def plain(value):
    if isinstance(value, datetime.datetime):
        fraction = "auto" if value.microsecond == 0 else "milliseconds" if value.microsecond % 1000 == 0 else "microseconds"
        return value.astimezone(datetime.timezone.utc).replace(tzinfo=None).isoformat(timespec=fraction) + "Z"
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value
def rows(cursor):
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, map(plain, row))) for row in cursor.fetchall()]
"#;

/// A lake of synthetic logs.
fn lake() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.synthetic_logs("logs", &["--events", "3000"]);
    sandbox.ingest("lake", "logs");
    sandbox
}

/// What `trailwarden query` says to the same.
fn expected(sandbox: &Sandbox, queries: &[&str]) -> Vec<Value> {
    let one = |query: &&str| {
        let rows = sandbox.query(&Over::lake("lake"), query);
        Value::Array(
            rows.into_iter()
                .map(|row| match row {
                    // At the top a NULL is a value; inside, a field that is not there.
                    Value::Object(row) => {
                        Value::Object(row.into_iter().map(|(name, value)| (name, without_nulls(value))).collect())
                    }
                    other => other,
                })
                .collect(),
        )
    };
    queries.iter().map(one).collect()
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(name, value)| (name, without_nulls(value))).collect::<Map<_, _>>())
        }
        Value::Array(values) => Value::Array(values.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

#[track_caller]
fn same(queries: &[&str], found: &Value, expected: &[Value]) {
    let found = found.as_array().expect("a list of answers");
    assert_eq!(found.len(), expected.len());
    for ((query, found), expected) in queries.iter().zip(found).zip(expected) {
        assert_eq!(found, expected, "{query}");
    }
}
