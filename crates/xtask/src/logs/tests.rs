//! The logs are what the manifest says, and the same every time.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;

use serde_json::Value;
use walkdir::WalkDir;

use super::*;

/// Every record of a folder, with the object it lies in.
fn records(folder: &Path) -> Vec<(String, Value)> {
    let mut records = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.unwrap();
        if !entry.file_type().is_file() {
            continue;
        }
        let mut text = String::new();
        #[expect(clippy::disallowed_types, reason = "our own objects, of one member and a known size")]
        flate2::read::MultiGzDecoder::new(File::open(entry.path()).unwrap()).read_to_string(&mut text).unwrap();
        let mut object: Value = serde_json::from_str(&text).unwrap();
        let key = entry.path().strip_prefix(folder).unwrap().to_string_lossy().into_owned();
        for record in object["Records"].as_array_mut().unwrap() {
            records.push((key.clone(), record.take()));
        }
    }
    records
}

fn args(folder: &Path, change: impl FnOnce(&mut Args)) -> Args {
    let mut args = Args::new(folder.to_owned(), 3000);
    change(&mut args);
    args
}

#[test]
fn counts_and_incidents_are_as_the_manifest_says() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = generate(&args(folder.path(), |_| {})).unwrap();
    let records = records(folder.path());
    let ids: BTreeSet<&str> = records.iter().map(|(_, record)| record["eventID"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 3000);
    assert_eq!(records.len(), 3000 + manifest.duplicates);
    assert!(manifest.duplicates > 0);
    assert_eq!(manifest.incidents.len(), 10);
    for incident in &manifest.incidents {
        assert!(!incident.event_ids.is_empty(), "{}", incident.kind);
        for id in &incident.event_ids {
            assert!(ids.contains(id.as_str()), "{}: {id} was not delivered", incident.kind);
        }
    }
}

#[test]
fn objects_lie_where_aws_puts_them() {
    let folder = tempfile::tempdir().unwrap();
    generate(&args(folder.path(), |args| args.org = true)).unwrap();
    let mut regions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (key, record) in records(folder.path()) {
        let parts: Vec<&str> = key.split('/').collect();
        let [_, organization, account, "CloudTrail", region, year, month, day, name] = parts[..] else {
            panic!("{key}")
        };
        assert!(organization.starts_with("o-"), "{key}");
        assert_eq!(record["recipientAccountId"], account);
        let delivered = format!("{year}{month}{day}");
        let (head, tail) = name.split_at(format!("{account}_CloudTrail_{region}_").len() + delivered.len());
        assert_eq!(head, format!("{account}_CloudTrail_{region}_{delivered}"));
        assert_eq!(tail.len(), "T0000Z_0123456789abcdef.json.gz".len(), "{key}");
        regions.entry(record["eventID"].to_string()).or_default().insert(region.to_owned());
    }
    // The copies are in another region's object.
    assert!(regions.values().any(|regions| regions.len() == 2));
}

#[test]
fn the_same_arguments_give_the_same_bytes() {
    let make = |seed: u64| {
        let folder = tempfile::tempdir().unwrap();
        generate(&args(folder.path(), |args| args.seed = seed)).unwrap();
        let files = WalkDir::new(folder.path()).sort_by_file_name().into_iter().map(Result::unwrap);
        let files = files.filter(|entry| entry.file_type().is_file());
        let bytes = files.map(|entry| {
            (entry.path().strip_prefix(folder.path()).unwrap().to_owned(), std::fs::read(entry.path()).unwrap())
        });
        bytes.collect::<BTreeMap<_, _>>()
    };
    let first = make(7);
    assert!(first == make(7));
    assert!(first.keys().ne(make(8).keys()));
}

#[test]
fn quiet_days_hold_no_incident() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = generate(&args(folder.path(), |args| args.no_incidents = true)).unwrap();
    assert!(manifest.incidents.is_empty());
    for (_, record) in records(folder.path()) {
        assert_ne!(record["userIdentity"]["type"], "Root");
        assert_ne!(record["eventName"], "StopLogging");
    }
}

#[test]
fn a_folder_with_something_in_it_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine"), "").unwrap();
    let error = generate(&args(folder.path(), |_| {})).err().unwrap().to_string();
    assert!(error.contains("is not empty"), "{error}");
}
