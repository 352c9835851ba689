//! Synthetic logs with planted incidents: `scan` finds each of them, by its principal.

use serde_json::{Value, json};
use trailwarden_tests::{Over, Sandbox};

/// What each kind of incident has to raise.
const RAISES: [(&str, &[&str]); 10] = [
    ("root_signin_and_key", &["root-console-login", "root-access-key-created", "root-access-key-used"]),
    ("dormant_key_wakes", &["access-key-woke"]),
    ("enumeration", &["enumeration"]),
    ("denied_spike", &["denied-spike"]),
    ("external_trust", &["role-trust-granted"]),
    ("oidc_trust", &["role-trust-granted"]),
    ("public_bucket", &["public-access-allowed", "resource-policy-granted"]),
    ("self_admin", &["policy-on-self", "access-key-for-self"]),
    ("logging_stopped", &["logging-stopped"]),
    ("signin_guessing", &["console-login-without-mfa"]),
];

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn every_planted_incident_is_found() {
    let sandbox = Sandbox::new();
    let manifest = sandbox.synthetic_logs("logs", &["--events", "20000"]);
    let (findings, summary) = sandbox.scan(&["logs"]);
    assert_eq!((&summary["events"], &summary["duplicates"]), (&manifest["events"], &manifest["duplicates"]));
    assert_eq!((&summary["objects"], &summary["rejects"]), (&manifest["objects"], &json!(0)));

    let incidents = manifest["incidents"].as_array().expect("a list");
    for (kind, detections) in RAISES {
        let incident = incidents.iter().find(|incident| incident["kind"] == kind).expect("the manifest has it");
        let ids = strings(&incident["event_ids"]);
        for detection in detections {
            let found = findings.iter().any(|finding| {
                let events = strings(&finding["event_ids"]);
                // A baseline over `activity` names no events, but who and when.
                let these = events.iter().any(|id| ids.contains(id))
                    || events.is_empty() && finding["first"] == incident["first"];
                finding["detection"] == *detection && finding["principal"] == incident["principal"] && these
            });
            assert!(found, "`{kind}` raised no `{detection}`:\n{incident}");
        }
    }
    // Ordinary days are quiet: nothing grave that was not planted.
    let planted: Vec<&str> = incidents.iter().filter_map(|incident| incident["principal"].as_str()).collect();
    for finding in findings.iter().filter(|finding| matches!(finding["severity"].as_str(), Some("high" | "critical"))) {
        assert!(planted.contains(&finding["principal"].as_str().unwrap_or_default()), "nobody planted {finding}");
    }
}

/// An organization trail has one level more, and is read the same.
#[test]
fn an_organization_trail_is_read() {
    let sandbox = Sandbox::new();
    let manifest = sandbox.synthetic_logs("org", &["--events", "3000", "--org", "--accounts", "7", "--days", "6"]);
    let accounts = sandbox.value(&Over::logs("org"), "SELECT count(DISTINCT recipientaccountid) FROM cloudtrail");
    assert_eq!(accounts, 7);
    assert_eq!(sandbox.value(&Over::logs("org"), "SELECT count(*) FROM cloudtrail"), manifest["events"]);
}
