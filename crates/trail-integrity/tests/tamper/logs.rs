//! Log files changed, removed, added and moved.

use super::{World, check, log};

#[test]
fn a_log_file_changed() {
    let uri = log(300, 1);
    let change = |world: &mut World| world.forged.log_files.get_mut(&log(300, 1)).expect("a log file").push(b' ');
    check(change, &["log-modified l300.1"], &["!l300.1"]);
    check(|world| world.broken.push(uri.clone()), &["log-malformed l300.1"], &["!l300.1"]);
    check(|world| world.unread.push(uri.clone()), &["log-unread l300.1"], &["?l300.1"]);
}

#[test]
fn a_log_file_removed() {
    let remove = |world: &mut World| _ = world.forged.log_files.remove(&log(300, 1)).expect("a log file");
    check(remove, &["log-missing l300.1"], &["!l300.1"]);
}

#[test]
fn a_log_file_added() {
    let added = "111111111111_CloudTrail_eu-west-1_20260313T1230Z_forgedforgedforg.json.gz";
    let add = |name: &'static str| {
        move |world: &mut World| {
            let folder = "s3://audit-logs/AWSLogs/111111111111/CloudTrail/eu-west-1/2026/03/13";
            world.forged.log_files.insert(format!("{folder}/{name}"), b"{\"Records\": []}".to_vec());
        }
    };
    check(add(added), &[&format!("log-added {added}")], &[&format!("!{added}")]);
    check(add("by hand.json"), &["log-added by hand.json"], &["!by hand.json"]);
    // A file of the last minutes is in no digest yet, and one of another kind or place never is.
    let outside = |world: &mut World| {
        let folder = "s3://audit-logs/AWSLogs/111111111111";
        for place in [
            "CloudTrail/eu-west-1/2026/03/31/111111111111_CloudTrail_eu-west-1_20260331T0010Z_abcdefghijklmnop.json.gz",
            "CloudTrail-Insight/eu-west-1/2026/03/13/x.json.gz",
            "CloudTrail/us-east-1/2026/03/13/x.json.gz",
            "elasticloadbalancing/eu-west-1/2026/03/13/x.log.gz",
        ] {
            world.forged.log_files.insert(format!("{folder}/{place}"), b"{}".to_vec());
        }
    };
    let report = check(outside, &["no-digests x.json.gz"], &[]);
    assert_eq!(report.outside, 1);
}

#[test]
fn a_log_file_moved() {
    for to in [
        "s3://audit-logs/trash/x.json.gz",
        "s3://audit-logs/AWSLogs/111111111111/CloudTrail/eu-west-1/2026/03/02/x.json.gz",
    ] {
        let moving = |world: &mut World| {
            let text = world.forged.log_files.remove(&log(300, 1)).expect("a log file");
            world.forged.log_files.insert(to.to_owned(), text);
        };
        let report = check(moving, &["log-moved l300.1"], &["!l300.1"]);
        let explanation = format!("Log file `{}` is not there; a file with its content lies at `{to}`.", log(300, 1));
        assert_eq!(report.problems[0].explanation, explanation);
    }
}
