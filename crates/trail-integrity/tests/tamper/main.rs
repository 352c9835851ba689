//! Thirty days of a trail, tampered with in one way at a time: each is named as what it is, and nothing else is.

mod digests;
mod gaps;
mod hostile;
mod logs;
mod signatures;

use std::collections::HashMap;
use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use trail_integrity::forge::{Forged, ForgedDigest, Plan, Signer};
use trail_integrity::{Content, DigestFile, Evidence, Held, LogFiles, Report, TrailEvent, Verdict, verify};

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

/// What tests call the objects: `d7` is the digest of hour 7, `l7.2` the third log file in it; by address and by file name.
static LABELS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let mut labels = HashMap::new();
    for (number, digest) in WHOLE.digests.iter().enumerate() {
        labels.insert(file_name(&digest.uri).to_owned(), format!("d{number} elsewhere"));
        labels.insert(digest.uri.clone(), format!("d{number}"));
        for at in 0..3 {
            labels.insert(file_name(&log(number, at)).to_owned(), format!("l{number}.{at} elsewhere"));
            labels.insert(log(number, at), format!("l{number}.{at}"));
        }
    }
    labels
});

fn file_name(uri: &str) -> &str {
    uri.rsplit('/').next().unwrap_or_default()
}

fn label(uri: &str) -> String {
    let other = || file_name(uri).replace("_backfill.json.gz", " backfill");
    LABELS.get(uri).or_else(|| LABELS.get(file_name(uri))).cloned().unwrap_or_else(other)
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
    // The one before it removed: the one before that has lost what repeats its signature.
    let below = |world: &mut World| {
        copy(world);
        world.forged.digests.remove(718);
    };
    check(
        below,
        &["signature-lost d719 elsewhere", "digest-missing d718 elsewhere", "signature-lost d717 elsewhere"],
        &[
            "!d718 elsewhere",
            "?d717 elsewhere",
            "?d719 elsewhere",
            "?l717.0",
            "?l717.1",
            "?l717.2",
            "?l718.0 elsewhere",
            "?l718.1 elsewhere",
            "?l718.2 elsewhere",
            "?l719.0",
            "?l719.1",
            "?l719.2",
        ],
    );
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
