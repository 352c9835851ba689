//! What a message of the queue is about, whichever road it came: objects that were written to S3, a CloudTrail event itself, or
//! nothing that this program knows.

use jiff::Timestamp;
use serde_json::Value;

use crate::s3::{form_decoded, plain_etag};

/// How often a message may be wrapped in another: EventBridge inside SNS is one.
const MOST_WRAPPERS: usize = 3;
/// How much of an unknown message the error shows.
const SHOWN: usize = 200;

/// What a message says.
#[derive(Debug, PartialEq)]
pub(super) enum Body {
    /// These objects were written.
    Objects(Vec<Named>),
    /// It holds events. With `keyed`, each has the ids by which the lake knows it, wherever it turns up.
    Events { keyed: bool },
    /// S3 tries out whether the queue takes messages.
    Test,
    /// A known message about something other than a new object, such as a deletion.
    Other,
    /// None of these, and why.
    Unknown(String),
}

/// An object that a message names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) bucket: String,
    pub(super) key: String,
    /// The ETag, or nothing where the message does not tell it.
    pub(super) version: String,
    pub(super) size: u64,
    pub(super) modified: Option<Timestamp>,
    /// The bucket's region.
    pub(super) region: Option<String>,
}

/// Reads a message's body.
pub(super) fn read(text: &str) -> Body {
    match serde_json::from_str(text) {
        Ok(value) => classify(&value, 0),
        Err(error) => unknown(&format!("it is not JSON ({error})"), text),
    }
}

fn classify(body: &Value, depth: usize) -> Body {
    if body["Event"] == "s3:TestEvent" {
        return Body::Test;
    }
    if let Some(keys) = body.get("s3ObjectKey") {
        return cloudtrail_notice(body, keys);
    }
    if let Some(records) = body["Records"].as_array() {
        return records_of(body, records);
    }
    if let Some(detail) = body.get("detail") {
        return event_bridge(body, detail);
    }
    if let Some(message) = body["Message"].as_str() {
        return match body["Type"].as_str() {
            Some("SubscriptionConfirmation" | "UnsubscribeConfirmation") => {
                unknown("SNS wants its subscription to be confirmed, which is for a person to do", &body.to_string())
            }
            _ if depth == MOST_WRAPPERS => unknown("it is wrapped too deeply", message),
            _ => match serde_json::from_str(message) {
                Ok(inner) => classify(&inner, depth + 1),
                Err(error) => unknown(&format!("SNS brought what is not JSON ({error})"), message),
            },
        };
    }
    if is_event(body) {
        return Body::Events { keyed: is_keyed(body) };
    }
    unknown("neither a notice of S3 or CloudTrail nor a CloudTrail event", &body.to_string())
}

/// CloudTrail's own notice of delivery: plain keys of one bucket.
fn cloudtrail_notice(body: &Value, keys: &Value) -> Body {
    let bucket = body["s3Bucket"].as_str().filter(|bucket| is_bucket(bucket));
    let keys: Option<Vec<&str>> = match keys {
        Value::Array(keys) => keys.iter().map(Value::as_str).collect(),
        Value::String(key) => Some(vec![key]),
        _ => None,
    };
    let (Some(bucket), Some(keys)) = (bucket, keys) else {
        return unknown("a notice of CloudTrail without a bucket and keys", &body.to_string());
    };
    let named = |key: &str| Named {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        version: String::new(),
        size: 0,
        modified: None,
        region: None,
    };
    Body::Objects(keys.into_iter().map(named).collect())
}

/// S3's notification, whose keys are encoded as forms are; or a list of events as in a log file.
fn records_of(body: &Value, records: &[Value]) -> Body {
    if !records.is_empty() && records.iter().all(is_event) {
        return Body::Events { keyed: records.iter().all(is_keyed) };
    }
    let mut objects = Vec::new();
    for record in records {
        let object = &record["s3"]["object"];
        let (bucket, key) = (record["s3"]["bucket"]["name"].as_str(), object["key"].as_str());
        let (Some("aws:s3"), Some(name)) = (record["eventSource"].as_str(), record["eventName"].as_str()) else {
            return unknown("a record in it is neither S3's nor CloudTrail's", &body.to_string());
        };
        if !name.trim_start_matches("s3:").starts_with("ObjectCreated:") {
            continue;
        }
        let (Some(bucket), Some(key)) = (bucket.filter(|bucket| is_bucket(bucket)), key) else {
            return unknown("a notice of S3 without a bucket and a key", &body.to_string());
        };
        objects.push(Named {
            bucket: bucket.to_owned(),
            key: form_decoded(key),
            version: plain_etag(object["eTag"].as_str().unwrap_or_default()).to_owned(),
            size: object["size"].as_u64().unwrap_or(0),
            modified: time(&record["eventTime"]),
            region: text(&record["awsRegion"]),
        });
    }
    if objects.is_empty() { Body::Other } else { Body::Objects(objects) }
}

/// EventBridge's envelope around a notice of S3, whose keys are plain, or around a CloudTrail event.
fn event_bridge(body: &Value, detail: &Value) -> Body {
    let kind = body["detail-type"].as_str().unwrap_or_default();
    if body["source"] == "aws.s3" && !kind.ends_with("via CloudTrail") {
        if kind != "Object Created" {
            return Body::Other;
        }
        let object = &detail["object"];
        let bucket = detail["bucket"]["name"].as_str().filter(|bucket| is_bucket(bucket));
        let (Some(bucket), Some(key)) = (bucket, object["key"].as_str()) else {
            return unknown("a notice of S3 without a bucket and a key", &body.to_string());
        };
        return Body::Objects(vec![Named {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            version: plain_etag(object["etag"].as_str().unwrap_or_default()).to_owned(),
            size: object["size"].as_u64().unwrap_or(0),
            modified: time(&body["time"]),
            region: text(&body["region"]),
        }]);
    }
    if is_event(detail) {
        return Body::Events { keyed: is_keyed(detail) };
    }
    unknown("EventBridge brought neither a notice of S3 nor a CloudTrail event", &body.to_string())
}

/// Whether it is a CloudTrail record, by keys that all of them have.
fn is_event(record: &Value) -> bool {
    record["eventVersion"].is_string()
        && record["eventTime"].is_string()
        && (record["eventID"].is_string() || record["eventName"].is_string())
        && record.get("s3").is_none()
}

fn is_keyed(record: &Value) -> bool {
    record["eventID"].is_string() && record["recipientAccountId"].is_string()
}

/// Whether it can be a bucket's name, so that it cannot lead a request elsewhere.
fn is_bucket(name: &str) -> bool {
    (3..=63).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

fn unknown(reason: &str, text: &str) -> Body {
    let shown: String = text.chars().take(SHOWN).collect();
    Body::Unknown(format!("{reason}: {shown:?}"))
}

#[cfg(test)]
mod tests;
