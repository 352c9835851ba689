//! A finding as an OCSF event of the class Detection Finding (<https://schema.ocsf.io/1.5.0/classes/detection_finding>).

use serde_json::{Map, Value, json};

use super::{PRODUCT, Who, partition, who};
use crate::finding::Finding;
use crate::rule::{Kind, Rule};
use crate::severity::Severity;

/// The version of the schema that [`ocsf`] follows.
pub const OCSF_VERSION: &str = "1.5.0";

const CLASS: u32 = 2004;
const CATEGORY: u32 = 2;
const CREATE: u32 = 1;

/// The event; `created_us` is when the finding was made, in microseconds since 1970.
pub fn ocsf(finding: &Finding, rule: Option<&Rule>, created_us: i64) -> Value {
    let (severity_id, severity) = match finding.severity {
        Severity::Info => (1, "Informational"),
        Severity::Low => (2, "Low"),
        Severity::Medium => (3, "Medium"),
        Severity::High => (4, "High"),
        Severity::Critical => (5, "Critical"),
    };
    let ms = |us: i64| us.div_euclid(1_000);
    let mut event = json!({
        "class_uid": CLASS, "class_name": "Detection Finding", "category_uid": CATEGORY, "category_name": "Findings",
        "activity_id": CREATE, "activity_name": "Create", "type_uid": CLASS * 100 + CREATE, "type_name": "Detection Finding: Create",
        "time": ms(created_us), "severity_id": severity_id, "severity": severity, "status_id": 1, "status": "New",
        "is_alert": true, "message": finding.title, "count": finding.count,
        "metadata": {
            "version": OCSF_VERSION, "profiles": ["cloud"], "uid": finding.id, "event_code": finding.detection,
            "product": {"name": PRODUCT, "vendor_name": PRODUCT, "version": env!("CARGO_PKG_VERSION")},
        },
        "cloud": {"provider": "AWS"},
        "finding_info": info(finding, rule, created_us),
        "unmapped": {"topics": finding.topics, "details": finding.details},
    });
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            event[name] = value;
        }
    };
    set("start_time", finding.first.map(|us| json!(ms(us))));
    set("end_time", finding.last.map(|us| json!(ms(us))));
    set(
        "evidences",
        finding.principal.as_deref().map(|principal| json!([{"actor": {"user": user(finding, principal)}}])),
    );
    set("resources", finding.account.as_ref().map(|account| json!([resource(finding, account)])));
    set("remediation", rule.filter(|rule| !rule.action.is_empty()).map(remediation));
    if let Some(account) = &finding.account {
        event["cloud"]["account"] = json!({"uid": account, "type_id": 10, "type": "AWS Account"});
    }
    if let Some(region) = &finding.region {
        event["cloud"]["region"] = json!(region);
    }
    event
}

fn info(finding: &Finding, rule: Option<&Rule>, created_us: i64) -> Value {
    let (type_id, kind) = if finding.kind == Kind::Baseline { (2, "Behavioral") } else { (1, "Rule") };
    let mut info = json!({
        "uid": finding.id, "title": finding.title, "created_time": created_us.div_euclid(1_000),
        "data_sources": ["AWS CloudTrail"],
        "analytic": {"uid": finding.detection, "name": finding.detection, "type_id": type_id, "type": kind},
        "related_events": finding.event_ids.iter().map(|id| json!({"uid": id})).collect::<Vec<_>>(),
    });
    for (name, us) in [("first_seen_time", finding.first), ("last_seen_time", finding.last)] {
        if let Some(us) = us {
            info[name] = json!(us.div_euclid(1_000));
        }
    }
    if let Some(rule) = rule {
        info["desc"] = json!(rule.why);
        info["types"] = json!([rule.service]);
        info["attacks"] = rule.mitre.iter().map(|id| attack(id)).collect();
    }
    info
}

fn attack(id: &str) -> Value {
    match id.split_once('.') {
        Some((technique, _)) => json!({"technique": {"uid": technique}, "sub_technique": {"uid": id}}),
        None => json!({"technique": {"uid": id}}),
    }
}

fn user(finding: &Finding, principal: &str) -> Value {
    let mut user = Map::from_iter([("uid".to_owned(), json!(principal))]);
    let (type_id, kind, name) = match who(principal) {
        Who::User(name) => (1, "User", Some(name)),
        Who::Root => (2, "Admin", Some("root")),
        Who::Role(name) => (99, "AssumedRole", Some(name)),
        Who::Other => (0, "Unknown", None),
    };
    user.extend([("type_id".to_owned(), json!(type_id)), ("type".to_owned(), json!(kind))]);
    user.extend(name.map(|name| ("name".to_owned(), json!(name))));
    user.extend(finding.account.as_ref().map(|account| ("account".to_owned(), json!({"uid": account}))));
    Value::Object(user)
}

fn resource(finding: &Finding, account: &str) -> Value {
    let mut resource = json!({"uid": account, "type": "AWS Account", "cloud_partition": partition(finding)});
    if let Some(region) = &finding.region {
        resource["region"] = json!(region);
    }
    resource
}

fn remediation(rule: &Rule) -> Value {
    json!({"desc": rule.action, "references": rule.references})
}
