//! The SANS logs: a storm of denials that means nothing, and one intruder among them.

use serde_json::Value;
use trailwarden_tests::{Sandbox, corpus};

const INTRUDER: &str = "arn:aws:iam::342082656213:user/jmerckle";
const ADDRESS: &str = "3.238.12.183";

fn text<'a>(finding: &'a Value, key: &str) -> &'a str {
    finding[key].as_str().unwrap_or_default()
}

#[test]
fn the_intruder_is_found_and_the_storm_is_not() {
    let Some(corpus) = corpus() else { return };
    let sandbox = Sandbox::new();
    let logs = corpus.join("sans504-s3-ransomware");
    let (findings, _) = sandbox.scan(&[logs.to_str().expect("a UTF-8 path")]);
    for finding in &findings {
        // The log delivery is denied 10,011 times on the bucket that it writes to.
        assert!(!finding.to_string().contains("delivery.logs.amazonaws.com"), "{finding}");
    }
    let loud: Vec<&Value> =
        findings.iter().filter(|finding| !matches!(text(finding, "severity"), "info" | "low")).collect();
    let told: Vec<String> =
        loud.iter().map(|finding| format!("{} {}", text(finding, "severity"), text(finding, "title"))).collect();
    assert!(loud.len() <= 25, "{} findings above low:\n{}", loud.len(), told.join("\n"));
    for detection in ["enumeration", "policy-on-self", "access-key-for-self"] {
        let found = loud.iter().any(|finding| {
            text(finding, "detection") == detection
                && text(finding, "principal") == INTRUDER
                && finding["details"].to_string().contains(ADDRESS)
        });
        assert!(found, "no `{detection}` by {INTRUDER} from {ADDRESS}:\n{}", told.join("\n"));
    }
}
