//! The cases of a rule: events that must make findings and events that must not, run through the real decoder and engine.
//!
//! Events are written as CloudTrail records, but tersely: what a case does not say is filled in.
//!
//! ```yaml
//! fires:
//!   - name: a key for somebody else
//!     events:
//!       - {event: iam:CreateAccessKey, as: user/alice, request: {userName: bob}}
//!     severity: medium
//!     title: bob
//! quiet:
//!   - name: denied
//!     events:
//!       - {event: iam:CreateAccessKey, as: user/alice, request: {userName: bob}, error: AccessDenied}
//! ```
//!
//! Short forms: `event` (`service:Name`), `as` (`root`, `user/<name>`, `role/<name>`, `service/<host>`, `account/<id>`), `request`,
//! `response`, `more` (additionalEventData), `error`, `message`, `from` (address), `agent`, `at` (`+90s` from the start, or a
//! time), `times` and `every` (repeat; `{n}` in any text is the number of the repeat). Everything else is a field as is.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::detector::Detector;
use crate::error::DetectError;
use crate::finding::Finding;
use crate::planned::Planned;
use crate::rule::{Rule, duration};
use crate::rules::Rules;
use crate::session::access_keys_schema;
use crate::settings::Settings;
use crate::severity::Severity;

/// When the first event of a case happens, unless it says otherwise: a Monday morning.
const START: &str = "2026-03-02T10:00:00Z";
const ACCOUNT: &str = "111122223333";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    #[serde(default)]
    settings: Settings,
    fires: Vec<Case>,
    quiet: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default)]
    events: Vec<Map<String, Value>>,
    /// Rows of `iam_access_keys`.
    #[serde(default)]
    access_keys: Vec<Value>,
    settings: Option<Settings>,
    rows: Option<usize>,
    severity: Option<Severity>,
    title: Option<String>,
    principal: Option<String>,
    #[serde(default)]
    details: BTreeMap<String, Value>,
}

/// What became of one case.
#[derive(Clone, Debug)]
pub struct CaseResult {
    /// The rule's id.
    pub rule: String,
    /// What the case is called.
    pub case: String,
    /// True for a case that must fire.
    pub fires: bool,
    /// What went otherwise than the case says.
    pub failure: Option<String>,
}

/// Runs all cases of a rule. A rule without cases gives an empty list.
///
/// # Errors
/// When the rule cannot be planned or its cases cannot be read.
pub async fn run_cases(rule: &Rule) -> Result<Vec<CaseResult>, DetectError> {
    let Some(text) = &rule.cases else { return Ok(Vec::new()) };
    let file = rule.file.replace("detect.sql", "cases.yaml");
    let wrong = |reason: String| DetectError::Cases { file: file.clone(), reason };
    let cases: Cases = yaml_serde::from_str(text).map_err(|error| wrong(error.to_string()))?;
    let mut rules = Rules::default();
    rules.insert(Rule { enabled: true, ..rule.clone() })?;
    let mut results = Vec::new();
    let usual = Arc::new(Planned::new(&rules, cases.settings).await?);
    let all = cases.fires.iter().map(|case| (true, case)).chain(cases.quiet.iter().map(|case| (false, case)));
    for (fires, case) in all {
        let planned = match &case.settings {
            None => usual.clone(),
            Some(settings) => Arc::new(Planned::new(&rules, settings.clone()).await?),
        };
        let named = |reason: String| wrong(format!("case `{}`: {reason}", case.name));
        let events = records(&case.events).map_err(named)?;
        let findings = detect(planned, &case.access_keys, &events).await.map_err(named)?;
        let failure = match findings {
            Ok(findings) => case.check(fires, &findings).err(),
            Err(reason) => Some(reason),
        };
        results.push(CaseResult { rule: rule.id.clone(), case: case.name.clone(), fires, failure });
    }
    Ok(results)
}

/// The findings, or why the case itself cannot be told; an error is one in the writing of the case.
async fn detect(
    planned: Arc<Planned>,
    access_keys: &[Value],
    events: &[Value],
) -> Result<Result<Vec<Finding>, String>, String> {
    let text = json!({ "Records": events }).to_string();
    let mut decoder = trail_event::Decoder::new(trail_event::Limits::default(), false);
    let decoded = decoder.decode("cases.yaml", 0, text.as_bytes());
    if let Some(reject) = decoded.rejects.first() {
        return Ok(Err(format!("an event cannot be decoded: {}", reject.reason)));
    }
    let mut detector = Detector::with(planned);
    if !access_keys.is_empty() {
        let mut reader =
            arrow::json::ReaderBuilder::new(access_keys_schema()).build_decoder().map_err(|error| error.to_string())?;
        reader.serialize(access_keys).map_err(|error| error.to_string())?;
        if let Some(batch) = reader.flush().map_err(|error| error.to_string())? {
            detector.access_keys(batch);
        }
    }
    let told = async {
        for batch in &decoded.batches {
            detector.observe(batch)?;
        }
        detector.finish().await
    };
    Ok(match told.await {
        Err(error) => Err(error.to_string()),
        Ok(outcome) => match outcome.problems.first() {
            Some(problem) => Err(format!("the rule cannot be told: {}", problem.reason)),
            None => Ok(outcome.findings),
        },
    })
}

impl Case {
    fn check(&self, fires: bool, findings: &[Finding]) -> Result<(), String> {
        let titles: Vec<&str> = findings.iter().map(|finding| finding.title.as_str()).collect();
        let expected = if fires { self.rows.unwrap_or(1) } else { 0 };
        if findings.len() != expected {
            return Err(format!("expected {expected} findings, got {}: {titles:?}", findings.len()));
        }
        let Some(finding) = findings.first() else { return Ok(()) };
        if let Some(severity) = self.severity
            && finding.severity != severity
        {
            return Err(format!("expected severity {severity}, got {}: {titles:?}", finding.severity));
        }
        if let Some(part) = &self.title
            && !finding.title.contains(part)
        {
            return Err(format!("expected a title with `{part}`, got {titles:?}"));
        }
        if finding.title.contains("(unknown)") {
            return Err(format!("the title names a column that has no value: {titles:?}"));
        }
        if let Some(principal) = &self.principal
            && !finding.principal.as_ref().is_some_and(|found| found.contains(principal))
        {
            return Err(format!("expected principal `{principal}`, got {:?}", finding.principal));
        }
        for (name, value) in &self.details {
            if finding.details.get(name) != Some(value) {
                return Err(format!("expected `{name}` to be {value}, got {:?}", finding.details.get(name)));
            }
        }
        Ok(())
    }
}

/// Writes the events of a case out in full.
pub(crate) fn records(events: &[Map<String, Value>]) -> Result<Vec<Value>, String> {
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
    Ok(duration(text)?.as_secs() as i64)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_case_of_every_rule_holds() {
        let rules = Rules::load(&trail_query::Library::embedded().unwrap()).unwrap();
        let mut failures = Vec::new();
        for rule in rules.iter() {
            match run_cases(rule).await {
                Ok(results) => {
                    for fires in [true, false] {
                        if !results.iter().any(|result| result.fires == fires) {
                            failures.push(format!("{}: no case with fires = {fires}", rule.file));
                        }
                    }
                    let failed = results.into_iter().filter_map(|result| {
                        result.failure.map(|failure| format!("{}: case `{}`: {failure}", rule.file, result.case))
                    });
                    failures.extend(failed);
                }
                Err(error) => failures.push(error.to_string()),
            }
        }
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }
}
