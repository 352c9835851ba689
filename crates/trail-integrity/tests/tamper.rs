//! Thirty days of a trail, tampered with in one way at a time: each is named as what it is, and nothing else is.

use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use trail_integrity::forge::{Forged, ForgedDigest, Plan, Signer};
use trail_integrity::{
    Content, DigestFile, Evidence, FileHash, Held, LogFiles, PublicKey, PublicKeys, Report, TrailAction, TrailEvent,
    Verdict, verify,
};

const HOURS: u32 = 30 * 24;
/// CloudTrail goes over to another key after so many hours.
const ROTATION: i32 = 360;

fn hour(number: i32) -> Timestamp {
    let start: Timestamp = "2026-03-01T00:00:00Z".parse().expect("a time");
    start + SignedDuration::from_hours(1) * number
}

/// CloudTrail's two keys, and one that is somebody else's.
static SIGNERS: LazyLock<[Signer; 3]> = LazyLock::new(|| {
    let region = "eu-west-1";
    [
        Signer::new(region, hour(-5000), hour(ROTATION)),
        Signer::new(region, hour(ROTATION), hour(5000)),
        Signer::new(region, hour(-5000), hour(5000)),
    ]
});
static WHOLE: LazyLock<Forged> = LazyLock::new(|| forge(|_| {}));

fn forge(change: impl FnOnce(&mut Plan)) -> Forged {
    let mut plan = Plan::new(hour(0));
    change(&mut plan);
    plan.forge(&SIGNERS[..2])
}

/// A trail and what is known of it, to be tampered with.
struct World {
    forged: Forged,
    held: Held,
    trail_events: Vec<TrailEvent>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    /// Log files that do not inflate any more.
    broken: Vec<String>,
    unread: Vec<String>,
}

impl World {
    fn new(forged: Forged) -> Self {
        let to = Some(hour(i32::try_from(HOURS).expect("hours") + 1));
        let (trail_events, broken, unread) = (Vec::new(), Vec::new(), Vec::new());
        Self { forged, held: Held::InPlace, trail_events, from: Some(hour(0)), to, broken, unread }
    }

    fn digest(&mut self, number: usize) -> &mut ForgedDigest {
        &mut self.forged.digests[number]
    }

    fn digest_files(&self) -> Vec<DigestFile> {
        self.forged.digest_files()
    }

    fn log_files(&self) -> LogFiles {
        let mut files = self.forged.log_files(self.held);
        for uri in &self.broken {
            files.insert(uri, Content::Malformed("its gzip is broken".to_owned()), None);
        }
        for uri in &self.unread {
            files.insert(uri, Content::Unread("access is denied".to_owned()), None);
        }
        files
    }

    fn verify(&self) -> Report {
        verify(&Evidence {
            held: self.held,
            digests: &self.digest_files(),
            log_files: &self.log_files(),
            keys: &self.forged.keys,
            trail_events: &self.trail_events,
            from: self.from,
            to: self.to,
        })
    }
}

/// The address of a log file of the whole trail.
fn log(digest: usize, number: usize) -> String {
    let entry = &WHOLE.digests[digest].body["logFiles"][number];
    format!("s3://{}/{}", entry["s3Bucket"].as_str().expect("a bucket"), entry["s3Object"].as_str().expect("a key"))
}

/// What tests call an object: `d7` is the digest of hour 7, `l7.2` the third log file in it.
fn label(uri: &str) -> String {
    let name = |uri: &str| uri.rsplit('/').next().unwrap_or_default().to_owned();
    for (number, digest) in WHOLE.digests.iter().enumerate() {
        if digest.uri == uri {
            return format!("d{number}");
        }
        if name(&digest.uri) == name(uri) {
            return format!("d{number} elsewhere");
        }
        for at in 0..3 {
            if log(number, at) == uri {
                return format!("l{number}.{at}");
            }
        }
    }
    name(uri).replace("_backfill.json.gz", " backfill")
}

/// Problems and verdicts in words: `kind object` for problems, `?object` for what cannot be verified, `!object` for what is not
/// as it should be.
fn told(report: &Report) -> (Vec<String>, Vec<String>) {
    let problem = |problem: &trail_integrity::Problem| {
        let times = if problem.count > 1 { format!(" x{}", problem.count) } else { String::new() };
        format!("{} {}{times}", problem.kind, label(&problem.object))
    };
    let digests = report.chains.iter().flat_map(|chain| &chain.links);
    let logs = digests.clone().flat_map(|link| &link.log_files).chain(&report.strays);
    let all = digests.map(|link| (&link.uri, link.verdict)).chain(logs.map(|log| (&log.uri, log.verdict)));
    let mut verdicts: Vec<String> = all
        .filter_map(|(uri, verdict)| match verdict {
            Verdict::Valid => None,
            Verdict::Invalid(_) => Some(format!("!{}", label(uri))),
            Verdict::Unverifiable(_) => Some(format!("?{}", label(uri))),
        })
        .collect();
    verdicts.sort();
    (report.problems.iter().map(problem).collect(), verdicts)
}

#[track_caller]
fn check(tamper: impl FnOnce(&mut World), problems: &[&str], verdicts: &[&str]) -> Report {
    check_in(WHOLE.clone(), tamper, problems, verdicts)
}

#[track_caller]
fn check_in(forged: Forged, tamper: impl FnOnce(&mut World), problems: &[&str], verdicts: &[&str]) -> Report {
    let mut world = World::new(forged);
    tamper(&mut world);
    let report = world.verify();
    let (told_problems, told_verdicts) = told(&report);
    assert_eq!(told_problems, problems, "{:#?}", report.problems);
    assert_eq!(told_verdicts, verdicts);
    report
}

#[test]
fn all_is_valid_without_tampering() {
    let report = check(|_| {}, &[], &[]);
    let (digests, logs) = report.counts();
    assert_eq!((digests.valid, digests.total()), (720, 720));
    assert_eq!((logs.valid, logs.total(), report.outside), (2160, 2160, 0));
    let chain = &report.chains[0];
    assert_eq!((chain.from, chain.until), (Some(hour(0)), Some(hour(720))));
    assert_eq!(report.worst(), None);
    // Part of it is as good.
    check(
        |world| {
            world.forged.digests.drain(..100);
            world.from = None;
        },
        &[],
        &[],
    );
    check(
        |world| {
            world.forged.digests.drain(..100);
            world.from = Some(hour(101));
        },
        &[],
        &[],
    );
}

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

#[test]
fn a_digest_removed() {
    check(
        |world| _ = world.forged.digests.remove(300),
        &["digest-missing d300"],
        &["!d300", "?l300.0", "?l300.1", "?l300.2"],
    );
    // The oldest that was looked for.
    check(
        |world| {
            world.forged.digests.drain(..101);
            world.from = Some(hour(101));
        },
        &["digest-missing d100"],
        &["!d100", "?l100.0", "?l100.1", "?l100.2"],
    );
}

#[test]
fn two_digests_in_a_row_removed() {
    let report = check(
        |world| _ = world.forged.digests.drain(300..302),
        &["digest-missing d301 x2"],
        &["!d300", "!d301", "?l300.0", "?l300.1", "?l300.2", "?l301.0", "?l301.1", "?l301.2"],
    );
    assert_eq!((report.problems[0].from, report.problems[0].until), (Some(hour(300)), Some(hour(302))));
}

#[test]
fn the_newest_digests_removed() {
    let report = check(|world| _ = world.forged.digests.drain(715..), &["digests-stopped d714"], &[]);
    assert_eq!(report.outside, 15);
    check(
        |world| {
            world.forged.digests.drain(715..);
            world.to = None;
        },
        &[],
        &[],
    );
}

#[test]
fn a_digest_changed() {
    // A log file is taken out of it: that one, too, cannot be verified any more.
    let change = |world: &mut World, number: usize| {
        let logs =
            world.digest(number).fields().get_mut("logFiles").and_then(|logs| logs.as_array_mut()).expect("log files");
        logs.remove(0);
    };
    let unverifiable = ["!d300", "?l300.0", "?l300.1", "?l300.2"];
    check(|world| change(world, 300), &["digest-modified d300"], &unverifiable);
    // Of the newest one, nothing tells whether the digest or its signature was changed.
    check(|world| change(world, 719), &["signature-mismatch d719"], &["!d719", "?l719.0", "?l719.1", "?l719.2"]);
    // It is made to hide the ones before it.
    let cut = |world: &mut World| {
        for name in ["S3Bucket", "S3Object", "HashValue", "HashAlgorithm", "Signature"] {
            world.digest(300).fields().insert(format!("previousDigest{name}"), json!(null));
        }
        world.forged.digests.drain(298..300);
    };
    let verdicts = &[
        "!d298", "!d299", "!d300", "?l298.0", "?l298.1", "?l298.2", "?l299.0", "?l299.1", "?l299.2", "?l300.0",
        "?l300.1", "?l300.2",
    ];
    check(cut, &["digest-modified d300", "digest-missing d299 x2"], verdicts);
    // The one before it was removed, so that nothing but its place tells of it.
    let below = |world: &mut World| {
        change(world, 300);
        world.forged.digests.remove(301);
    };
    check(
        below,
        &["digest-missing d301", "signature-mismatch d300"],
        &["!d300", "!d301", "?l300.0", "?l300.1", "?l300.2", "?l301.0", "?l301.1", "?l301.2"],
    );
    // It is no digest any more.
    let garble = |world: &mut World| world.digest(300).body = json!({"awsAccountId": 1});
    check(garble, &["digest-malformed d300"], &unverifiable);
}

#[test]
fn a_digest_moved() {
    let elsewhere = |world: &mut World| {
        let uri = world.digest(300).uri.replace("2026/03/13", "2026/03/12");
        assert_ne!(uri, world.digest(300).uri);
        world.digest(300).uri = uri;
    };
    check(elsewhere, &["digest-moved d300 elsewhere"], &["!d300 elsewhere"]);
    // A copy of it lies elsewhere.
    let copy = |world: &mut World| {
        let mut copy = world.digest(300).clone();
        copy.uri = copy.uri.replace("2026/03/13", "2026/03/12");
        world.forged.digests.push(copy);
    };
    check(copy, &["digest-moved d300 elsewhere"], &["!d300 elsewhere"]);
    // Put in the place of another, which is then missing.
    let instead = |world: &mut World| {
        world.digest(300).uri = world.digest(301).uri.clone();
        world.forged.digests.remove(301);
    };
    check(instead, &["digest-missing d301", "digest-moved d301"], &["!d301", "!d301", "?l301.0", "?l301.1", "?l301.2"]);
}

#[test]
fn a_digest_signed_with_another_key() {
    let [_, known, stranger] = &*SIGNERS;
    // The content is as it was, which the newer digest proves, and so the log files are good.
    for signer in [stranger, known] {
        check(|world| world.digest(300).sign(signer), &["digest-resigned d300"], &["!d300"]);
    }
    // The digest names the key that it is signed with.
    let name = |world: &mut World, number: usize| {
        let digest = world.digest(number);
        digest.fields().insert("digestPublicKeyFingerprint".to_owned(), json!(stranger.key.fingerprint));
        digest.sign(stranger);
    };
    let logs = |number: usize| (0..3).map(move |at| format!("?l{number}.{at}"));
    for number in [300, 719] {
        let verdicts: Vec<String> = std::iter::once(format!("!d{number}")).chain(logs(number)).collect();
        let verdicts: Vec<&str> = verdicts.iter().map(String::as_str).collect();
        check(|world| name(world, number), &[&format!("digest-resigned d{number}")], &verdicts);
    }
    // Of keys without a region nobody knows whether they are all.
    let without_region = |world: &mut World| {
        name(world, 719);
        let keys: Vec<PublicKey> = world.forged.keys.iter().cloned().collect();
        keys.into_iter().for_each(|key| world.forged.keys.add(PublicKey { region: None, ..key }));
    };
    check(without_region, &["key-unknown d719"], &["?d719", "?l719.0", "?l719.1", "?l719.2"]);
}

#[test]
fn a_digest_made_up() {
    let stranger = &SIGNERS[2];
    // Between two others, after all others, and in a year to come: only what was made up is told of.
    let name = |stamp: &str| format!("111111111111_CloudTrail-Digest_eu-west-1_audit_eu-west-1_{stamp}.json.gz");
    for stamp in ["20260313T121500Z", "20260331T010000Z", "29990101T000000Z"] {
        for to_is_known in [true, false] {
            let make = |world: &mut World| {
                let mut made = world.digest(300).clone();
                let key = format!("AWSLogs/111111111111/CloudTrail-Digest/eu-west-1/2026/03/31/{}", name(stamp));
                made.uri = format!("s3://audit-logs/{key}");
                made.fields().insert("digestS3Object".to_owned(), json!(key));
                made.fields().insert("logFiles".to_owned(), json!([]));
                for field in ["S3Bucket", "S3Object", "HashValue", "HashAlgorithm", "Signature"] {
                    made.fields().insert(format!("previousDigest{field}"), json!(null));
                }
                made.sign(stranger);
                world.forged.digests.push(made);
                world.to = world.to.filter(|_| to_is_known);
            };
            let made = name(stamp);
            check(make, &[&format!("signature-mismatch {made}")], &[&format!("!{made}")]);
        }
    }
    // It names a log file that was made up, too: that is in no digest of CloudTrail's all the same.
    let added = "111111111111_CloudTrail_eu-west-1_20260313T1230Z_forgedforgedforg.json.gz";
    let with_log = |world: &mut World| {
        let key = format!("AWSLogs/111111111111/CloudTrail/eu-west-1/2026/03/13/{added}");
        let mut made = world.digest(300).clone();
        made.uri = made.uri.replace("20260313T130000Z", "20260313T121500Z");
        let object = made.uri.replace("s3://audit-logs/", "");
        made.fields().insert("digestS3Object".to_owned(), json!(object));
        made.fields().insert("logFiles".to_owned(), json!([made_log(&key)]));
        made.sign(stranger);
        world.forged.digests.push(made);
        world.forged.log_files.insert(format!("s3://audit-logs/{key}"), b"{}".to_vec());
    };
    let made = name("20260313T121500Z");
    check(
        with_log,
        &[&format!("signature-mismatch {made}"), &format!("log-added {added}")],
        &[&format!("!{made}"), &format!("!{added}"), &format!("?{added}")],
    );
    // An old digest of CloudTrail's, put in again under another name, is one that was moved.
    let again = |world: &mut World| {
        let mut made = world.digest(300).clone();
        made.uri = made.uri.replace("20260313T13", "20260331T02");
        world.forged.digests.push(made);
    };
    let made = name("20260331T020000Z");
    check(again, &[&format!("digest-moved {made}")], &[&format!("!{made}")]);
}

/// The line of a log file in a digest.
fn made_log(key: &str) -> serde_json::Value {
    json!({"s3Bucket": "audit-logs", "s3Object": key, "hashValue": FileHash::of(b"{}"), "hashAlgorithm": "SHA-256"})
}

#[test]
fn two_digests_of_one_hour() {
    // CloudTrail signed both, and the chain goes on with the other.
    let other = forge(|plan| plan.log_files = 2);
    let swap = |world: &mut World| *world.digest(300) = other.digests[300].clone();
    let problems = ["digest-unlinked d300", "digest-unlinked d299", "log-added l300.2"];
    check(swap, &problems, &["!l300.2"]);
}

#[test]
fn metadata_lost() {
    check(|world| world.digest(300).metadata.clear(), &["signature-lost d300"], &[]);
    check(
        |world| world.digest(719).metadata.clear(),
        &["signature-lost d719"],
        &["?d719", "?l719.0", "?l719.1", "?l719.2"],
    );
    check(
        |world| (0..HOURS as usize).for_each(|number| world.digest(number).metadata.clear()),
        &["signature-lost d719 x720"],
        &["?d719", "?l719.0", "?l719.1", "?l719.2"],
    );
    // The digest before it is gone, and so is what repeats its signature.
    check(
        |world| {
            world.digest(299).metadata.clear();
            world.forged.digests.remove(300);
        },
        &["digest-missing d300", "signature-lost d299"],
        &["!d300", "?d299", "?l299.0", "?l299.1", "?l299.2", "?l300.0", "?l300.1", "?l300.2"],
    );
}

/// An event of the trail, so many minutes after an hour.
fn event(number: i32, minutes: i64, action: TrailAction) -> TrailEvent {
    TrailEvent {
        at: hour(number) + SignedDuration::from_mins(minutes),
        action,
        trail: "arn:aws:cloudtrail:eu-west-1:111111111111:trail/audit".to_owned(),
        account: "111111111111".to_owned(),
        principal: Some("arn:aws:iam::111111111111:user/mallory".to_owned()),
        event_id: None,
    }
}

#[test]
fn a_gap_by_stop_logging() {
    let forged = forge(|plan| plan.stopped.push(400..410));
    let told = |world: &mut World| {
        world.trail_events = vec![event(400, -5, TrailAction::Stopped), event(410, 0, TrailAction::Started)];
    };
    let report = check_in(forged.clone(), told, &["logging-stopped d410"], &[]);
    assert_eq!(
        report.problems[0].explanation,
        "There are no digests from 2026-03-17T16:00:00Z to 2026-03-18T02:00:00Z: StopLogging by \
         `arn:aws:iam::111111111111:user/mallory` at 2026-03-17T15:55:00Z stopped them."
    );
    check_in(forged.clone(), |_| {}, &["gap d410"], &[]);
    // Behind the stop, a digest was removed as well: the first after the pause, by its name.
    let both = |world: &mut World| {
        told(world);
        world.forged.digests.remove(400);
    };
    check_in(
        forged.clone(),
        both,
        &["digest-missing d410", "logging-stopped d410"],
        &["!d410", "?l410.0", "?l410.1", "?l410.2"],
    );
    // And before it the last two.
    let more = |world: &mut World| {
        both(world);
        world.forged.digests.drain(398..400);
    };
    check_in(
        forged,
        more,
        &["digest-missing d410 x3", "logging-stopped d410"],
        &[
            "!d398", "!d399", "!d410", "?l398.0", "?l398.1", "?l398.2", "?l399.0", "?l399.1", "?l399.2", "?l410.0",
            "?l410.1", "?l410.2",
        ],
    );
    // The trail was stopped and stays so.
    check(
        |world| {
            world.forged.digests.drain(700..);
            world.forged.log_files.retain(|uri, _| !(700..720).any(|number| (0..3).any(|at| log(number, at) == *uri)));
            world.trail_events = vec![event(700, -5, TrailAction::Stopped)];
        },
        &["logging-stopped d699"],
        &[],
    );
}

#[test]
fn backfill() {
    let forged = forge(|plan| plan.backfilled.push(500..505));
    let first = HOURS as usize - 5;
    let report = check_in(forged.clone(), |_| {}, &["backfilled d505"], &[]);
    assert_eq!(report.chains.len(), 2);
    let (digests, logs) = report.counts();
    assert_eq!((digests.valid, logs.valid), (720, 2160));
    // It is a chain like the other, and fills the gap only where it is whole.
    let name = "111111111111_CloudTrail-Digest_eu-west-1_audit_eu-west-1_20260321T230000Z backfill";
    let verdicts = [&format!("!{name}")[..], "?l502.0", "?l502.1", "?l502.2"];
    check_in(
        forged.clone(),
        |world| _ = world.forged.digests.remove(first + 2),
        &["gap d505", &format!("digest-missing {name}")],
        &verdicts,
    );
    let change = |world: &mut World| _ = world.digest(first + 2).fields().insert("more".to_owned(), json!(1));
    check_in(forged, change, &["gap d505", &format!("digest-modified {name}")], &verdicts);
}

#[test]
fn a_key_outside_its_time() {
    let later = |hours: i32| {
        move |world: &mut World| {
            let key = PublicKey { from: hour(ROTATION + hours), ..SIGNERS[1].key.clone() };
            world.forged.keys.add(key);
        }
    };
    // A digest is signed up to two hours after its end.
    check(later(2), &[], &[]);
    check(later(6), &["key-outside-time d362 x3"], &["!d360", "!d361", "!d362"]);
    let ended = |world: &mut World| {
        let key = PublicKey { until: hour(718), ..SIGNERS[1].key.clone() };
        world.forged.keys.add(key);
    };
    check(
        ended,
        &["key-outside-time d719 x2"],
        &["!d718", "!d719", "?l718.0", "?l718.1", "?l718.2", "?l719.0", "?l719.1", "?l719.2"],
    );
}

#[test]
fn keys_that_are_not_there_or_not_usable() {
    let none = |world: &mut World| {
        world.forged.keys = PublicKeys::default();
        world.forged.digests.drain(2..);
        world.forged.log_files.clear();
        world.to = None;
    };
    check(none, &["key-unknown d1 x2"], &["?d0", "?d1", "?l0.0", "?l0.1", "?l0.2", "?l1.0", "?l1.1", "?l1.2"]);
    // Without the older key, the newer digests still prove the older ones.
    check(
        |world| {
            world.forged.keys = PublicKeys::default();
            world.forged.keys.add(SIGNERS[1].key.clone());
        },
        &["key-unknown d359 x360"],
        &[],
    );
    check(
        |world| {
            world.forged.keys.add(PublicKey { der: vec![1, 2, 3], ..SIGNERS[1].key.clone() });
            world.forged.digests.drain(..719);
            world.from = None;
        },
        &["key-unusable d719"],
        &["?d719", "?l719.0", "?l719.1", "?l719.2"],
    );
    check(|world| world.forged.keys.add(PublicKey { der: SIGNERS[1].x509(), ..SIGNERS[1].key.clone() }), &[], &[]);
}

#[test]
fn a_copy_in_a_folder() {
    let copy = |world: &mut World| {
        world.held = Held::Copied;
        let local = |uri: &str| uri.replace("s3://audit-logs/AWSLogs/", "/backup/");
        for digest in &mut world.forged.digests {
            digest.uri = local(&digest.uri);
            digest.metadata.clear();
        }
        let logs = std::mem::take(&mut world.forged.log_files);
        world.forged.log_files = logs.into_iter().map(|(uri, text)| (local(&uri), text)).collect();
        world.to = None;
    };
    // Only the newest digest needs what S3 keeps beside it.
    let newest = ["?d719 elsewhere", "?l719.0", "?l719.1", "?l719.2"];
    check(copy, &["signature-lost d719 elsewhere"], &newest);
    let tampered = |world: &mut World| {
        copy(world);
        world.forged.digests.remove(300);
    };
    let report = {
        let mut world = World::new(WHOLE.clone());
        tampered(&mut world);
        world.verify()
    };
    // What is behind the missing one has lost what repeats its signature.
    let kinds: Vec<&str> = report.problems.iter().map(|problem| problem.kind.name()).collect();
    assert_eq!(kinds, ["signature-lost", "digest-missing", "signature-lost"]);
}

#[test]
fn two_trails_in_one_bucket() {
    let other = forge(|plan| {
        plan.chain.trail = "other_trail".to_owned();
        plan.hours = 48;
    });
    let both = |world: &mut World| {
        world.forged.digests.extend(other.digests.clone());
        world.forged.log_files.extend(other.log_files.clone());
        world.to = None;
    };
    let report = check(both, &[], &[]);
    assert_eq!(report.chains.len(), 2);
    let (digests, logs) = report.counts();
    assert_eq!((digests.valid, logs.valid), (768, 2304));
}

#[test]
fn evidence_in_any_order_gives_the_same_report() {
    let mut world = World::new(WHOLE.clone());
    world.forged.digests.remove(300);
    world.digest(100).metadata.clear();
    let report = world.verify();
    world.forged.digests.reverse();
    world.forged.digests.rotate_left(17);
    assert_eq!(world.verify(), report);
    let json = serde_json::to_value(&report).expect("JSON");
    assert_eq!(json["problems"][0]["kind"], "digest-missing");
    assert_eq!(json["chains"][0]["links"][0]["verdict"], "valid");
}
