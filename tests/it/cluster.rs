//! Beyond one machine: a scheduler and executors as processes give the rows of the local run, whoever of them is killed, and
//! refuse strangers by name.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use rand::Rng as _;
use serde_json::{Map, Value, json};
use trail_query::{Investigation, Library, case_events};
use trailwarden_tests::{Aws, Member, Sandbox, Serving, authority, number, python, until_ready, wait_for};

/// A statement as the shell takes it, and its name.
struct Ask {
    name: String,
    line: String,
}

/// All investigations, each with the values of its first case, and log objects with the events of all cases.
fn investigations(sandbox: &Sandbox) -> Vec<Ask> {
    let library = Library::embedded().expect("the built-in queries");
    let mut asks = Vec::new();
    for investigation in Investigation::all(&library).expect("investigations") {
        let cases = investigation.cases(&library).expect("each has cases");
        let cases: Value = yaml_serde::from_str(cases).expect("YAML");
        let own = cases["cases"].as_array().expect("cases");
        for (at, case) in own.iter().enumerate() {
            let events = case.get("events").or(cases.get("events")).and_then(Value::as_array);
            let events: Vec<Map<String, Value>> =
                events.map(|events| events.iter().filter_map(Value::as_object).cloned().collect()).unwrap_or_default();
            let mut events = case_events(&events).expect("events of a case");
            // Cases are each of their own, and here all lie in one lake.
            for (nth, event) in events.iter_mut().enumerate() {
                event["eventID"] = json!(format!("{}-{at}-{nth}", investigation.id));
            }
            let file = format!("cases/{}-{at}.json", investigation.id.replace('/', "-"));
            sandbox.write(&file, json!({ "Records": events }).to_string());
            if at > 0 {
                continue;
            }
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let given = case.get("params").and_then(Value::as_object);
            let given: BTreeMap<&String, String> =
                given.into_iter().flatten().map(|(name, value)| (name, text(value))).collect();
            let quoted = |text: &str| format!("'{}'", text.replace('\'', r#"'"'"'"#));
            let given: Vec<String> = given.iter().map(|(name, value)| quoted(&format!("{name}={value}"))).collect();
            let line = format!("\\investigate {} {}", investigation.id, given.join(" "));
            asks.push(Ask { name: investigation.id.clone(), line });
        }
    }
    asks
}

/// The answers of a shell to all of these.
fn answers(sandbox: &Sandbox, asks: &[Ask], args: &[&str]) -> Vec<Vec<String>> {
    const END: &str = "~~ the end ~~";
    let script: String = asks.iter().map(|ask| format!("{}\nSELECT '{END}' AS e;\n", ask.line)).collect();
    let all = [&["shell", "--format", "ndjson"], args].concat();
    let ran = sandbox.run_with(&all, &script).ok();
    let end = format!("{}\n", json!({"e": END}));
    let parts = ran.stdout.split(&end);
    let mut answers: Vec<Vec<String>> = parts.map(|part| part.lines().map(str::to_owned).collect()).collect();
    assert_eq!(answers.pop(), Some(Vec::new()));
    answers
}

#[track_caller]
fn agree(asks: &[Ask], home: &[Vec<String>], away: &[Vec<String>]) {
    assert_eq!((home.len(), away.len()), (asks.len(), asks.len()));
    // Rows that an ORDER BY does not tell apart come as they come, at home as well.
    let sorted = |rows: &[String]| {
        let mut rows = rows.to_vec();
        rows.sort();
        rows
    };
    for ((ask, home), away) in asks.iter().zip(home).zip(away) {
        assert_eq!(sorted(home), sorted(away), "{}: {}", ask.name, ask.line);
    }
}

#[test]
fn two_executors_give_the_rows_of_the_local_run() {
    let sandbox = Sandbox::new();
    sandbox.synthetic_logs("logs", &["--events", "4000", "--accounts", "3", "--days", "20"]);
    let asks = investigations(&sandbox);
    let mut aws = Aws::connect();
    let bucket = aws.bucket("cluster");
    let on_s3 = format!("s3://{bucket}/a/lake");
    for lake in ["lake", &on_s3] {
        sandbox.ingest(lake, "logs");
        sandbox.ingest(lake, "cases");
    }
    let scheduler = Member::scheduler(&sandbox, &[]);
    let reads = ["--lake", "lake", "--lake", &on_s3];
    let _one = Member::executor(&sandbox, &scheduler, &reads);
    let _two = Member::executor(&sandbox, &scheduler, &reads);
    until_ready(&sandbox, &scheduler, "lake", &[]);
    let engine = scheduler.url();

    for lake in ["lake", &on_s3] {
        let home = answers(&sandbox, &asks, &["--lake", lake]);
        let rows = home.iter().filter(|rows| !rows.is_empty()).count();
        assert!(rows * 2 > asks.len(), "{rows} of {} statements give rows", asks.len());
        agree(&asks, &home, &answers(&sandbox, &asks, &["--lake", lake, "--engine", &engine, "--threads", "4"]));
        // The report, whose time of making is in it, to the second.
        let files = |out: &str, more: &[&str]| {
            let period =
                ["report", "access", "--from", "2026-03-01", "--to", "2026-03-31", "--lake", lake, "--out", out];
            sandbox.run(&[&period, more].concat()).ok();
            let read = |entry: std::fs::DirEntry| {
                let name = entry.file_name().into_string().expect("UTF-8");
                (name, std::fs::read_to_string(entry.path()).expect("a file of a report"))
            };
            let folder = std::fs::read_dir(sandbox.path(out)).expect("a report");
            let files: BTreeMap<_, _> = folder.flatten().map(read).filter(|(name, _)| name.ends_with(".csv")).collect();
            files
        };
        let (home, away) = (files("at-home", &[]), files("away", &["--engine", &engine]));
        assert!(home.len() >= 5, "{:?}", home.keys());
        for (name, home) in &home {
            let differs = home.lines().zip(away[name].lines()).find(|(home, away)| home != away);
            assert_eq!((differs, home.len()), (None, away[name].len()), "{name}");
        }
    }

    // What a cluster cannot do says so, and what to do instead.
    let ran = sandbox.run(&["query", "--logs", "logs", "--engine", &engine, "SELECT 1 AS a"]).ended(2);
    assert!(ran.stderr.contains("take them into a lake with `trailwarden ingest`"), "{}", ran.stderr);
    let other = sandbox.place("elsewhere");
    sandbox.ingest(&other, "cases");
    let ran = sandbox.run(&["query", "--lake", &other, "--engine", &engine, "SELECT max(eventname) FROM cloudtrail"]);
    let ran = ran.ended(3);
    assert!(ran.stderr.contains("is in none of the lakes that this executor reads"), "{}", ran.stderr);
}

/// Long enough to be hit in the middle, in several stages, with every row in the answer.
const LONG: &str = "SELECT a.eventname, count(*) AS n, sum(length(a.requestparameters || b.requestparameters)) AS l \
     FROM cloudtrail a JOIN cloudtrail b ON a.recipientaccountid = b.recipientaccountid AND a.awsregion = b.awsregion \
     AND a.eventname = b.eventname GROUP BY 1 ORDER BY 1";

#[test]
fn an_executor_that_is_killed_costs_a_wait_and_never_a_row() {
    let kills = number("TRAILWARDEN_CLUSTER_KILLS").unwrap_or(3);
    let sandbox = Sandbox::new();
    sandbox.synthetic_logs("logs", &["--events", "8000", "--accounts", "4", "--days", "10"]);
    sandbox.ingest("lake", "logs");
    let scheduler = Member::scheduler(&sandbox, &[]);
    let start = || Member::executor(&sandbox, &scheduler, &["--lake", "lake", "--work", "work"]);
    let mut executors = VecDeque::from([start(), start()]);
    until_ready(&sandbox, &scheduler, "lake", &[]);
    let want = sandbox.run(&["query", "--lake", "lake", "--format", "csv", LONG]).ok().stdout;
    let engine = scheduler.url();
    let ask = || sandbox.run(&["query", "--lake", "lake", "--format", "csv", "--engine", &engine, LONG]);
    let begun = std::time::Instant::now();
    assert_eq!(ask().ok().stdout, want);
    let whole = begun.elapsed();
    let mut failed = 0;
    for kill in 0..kills {
        std::thread::scope(|scope| {
            let asked = scope.spawn(ask);
            std::thread::sleep(whole.mul_f64(rand::rng().random_range(0.1..0.9)));
            executors.pop_front().expect("there are two").kill();
            let ran = asked.join().expect("the query ends");
            if ran.code == Some(0) {
                assert_eq!(ran.stdout, want, "kill {kill}");
            } else {
                failed += 1;
                let told = ran.stderr.lines().last().unwrap_or_default();
                assert!(told.starts_with("error: ") && told.contains("was lost"), "kill {kill}: {}", ran.stderr);
                assert_eq!(ask().ok().stdout, want, "kill {kill}, again");
            }
        });
        executors.push_back(start());
    }
    assert_eq!(ask().ok().stdout, want, "healed, after {failed} of {kills} queries failed");
    assert!(scheduler.get("/metrics").contains("trailwarden_cluster_queries_running 0\n"));
    assert_eq!((scheduler.get("/ready"), executors[1].get("/ready")), ("ready\n".to_owned(), "ready\n".to_owned()));

    // One without room says so, and its query fails.
    let other = Member::scheduler(&sandbox, &[]);
    let full = Member::executor(&sandbox, &other, &["--lake", "lake", "--work", "full", "--disk", "0"]);
    wait_for("an executor", || other.get("/metrics").contains("trailwarden_cluster_executors 1\n").then_some(()));
    // It looks once a second, so that a quick query may slip through.
    let told = wait_for("a full disk", || {
        let ran = sandbox.run(&["query", "--lake", "lake", "--engine", &other.url(), LONG]);
        (ran.code != Some(0)).then_some(ran.stderr)
    });
    assert!(told.contains("fill the 0 MiB that an executor may have on disk"), "{told}");
    let metrics = full.get("/metrics");
    assert!(metrics.contains("trailwarden_executor_disk_limit_bytes 0\n"), "{metrics}");
    assert!(other.get("/metrics").contains("trailwarden_cluster_queries_total{outcome=\"failed\"} 1\n"));
    // Told to stop, they end by themselves and take their folders with them.
    let told = std::time::Instant::now();
    let ended: Vec<_> = executors.into_iter().map(Member::stop).collect();
    assert_eq!(ended, [Some(0), Some(0)]);
    assert!(told.elapsed() < Duration::from_secs(40), "results were left: {:?}", told.elapsed());
    let left: Vec<_> = std::fs::read_dir(sandbox.path("work")).expect("the folder for work").flatten().collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(scheduler.stop(), Some(0));
}

#[test]
fn strangers_are_refused_by_name() {
    let sandbox = Sandbox::new();
    sandbox.synthetic_logs("logs", &["--events", "200", "--accounts", "1", "--days", "2", "--no-incidents"]);
    sandbox.ingest("lake", "logs");
    authority(&sandbox, "ours");
    authority(&sandbox, "theirs");
    sandbox.write("token", "0123456789abcdef0123\n");
    sandbox.write("other-token", "another-token-of-sixteen\n");
    let ours = ["--cluster-token", "token", "--cluster-ca", "ours/ca.pem"];
    let shown = ["--tls-cert", "ours/cert.pem", "--tls-key", "ours/key.pem"];
    let member = [&ours[..], &shown].concat();
    let scheduler = Member::scheduler(&sandbox, &member);
    let _one = Member::executor(&sandbox, &scheduler, &[&["--lake", "lake"], &member[..]].concat());
    until_ready(&sandbox, &scheduler, "lake", &ours);
    let url = scheduler.url();
    let count = "SELECT count(*) AS n FROM cloudtrail WHERE eventtime > '2000-01-01'";
    let ask = |more: &[&str]| {
        sandbox.run(&[&["query", "--lake", "lake", "--format", "csv", "--engine", &url], more, &[count]].concat())
    };
    assert_eq!(ask(&ours).ok().stdout, "n\n200\n");
    // So does a door, whose config names the cluster.
    sandbox.write(
        "trailwarden.toml",
        format!(
            "lake = \"lake\"\n[[sources]]\nkind = \"folder\"\npath = \"logs\"\n[query]\nengine = \"{url}\"\n\
             [cluster]\ntoken_file = \"token\"\nca = \"ours/ca.pem\"\n"
        ),
    );
    let serving = Serving::start(&sandbox, &["--config", "trailwarden.toml"]);
    let script = "import json, sys, psycopg\nwith psycopg.connect(sys.argv[1], autocommit=True) as db:\n    \
                  print(json.dumps(db.execute(sys.argv[2]).fetchone()[0]))\n";
    assert_eq!(python(script, &[&serving.dsn("anybody"), count]), json!(200));
    let metrics = scheduler.get("/metrics");
    assert!(metrics.contains("trailwarden_cluster_queries_total{outcome=\"answered\"} 3\n"), "{metrics}");

    let refused = |more: &[&str], because: &str| {
        let begun = std::time::Instant::now();
        let told = ask(more).ended(3).stderr;
        assert!(told.contains(because), "{more:?}: {told}");
        assert!(begun.elapsed() < Duration::from_secs(30));
        let join = ["cluster", "executor", "--listen", "127.0.0.1:0", "--lake", "lake", "--scheduler", &url];
        let told = sandbox.run(&[&join, more, &shown[..]].concat()).stderr;
        // Without a CA a certificate is of no use, which is told before anybody is called.
        assert!(told.contains(because) || told.contains("a certificate without the CA"), "{more:?}: {told}");
    };
    let place = format!("the scheduler at `{}` refuses: ", scheduler.address);
    refused(&["--cluster-token", "other-token", "--cluster-ca", "ours/ca.pem"], &format!("{place}the token is not"));
    refused(&["--cluster-ca", "ours/ca.pem"], &format!("{place}it asks for the token"));
    refused(&["--cluster-token", "token", "--cluster-ca", "theirs/ca.pem"], "(another CA signed its certificate)");
    refused(&["--cluster-token", "token"], "(if it speaks TLS, give the CA of the cluster)");
}
