//! PostgreSQL's clients: libpq through psycopg, and psql itself.

use std::process::Command;

use serde_json::json;
use trailwarden_tests::{Sandbox, Serving, certificate, python};

use super::{PLAIN, QUERIES, expected, lake, same};

fn script(body: &str) -> String {
    format!("{PLAIN}\nimport psycopg\nfrom psycopg.rows import tuple_row\n{body}")
}

#[test]
fn rows_are_those_of_query_in_every_form_of_the_protocol() {
    let sandbox = lake();
    let serving = Serving::start(&sandbox, &["--lake", "lake"]);
    let wanted = expected(&sandbox, &QUERIES);
    let queries = serde_json::to_string(&QUERIES).expect("JSON");
    // The simple protocol, the extended one with text, the same prepared, and with binary results.
    let body = r#"
dsn, queries, form = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
with psycopg.connect(dsn, autocommit=form != "prepared") as db:
    answers = []
    for sql in queries:
        if form == "simple":
            cursor = psycopg.ClientCursor(db)
            cursor.execute(sql)
        else:
            cursor = db.cursor(binary=form == "binary")
            cursor.execute(sql, prepare=form == "prepared")
            if form == "prepared":
                cursor.execute(sql, prepare=True)
        answers.append(rows(cursor))
print(json.dumps(answers))
"#;
    for form in ["simple", "text", "prepared", "binary"] {
        let found = python(&script(body), &[&serving.dsn("anybody"), &queries, form]);
        same(&QUERIES, &found, &wanted);
    }
    let line = serving.audited(&["door=\"postgres\"", "outcome=\"ok\"", "GROUP BY principal"]);
    assert!(line.contains("who=\"local\"") && line.contains("rows=") && line.contains("ms="), "{line}");
}

#[test]
fn values_are_bound() {
    let sandbox = lake();
    let serving = Serving::start(&sandbox, &["--lake", "lake"]);
    let body = r#"
with psycopg.connect(sys.argv[1]) as db:
    one = lambda sql, *values, **how: db.execute(sql, values, **how).fetchone()[0]
    when = db.execute("SELECT min(eventtime), max(eventtime) FROM cloudtrail").fetchone()
    name = one("SELECT eventname FROM cloudtrail LIMIT 1")
    found = {
        "text": one("SELECT count(*) FROM cloudtrail WHERE eventname = %s", name),
        "time": one("SELECT count(*) FROM cloudtrail WHERE eventtime BETWEEN %s AND %s", *when),
        "time as text": one("SELECT count(*) FROM cloudtrail WHERE eventtime >= %s", when[0].isoformat()),
        "day as text": one("SELECT count(*) FROM cloudtrail WHERE eventtime >= %s", when[0].date().isoformat()),
        "number": one("SELECT count(*) FROM (SELECT eventname, count(*) AS n FROM cloudtrail GROUP BY 1) WHERE n > %s", 10),
        "truth": one("SELECT count(*) FROM cloudtrail WHERE denied = %s", True),
        "null": one("SELECT count(*) FROM cloudtrail WHERE eventname = %s", None),
        "quote": one("SELECT count(*) FROM cloudtrail WHERE eventname = %s", "'; DROP TABLE cloudtrail; --"),
        "limit": len(db.execute("SELECT eventid FROM cloudtrail LIMIT %s", (7,)).fetchall()),
        "binary": one("SELECT count(*) FROM cloudtrail WHERE eventname = %b AND eventtime >= %b", name, when[0]),
        "prepared": [one("SELECT count(*) FROM cloudtrail WHERE eventname = %s", other, prepare=True) for other in (name, "Nothing")],
    }
    literal = lambda where: one("SELECT count(*) FROM cloudtrail WHERE " + where)
    wanted = {
        "text": literal(f"eventname = '{name}'"),
        "time": literal("true"),
        "time as text": literal("true"),
        "day as text": literal("true"),
        "number": one("SELECT count(*) FROM (SELECT eventname, count(*) AS n FROM cloudtrail GROUP BY 1) WHERE n > 10"),
        "truth": literal("denied"),
        "null": 0, "quote": 0, "limit": 7,
        "binary": literal(f"eventname = '{name}'"),
        "prepared": [literal(f"eventname = '{name}'"), 0],
    }
print(json.dumps([found, wanted]))
"#;
    let answer = python(&script(body), &[&serving.dsn("anybody")]);
    assert_eq!(answer[0], answer[1]);
    assert!(answer[0]["truth"].as_u64().is_some_and(|count| count > 0), "{answer}");
}

#[test]
fn what_clients_say_around_statements_is_taken() {
    let sandbox = lake();
    let serving = Serving::start(&sandbox, &["--lake", "lake"]);
    let body = r#"
with psycopg.connect(sys.argv[1]) as db:
    out = []
    for sql in ["SET application_name = 'Grafana'", "SET datestyle TO 'ISO'", "SET statement_timeout = '90s'"]:
        out.append(db.execute(sql).statusmessage)
    for sql in ["SHOW statement_timeout", "SHOW transaction isolation level", "SHOW server_version", "SHOW TimeZone"]:
        out.append(db.execute(sql).fetchone()[0])
    out.append(db.execute("SELECT version()").fetchone()[0].split()[0])
    out.append(db.info.transaction_status.name)
    db.rollback()
    out.append(db.info.transaction_status.name)
    db.autocommit = True
    cursor = psycopg.ClientCursor(db)
    cursor.execute("BEGIN; SELECT 1 AS a; SELECT ';' AS b; COMMIT")
    while True:
        out.append(cursor.statusmessage)
        if not cursor.nextset():
            break
    out.append(len(db.execute("SHOW TABLES").fetchall()) > 5)
    cursor.execute(";")
    cursor.execute("DISCARD ALL")
    out.append(cursor.statusmessage)
print(json.dumps(out))
"#;
    let found = python(&script(body), &[&serving.dsn("anybody")]);
    let wanted = json!([
        "SET",
        "SET",
        "SET",
        "90000ms",
        "read committed",
        "16.6",
        "UTC",
        "PostgreSQL",
        "INTRANS",
        "IDLE",
        "BEGIN",
        "SELECT 1",
        "SELECT 1",
        "COMMIT",
        true,
        "DEALLOCATE"
    ]);
    assert_eq!(found, wanted);
}

/// Statements that must not run, with the codes that programs look for; the words are those of `query`.
#[test]
fn errors_have_a_code_and_the_words_of_query() {
    let sandbox = lake();
    sandbox.write("x.parquet", "");
    let serving = Serving::start(&sandbox, &["--lake", "lake"]);
    let cases = [
        ("DELETE FROM cloudtrail", "25006"),
        ("INSERT INTO cloudtrail VALUES (1)", "25006"),
        ("CREATE TABLE x AS SELECT 1", "25006"),
        ("CREATE EXTERNAL TABLE x STORED AS PARQUET LOCATION '/etc'", "25006"),
        ("COPY cloudtrail TO 'x.csv'", "25006"),
        ("DROP TABLE cloudtrail", "25006"),
        ("SELECT * INTO x FROM cloudtrail", "25006"),
        ("WITH x AS (DELETE FROM cloudtrail RETURNING 1) SELECT 1", "25006"),
        ("EXPLAIN ANALYZE DELETE FROM cloudtrail", "25006"),
        ("SELECT * FROM 'x.parquet'", "42P01"),
        ("SELECT * FROM \"/etc/passwd\"", "42P01"),
        ("SELECT * FROM 's3://bucket/x.parquet'", "42P01"),
        ("SELECT nothing FROM cloudtrail", "42703"),
        ("SELECT nothing(1)", "42883"),
        ("SELEC 1", "42601"),
        ("SELECT CAST('x' AS INT)", "22P02"),
    ];
    let body = r#"
with psycopg.connect(sys.argv[1], autocommit=True) as db:
    out = []
    for sql in json.loads(sys.argv[2]):
        for cursor in (db.cursor(), psycopg.ClientCursor(db)):
            try:
                cursor.execute(sql)
                out.append([sql, "no error", ""])
            except psycopg.Error as error:
                out.append([sql, error.sqlstate, error.diag.message_primary])
    out.append(db.execute("SELECT 1").fetchone()[0])
print(json.dumps(out))
"#;
    let statements: Vec<_> = cases.iter().map(|(sql, _)| *sql).collect();
    let found = python(&script(body), &[&serving.dsn("anybody"), &serde_json::to_string(&statements).expect("JSON")]);
    let found = found.as_array().expect("a list");
    for ((sql, code), both) in cases.iter().zip(found.chunks(2)) {
        let ran = sandbox.run(&["query", "--lake", "lake", sql]);
        let words = ran.stderr.trim().strip_prefix("error: ").unwrap_or_default().to_owned();
        for one in both {
            assert_eq!((&one[1], &one[2]), (&json!(code), &json!(words)), "{sql}");
        }
    }
    assert_eq!(found.last(), Some(&json!(1)), "the connection is still good");
    for function in ["read_csv('x')", "read_parquet('x')", "parquet_scan('x')", "glob('*')", "url('http://x')"] {
        let sql = format!("SELECT * FROM {function}");
        let found = python(&script(body), &[&serving.dsn("anybody"), &json!([sql]).to_string()]);
        assert_eq!(found[0][1], "42883", "{found}");
        assert!(found[0][2].as_str().is_some_and(|text| text.contains("not found")), "{found}");
    }
    let line = serving.audited(&["outcome=\"refused\"", "DELETE …"]);
    assert!(line.contains("`DELETE` is not allowed"), "{line}");
}

#[test]
fn a_password_and_tls_are_asked_for() {
    let sandbox = lake();
    certificate(&sandbox);
    sandbox.write("anna.txt", "correct horse battery\n");
    let args = ["--lake", "lake", "--user", "anna=anna.txt", "--tls-cert", "cert.pem", "--tls-key", "key.pem"];
    let serving = Serving::start(&sandbox, &args);
    let body = r#"
out = []
for more in json.loads(sys.argv[2]):
    try:
        with psycopg.connect(sys.argv[1] + " " + more) as db:
            out.append(["ok", db.execute("SELECT count(*) FROM cloudtrail").fetchone()[0], db.pgconn.ssl_in_use])
    except psycopg.Error as error:
        out.append([error.sqlstate, str(error), None])
print(json.dumps(out))
"#;
    let trusted =
        format!("sslmode=verify-full sslrootcert={} password='correct horse battery'", sandbox.place("cert.pem"));
    let ways = [
        trusted.as_str(),
        "sslmode=require password='correct horse battery'",
        "sslmode=require channel_binding=disable password='correct horse battery'",
        "sslmode=require password='wrong horse battery'",
        "sslmode=require password='correct horse battery' user=bert",
        "sslmode=require password=''",
        "sslmode=disable password='correct horse battery'",
    ];
    let found = python(&script(body), &[&serving.dsn("anna"), &json!(ways).to_string()]);
    for good in 0..3 {
        assert_eq!(found[good], json!(["ok", 3000, true]), "{}", ways[good]);
    }
    let says = |at: usize, text: &str| {
        assert!(found[at][1].as_str().is_some_and(|told| told.contains(text)), "{}: {}", ways[at], found[at]);
    };
    says(3, "password authentication failed for user \"anna\"");
    says(4, "password authentication failed for user \"bert\"");
    says(5, "password");
    says(6, "this door asks for TLS");
    serving.audited(&["refused: wrong user or password", "who=\"bert\""]);
    serving.audited(&["who=\"anna\"", "outcome=\"ok\""]);
    assert!(!serving.log().contains("horse"), "{}", serving.log());
}

#[test]
fn psql_connects() {
    let sandbox = lake();
    let serving = Serving::start(&sandbox, &["--lake", "lake"]);
    let psql = |sql: &str| {
        let output = Command::new("psql").args(["-X", "-A", "-t", "-d", &serving.dsn("anybody"), "-c", sql]).output();
        output.ok().map(|output| {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            (output.status.success(), text(&output.stdout), text(&output.stderr))
        })
    };
    // It is the machine's own, where it is there; libpq under psycopg is tested anywhere.
    let Some((_, count, _)) = psql("SELECT count(*) FROM cloudtrail") else { return };
    assert_eq!(count.trim(), "3000");
    for (command, wanted) in [
        ("\\dt", "cloudtrail"),
        ("\\dv", "view"),
        ("\\d", "activity"),
        ("\\d cloudtrail", "eventname"),
        ("\\l", "trailwarden"),
        ("\\dn", "public"),
        ("SHOW server_version", "16.6"),
    ] {
        let (fine, out, errors) = psql(command).expect("psql");
        assert!(fine && errors.is_empty() && out.contains(wanted), "{command}\n{out}\n{errors}");
    }
    let (fine, _, errors) = psql("DROP TABLE cloudtrail").expect("psql");
    assert!(!fine && errors.contains("`DROP` is not allowed"), "{errors}");
}

/// What stands in a log reaches the client as it is, and neither the protocol nor the audit can be broken with it.
#[test]
fn hostile_text_stays_text() {
    let sandbox = Sandbox::new();
    let agent = "\u{1b}[2J\u{202e}'; DROP TABLE cloudtrail; --\n\t\"<script>\u{7}é💥\\x00";
    let event = json!({"Records": [
        {"eventVersion": "1.08", "eventTime": "2026-03-01T00:00:00Z", "eventName": "A", "eventID": "1",
         "recipientAccountId": "111122223333", "userAgent": agent, "errorMessage": "before\u{0}after",
         "userIdentity": {"type": "IAMUser", "userName": agent}},
    ]});
    sandbox.write("logs/a.json", event.to_string());
    let serving = Serving::start(&sandbox, &["--logs", "logs"]);
    let body = r#"
with psycopg.connect(sys.argv[1], autocommit=True) as db:
    sql = "SELECT useragent, errormessage, useridentity FROM cloudtrail WHERE useragent = %s"
    row = db.execute(sql, (sys.argv[2],)).fetchone()
    cursor = psycopg.ClientCursor(db)
    cursor.execute("SELECT useragent, errormessage, useridentity FROM cloudtrail")
    again = cursor.fetchone()
print(json.dumps([row[0], row[1], row[2]["username"], list(again) == list(row)]))
"#;
    let found = python(&script(body), &[&serving.dsn("x\u{1b}[31m"), agent]);
    assert_eq!(found, json!([agent, "before\u{fffd}after", agent, true]));
    serving.audited(&["$1=", "DROP TABLE cloudtrail"]);
    let log = serving.log();
    assert!(!log.contains('\u{202e}') && !log.contains("\u{1b}[2J"), "{log:?}");
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("asked")).collect();
    assert!(lines.iter().all(|line| line.contains("door=") && line.contains("outcome=")), "{log}");
    assert!(lines.len() >= 2, "{log}");
}

#[test]
fn a_door_that_others_reach_is_refused_without_password_and_tls() {
    let sandbox = Sandbox::new();
    sandbox.write("anna.txt", "correct horse battery\n");
    sandbox.write("logs/a.json", "{\"Records\": []}");
    for (args, because) in [
        (&["--pg", "0.0.0.0:0"][..], "`serve.postgres` is `0.0.0.0:0`, which other machines can reach: ask a password"),
        (&["--flight", "[::]:0", "--user", "anna=anna.txt"], "ask TLS with `serve.tls_certificate`"),
        (&[], "no door to open"),
        (&["--pg", "127.0.0.1:0", "--user", "anna=nowhere.txt"], "`nowhere.txt` cannot be read"),
        (&["--pg", "127.0.0.1:0", "--tls-cert", "anna.txt", "--tls-key", "anna.txt"], "it has no PEM certificate"),
    ] {
        let ran = sandbox.run(&[&["serve", "--logs", "logs"], args].concat()).ended(2);
        assert!(ran.stderr.contains(because), "{args:?}: {}", ran.stderr);
    }
}
