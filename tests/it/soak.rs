//! Steady load for a while, with faults in between: memory and the time of a commit stay where they were.
//!
//! `cargo xtask soak` runs it for half an hour.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;
use trailwarden_tests::{Aws, Call, Daemon, Fault, Over, Proxy, Sandbox, files, number, setting, wait_for};

use crate::operate::sum;

/// How long it runs, where `TRAILWARDEN_TEST_SOAK_SECONDS` does not say otherwise.
const SECONDS: usize = 120;
/// From so long on the issue of a leak is judged by the strict measure; before that caches still fill.
const LONG: Duration = Duration::from_secs(15 * 60);
/// Between two looks at the daemon.
const LOOK: Duration = Duration::from_secs(5);
const BROKEN: &str = "<Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>";

/// What the daemon said of itself at one time.
#[derive(Clone, Copy, Debug)]
struct Look {
    at: Duration,
    resident: f64,
    commits: f64,
    seconds: f64,
    events: f64,
}

impl Look {
    fn take(daemon: &Daemon, at: Duration) -> Look {
        let (status, metrics) = daemon.get("/metrics", "");
        assert_eq!(status, 200);
        let of = |name: &str| sum(&metrics, name, "");
        Look {
            at,
            resident: of("process_resident_memory_bytes"),
            commits: of("trailwarden_commit_seconds_count"),
            seconds: of("trailwarden_commit_seconds_sum"),
            events: of("trailwarden_events_total"),
        }
    }
}

/// Mean seconds a commit between two looks; none without commits.
fn commit_time(from: &Look, to: &Look) -> Option<f64> {
    let commits = to.commits - from.commits;
    (commits > 0.0).then(|| (to.seconds - from.seconds) / commits)
}

fn fault(rng: &mut StdRng) -> Fault {
    match rng.random_range(0..4) {
        0 => Fault::Answer(500, BROKEN),
        1 => Fault::Reset,
        2 => Fault::BreakOff,
        _ => Fault::Slow(Duration::from_millis(500)),
    }
}

#[test]
fn memory_and_commits_stay_where_they_were() {
    let length = Duration::from_secs(number("TRAILWARDEN_TEST_SOAK_SECONDS").unwrap_or(SECONDS) as u64);
    let (sandbox, mut aws) = (Sandbox::new(), Aws::connect());
    let server = setting("TRAILWARDEN_TEST_AWS").trim_start_matches("http://").trim_end_matches('/').to_owned();
    let (bucket, front) = (aws.bucket("soak"), Proxy::http(&server));
    let manifest = sandbox.synthetic_logs("logs", &["--events", "40000", "--days", "2", "--accounts", "4"]);
    let objects: Vec<(String, PathBuf)> = files(&sandbox.path("logs"));
    sandbox.write(
        "soak.toml",
        format!(
            "lake = \"lake\"\npoll = \"1s\"\n[[sources]]\nkind = \"s3\"\nurl = \"s3://{bucket}\"\nfull_relist = \"1s\"\n[sources.aws]\npath_style = true\n\
             [storage]\ngroup_time = \"2s\"\n[notify]\noutbox = \"outbox.sqlite\"\ngroup_window = \"5s\"\n\
             [notify.channels.told]\nkind = \"file\"\npath = \"told.ndjson\"\n[notify.default_route]\nchannels = [\"told\"]\n\
             [web]\nlisten = \"127.0.0.1:0\"\n"
        ),
    );
    let endpoint = format!("http://{}", front.address());
    let mut daemon = Daemon::start_in(&sandbox, "soak.toml", &[("AWS_ENDPOINT_URL", &endpoint)]);

    // Their days are long gone, where nothing new is expected: all days are looked at each time.
    // All logs are delivered once, evenly over the time; one call in fifty meets a fault.
    let mut rng = StdRng::seed_from_u64(20_260_601);
    let began = Instant::now();
    let mut looks = Vec::new();
    let pace = length / objects.len() as u32;
    for (number, (key, path)) in objects.iter().enumerate() {
        aws.put(&bucket, key, &std::fs::read(path).expect("a file of the logs"));
        if number % 10 == 0 {
            let (fault, one_in) = (fault(&mut rng), std::sync::atomic::AtomicU32::new(0));
            let head = format!("/{bucket}");
            front.disturb(move |call: &Call| {
                let count = one_in.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                (call.path.starts_with(&head) && count % 50 == 7).then(|| fault.clone())
            });
        }
        if looks.last().is_none_or(|last: &Look| began.elapsed() >= last.at + LOOK) {
            assert!(daemon.runs(), "it ended by itself:\n{}", daemon.log());
            looks.push(Look::take(&daemon, began.elapsed()));
        }
        let due = pace * (number as u32 + 1);
        std::thread::sleep(due.saturating_sub(began.elapsed()));
    }
    front.calm();
    let events = manifest["events"].as_f64().expect("a number");
    wait_for("all events", || (Look::take(&daemon, began.elapsed()).events >= events).then_some(()));
    looks.push(Look::take(&daemon, began.elapsed()));
    let (status, _) = daemon.stop();
    assert!(status.success(), "{status}");

    // After a tenth of the time it has seen everything of its day once. Between a commit and the next memory comes and goes, so it is
    // means over the next tenth and the last that are compared.
    let start = looks.iter().position(|look| look.at >= length / 10).expect("looks");
    let tenth = ((looks.len() - start) / 9).max(2);
    let resident =
        |looks: &[Look]| looks.iter().map(|look| look.resident).sum::<f64>() / looks.len() as f64 / f64::from(1 << 20);
    let (memory, memory_late) = (resident(&looks[start..start + tenth]), resident(&looks[looks.len() - tenth..]));
    let quarter = (looks.len() - start) / 4;
    let mean = |from: usize, to: usize| commit_time(&looks[from], &looks[to]).expect("commits");
    let (commit, commit_late) = (mean(start, start + quarter), mean(looks.len() - 1 - quarter, looks.len() - 1));
    say(&format!(
        "{:.0?}: {} objects, {events} events; memory {memory:.0} MiB, later {memory_late:.0} MiB; a commit {:.0} ms, later {:.0} ms",
        began.elapsed(),
        objects.len(),
        commit * 1e3,
        commit_late * 1e3,
    ));
    let allowed = if length >= LONG { 1.1 } else { 1.3 };
    assert!(memory_late <= memory * allowed, "memory grows: {looks:#?}");
    assert!(commit_late <= commit * 2.0 + 0.1, "commits take longer: {looks:#?}");
    let counts = "SELECT count(*) AS a, count(DISTINCT eventid) AS b FROM cloudtrail";
    let events = &manifest["events"];
    assert_eq!(sandbox.query(&Over::lake("lake"), counts), [json!({"a": events, "b": events})]);
}

#[expect(clippy::print_stderr, reason = "who runs it sees what it came to")]
fn say(line: &str) {
    eprintln!("{line}");
}
