//! What a connection may take: time, rows, memory, places; and what stops a statement.

use std::time::{Duration, Instant};

use serde_json::json;
use trailwarden_tests::{Daemon, Serving, python, wait_for};

use super::lake;

const IMPORTS: &str = "import json, sys, threading, time\nimport psycopg\nimport adbc_driver_flightsql.dbapi as flight\nimport adbc_driver_manager\n";
/// A statement without end that gives no row before it, and one that gives rows without end.
const SILENT: &str = "SELECT count(*) FROM generate_series(1, 1000000000000) a";
const ENDLESS: &str = "SELECT value, repeat('x', 1000) AS pad FROM generate_series(1, 1000000000000) b";

fn script(body: &str) -> String {
    format!("{IMPORTS}{body}")
}

#[test]
fn time_and_rows_end_in_an_error() {
    let sandbox = lake();
    let serving = Serving::start(&sandbox, &["--lake", "lake", "--timeout", "2", "--max-rows", "100"]);
    let body = r#"
out = []
with psycopg.connect(sys.argv[1], autocommit=True) as db:
    for sql in [sys.argv[3], "SELECT eventid FROM cloudtrail", "SELECT eventid FROM cloudtrail LIMIT 100"]:
        try:
            out.append(len(db.execute(sql).fetchall()))
        except psycopg.Error as error:
            out.append([error.sqlstate, error.diag.message_primary])
    db.execute("SET statement_timeout = '300ms'")
    began = time.monotonic()
    try:
        db.execute(sys.argv[3])
    except psycopg.Error as error:
        out.append([error.sqlstate, time.monotonic() - began < 1.9])
with flight.connect("grpc://" + sys.argv[2], autocommit=True) as db, db.cursor() as cursor:
    for sql in [sys.argv[3], "SELECT eventid FROM cloudtrail", "SELECT eventid FROM cloudtrail LIMIT 100"]:
        try:
            cursor.execute(sql)
            out.append(len(cursor.fetchall()))
        except Exception as error:
            out.append(str(error))
print(json.dumps(out))
"#;
    let found = python(&script(body), &[&serving.dsn("anybody"), &serving.flight, SILENT]);
    let late = "the statement ran longer than 2s (narrow it by `eventtime`, or raise `statement_timeout`)";
    let many = "the answer has more than 100 rows (add a LIMIT, or raise `max_rows`)";
    assert_eq!((&found[0], &found[1], &found[2]), (&json!(["57014", late]), &json!(["54000", many]), &json!(100)));
    assert_eq!(found[3], json!(["57014", true]));
    let says =
        |at: usize, text: &str| assert!(found[at].as_str().is_some_and(|told| told.contains(text)), "{}", found[at]);
    says(4, late);
    says(5, many);
    assert_eq!(found[6], json!(100));
    serving.audited(&["door=\"postgres\"", "outcome=\"timeout\""]);
    serving.audited(&["door=\"flight\"", "outcome=\"limit\""]);
}

#[test]
fn who_cancels_or_goes_away_stops_the_statement() {
    let sandbox = lake();
    let serving = Serving::start(&sandbox, &["--lake", "lake"]);
    let body = r#"
import os, socket
dsn, where, silent, endless = sys.argv[1:5]
out = []
with psycopg.connect(dsn, autocommit=True) as db:
    for how in ("cancel", "cancel_safe"):
        threading.Timer(0.7, getattr(db, how)).start()
        began = time.monotonic()
        try:
            db.execute(silent)
        except psycopg.Error as error:
            out.append([error.sqlstate, time.monotonic() - began < 20])
    out.append(db.execute("SELECT 1").fetchone()[0])
with flight.connect("grpc://" + where, autocommit=True) as db, db.cursor() as cursor:
    threading.Timer(0.7, cursor.adbc_cancel).start()
    try:
        cursor.execute(silent + " -- flight cancelled")
        cursor.fetchall()
        out.append("no error")
    except Exception as error:
        out.append("cancelled" in str(error).lower() or "canceled" in str(error).lower())
# The client vanishes in the middle, once before a row and once while rows come.
for sql in (silent + " -- vanished", endless + " -- vanished"):
    db = psycopg.connect(dsn, autocommit=True)
    def ask(db=db, sql=sql):
        try:
            for _ in db.cursor().stream(sql):
                pass
        except psycopg.Error:
            pass
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    time.sleep(1.0)
    os.dup2(os.open("/dev/null", os.O_RDWR), db.fileno())
    time.sleep(0.2)
print(json.dumps(out), flush=True)
os._exit(0)
"#;
    let found = python(&script(body), &[&serving.dsn("anybody"), &serving.flight, SILENT, ENDLESS]);
    assert_eq!(found, json!([["57014", true], ["57014", true], 1, true]));
    let ended = |outcome: &str, parts: &[&str], count: usize| {
        wait_for(&format!("{count} lines with {outcome} and {parts:?}"), || {
            let log = serving.log();
            let lines =
                log.lines().filter(|line| line.contains(outcome) && parts.iter().all(|part| line.contains(part)));
            (lines.count() >= count).then_some(())
        });
    };
    ended("outcome=\"cancelled\"", &["door=\"postgres\""], 2);
    // The line is written after the engine's stream is dropped; without an end of their own, that is what has stopped them.
    wait_for("the statements of who has vanished to end", || {
        let log = serving.log();
        (log.lines().filter(|line| line.contains("-- vanished") && !line.contains("outcome=\"ok\"")).count() >= 2)
            .then_some(())
    });
    wait_for("the cancelled statement of the other door", || {
        let log = serving.log();
        log.lines().any(|line| line.contains("-- flight cancelled") && line.contains("outcome=\"")).then_some(())
    });
}

#[test]
fn who_reads_slowly_holds_little() {
    let sandbox = lake();
    let serving = Serving::start(&sandbox, &["--lake", "lake"]);
    let before = serving.memory();
    // Both read a little of an answer without end, and then nothing for a while. (libpq reads as fast as it can, so this is a socket.)
    let body = r#"
import os, socket, struct
host, port = sys.argv[1].rsplit(":", 1)
stream = socket.create_connection((host, int(port)), timeout=60)
stream.sendall(struct.pack("!ii", 8 + 8, 196608) + b"user\0x\0\0")
while b"Z" not in stream.recv(65536):
    pass
text = sys.argv[3].encode() + b"\0"
stream.sendall(b"Q" + struct.pack("!i", 4 + len(text)) + text)
got = 0
while got < 1 << 20:
    got += len(stream.recv(65536))
with flight.connect("grpc://" + sys.argv[2], autocommit=True) as other, other.cursor() as cursor:
    cursor.execute(sys.argv[3])
    cursor.fetchone()
    time.sleep(6)
    print("true", flush=True)
    os._exit(0)
"#;
    let most = std::thread::scope(|scope| {
        let reading = scope.spawn(|| python(&script(body), &[&serving.postgres, &serving.flight, ENDLESS]));
        let mut most = 0;
        while !reading.is_finished() {
            most = most.max(serving.memory());
            std::thread::sleep(Duration::from_millis(50));
        }
        reading.join().expect("it reads");
        most
    });
    let grown = most.saturating_sub(before) >> 20;
    assert!(grown < 400, "{grown} MiB for two who do not read");
}

#[test]
fn places_are_limited_and_given_back() {
    let sandbox = lake();
    sandbox.write("anna.txt", "correct horse battery\n");
    let config = "lake = \"lake\"\n[[sources]]\nkind = \"folder\"\npath = \"logs\"\n[serve]\npostgres = \"127.0.0.1:1\"\nconnections = 6\nconnections_per_user = 3\n\
                  idle_timeout = \"4s\"\n[serve.users.anna]\npassword_file = \"anna.txt\"\n";
    sandbox.write("trailwarden.toml", config);
    let serving = Serving::start(&sandbox, &["--config", "trailwarden.toml"]);
    let body = r#"
dsn = sys.argv[1] + " password='correct horse battery'"
out = []
held = [psycopg.connect(dsn, autocommit=True) for _ in range(3)]
try:
    psycopg.connect(dsn)
except psycopg.Error as error:
    out.append("too many connections of `anna`" in str(error))
# A storm: most are turned away, with the reason or without a word; those that are in go on.
counts = {"in": 0, "out": 0}
def storm():
    for _ in range(15):
        try:
            psycopg.connect(dsn).close()
            counts["in"] += 1
        except psycopg.Error:
            counts["out"] += 1
threads = [threading.Thread(target=storm) for _ in range(12)]
[thread.start() for thread in threads]
[db.execute("SELECT count(*) FROM cloudtrail").fetchone() for db in held for _ in range(3)]
[thread.join() for thread in threads]
out.append(counts["in"] == 0 and counts["out"] == 180)
[db.close() for db in held]
for _ in range(100):
    try:
        db = psycopg.connect(dsn, autocommit=True)
        break
    except psycopg.Error:
        time.sleep(0.1)
out.append(db.execute("SELECT 1").fetchone()[0])
time.sleep(6)
try:
    db.execute("SELECT 1")
except psycopg.Error as error:
    out.append("serve.idle_timeout" in str(error) or db.broken)
print(json.dumps(out))
"#;
    let began = Instant::now();
    assert_eq!(python(&script(body), &[&serving.dsn("anna")]), json!([true, true, 1, true]));
    assert!(began.elapsed() < Duration::from_secs(90));
}

/// Bytes that are no protocol, and those that are too much of one, cost the connection that sends them.
#[test]
fn nonsense_ends_its_own_connection() {
    let sandbox = lake();
    sandbox.write("anna.txt", "correct horse battery\n");
    let serving = Serving::start(&sandbox, &["--lake", "lake", "--user", "anna=anna.txt"]);
    let body = r#"
import os, socket, struct
def send(where, *pieces):
    host, port = where.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=40) as stream:
        try:
            for piece in pieces:
                stream.sendall(piece)
                time.sleep(0.05)
            stream.settimeout(40)
            while stream.recv(65536):
                pass
        except OSError:
            pass
start = struct.pack("!ii", 8 + 11, 196608) + b"user\0anna\0\0"
pieces = [
    (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",),
    (b"\x16\x03\x01\x02\x00\x01" + b"\0" * 200,),
    (b"\0" * 8,),
    (b"\xff" * 64,),
    (struct.pack("!ii", 2**31 - 1, 196608), b"user\0"),
    (start, b"Q" + struct.pack("!i", 2**30) + b"SELECT 1"),
    (start, b"Q" + struct.pack("!i", 13) + b"SELECT 1\0"),
    (start, b"p" + struct.pack("!i", 9000) + b"x" * 9000),
    (start, start, start),
    (struct.pack("!iiii", 16, 80877102, 1, 1),),
    (struct.pack("!ii", 2**31 - 1, 80877102) + b"\0" * 64,),
    tuple(struct.pack("!ii", 8, 80877103) for _ in range(9)),
]
for where in sys.argv[2:4]:
    threads = [threading.Thread(target=send, args=(where, *some)) for some in pieces]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
with psycopg.connect(sys.argv[1] + " password='correct horse battery'", autocommit=True) as db:
    long = "SELECT '" + "x" * (2 << 20) + "'"
    try:
        db.execute(long)
        told = "no error"
    except psycopg.Error as error:
        told = str(error)
with psycopg.connect(sys.argv[1] + " password='correct horse battery'") as db:
    print(json.dumps([told, db.execute("SELECT count(*) FROM cloudtrail").fetchone()[0]]))
"#;
    let found = python(&script(body), &[&serving.dsn("anna"), &serving.postgres, &serving.flight]);
    assert_eq!(found[1], 3000);
    assert!(found[0].as_str().is_some_and(|told| told != "no error"), "{found}");
    assert!(!serving.log().contains("panicked"), "{}", serving.log());
}

#[test]
fn the_daemon_has_doors_and_counts_who_comes() {
    let sandbox = lake();
    let port = {
        // The daemon's config names ports; one that was free a moment ago is likely free.
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        free.local_addr().expect("an address").port()
    };
    let config = format!(
        "lake = \"lake\"\n[[sources]]\nkind = \"folder\"\npath = \"logs\"\n[integrity]\nenabled = false\n[web]\nlisten = \"127.0.0.1:0\"\n\
         [serve]\npostgres = \"127.0.0.1:{port}\"\n[notify]\noutbox = \"outbox\"\n"
    );
    sandbox.write("trailwarden.toml", config);
    let daemon = Daemon::start(&sandbox, "trailwarden.toml");
    let body = r#"
for _ in range(300):
    try:
        db = psycopg.connect(sys.argv[1], autocommit=True)
        break
    except psycopg.Error:
        time.sleep(0.1)
with db:
    try:
        db.execute("DELETE FROM cloudtrail")
    except psycopg.Error:
        pass
    print(json.dumps(db.execute("SELECT count(*) FROM cloudtrail").fetchone()[0]))
"#;
    let dsn = format!("host=127.0.0.1 port={port} user=x dbname=trailwarden");
    assert_eq!(python(&script(body), &[&dsn]), json!(3000));
    let wanted = [
        "trailwarden_door_queries_total{door=\"postgres\",outcome=\"ok\"} 1",
        "trailwarden_door_queries_total{door=\"postgres\",outcome=\"refused\"} 1",
        "trailwarden_door_rows_total{door=\"postgres\"} 1",
        "trailwarden_door_connections{door=\"postgres\"} 0",
    ];
    wait_for("the counts", || {
        let (_, text) = daemon.get("/metrics", "");
        wanted.iter().all(|line| text.lines().any(|found| found == *line)).then_some(())
    });
    assert!(daemon.log().contains("outcome=\"refused\""), "{}", daemon.log());
}
