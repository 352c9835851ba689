//! Events as the cases of detections and investigations write them: CloudTrail records, but tersely. What a case does not say is filled in.
//!
//! Short forms: `event` (`service:Name`), `as` (`root`, `user/<name>`, `role/<name>`, `service/<host>`, `account/<id>`), `request`,
//! `response`, `more` (additionalEventData), `error`, `message`, `from` (address), `agent`, `at` (`+90s` from the start, or a
//! time), `times` and `every` (repeat; `{n}` in any text is the number of the repeat). Everything else is a field as is.

use serde_json::{Map, Value, json};

/// When the first event of a case happens, unless it says otherwise: a Monday morning.
const START: &str = "2026-03-02T10:00:00Z";
const ACCOUNT: &str = "111122223333";

/// Writes the events of a case out in full, as records of CloudTrail.
///
/// # Errors
/// When an event is not written as it must be.
pub fn case_events(events: &[Map<String, Value>]) -> Result<Vec<Value>, String> {
    let start: jiff::Timestamp = START.parse().map_err(|error| format!("{error}"))?;
    let mut records = Vec::new();
    for event in events {
        let mut event = event.clone();
        let times = event.remove("times").map_or(Some(1), |times| times.as_u64()).ok_or("`times` is a number")?;
        let every = match event.remove("every") {
            None => 1,
            Some(every) => span(every.as_str().unwrap_or_default())?,
        };
        let at = match event.remove("at") {
            None => records.len() as i64,
            Some(Value::String(at)) => match at.strip_prefix('+') {
                Some(offset) => span(offset)?,
                None => {
                    at.parse::<jiff::Timestamp>().map_err(|error| error.to_string())?.as_second() - start.as_second()
                }
            },
            Some(other) => return Err(format!("`at` is a time or `+90s`, not {other}")),
        };
        for n in 0..times {
            let seconds = start.as_second() + at + every * n as i64;
            let time = jiff::Timestamp::from_second(seconds).map_err(|error| error.to_string())?;
            let record = record(event.clone(), records.len(), &time.to_string())?;
            records.push(numbered(record, n));
        }
    }
    Ok(records)
}

fn span(text: &str) -> Result<i64, String> {
    let days = jiff::SpanRelativeTo::days_are_24_hours();
    let length = text.parse::<jiff::Span>().and_then(|span| span.to_duration(days));
    length.map(|length| length.as_secs()).map_err(|_| format!("`{text}` is no duration (write 90s, 10m, 1h or 14d)"))
}

/// Puts the number of a repeat into every text.
fn numbered(value: Value, n: u64) -> Value {
    match value {
        Value::String(text) => Value::String(text.replace("{n}", &n.to_string())),
        Value::Array(items) => items.into_iter().map(|item| numbered(item, n)).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, numbered(value, n))).collect(),
        other => other,
    }
}

fn record(mut event: Map<String, Value>, number: usize, time: &str) -> Result<Value, String> {
    let mut full = json!({
        "eventVersion": "1.11",
        "eventTime": time,
        "eventID": format!("00000000-0000-4000-8000-{number:012}"),
        "eventType": "AwsApiCall",
        "eventCategory": "Management",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.17.0 md/prompt#off",
        "recipientAccountId": ACCOUNT,
        "requestParameters": null,
        "responseElements": null,
    });
    let caller = event.remove("as").unwrap_or_else(|| json!("user/alice"));
    full["userIdentity"] = identity(caller.as_str().unwrap_or_default())?;
    if let Some(name) = event.remove("event") {
        let (service, name) = name.as_str().and_then(|name| name.split_once(':')).ok_or("`event` is `service:Name`")?;
        full["eventSource"] = json!(format!("{service}.amazonaws.com"));
        full["eventName"] = json!(name);
    }
    let short = [
        ("request", "requestParameters"),
        ("response", "responseElements"),
        ("more", "additionalEventData"),
        ("error", "errorCode"),
        ("message", "errorMessage"),
        ("from", "sourceIPAddress"),
        ("agent", "userAgent"),
        ("account", "recipientAccountId"),
        ("region", "awsRegion"),
    ];
    for (short, long) in short {
        if let Some(value) = event.remove(short) {
            full[long] = value;
        }
    }
    merge(&mut full, Value::Object(event));
    Ok(full)
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

fn identity(who: &str) -> Result<Value, String> {
    let (kind, name) = who.split_once('/').unwrap_or((who, ""));
    Ok(match kind {
        "root" => json!({
            "type": "Root", "principalId": ACCOUNT, "arn": format!("arn:aws:iam::{ACCOUNT}:root"), "accountId": ACCOUNT,
            "accessKeyId": "ASIAROOTEXAMPLE00001",
        }),
        "user" => json!({
            "type": "IAMUser", "principalId": "AIDAEXAMPLE000000001", "arn": format!("arn:aws:iam::{ACCOUNT}:user/{name}"),
            "accountId": ACCOUNT, "accessKeyId": "AKIAEXAMPLE000000001", "userName": name,
        }),
        "role" => json!({
            "type": "AssumedRole", "principalId": "AROAEXAMPLE000000001:session", "accountId": ACCOUNT,
            "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/{}/session", name.rsplit('/').next().unwrap_or(name)),
            "accessKeyId": "ASIAEXAMPLE000000001",
            "sessionContext": {"sessionIssuer": {
                "type": "Role", "principalId": "AROAEXAMPLE000000001", "arn": format!("arn:aws:iam::{ACCOUNT}:role/{name}"),
                "accountId": ACCOUNT, "userName": name.rsplit('/').next().unwrap_or(name),
            }, "attributes": {"mfaAuthenticated": "false", "creationDate": START}},
        }),
        "service" => json!({"type": "AWSService", "invokedBy": name}),
        "account" => json!({"type": "AWSAccount", "accountId": name, "principalId": "AROAOTHER00000000001:session"}),
        _ => return Err(format!("unknown caller `{who}` in `as` (root, user/, role/, service/, account/)")),
    })
}
