//! Real logs: the intruder is found, the noise is not, and each simulated technique raises its own detection. Skipped, and said
//! so, where `TRAILWARDEN_CORPUS` does not tell where they are.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use trail_detect::{Detector, Finding, Planned, Rules, Settings, Severity};
use trail_event::{Decoder, Limits, keys};

#[expect(clippy::disallowed_methods, reason = "real logs are found through the environment, by tests alone")]
fn corpus() -> Option<PathBuf> {
    let corpus = std::env::var_os("TRAILWARDEN_CORPUS");
    if corpus.is_none() {
        #[expect(clippy::print_stderr, reason = "a test that skips says so")]
        {
            eprintln!("skipped: TRAILWARDEN_CORPUS is not set");
        }
    }
    corpus.map(PathBuf::from)
}

fn files(at: &Path) -> Vec<PathBuf> {
    if at.is_file() {
        return vec![at.to_owned()];
    }
    let mut entries: Vec<PathBuf> = std::fs::read_dir(at).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries.iter().flat_map(|entry| files(entry)).filter(|file| file.to_string_lossy().contains(".json")).collect()
}

async fn planned() -> Arc<Planned> {
    let rules = Rules::load(&trail_query::Library::embedded().unwrap()).unwrap();
    Arc::new(Planned::new(&rules, Settings::default()).await.unwrap())
}

/// Number of distinct events, and all findings.
async fn scan(planned: &Arc<Planned>, at: &Path) -> (usize, Vec<Finding>) {
    let mut detector = Detector::with(planned.clone());
    let mut decoder = Decoder::new(Limits::default(), false);
    let mut seen = HashSet::new();
    for file in files(at) {
        let decoded = decoder.decode(&file.to_string_lossy(), 0, &std::fs::read(&file).unwrap());
        for batch in &decoded.batches {
            let fresh = keys(batch).into_iter().map(|key| Some(seen.insert(key))).collect();
            detector.observe(&arrow::compute::filter_record_batch(batch, &fresh).unwrap()).unwrap();
        }
    }
    let outcome = detector.finish().await.unwrap();
    assert!(outcome.problems.is_empty(), "{:?}", outcome.problems);
    (seen.len(), outcome.findings)
}

fn lines(findings: &[Finding]) -> String {
    findings.iter().map(|finding| format!("{} {}: {}\n", finding.severity, finding.detection, finding.title)).collect()
}

#[tokio::test]
async fn the_intruder_is_found_and_the_noise_is_not() {
    let Some(corpus) = corpus() else { return };
    let (events, findings) = scan(&planned().await, &corpus.join("sans504-s3-ransomware")).await;
    assert_eq!(events, 23_981);
    let said = lines(&findings);
    assert!(findings.iter().filter(|finding| finding.severity > Severity::Low).count() <= 25, "{said}");
    for (detection, severity) in [
        ("enumeration", Severity::High),
        ("policy-on-self", Severity::Critical),
        ("access-key-for-self", Severity::High),
    ] {
        let found = findings.iter().find(|finding| finding.detection == detection);
        let found = found.unwrap_or_else(|| panic!("no {detection} among\n{said}"));
        assert_eq!(found.severity, severity, "{said}");
        assert!(found.principal.as_ref().is_some_and(|who| who.ends_with(":user/jmerckle")), "{said}");
        let at = serde_json::Value::Object(found.details.clone()).to_string();
        assert!(at.contains("3.238.12.183"), "{at}");
    }
    // Ten thousand denials of a log delivery without rights are no attack.
    let noise = serde_json::to_string(&findings).unwrap();
    assert!(!noise.contains("delivery.logs.amazonaws.com"), "{said}");
}

#[tokio::test]
async fn each_technique_raises_its_own_detection() {
    let Some(corpus) = corpus() else { return };
    let expected = BTreeMap::from([
        ("aws.credential-access.secretsmanager-batch-retrieve-secrets", "secrets-read-in-batch"),
        ("aws.credential-access.secretsmanager-retrieve-secrets", "many-secrets-read"),
        ("aws.defense-evasion.cloudtrail-delete", "trail-deleted"),
        ("aws.defense-evasion.cloudtrail-stop", "logging-stopped"),
        ("aws.defense-evasion.vpc-remove-flow-logs", "flow-logs-deleted"),
        ("aws.discovery.ec2-download-user-data", "user-data-read"),
        ("aws.execution.ec2-user-data", "user-data-changed"),
        ("aws.exfiltration.ec2-share-ami", "image-shared"),
        ("aws.exfiltration.ec2-share-ebs-snapshot", "snapshot-shared"),
        ("aws.initial-access.console-login-without-mfa", "console-login-without-mfa"),
        ("aws.lateral-movement.ec2-serial-console-send-ssh-public-key", "ssh-key-pushed"),
        ("aws.persistence.iam-create-admin-user", "powerful-policy-attached"),
        ("aws.persistence.iam-create-backdoor-role", "role-trust-granted"),
        ("aws.persistence.lambda-backdoor-function", "function-permission-granted"),
        ("aws.persistence.lambda-layer-extension", "function-layers-changed"),
        ("aws.persistence.lambda-overwrite-code", "function-code-changed"),
        ("aws.persistence.rolesanywhere-create-trust-anchor", "trust-anchor-created"),
        ("aws.privilege-escalation.iam-update-user-login-profile", "console-password-set-for-other"),
    ]);
    let planned = planned().await;
    for (technique, detection) in expected {
        let (_, findings) = scan(&planned, &corpus.join(format!("stratus-detonation-logs/{technique}.json"))).await;
        let found = findings.iter().find(|finding| finding.detection == detection);
        assert!(
            found.is_some_and(|finding| finding.severity >= Severity::Medium),
            "{technique}:\n{}",
            lines(&findings)
        );
    }
}
