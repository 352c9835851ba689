//! Digests are written by whoever can write to the bucket: whatever is in them, there is a report, and nothing of the others'
//! proof is lost.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};
use trail_integrity::forge::{Forged, Plan, gzip};
use trail_integrity::{DigestFile, Evidence, Held, Metadata, Verdict, verify};

use super::{SIGNERS, hour};

static DAY: LazyLock<Forged> = LazyLock::new(|| Plan { hours: 8, ..Plan::new(hour(0)) }.forge(&SIGNERS[..1]));

/// Values that numbers, times, addresses and hashes must not be.
fn odd() -> impl Strategy<Value = Value> {
    let texts = [
        "",
        "null",
        "9999-12-31T23:59:59Z",
        "-009999-01-02T00:00:00Z",
        "2026-03-01T05:00:00Z",
        "2999-12-31T23:59:59Z",
        "s3://",
        "AWSLogs/111111111111/CloudTrail-Digest/eu-west-1/2026/03/01/111111111111_CloudTrail-Digest_eu-west-1_audit_eu-west-1_29991231T235959Z.json.gz",
        "\u{1b}[2J<b>",
        "00",
    ];
    prop_oneof![
        proptest::sample::select(texts.to_vec()).prop_map(|text| json!(text)),
        Just(json!(null)),
        Just(json!(-1.5e300)),
        Just(json!([[], {}])),
        ".{0,40}".prop_map(|text| json!(text)),
    ]
}

/// The seven other digests, beside one that somebody wrote.
fn check(made: DigestFile) {
    let mut digests = DAY.digest_files();
    digests[3] = made;
    for held in [Held::InPlace, Held::Copied] {
        let report = verify(&Evidence {
            held,
            digests: &digests,
            log_files: &DAY.log_files(held),
            keys: &DAY.keys,
            trail_events: &[],
            from: Some(hour(0)),
            to: Some(hour(9)),
        });
        let valid = report.chains.iter().flat_map(|chain| &chain.links).filter(|link| link.verdict == Verdict::Valid);
        assert!(valid.count() >= 7, "{:?}", report.problems);
        assert!(!report.problems.is_empty());
        serde_json::to_string(&report).expect("JSON");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn fields_of_any_kind(field in 0_usize..17, value in odd(), place in "[a-z0-9_/:.-]{0,60}") {
        let mut digest = DAY.digests[3].clone();
        let name = digest.fields().keys().nth(field).cloned().unwrap_or_else(|| "more".to_owned());
        prop_assume!(digest.fields().get(&name) != Some(&value));
        digest.fields().insert(name, value);
        let metadata = Metadata::from_pairs(&digest.metadata);
        check(DigestFile::read(&digest.uri, &gzip(&digest.text()), metadata.clone()));
        // The same under any name; then it is missing in its place.
        check(DigestFile::read(format!("s3://audit-logs/{place}"), &gzip(&digest.text()), metadata));
    }

    #[test]
    fn bytes_of_any_kind(at in 0_usize..4000, byte in any::<u8>(), signature in "[0-9a-fA-F ]{0,600}", cut in any::<bool>()) {
        let digest = &DAY.digests[3];
        let mut stored = gzip(&digest.text());
        let at = at % stored.len();
        if cut {
            stored.truncate(at);
        } else {
            // The rest of the header says nothing of the text.
            prop_assume!(at >= 10 && stored[at] != byte);
            stored[at] = byte;
        }
        let metadata = Metadata::from_pairs([("signature", &signature)]);
        check(DigestFile::read(&digest.uri, &stored, metadata));
    }
}
