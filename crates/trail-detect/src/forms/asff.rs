//! A finding in the AWS Security Finding Format, as Security Hub's `BatchImportFindings` takes it.
//!
//! Lengths are those of the format's reference: title 256, description 1,024, recommendation 512, product fields 50 of 2,048 each.

use serde_json::{Map, Value, json};

use super::{PRODUCT, Who, cut, partition, who};
use crate::finding::Finding;
use crate::rule::Rule;
use crate::severity::Severity;

const FIELDS: usize = 50;
const FIELD: usize = 2_048;

/// The finding; `created_us` is when it was made, in microseconds since 1970. It bears the account and region that it is about, and
/// the product that every account has there: whoever imports it from another account or region puts those in their place.
pub fn asff(finding: &Finding, rule: Option<&Rule>, created_us: i64) -> Value {
    let time = |us: i64| jiff::Timestamp::from_microsecond(us).unwrap_or_default().to_string();
    let account = finding.account.as_deref().unwrap_or("000000000000");
    let region = finding.region.as_deref().unwrap_or("us-east-1");
    let severity = match finding.severity {
        Severity::Info => "INFORMATIONAL",
        Severity::Low => "LOW",
        Severity::Medium => "MEDIUM",
        Severity::High => "HIGH",
        Severity::Critical => "CRITICAL",
    };
    let types = [format!("Unusual Behaviors/User/{}", finding.detection)];
    let why = rule.map_or(finding.title.as_str(), |rule| rule.why.as_str());
    let mut asff = json!({
        "SchemaVersion": "2018-10-08",
        "Id": finding.id,
        "ProductArn": format!("arn:{}:securityhub:{region}:{account}:product/{account}/default", partition(finding)),
        "ProductName": PRODUCT,
        "GeneratorId": cut(&format!("trailwarden/{}", finding.detection), 512),
        "AwsAccountId": account,
        "Region": region,
        "Types": types,
        "CreatedAt": time(created_us),
        "UpdatedAt": time(created_us),
        "Severity": {"Label": severity},
        "FindingProviderFields": {"Severity": {"Label": severity}, "Types": types},
        "Title": cut(&finding.title, 256),
        "Description": cut(why, 1_024),
        "Resources": [resource(finding, account)],
        "ProductFields": fields(finding),
        "RecordState": "ACTIVE",
    });
    for (name, us) in [("FirstObservedAt", finding.first), ("LastObservedAt", finding.last)] {
        if let Some(us) = us {
            asff[name] = json!(time(us));
        }
    }
    if let Some(rule) = rule.filter(|rule| !rule.action.is_empty()) {
        asff["Remediation"] = json!({"Recommendation": {"Text": cut(&rule.action, 512)}});
    }
    asff
}

/// The principal, where it is one of IAM's; else the account.
fn resource(finding: &Finding, account: &str) -> Value {
    let id = || format!("AWS::::Account:{account}");
    let (kind, id) = match (&finding.principal, finding.principal.as_deref().map(who)) {
        (Some(principal), Some(Who::User(_))) => ("AwsIamUser", principal.clone()),
        (Some(principal), Some(Who::Role(_))) => ("AwsIamRole", principal.clone()),
        (Some(principal), Some(Who::Other)) => ("Other", principal.clone()),
        _ => ("AwsAccount", id()),
    };
    let mut resource = json!({"Type": kind, "Id": cut(&id, 512), "Partition": partition(finding)});
    if let Some(region) = &finding.region {
        resource["Region"] = json!(region);
    }
    resource
}

fn fields(finding: &Finding) -> Value {
    let mut fields = Map::new();
    let mut add = |name: &str, value: String| {
        if fields.len() < FIELDS && !value.is_empty() {
            fields.insert(cut(&format!("trailwarden/{name}"), 128), json!(cut(&value, FIELD)));
        }
    };
    add("detection", finding.detection.clone());
    add("account", finding.account.clone().unwrap_or_default());
    add("principal", finding.principal.clone().unwrap_or_default());
    add("events", finding.count.to_string());
    add("event_ids", finding.event_ids.join(" "));
    for (name, value) in &finding.details {
        add(&format!("details/{name}"), value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    Value::Object(fields)
}
