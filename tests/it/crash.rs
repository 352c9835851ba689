//! Killed at any moment: every event is kept once, and every finding is told, under one id.
//!
//! `cargo xtask chaos` does the same with hundreds of kills.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use trailwarden_tests::{Aws, Daemon, Disk, Over, Queue, Sandbox, duckdb, files, number};

/// Kills of each test, where `TRAILWARDEN_TEST_KILLS` does not say otherwise.
const KILLS: usize = 4;
/// Some of each kind; planning all of them would be most of so short a life.
const RULES: &str = r#"["root-*", "logging-*", "policy-on-self", "access-key-*", "enumeration", "denied-spike"]"#;

/// What the logs come by, and where the lake lies.
enum Way {
    /// From a folder to a lake in a folder.
    Folders,
    /// From a bucket by listing to a lake in a folder.
    Listing,
    /// From a bucket as a queue tells to a lake on S3.
    Queue,
    /// The same to a lake in a folder, on a disk that loses what nobody synced.
    Power,
}

/// A trail that delivers, and the workers that take in what it delivers.
struct Place {
    sandbox: Sandbox,
    aws: Aws,
    way: Way,
    bucket: String,
    queue: Queue,
    lake: String,
    disk: Option<Disk>,
}

impl Place {
    fn new(way: Way) -> Place {
        let (sandbox, mut aws) = (Sandbox::new(), Aws::connect());
        let (bucket, queue) = (aws.bucket("crash"), aws.queue("crash"));
        let lake = match way {
            Way::Folders | Way::Listing => sandbox.place("lake"),
            Way::Power => sandbox.place("disk/lake"),
            Way::Queue => format!("s3://{}/lake", aws.bucket("crash-lake")),
        };
        std::fs::create_dir(sandbox.path("incoming")).expect("a folder");
        let disk = matches!(way, Way::Power).then(|| Disk::new(&sandbox, "disk"));
        Place { sandbox, aws, way, bucket, queue, lake, disk }
    }

    /// A config with commits so small that a kill falls into the midst of them. Each worker has an outbox of its own.
    fn config(&self, worker: &str, lake: &str, by_listing: bool) -> String {
        let source = match self.way {
            Way::Folders => format!("kind = \"folder\"\npath = \"{}\"\n", self.sandbox.place("incoming")),
            Way::Queue | Way::Power if !by_listing => format!(
                "kind = \"sqs\"\nqueue = \"{}\"\nvisibility = \"10s\"\n[sources.aws]\npath_style = true\n",
                self.queue.url()
            ),
            Way::Listing | Way::Queue | Way::Power => {
                format!("kind = \"s3\"\nurl = \"s3://{}\"\n[sources.aws]\npath_style = true\n", self.bucket)
            }
        };
        format!(
            "lake = \"{lake}\"\npoll = \"1s\"\n[[sources]]\n{source}[aws]\npath_style = true\n\
             [storage]\ngroup_time = \"1s\"\ngroup_objects = 2\n[detect]\nonly = {RULES}\n\
             [notify]\noutbox = \"{worker}.sqlite\"\ngroup_window = \"1s\"\ngroup_interval = \"1s\"\n\
             [notify.channels.told]\nkind = \"file\"\npath = \"{worker}.ndjson\"\n[notify.default_route]\nchannels = [\"told\"]\n"
        )
    }

    /// The trail delivers an object.
    fn deliver(&mut self, key: &str, bytes: &[u8]) {
        match self.way {
            Way::Folders => {
                // Under its name in one step, as whoever copies logs does.
                let staging = self.sandbox.write("staging", bytes);
                let path = self.sandbox.path("incoming").join(key);
                std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
                std::fs::rename(staging, path).expect("a file is renamed");
            }
            Way::Listing => self.aws.put(&self.bucket, key, bytes),
            Way::Queue | Way::Power => {
                self.aws.put(&self.bucket, key, bytes);
                self.aws.notify(&self.queue, &self.bucket, key);
            }
        }
    }

    fn start(&self, worker: &str) -> Daemon {
        let environment = self.disk.as_ref().map(Disk::environment).unwrap_or_default();
        Daemon::start_in(&self.sandbox, &format!("{worker}.toml"), &environment)
    }

    /// How often each finding was told, by its id.
    fn told(&self, workers: &[String]) -> BTreeMap<String, usize> {
        let mut told = BTreeMap::new();
        for worker in workers {
            // One of several may never have had anything to tell.
            let text = std::fs::read_to_string(self.sandbox.path(&format!("{worker}.ndjson"))).unwrap_or_default();
            for line in text.lines() {
                let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
                *told.entry(line["id"].as_str().expect("an id").to_owned()).or_default() += 1;
            }
        }
        told
    }
}

fn texts(rows: &[Value], key: &str) -> BTreeSet<String> {
    rows.iter().map(|row| row[key].as_str().expect("text").to_owned()).collect()
}

fn killed(way: Way, workers: usize) {
    let kills = number("TRAILWARDEN_TEST_KILLS").unwrap_or(KILLS);
    let mut place = Place::new(way);
    let manifest = place.sandbox.synthetic_logs("logs", &["--events", "6000", "--days", "5", "--accounts", "8"]);
    let objects = files(&place.sandbox.path("logs"));
    let workers: Vec<String> = (0..workers).map(|number| format!("worker-{number}")).collect();
    for worker in &workers {
        let config = place.config(worker, &place.lake, false);
        place.sandbox.write(&format!("{worker}.toml"), config);
    }

    // The trail goes on delivering, so that there is something to ingest at every kill.
    let mut rng = StdRng::seed_from_u64(20_260_301);
    let mut daemons: Vec<Option<Daemon>> = workers.iter().map(|_| None).collect();
    let mut kept = 0;
    let portions: Vec<_> = objects.chunks(objects.len().div_ceil(kills)).collect();
    for kill in 0..kills {
        for (key, path) in portions.get(kill).copied().unwrap_or_default() {
            place.deliver(key, &std::fs::read(path).expect("a file of the logs"));
        }
        for (worker, daemon) in workers.iter().zip(&mut daemons) {
            daemon.get_or_insert_with(|| place.start(worker));
        }
        // Short lives more often than long ones: most is written in the first moments.
        let moment: f64 = rng.random();
        std::thread::sleep(Duration::from_secs_f64(4.0 * moment * moment));
        let victim = rng.random_range(0..daemons.len());
        let mut daemon = daemons[victim].take().expect("all run");
        assert!(daemon.runs(), "it ended by itself:\n{}", daemon.log());
        daemon.kill();
        if let Some(disk) = &place.disk {
            let lost = disk.cut();
            kept += lost.kept;
        }
    }
    assert!(place.disk.is_none() || kept > 0, "the disk heard of nothing");
    drop(daemons);
    // What a killed worker had received comes again when its visibility ends.
    if let Way::Queue | Way::Power = place.way {
        let mut daemon = place.start(&workers[0]);
        trailwarden_tests::wait_for("the queue to be empty", || {
            assert!(daemon.runs(), "it ended by itself:\n{}", daemon.log());
            (place.aws.waiting(&place.queue) == 0).then_some(())
        });
        daemon.kill();
    }
    for worker in &workers {
        place.sandbox.run(&["run", "--once", "--config", &format!("{worker}.toml")]).ok();
    }

    // Every event once, for us and for others.
    let over = Over::lake(&place.lake);
    let counts = "SELECT count(*) AS a, count(DISTINCT eventid) AS b FROM cloudtrail";
    let events = &manifest["events"];
    assert_eq!(place.sandbox.query(&over, counts), [json!({"a": events, "b": events})]);
    if !place.lake.starts_with("s3://") {
        assert_eq!(duckdb(Path::new(&place.lake), &[counts]), [json!([[events, events]])]);
    }
    assert_eq!(
        place.sandbox.value(&over, "SELECT sum(count) FROM activity"),
        *events,
        "`activity` counts an event twice or not"
    );
    assert_eq!(
        place.sandbox.value(&over, "SELECT count(DISTINCT uri) FROM objects WHERE state = 'read'"),
        manifest["objects"]
    );

    // Every finding was told at least once, under one id, and nothing was told that is none.
    let found = place.sandbox.query(&over, "SELECT id, detection, title FROM findings");
    let (ids, told_ids) = (texts(&found, "id"), place.told(&workers));
    assert_eq!(ids.len(), found.len(), "an id stands for two findings");
    let missing: Vec<&Value> =
        found.iter().filter(|row| !told_ids.contains_key(row["id"].as_str().unwrap_or_default())).collect();
    assert!(missing.is_empty(), "never told: {missing:?}");
    let unknown: Vec<&String> = told_ids.keys().filter(|id| !ids.contains(*id)).collect();
    assert!(unknown.is_empty(), "told, but not in the lake: {unknown:?}");

    // What one undisturbed run over the same logs finds is among them, under the same ids.
    let calm_lake = place.sandbox.place("calm-lake");
    place.sandbox.write("calm.toml", place.config("calm", &calm_lake, true));
    place.sandbox.run(&["run", "--once", "--config", "calm.toml"]).ok();
    let calm = place.sandbox.query(&Over::lake(calm_lake), "SELECT id, detection, title FROM findings");
    let lost: Vec<&Value> = calm.iter().filter(|row| !ids.contains(row["id"].as_str().unwrap_or_default())).collect();
    assert!(!calm.is_empty() && lost.is_empty(), "found in peace alone: {lost:?}");
}

#[test]
fn killed_between_folders() {
    killed(Way::Folders, 1);
}

#[test]
fn three_workers_killed_between_folders() {
    killed(Way::Folders, 3);
}

#[test]
fn killed_between_a_bucket_and_a_folder() {
    killed(Way::Listing, 1);
}

#[test]
fn killed_between_a_queue_and_a_lake_on_s3() {
    killed(Way::Queue, 1);
}

#[test]
fn three_workers_killed_between_a_queue_and_a_lake_on_s3() {
    killed(Way::Queue, 3);
}

#[test]
fn the_power_is_cut_while_a_lake_is_written() {
    killed(Way::Power, 1);
}
