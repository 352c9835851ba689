//! Running it for months: what it shows of itself, new settings without a restart, and what fails outside.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

use jiff::{Timestamp, ToSpan};
use serde_json::json;
use trailwarden_tests::{Aws, Daemon, Over, Sandbox, setting, smtp_channel, unique, wait_for};

use crate::journey::{ACCOUNT, delivered, logging_is_stopped, quiet, root_signs_in};

pub(crate) const WEB: &str = "[web]\nlisten = \"127.0.0.1:0\"\n";

/// A config over a folder of logs, with one channel: a file of this name.
pub(crate) fn config(more: &str, channel: &str) -> String {
    let (top, tables) = more.split_once('|').unwrap_or(("", more));
    format!(
        "lake = \"lake\"\npoll = \"1s\"\n{top}\n[[sources]]\nkind = \"folder\"\npath = \"logs\"\n[storage]\ngroup_time = \"1s\"\n\
         [notify]\noutbox = \"outbox.sqlite\"\ngroup_window = \"1s\"\n[notify.channels.told]\nkind = \"file\"\npath = \"{channel}\"\n\
         [notify.default_route]\nchannels = [\"told\"]\n{tables}"
    )
}

/// Lays an object with these events into the folder of logs.
pub(crate) fn lay(sandbox: &Sandbox, events: &[serde_json::Value]) {
    sandbox.write(&format!("logs/{}.json", unique("log")), json!({"Records": events}).to_string());
}

pub(crate) fn has(sandbox: &Sandbox, file: &str, text: &str) -> bool {
    std::fs::read_to_string(sandbox.path(file)).is_ok_and(|found| found.contains(text))
}

/// The sum of all samples of a metric whose labels hold this text.
pub(crate) fn sum(metrics: &str, name: &str, label: &str) -> f64 {
    let samples = metrics.lines().filter(|line| !line.starts_with('#'));
    let of = |line: &str| {
        let (series, value) = line.rsplit_once(' ')?;
        let (found, labels) = series.split_once('{').unwrap_or((series, ""));
        (found == name && labels.contains(label)).then(|| value.parse::<f64>().expect("a number"))
    };
    samples.filter_map(of).sum()
}

pub(crate) fn metric(daemon: &Daemon, name: &str, label: &str) -> f64 {
    sum(&daemon.get("/metrics", "").1, name, label)
}

#[test]
fn metrics_count_what_a_journey_did() {
    let (sandbox, mut aws) = (Sandbox::new(), Aws::connect());
    let bucket = aws.bucket("counted");
    let to = format!("{}@example.com", unique("counted"));
    sandbox.write(
        "daemon.toml",
        format!(
            "lake = \"lake\"\npoll = \"1s\"\n[[sources]]\nkind = \"s3\"\nurl = \"s3://{bucket}\"\n[sources.aws]\npath_style = true\n\
             [storage]\ngroup_time = \"1s\"\n[notify]\noutbox = \"outbox.sqlite\"\ngroup_window = \"1s\"\n{}\
             [notify.default_route]\nchannels = [\"mail\"]\n{WEB}token_env = \"WEB_TOKEN\"\n",
            smtp_channel("mail", &to)
        ),
    );
    let now = Timestamp::now();
    let calm = quiet(now - 8.minutes());
    aws.deliver(&bucket, (ACCOUNT, "us-east-1", &delivered(now)), &[calm.clone(), root_signs_in(now - 7.minutes())]);
    aws.deliver(&bucket, (ACCOUNT, "eu-west-1", &delivered(now)), &[calm, json!("no record")]);
    let token = "0123456789abcdef-token";
    let daemon = Daemon::start_in(&sandbox, "daemon.toml", &[("WEB_TOKEN", token)]);
    let header = format!("Authorization: Bearer {token}\r\n");
    let metrics = wait_for("a mail that is counted", || {
        let (status, text) = daemon.get("/metrics", &header);
        assert_eq!(status, 200);
        let done = sum(&text, "trailwarden_deliveries_total", "outcome=\"sent\"") >= 1.0
            && sum(&text, "trailwarden_outbox_pending", "") == 0.0
            // The mail may be out before the look that found its reason has ended.
            && sum(&text, "trailwarden_part_last_success_timestamp_seconds", "part=\"watch\"") > 0.0;
        done.then_some(text)
    });
    let source = format!("source=\"s3://{bucket}\"");
    for (name, label, expected) in [
        ("trailwarden_objects_total", "state=\"read\"", 1.0),
        ("trailwarden_objects_total", "state=\"partial\"", 1.0),
        ("trailwarden_objects_total", "state=\"failed\"", 0.0),
        ("trailwarden_events_total", &source, 2.0),
        ("trailwarden_duplicates_total", &source, 1.0),
        ("trailwarden_rejects_total", &source, 1.0),
        ("trailwarden_lag_seconds_count", &source, 2.0),
        ("trailwarden_backlog_objects", &source, 0.0),
        ("trailwarden_deliveries_total", "outcome=\"dead\"", 0.0),
        ("trailwarden_deliveries_total", "outcome=\"failed\"", 0.0),
        ("trailwarden_part_failures_total", "", 0.0),
        ("trailwarden_build_info", "version=\"", 1.0),
    ] {
        assert_eq!(sum(&metrics, name, label), expected, "{name}{{{label}}}\n{metrics}");
    }
    let over = Over::lake("lake");
    let found = sandbox.value(&over, "SELECT count(*) FROM findings").as_f64().expect("a number");
    assert!(found >= 1.0 && sum(&metrics, "trailwarden_findings_total", "") >= found, "{metrics}");
    assert!(sum(&metrics, "trailwarden_findings_total", "severity=\"critical\"") >= 1.0, "{metrics}");
    assert_eq!(sum(&metrics, "trailwarden_notices_total", "fate=\"queued\""), found, "{metrics}");
    let lag = sum(&metrics, "trailwarden_lag_seconds_sum", &source);
    assert!((2.0 * 7.0 * 60.0..2.0 * 20.0 * 60.0).contains(&lag), "{lag}");
    assert!(sum(&metrics, "trailwarden_commit_seconds_count", &source) >= 1.0);
    assert!(sum(&metrics, "process_resident_memory_bytes", "") > 1e7);
    for part in ["intake", "watch", "deliver"] {
        let at = sum(&metrics, "trailwarden_part_last_success_timestamp_seconds", &format!("part=\"{part}\""));
        assert!(at >= now.as_second() as f64, "{part}: {at}");
    }
    // Nothing of a log is in it, and nobody without the token sees it.
    assert!(!metrics.contains(ACCOUNT) && !metrics.contains("root"), "{metrics}");
    assert!(metrics.contains("# TYPE trailwarden_events_total counter"), "{metrics}");
    assert_eq!(daemon.get("/metrics", "").0, 401);
    assert_eq!(daemon.get("/metrics", "Authorization: Bearer 0123456789abcdef-tokem\r\n").0, 401);
    assert_eq!(daemon.get("/health", ""), (200, "alive\n".to_owned()));
    assert_eq!(daemon.get("/ready", ""), (200, "ready\n".to_owned()));
}

#[test]
fn a_listener_that_others_can_reach_needs_a_token() {
    let sandbox = Sandbox::new();
    sandbox.write("logs/one.json", "{\"Records\":[]}");
    let open = "[web]\nlisten = \"0.0.0.0:0\"\n";
    sandbox.write("open.toml", config(open, "told"));
    for args in [&["run", "--config", "open.toml"][..], &["config", "check", "open.toml"]] {
        let ran = sandbox.run(args).ended(2);
        assert!(ran.stderr.contains("`web.listen` is `0.0.0.0:0`, which other machines can reach"), "{}", ran.stderr);
        assert!(ran.stderr.contains("`web.token_env` or `web.token_file`"), "{}", ran.stderr);
    }
    sandbox.write("token", "a-token-of-a-file\n");
    sandbox.write("shut.toml", config(&format!("{open}token_file = \"token\"\n"), "told"));
    let daemon = Daemon::start(&sandbox, "shut.toml");
    assert_eq!(daemon.get("/metrics", "").0, 401);
    assert_eq!(daemon.get("/metrics", "Authorization: Bearer a-token-of-a-file\r\n").0, 200);
    // A new token needs no restart.
    sandbox.write("token", "another-token-of-a-file\n");
    daemon.signal("HUP");
    wait_for("the new token", || {
        (daemon.get("/metrics", "Authorization: Bearer another-token-of-a-file\r\n").0 == 200).then_some(())
    });
    assert_eq!(daemon.get("/metrics", "Authorization: Bearer a-token-of-a-file\r\n").0, 401);
    assert!(!daemon.log().contains("token-of-a-file"), "{}", daemon.log());
}

#[test]
fn new_settings_are_taken_or_refused_while_it_runs() {
    let sandbox = Sandbox::new();
    let now = Timestamp::now();
    let queries = "queries = \"queries\"|";
    std::fs::create_dir_all(sandbox.path("queries")).expect("a folder");
    lay(&sandbox, &[quiet(now - 8.minutes())]);
    sandbox.write("daemon.toml", config(&format!("{queries}{WEB}"), "one.ndjson"));
    let mut daemon = Daemon::start(&sandbox, "daemon.toml");
    wait_for("the first pass", || (daemon.get("/ready", "").0 == 200).then_some(()));

    // Wrong settings, settings that cannot change and wrong rules are refused, each in one line that names them.
    let refused = |daemon: &Daemon, so_far: f64, line: &[&str]| {
        wait_for("a refusal", || {
            (metric(daemon, "trailwarden_reloads_total", "outcome=\"refused\"") > so_far).then_some(())
        });
        let log = daemon.log();
        let found = log.lines().rfind(|line| line.contains("are refused; those before go on")).expect("a line");
        assert!(line.iter().all(|want| found.contains(want)), "{line:?} is not in {found}");
    };
    sandbox.write("daemon.toml", config(&format!("{queries}{WEB}lissten = 1\n"), "one.ndjson"));
    refused(&daemon, 0.0, &["daemon.toml", "unknown field `lissten`"]);
    let moved = config(&format!("{queries}{WEB}"), "one.ndjson").replace("lake = \"lake\"", "lake = \"elsewhere\"");
    sandbox.write("daemon.toml", moved.replace("127.0.0.1:0", "127.0.0.1:1"));
    daemon.signal("HUP");
    refused(&daemon, 1.0, &["`lake`, `web.listen` cannot change while it runs"]);
    sandbox.write("daemon.toml", config(&format!("{queries}{WEB}"), "one.ndjson"));
    let rule = "queries/detections/own/own-bucket-look/detect.sql";
    sandbox.write(rule, "-- title: Own\n-- severity: medium\nSELECT nothing FROM nowhere\n");
    refused(&daemon, 2.0, &["own-bucket-look/detect.sql"]);
    assert_eq!(metric(&daemon, "trailwarden_reloads_total", "outcome=\"taken\""), 0.0);
    assert!(!sandbox.path("elsewhere").exists());

    // What was there before goes on.
    lay(&sandbox, &[root_signs_in(now - 7.minutes())]);
    wait_for("a finding by the old config", || has(&sandbox, "one.ndjson", "without MFA").then_some(()));

    // A rule and a channel of their own, taken by themselves once the files are right.
    sandbox.write(rule, OWN_RULE);
    sandbox.write("daemon.toml", config(&format!("{queries}{WEB}"), "two.ndjson"));
    wait_for("the new config", || {
        (metric(&daemon, "trailwarden_reloads_total", "outcome=\"taken\"") >= 1.0).then_some(())
    });
    lay(&sandbox, &[quiet(now - 6.minutes()), logging_is_stopped(now - 5.minutes())]);
    wait_for("a finding by the new config", || has(&sandbox, "two.ndjson", "stopped the trail").then_some(()));
    wait_for("a finding of the new rule", || has(&sandbox, "two.ndjson", "own-bucket-look").then_some(()));
    assert!(!has(&sandbox, "two.ndjson", "without MFA"), "what was told is told again");
    assert!(!has(&sandbox, "one.ndjson", "stopped the trail"));

    // One process all the time, and nothing is lost or doubled.
    assert!(daemon.runs());
    assert_eq!(daemon.log().matches(" watching ").count(), 1, "{}", daemon.log());
    let (status, _) = daemon.stop();
    assert!(status.success());
    let counts = "SELECT count(*) AS a, count(DISTINCT eventid) AS b FROM cloudtrail";
    assert_eq!(sandbox.query(&Over::lake("lake"), counts), [json!({"a": 4, "b": 4})]);
}

/// What the service manager hears until a message holds this text.
fn heard(socket: &UnixDatagram, text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let start = Instant::now();
    let mut bytes = [0; 4096];
    while start.elapsed() < Duration::from_secs(90) {
        if let Ok(length) = socket.recv(&mut bytes) {
            let message = String::from_utf8_lossy(&bytes[..length]).into_owned();
            let last = message.contains(text);
            all.push(message);
            if last {
                return all;
            }
        }
    }
    panic!("never heard {text}: {all:?}")
}

#[test]
fn the_service_manager_hears_of_it_and_of_a_part_that_hangs() {
    let sandbox = Sandbox::new();
    std::fs::create_dir_all(sandbox.path("logs")).expect("a folder");
    let socket = UnixDatagram::bind(sandbox.path("notify")).expect("a socket");
    socket.set_read_timeout(Some(Duration::from_millis(100))).expect("a socket option");
    // A mail server that takes connections and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = silent.local_addr().expect("an address").port();
    let mail = format!(
        "[notify.channels.silent]\nkind = \"smtp\"\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nfrom = \"a@example.com\"\n\
         to = [\"b@example.com\"]\ntime_limit = \"10m\"\n[[notify.routes]]\nmin_severity = \"critical\"\nchannels = [\"silent\"]\n"
    );
    sandbox.write("daemon.toml", config(&format!("stuck_after = \"3s\"|{mail}{WEB}"), "told"));
    let (path, watchdog) = (sandbox.place("notify"), "500000");
    let daemon =
        Daemon::start_in(&sandbox, "daemon.toml", &[("NOTIFY_SOCKET", path.as_str()), ("WATCHDOG_USEC", watchdog)]);
    let started = heard(&socket, "READY=1");
    assert!(started.last().is_some_and(|message| message.contains("STATUS=1 sources, ")), "{started:?}");
    heard(&socket, "WATCHDOG=1");
    daemon.signal("HUP");
    let reloading = heard(&socket, "RELOADING=1").pop().expect("a message");
    assert!(reloading.contains("MONOTONIC_USEC="), "{reloading}");
    heard(&socket, "READY=1");
    heard(&socket, "WATCHDOG=1");
    // Fed for longer than `stuck_after`, while nothing happens.
    let calm = Instant::now();
    while calm.elapsed() < Duration::from_secs(5) {
        heard(&socket, "WATCHDOG=1");
    }
    assert_eq!(daemon.get("/health", "").0, 200);

    // One delivery hangs: the other parts go on, and the watchdog starves.
    let now = Timestamp::now();
    lay(&sandbox, &[root_signs_in(now - 7.minutes())]);
    let health =
        wait_for("a part that is stuck", || Some(daemon.get("/health", "")).filter(|(status, _)| *status == 503));
    assert_eq!(health.1, "no progress: deliver\n");
    let mut bytes = [0; 4096];
    let mut last = Instant::now();
    let start = Instant::now();
    while last.elapsed() < Duration::from_secs(2) {
        if socket.recv(&mut bytes).is_ok() {
            last = Instant::now();
        }
        assert!(start.elapsed() < Duration::from_secs(30), "the watchdog is still fed");
    }
    assert!(daemon.log().contains("no progress for longer than `stuck_after` parts=\"deliver\""), "{}", daemon.log());
    daemon.signal("TERM");
    heard(&socket, "STOPPING=1");
}

/// What is sent to one port goes to the AWS server and back.
fn forward(listener: TcpListener) {
    let server = setting("TRAILWARDEN_TEST_AWS").trim_start_matches("http://").trim_end_matches('/').to_owned();
    std::thread::spawn(move || {
        for near in listener.incoming().flatten() {
            let Ok(far) = TcpStream::connect(&server) else { continue };
            let pairs = [(near.try_clone(), far.try_clone()), (Ok(far), Ok(near))];
            for (from, to) in pairs {
                let (Ok(mut from), Ok(mut to)) = (from, to) else { continue };
                std::thread::spawn(move || {
                    let mut bytes = [0; 16 << 10];
                    while let Ok(length) = from.read(&mut bytes)
                        && length > 0
                        && to.write_all(&bytes[..length]).is_ok()
                    {}
                    let _ = to.shutdown(std::net::Shutdown::Both);
                });
            }
        }
    });
}

#[test]
fn what_is_away_is_waited_for() {
    let (sandbox, mut aws) = (Sandbox::new(), Aws::connect());
    let (bucket, topic) = (aws.bucket("away"), aws.topic("away"));
    let now = Timestamp::now();
    aws.deliver(&bucket, (ACCOUNT, "us-east-1", &delivered(now)), &[root_signs_in(now - 7.minutes())]);
    // One source is there; another, SNS and the mail server are not.
    lay(&sandbox, &[logging_is_stopped(now - 6.minutes())]);
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let away = format!("endpoint_url = \"http://127.0.0.1:{port}\"\npath_style = true\n");
    let to = format!("{}@example.com", unique("away"));
    let mail = smtp_channel("mail", &to);
    let (head, tail) = mail.split_once("port = ").expect("a port");
    let down = format!("{head}port = 1\n{}", tail.split_once('\n').expect("a line").1);
    sandbox.write(
        "daemon.toml",
        config(
            &format!(
                "[[sources]]\nkind = \"s3\"\nurl = \"s3://{bucket}\"\n[sources.aws]\n{away}[aws]\n{away}{down}\
                 [notify.retry]\nfirst = \"1s\"\nmax = \"2s\"\n[notify.channels.topic]\nkind = \"sns\"\ntopic_arn = \"{}\"\n\
                 [[notify.routes]]\nchannels = [\"told\", \"topic\", \"mail\"]\n{WEB}",
                topic.arn
            ),
            "told",
        ),
    );
    let mut daemon = Daemon::start(&sandbox, "daemon.toml");
    wait_for("what is there", || has(&sandbox, "told", "stopped the trail").then_some(()));
    wait_for("failures of the others", || {
        let metrics = daemon.get("/metrics", "").1;
        let failed = |channel: &str| {
            sum(&metrics, "trailwarden_deliveries_total", &format!("channel=\"{channel}\",outcome=\"failed\"")) >= 1.0
        };
        let source = sum(&metrics, "trailwarden_part_failures_total", &format!("source=\"s3://{bucket}\"")) >= 1.0;
        (source && failed("topic") && failed("mail")).then_some(())
    });
    assert_eq!(daemon.get("/ready", ""), (503, "1 of 2 sources have yet to be looked at\n".to_owned()));
    assert_eq!(daemon.get("/health", "").0, 200);

    // They come back, and nothing was lost.
    forward(TcpListener::bind(("127.0.0.1", port)).expect("the same port"));
    wait_for("the source", || (daemon.get("/ready", "").0 == 200).then_some(()));
    wait_for("its finding", || has(&sandbox, "told", "without MFA").then_some(()));
    wait_for("a message of the topic", || aws.receive(&topic.queue).pop());
    assert!(daemon.runs());
    assert_eq!(sandbox.value(&Over::lake("lake"), "SELECT count(*) FROM cloudtrail"), 2);
    let lines = daemon.log().lines().filter(|line| line.contains(&format!("source=\"s3://{bucket}\""))).count();
    let failures = metric(&daemon, "trailwarden_part_failures_total", &format!("source=\"s3://{bucket}\""));
    assert!(lines as f64 <= failures + 1.0, "{lines} lines for {failures} failures:\n{}", daemon.log());
}

#[test]
fn what_fails_inside_is_done_again() {
    let sandbox = Sandbox::new();
    let now = Timestamp::now();
    lay(&sandbox, &[quiet(now - 8.minutes())]);
    // A report's folder that cannot be made, and soon a table that cannot be read.
    sandbox.write("reports", "in the way");
    let report = "[[reports]]\nkind = \"access\"\nschedule = \"* * * * *\"\nperiod = \"1d\"\nout = \"reports\"\n";
    sandbox.write("daemon.toml", config(&format!("{WEB}{report}"), "told"));
    let mut daemon = Daemon::start(&sandbox, "daemon.toml");
    wait_for("the first pass", || (daemon.get("/ready", "").0 == 200).then_some(()));
    let failures = |part: &str| metric(&daemon, "trailwarden_part_failures_total", &format!("part=\"{part}\""));
    let (log, aside) = (sandbox.path("lake/findings/_delta_log"), sandbox.path("aside"));
    std::fs::rename(&log, &aside).expect("it is moved");
    std::fs::write(&log, "in the way").expect("a file");
    lay(&sandbox, &[root_signs_in(now - 7.minutes())]);
    wait_for("failures of ingest and detection", || {
        (failures("intake") >= 1.0 && failures("watch") >= 1.0).then_some(())
    });
    std::fs::remove_file(&log).expect("it is there");
    std::fs::rename(&aside, &log).expect("it is moved back");
    wait_for("what was laid meanwhile", || has(&sandbox, "told", "without MFA").then_some(()));

    // A report that could not be made is made later, even by another config.
    wait_for("a report to fail", || (failures("reports") >= 1.0).then_some(()));
    daemon.signal("HUP");
    wait_for("the reload", || (metric(&daemon, "trailwarden_reloads_total", "outcome=\"taken\"") >= 1.0).then_some(()));
    assert!(!daemon.log().contains("made a report"));
    std::fs::remove_file(sandbox.path("reports")).expect("it is there");
    wait_for("the report", || daemon.log().contains("made a report").then_some(()));
    assert!(daemon.runs());
    assert_eq!(sandbox.value(&Over::lake("lake"), "SELECT count(*) FROM cloudtrail"), 2);
}

#[test]
fn iams_own_word_is_kept_and_held_against_the_logs() {
    let sandbox = Sandbox::new();
    lay(&sandbox, &[quiet(Timestamp::now() - 8.minutes())]);
    let answer = |taken: Timestamp, keys: &[&str]| {
        let key = |key: &&str| json!({"user": "ann", "key_id": key, "status": "active", "created": "2020-01-01T00:00:00Z", "last_used": "never"});
        let user = json!({"name": "ann", "id": "AIDAANN", "arn": format!("arn:aws:iam::{ACCOUNT}:user/ann"), "created": "2020-01-01T00:00:00Z"});
        let keys: Vec<_> = keys.iter().map(key).collect();
        let answer = json!({"version": 1, "taken_at": taken.to_string(), "account": ACCOUNT, "users": [user], "access_keys": keys});
        sandbox.write("iam.json", answer.to_string());
    };
    // One account by a file, one by asking, and one that cannot be asked and keeps back neither.
    let accounts = "[iam]\nevery = \"1s\"\n[[iam.accounts]]\nfile = \"missing.json\"\n[[iam.accounts]]\nfile = \"iam.json\"\n[[iam.accounts]]\n";
    sandbox.write("daemon.toml", config(accounts, "told"));
    let value = |sql: &str| sandbox.value(&Over::lake("lake"), sql);
    let count = "SELECT count(*) FROM iam_access_keys WHERE account = '111122223333'";
    let now = Timestamp::now();
    let run = || {
        let ran = sandbox.run(&["run", "--once", "--config", "daemon.toml"]).ok();
        assert!(ran.stderr.contains("missing.json"), "{}", ran.stderr);
        std::thread::sleep(Duration::from_millis(1100));
    };
    answer(now - 1.hours(), &["AKIAOLD", "AKIAOLDER"]);
    run();
    assert_eq!(value(count), 2);
    let stale = "SELECT count(*) FROM findings WHERE detection = 'access-key-stale' AND details LIKE '%AKIAOLDER%'";
    assert_eq!(value(stale), 1);
    assert!(has(&sandbox, "told", "AKIAOLDER"));
    assert_eq!(value("SELECT count(DISTINCT account) FROM iam_access_keys_history"), 2);
    // The same answer again is no news, and a key that is gone is gone.
    run();
    assert_eq!([value(count), value(stale)], [2, 1]);
    answer(now, &[]);
    run();
    assert_eq!([value(count), value(stale)], [0, 1]);
}

#[test]
fn a_report_that_fell_due_while_nobody_led_is_made_by_who_comes() {
    let sandbox = Sandbox::new();
    lay(&sandbox, &[quiet(Timestamp::now() - 8.minutes())]);
    let report = "[[reports]]\nkind = \"access\"\nschedule = \"0 7 1 * *\"\nperiod = \"31d\"\nout = \"reports\"\n";
    sandbox.write("daemon.toml", config(&format!("{WEB}{report}"), "told"));
    let marks = || {
        let marks = std::fs::read_dir(sandbox.path("lake/_marks")).into_iter().flatten();
        marks.map(|mark| mark.expect("an entry").path()).collect::<Vec<_>>()
    };
    let daemon = Daemon::start(&sandbox, "daemon.toml");
    let mark = wait_for("the mark of the report", || {
        marks().into_iter().find(|mark| mark.extension().is_some_and(|end| end == "json"))
    });
    drop(daemon);
    assert!(!sandbox.path("reports").exists(), "nothing was due");
    // Three were due since then.
    std::fs::write(&mark, json!({"until": Timestamp::now() - (24 * 100).hours()}).to_string()).expect("a mark");
    let daemon = Daemon::start(&sandbox, "daemon.toml");
    wait_for("the report", || daemon.log().contains("made a report").then_some(()));
    drop(daemon);
    let made: Vec<_> = std::fs::read_dir(sandbox.path("reports")).expect("the folder").collect();
    assert_eq!(made.len(), 1, "{made:?}");
    assert_eq!(marks(), [mark]);
}

const OWN_RULE: &str = "-- title: A bucket was looked at
-- kind: match
-- severity: medium
-- topics: []
-- why: Nobody should.
-- do: Ask.
-- false_positives: None.
SELECT eventname FROM cloudtrail WHERE eventname = 'GetBucketAcl'
";
