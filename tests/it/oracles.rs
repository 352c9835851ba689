//! Real logs against counts that two other programs agree on (`oracles.json` of the corpus), to the last one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, Value, json};
use trailwarden_tests::{Aws, Over, Sandbox, corpus};

/// The oracles' own definition of a denial, wider than the column `denied`.
const DENIED: &str = "regexp_like(errorcode, 'access_?denied|unauthorized|notauthorized|forbidden', 'i')";
/// The oracles' own definition of who it was, which is not the column `principal`.
const PRINCIPAL: &str = "coalesce(useridentity.arn, useridentity.invokedby, useridentity.principalid, 'unknown')";

/// What is read in each of the ways that there are, to be compared row by row.
const ROWS: &str = "SELECT recipientaccountid, eventid, eventtime, eventsource, eventname, awsregion, errorcode, \
    useridentity.type, useridentity.arn, useridentity.accesskeyid, principal, caller, denied, network, agent, \
    requestparameters, responseelements, additionaleventdata FROM cloudtrail";

/// Folder and S3, by the lake and as delivered: all four read the same, and it is what the oracles say.
fn check(data: &str, in_folder: &str) {
    let Some(corpus) = corpus() else { return };
    let (sandbox, folder) = (Sandbox::new(), corpus.join(data));
    let place = folder.to_str().expect("a UTF-8 path");
    let oracle = oracle(&corpus, data, in_folder);
    let raw = self::oracle(&corpus, data, "raw")["events"].clone();

    let mut aws = Aws::connect();
    let (bucket, lakes) = (aws.bucket("oracle"), aws.bucket("oracle-lake"));
    aws.put_folder(&bucket, &folder);
    let (delivered, s3_lake) = (format!("s3://{bucket}"), format!("s3://{lakes}/lake"));

    for (lake, logs) in [("lake", place), (&s3_lake, &delivered)] {
        summary(&sandbox.ingest(lake, logs), &oracle["events"], &raw);
    }
    let (_, scanned) = sandbox.scan(&[place]);
    summary(&scanned, &oracle["events"], &raw);
    let lake = Over::lake("lake");
    let rows = sorted(&sandbox, &lake);
    for over in [Over::logs(place), Over::logs(&delivered), Over::lake(&s3_lake)] {
        same(&rows, &sorted(&sandbox, &over), &over);
    }
    let counted = counts(&sandbox, &lake);
    for (what, count) in &counted {
        assert_eq!(*count, oracle[what.as_str()], "{data}: {what}");
    }
    assert_eq!(counted["by_awsRegion"], by(&sandbox, &Over::logs(place), "awsregion"), "{data} as delivered");
}

fn oracle(corpus: &Path, data: &str, which: &str) -> Value {
    let text = std::fs::read(corpus.join("oracles.json")).expect("the corpus has oracles");
    let oracles: Value = serde_json::from_slice(&text).expect("they are JSON");
    oracles["datasets"][data][which].clone()
}

/// `events` counts each once; with the duplicates it is every record of the files.
fn summary(summary: &Value, events: &Value, raw: &Value) {
    assert_eq!(summary["events"], *events, "{summary}");
    let duplicates = summary["duplicates"].as_u64().expect("a count");
    assert_eq!(json!(duplicates + summary["events"].as_u64().expect("a count")), *raw, "{summary}");
}

/// All events, in an order that does not depend on the way.
fn sorted(sandbox: &Sandbox, over: &Over) -> Vec<String> {
    let mut rows: Vec<String> = sandbox.query(over, ROWS).iter().map(Value::to_string).collect();
    rows.sort_unstable();
    rows
}

fn same(want: &[String], found: &[String], over: &Over) {
    assert_eq!(want.len(), found.len(), "{over:?}");
    if let Some((want, found)) = want.iter().zip(found).find(|(want, found)| want != found) {
        panic!("{over:?} reads\n{found}\ninstead of\n{want}");
    }
}

/// Everything of the oracles that SQL can say, under their names and in their form.
fn counts(sandbox: &Sandbox, over: &Over) -> BTreeMap<String, Value> {
    let value = |sql: &str| sandbox.value(over, &format!("SELECT {sql} FROM cloudtrail"));
    let rows = |sql: &str| -> Vec<Value> {
        let cells = |row: &Value| Value::from_iter(row.as_object().into_iter().flat_map(Map::values).cloned());
        sandbox.query(over, sql).iter().map(cells).collect()
    };
    let groups = |what: &str, condition: &str| {
        let sql = format!("SELECT {what} AS k, count(*) AS n FROM cloudtrail WHERE {condition} GROUP BY 1");
        object(rows(&sql))
    };
    let events = |condition: &str| value(&format!("count(*) FILTER (WHERE {condition})"));

    let denied = json!({
        "events": events(DENIED),
        "aws_service_events": events(&format!("{DENIED} AND useridentity.type = 'AWSService'")),
        "codes": groups("errorcode", DENIED),
        "by_principal": groups(PRINCIPAL, DENIED),
    });
    let logins = json!({
        "events": events("eventname = 'ConsoleLogin'"),
        "by_result_mfa_type": rows(
            "SELECT coalesce(json_text(responseelements, 'ConsoleLogin'), '<missing>') AS a, \
             coalesce(json_text(additionaleventdata, 'MFAUsed'), '<missing>') AS b, useridentity.type AS c, count(*) AS n \
             FROM cloudtrail WHERE eventname = 'ConsoleLogin' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"),
    });
    let assumed = json!({
        "events": events("eventname LIKE 'AssumeRole%'"),
        "edges": rows(&format!(
            "SELECT eventname AS a, {PRINCIPAL} AS b, coalesce(json_text(requestparameters, 'roleArn'), '') AS c, \
             coalesce(errorcode, '') AS d, count(*) AS n FROM cloudtrail WHERE eventname LIKE 'AssumeRole%' \
             GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4")),
    });
    let mut counts = BTreeMap::from([
        ("access_denied", denied),
        (
            "access_denied_hourly",
            Value::from(rows(&format!(
                "SELECT {PRINCIPAL} AS a, substr(CAST(date_trunc('hour', eventtime) AS VARCHAR), 1, 13) AS b, count(*) AS c \
             FROM cloudtrail WHERE {DENIED} GROUP BY 1, 2 ORDER BY 1, 2"
            ))),
        ),
        ("access_keys", access_keys(sandbox, over)),
        ("console_logins", logins),
        ("assume_role", assumed),
        ("events", value("count(*)")),
        ("events_without_event_id", events("eventid IS NULL OR eventid = ''")),
        ("distinct_event_ids", value("count(DISTINCT eventid)")),
        ("distinct_event_names", value("count(DISTINCT eventname)")),
        ("error_codes", groups("errorcode", "errorcode IS NOT NULL")),
        ("error_message_without_error_code", events("errormessage IS NOT NULL AND errorcode IS NULL")),
        (
            "event_names_top20",
            Value::from(rows(
                "SELECT eventname, count(*) AS n FROM cloudtrail GROUP BY 1 ORDER BY n DESC, eventname LIMIT 20",
            )),
        ),
        ("first_time", value("min(eventtime)")),
        ("last_time", value("max(eventtime)")),
        (
            "root",
            json!({
                "events": events("useridentity.type = 'Root'"),
                "console_logins": events("useridentity.type = 'Root' AND eventname = 'ConsoleLogin'"),
                "distinct_access_keys":
                    value("count(DISTINCT useridentity.accesskeyid) FILTER (WHERE useridentity.type = 'Root' AND useridentity.accesskeyid <> '')"),
                "event_names_top20": rows(
                    "SELECT eventname, count(*) AS n FROM cloudtrail WHERE useridentity.type = 'Root' GROUP BY 1 \
                     ORDER BY n DESC, eventname LIMIT 20"),
                "not_readonly": events("useridentity.type = 'Root' AND NOT readonly"),
                "with_invokedBy": events("useridentity.type = 'Root' AND useridentity.invokedby IS NOT NULL"),
                "without_invokedBy": events("useridentity.type = 'Root' AND useridentity.invokedby IS NULL"),
            }),
        ),
    ]);
    for (name, column) in [
        ("by_awsRegion", "awsregion"),
        ("by_eventSource", "eventsource"),
        ("by_eventType", "eventtype"),
        ("by_eventVersion", "eventversion"),
        ("by_identity_type", "useridentity.type"),
        ("by_recipientAccountId", "recipientaccountid"),
    ] {
        counts.insert(name, by(sandbox, over, column));
    }
    counts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}

fn by(sandbox: &Sandbox, over: &Over, column: &str) -> Value {
    let sql = format!("SELECT {column} AS k, count(*) AS n FROM cloudtrail WHERE {column} IS NOT NULL GROUP BY 1");
    let rows = sandbox.query(over, &sql);
    object(rows.iter().map(|row| json!([row["k"], row["n"]])))
}

/// Pairs as an object.
fn object(pairs: impl IntoIterator<Item = Value>) -> Value {
    let pair = |pair: Value| (pair[0].as_str().expect("text").to_owned(), pair[1].clone());
    Value::Object(pairs.into_iter().map(pair).collect())
}

fn access_keys(sandbox: &Sandbox, over: &Over) -> Value {
    let sql = format!(
        "SELECT useridentity.accesskeyid AS k, {PRINCIPAL} AS p, count(*) AS n, min(eventtime) AS a, max(eventtime) AS b \
         FROM cloudtrail WHERE useridentity.accesskeyid <> '' GROUP BY 1, 2 ORDER BY 1, 2"
    );
    let mut keys = Map::new();
    for row in sandbox.query(over, &sql) {
        let name = row["k"].as_str().expect("a key").to_owned();
        let key = keys
            .entry(name)
            .or_insert_with(|| json!({"events": 0, "first": row["a"], "last": row["b"], "principals": []}));
        key["events"] = json!(key["events"].as_u64().unwrap_or(0) + row["n"].as_u64().unwrap_or(0));
        // Times of one form compare as text.
        let earlier = row["a"].as_str() < key["first"].as_str();
        let later = row["b"].as_str() > key["last"].as_str();
        if earlier {
            key["first"] = row["a"].clone();
        }
        if later {
            key["last"] = row["b"].clone();
        }
        key["principals"].as_array_mut().expect("a list").push(row["p"].clone());
    }
    let long_lived = keys.keys().filter(|key| key.starts_with("AKIA")).count();
    json!({"distinct": keys.len(), "long_lived_AKIA": long_lived, "keys": keys})
}

#[test]
fn sans() {
    check("sans504-s3-ransomware", "dedup_by_event_id");
}

#[test]
fn stratus() {
    check("stratus-detonation-logs", "raw");
}

#[test]
fn traildiscover() {
    check("traildiscover", "raw");
}

/// One JSON file that is none is told, and costs nothing beside it.
#[test]
fn what_could_not_be_read_is_told() {
    let Some(corpus) = corpus() else { return };
    let sandbox = Sandbox::new();
    let summary = sandbox.ingest("lake", corpus.join("traildiscover").to_str().expect("UTF-8"));
    assert_eq!((&summary["objects"], &summary["rejects"]), (&json!(6), &json!(1)));
    let rejects = sandbox.query(&Over::lake("lake"), "SELECT * FROM rejects");
    assert!(rejects[0]["object"].as_str().expect("a name").ends_with("/CreateApiKey.json"), "{rejects:?}");
}

/// Wrapped events, many of them without an id: every one is read, and none is merged with another because both lack an id.
#[test]
fn panther() {
    let Some(corpus) = corpus() else { return };
    let file = corpus.join("panther-tests/tests.jsonl");
    let text = std::fs::read_to_string(&file).expect("the corpus has it");
    let (mut read, mut without) = (0, 0);
    let mut keys = BTreeSet::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).expect("a line is JSON");
        // Some of them are spelled as a data warehouse returns them, in lower case.
        let part = |name: &str| {
            let fields = line["event"].as_object().expect("an object");
            let found = fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.and_then(|(_, value)| value.as_str()).unwrap_or_default().to_owned()
        };
        let key = (part("recipientAccountId"), part("eventID"));
        read += 1;
        if key.0.is_empty() || key.1.is_empty() {
            without += 1;
        } else {
            keys.insert(key);
        }
    }
    assert_eq!(json!(read), oracle(&corpus, "panther-tests", "raw")["events"]);
    let (sandbox, place) = (Sandbox::new(), file.to_str().expect("UTF-8"));
    let (_, scanned) = sandbox.scan(&[place]);
    let once = without + keys.len() as u64;
    for (summary, most) in [(&scanned, once), (&sandbox.ingest("lake", place), read)] {
        let count = |name: &str| summary[name].as_u64().expect("a count");
        assert_eq!((count("events") + count("duplicates"), count("rejects")), (read, 0), "{summary}");
        // The lake keeps an id once a day, which is once for ids as AWS makes them; these were written by hand.
        assert!((once..=most).contains(&count("events")), "{once} {summary}");
    }
    let over = Over::lake("lake");
    let found = sandbox.value(
        &over,
        "SELECT count(*) FROM cloudtrail WHERE coalesce(eventid, '') = '' OR coalesce(recipientaccountid, '') = ''",
    );
    assert_eq!(found, json!(without));
}
