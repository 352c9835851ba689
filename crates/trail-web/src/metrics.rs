//! What is counted, and under which names `/metrics` shows it.
//!
//! Labels hold the names of sources and channels as the config has them, parts of the daemon, severities and outcomes: nothing
//! that comes from a log, so that no attacker can make series.

use std::time::{Duration, SystemTime};

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

type Labels<const N: usize> = [(&'static str, String); N];
type Counters<const N: usize> = Family<Labels<N>, Counter>;
type Gauges<const N: usize> = Family<Labels<N>, Gauge>;
type Histograms<const N: usize> = Family<Labels<N>, Histogram, fn() -> Histogram>;

/// The longest label: a source's or channel's name.
const LONGEST_LABEL: usize = 200;
/// From a local folder to a slow bucket, in seconds.
const COMMIT_SECONDS: [f64; 10] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0];
/// CloudTrail itself takes about five minutes; a backfill may be years late.
const LAG_SECONDS: [f64; 12] =
    [30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0, 14_400.0, 86_400.0, 604_800.0, 2_592_000.0];

/// The counts of a process. It is made once; who does the work counts.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    resident: Gauge,
    objects: Counters<2>,
    bytes: Counters<1>,
    events: Counters<1>,
    duplicates: Counters<1>,
    rejects: Counters<1>,
    commits: Histograms<1>,
    lag: Histograms<1>,
    newest: Gauges<1>,
    backlog: Gauges<1>,
    findings: Counters<1>,
    notices: Counters<1>,
    deliveries: Counters<2>,
    pending: Gauge,
    waiting: Gauges<1>,
    dead: Gauges<1>,
    circuits: Gauges<1>,
    succeeded: Gauges<2>,
    failures: Counters<2>,
    reloads: Counters<1>,
    reloaded: Gauge,
    connections: Gauges<1>,
    queries: Counters<2>,
    rows: Counters<1>,
}

impl Metrics {
    /// Metrics of a process of this version that starts now.
    pub fn new(version: &str) -> Self {
        let mut registry = Registry::default();
        let resident = process(&mut registry, version, SystemTime::now());
        let ours = registry.sub_registry_with_prefix("trailwarden");
        let histograms = |make: fn() -> Histogram| Histograms::new_with_constructor(make);
        let (commits, lag) =
            (histograms(|| Histogram::new(COMMIT_SECONDS)), histograms(|| Histogram::new(LAG_SECONDS)));
        ours.register("commit_seconds", "How long commits of events took", commits.clone());
        ours.register("lag_seconds", "From an object's last event to the commit that holds it", lag.clone());
        let mut counted = |name: &str, help: &str| {
            let family = Counters::<1>::default();
            ours.register(name, help, family.clone());
            family
        };
        let bytes = counted("read_bytes", "Bytes of objects read, as stored");
        let events = counted("events", "Events that were new to the lake");
        let duplicates = counted("duplicates", "Events that the lake had already");
        let rejects = counted("rejects", "Pieces of objects that could not be read");
        let findings = counted("findings", "Findings that are new or have changed");
        let notices = counted("notices", "What became of notices when they were submitted");
        let reloads = counted("reloads", "Reloads of config and rules");
        let rows = counted("door_rows", "Rows that programs got through a door");
        let mut counted = |name: &str, help: &str| {
            let family = Counters::<2>::default();
            ours.register(name, help, family.clone());
            family
        };
        let objects = counted("objects", "Log objects by what became of them");
        let deliveries = counted("deliveries", "Tries to deliver by what became of them");
        let queries = counted("door_queries", "Statements of programs by how they ended");
        let failures = counted("part_failures", "Failures of the daemon's parts that are tried again");
        let mut shown = |name: &str, help: &str| {
            let family = Gauges::<1>::default();
            ours.register(name, help, family.clone());
            family
        };
        let newest = shown("newest_event_timestamp_seconds", "Time of the newest event committed");
        let backlog = shown("backlog_objects", "Objects that are known of and not done with");
        let waiting = shown("channel_waiting", "Deliveries of a channel that wait in the outbox");
        let dead = shown("channel_dead_letters", "Deliveries of a channel that were given up, and can be sent again");
        let circuits =
            shown("channel_circuit_open", "1 while a channel is left alone because it failed too often in a row");
        let connections = shown("door_connections", "Connections of programs that are open");
        let succeeded = Gauges::<2>::default();
        let help = "When a part of the daemon last did its work to the end";
        ours.register("part_last_success_timestamp_seconds", help, succeeded.clone());
        let mut single = |name: &str, help: &str| {
            let gauge = Gauge::default();
            ours.register(name, help, gauge.clone());
            gauge
        };
        let pending = single("outbox_pending", "Deliveries that wait in the outbox");
        let reloaded = single("reload_timestamp_seconds", "When config and rules were last taken");
        Self {
            registry,
            resident,
            objects,
            bytes,
            events,
            duplicates,
            rejects,
            commits,
            lag,
            newest,
            backlog,
            findings,
            notices,
            deliveries,
            pending,
            waiting,
            dead,
            circuits,
            succeeded,
            failures,
            reloads,
            reloaded,
            connections,
            queries,
            rows,
        }
    }

    /// Objects of a source, by what became of them: `read`, `partial`, `failed`, `skipped`.
    pub fn objects(&self, source: &str, state: &'static str, count: u64) {
        add(&self.objects, &[("source", label(source)), ("state", state.to_owned())], count);
    }

    /// Bytes read, as stored.
    pub fn read(&self, source: &str, bytes: u64) {
        add(&self.bytes, &[("source", label(source))], bytes);
    }

    /// A commit, and what it brought.
    pub fn committed(&self, source: &str, took: Duration, (events, duplicates, rejects): (u64, u64, u64)) {
        let labels = [("source", label(source))];
        self.commits.get_or_create(&labels).observe(took.as_secs_f64());
        add(&self.events, &labels, events);
        add(&self.duplicates, &labels, duplicates);
        add(&self.rejects, &labels, rejects);
    }

    /// The time from an object's last event to now, when it was committed. Both in microseconds since 1970.
    pub fn lag(&self, source: &str, last_us: i64, now_us: i64) {
        let labels = [("source", label(source))];
        self.lag.get_or_create(&labels).observe(now_us.saturating_sub(last_us).max(0) as f64 / 1e6);
        let newest = self.newest.get_or_create(&labels);
        newest.set(newest.get().max(last_us.div_euclid(1_000_000)));
    }

    /// Objects that a source knows of and that are not done with.
    pub fn backlog(&self, source: &str, objects: u64) {
        self.backlog.get_or_create(&[("source", label(source))]).set(gauge(objects));
    }

    /// Findings that are new or have changed.
    pub fn found(&self, severity: &'static str) {
        add(&self.findings, &[("severity", severity.to_owned())], 1);
    }

    /// What became of submitted notices: `queued`, `known`, `silenced`, `unrouted`, `suppressed` (an exception covers it).
    pub fn notices(&self, fate: &'static str, count: u64) {
        add(&self.notices, &[("fate", fate.to_owned())], count);
    }

    /// What became of tries to deliver: `sent`, `failed`, `dead`.
    pub fn delivered(&self, channel: &str, outcome: &'static str, count: u64) {
        add(&self.deliveries, &[("channel", label(channel)), ("outcome", outcome.to_owned())], count);
    }

    /// Deliveries that wait in the outbox.
    pub fn pending(&self, deliveries: u64) {
        self.pending.set(gauge(deliveries));
    }

    /// How a channel stands: deliveries that wait, dead letters, and whether it is left alone for having failed.
    pub fn channel(&self, name: &str, waiting: u64, dead: u64, open: bool) {
        let labels = [("channel", label(name))];
        self.waiting.get_or_create(&labels).set(gauge(waiting));
        self.dead.get_or_create(&labels).set(gauge(dead));
        self.circuits.get_or_create(&labels).set(i64::from(open));
    }

    /// A part of the daemon did its work to the end. `source` is empty where it has none.
    pub fn succeeded(&self, part: &'static str, source: &str) {
        let labels = [("part", part.to_owned()), ("source", label(source))];
        self.succeeded.get_or_create(&labels).set(seconds(SystemTime::now()));
        // A series that is there from the start can be told from one that is missing.
        add(&self.failures, &labels, 0);
    }

    /// A part of the daemon failed, and will try again.
    pub fn failed(&self, part: &'static str, source: &str) {
        add(&self.failures, &[("part", part.to_owned()), ("source", label(source))], 1);
    }

    /// Config and rules were read anew, and taken or not.
    pub fn reloaded(&self, taken: bool) {
        let outcome = if taken { "taken" } else { "refused" };
        add(&self.reloads, &[("outcome", outcome.to_owned())], 1);
        if taken {
            self.reloaded.set(seconds(SystemTime::now()));
        }
    }

    /// Connections of a door (`postgres`, `flight`) that were opened or, below 0, closed.
    pub fn connections(&self, door: &'static str, change: i64) {
        self.connections.get_or_create(&[("door", door.to_owned())]).inc_by(change);
    }

    /// A statement through a door, how it ended (`ok`, `refused`, `timeout`, `limit`, `cancelled`, `gone`, `failed`), and its rows.
    pub fn asked(&self, door: &'static str, outcome: &'static str, rows: u64) {
        add(&self.queries, &[("door", door.to_owned()), ("outcome", outcome.to_owned())], 1);
        add(&self.rows, &[("door", door.to_owned())], rows);
    }

    /// All of it in OpenMetrics' text form.
    pub fn text(&self) -> String {
        if let Some(bytes) = resident() {
            self.resident.set(gauge(bytes));
        }
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// What every process shows; gives back the gauge of its memory.
pub(crate) fn process(registry: &mut Registry, version: &str, started: SystemTime) -> Gauge {
    let start = Gauge::<i64>::default();
    start.set(seconds(started));
    registry.register("process_start_time_seconds", "When the process started", start);
    let resident = Gauge::default();
    registry.register("process_resident_memory_bytes", "Resident memory", resident.clone());
    let info = Info::new(vec![("version".to_owned(), version.to_owned())]);
    registry.sub_registry_with_prefix("trailwarden").register("build", "The program that runs", info);
    resident
}

fn add<const N: usize>(family: &Counters<N>, labels: &Labels<N>, count: u64) {
    family.get_or_create(labels).inc_by(count);
}

/// A name from the config as a label, cut where it is too long.
fn label(name: &str) -> String {
    name.chars().take(LONGEST_LABEL).collect()
}

pub(crate) fn gauge(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn seconds(time: SystemTime) -> i64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| gauge(since.as_secs()))
}

/// The resident memory of this process, where the system tells.
pub(crate) fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_shown() {
        let metrics = Metrics::new("1.2.3");
        metrics.objects("s3://bucket", "read", 3);
        metrics.read("s3://bucket", 4096);
        metrics.committed("s3://bucket", Duration::from_millis(200), (40, 2, 1));
        metrics.lag("s3://bucket", 1_000_000_000, 1_301_000_000);
        metrics.lag("s3://bucket", 999_000_000, 1_301_000_000);
        metrics.backlog("s3://bucket", 7);
        metrics.found("critical");
        metrics.notices("queued", 1);
        metrics.delivered("mail", "sent", 1);
        metrics.pending(5);
        metrics.channel("mail", 5, 2, true);
        metrics.succeeded("deliver", "");
        metrics.failed("intake", "s3://bucket");
        metrics.reloaded(false);
        metrics.connections("postgres", 2);
        metrics.connections("postgres", -1);
        metrics.asked("flight", "ok", 12);
        let text = metrics.text();
        for line in [
            "trailwarden_build_info{version=\"1.2.3\"} 1",
            "trailwarden_objects_total{source=\"s3://bucket\",state=\"read\"} 3",
            "trailwarden_read_bytes_total{source=\"s3://bucket\"} 4096",
            "trailwarden_events_total{source=\"s3://bucket\"} 40",
            "trailwarden_duplicates_total{source=\"s3://bucket\"} 2",
            "trailwarden_rejects_total{source=\"s3://bucket\"} 1",
            "trailwarden_commit_seconds_count{source=\"s3://bucket\"} 1",
            "trailwarden_commit_seconds_bucket{le=\"0.25\",source=\"s3://bucket\"} 1",
            "trailwarden_lag_seconds_sum{source=\"s3://bucket\"} 603.0",
            "trailwarden_newest_event_timestamp_seconds{source=\"s3://bucket\"} 1000",
            "trailwarden_backlog_objects{source=\"s3://bucket\"} 7",
            "trailwarden_findings_total{severity=\"critical\"} 1",
            "trailwarden_notices_total{fate=\"queued\"} 1",
            "trailwarden_deliveries_total{channel=\"mail\",outcome=\"sent\"} 1",
            "trailwarden_outbox_pending 5",
            "trailwarden_channel_waiting{channel=\"mail\"} 5",
            "trailwarden_channel_dead_letters{channel=\"mail\"} 2",
            "trailwarden_channel_circuit_open{channel=\"mail\"} 1",
            "trailwarden_part_failures_total{part=\"deliver\",source=\"\"} 0",
            "trailwarden_part_failures_total{part=\"intake\",source=\"s3://bucket\"} 1",
            "trailwarden_reloads_total{outcome=\"refused\"} 1",
            "trailwarden_door_connections{door=\"postgres\"} 1",
            "trailwarden_door_queries_total{door=\"flight\",outcome=\"ok\"} 1",
            "trailwarden_door_rows_total{door=\"flight\"} 12",
        ] {
            assert!(text.lines().any(|found| found == line), "`{line}` is not in\n{text}");
        }
        let resident = text.lines().find_map(|line| line.strip_prefix("process_resident_memory_bytes "));
        assert!(resident.unwrap().parse::<u64>().unwrap() > 1 << 20);
    }

    #[test]
    fn a_name_cannot_break_out_of_its_label() {
        let metrics = Metrics::new("1");
        metrics.delivered("a\"} evil{x=\"\\\n", "sent", 1);
        metrics.delivered(&"x".repeat(5_000), "sent", 1);
        let text = metrics.text();
        let line = r#"trailwarden_deliveries_total{channel="a\"} evil{x=\"\\\n",outcome="sent"} 1"#;
        assert!(text.lines().any(|found| found == line), "{text}");
        assert!(text.lines().all(|line| line.len() < 400));
    }
}
