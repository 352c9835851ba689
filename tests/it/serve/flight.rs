//! Arrow Flight SQL's clients: ADBC in Python.

use serde_json::json;
use trailwarden_tests::{Serving, certificate, python};

use super::{PLAIN, QUERIES, expected, lake, same};

fn script(body: &str) -> String {
    format!(
        "{PLAIN}\nimport adbc_driver_flightsql.dbapi as flight\nfrom adbc_driver_flightsql import DatabaseOptions\nimport adbc_driver_manager\n{body}"
    )
}

#[test]
fn rows_are_those_of_query() {
    let sandbox = lake();
    let serving = Serving::start(&sandbox, &["--lake", "lake"]);
    let wanted = expected(&sandbox, &QUERIES);
    let body = r#"
with flight.connect("grpc://" + sys.argv[1], autocommit=True) as db, db.cursor() as cursor:
    answers, kinds = [], set()
    for sql in json.loads(sys.argv[2]):
        cursor.execute(sql)
        table = cursor.fetch_arrow_table()
        kinds.update(str(column.type) for column in table.schema)
        answers.append([{name: plain(value) for name, value in row.items()} for row in table.to_pylist()])
assert not any("view" in kind for kind in kinds), kinds
print(json.dumps(answers))
"#;
    let found = python(&script(body), &[&serving.flight, &serde_json::to_string(&QUERIES).expect("JSON")]);
    same(&QUERIES, &found, &wanted);
    serving.audited(&["door=\"flight\"", "outcome=\"ok\"", "GROUP BY principal"]);
}

#[test]
fn statements_are_prepared_with_values() {
    let sandbox = lake();
    let serving = Serving::start(&sandbox, &["--lake", "lake"]);
    let body = r#"
import datetime
with flight.connect("grpc://" + sys.argv[1], autocommit=True) as db, db.cursor() as cursor:
    def one(sql, *values):
        cursor.execute(sql, values if values else None)
        return cursor.fetchone()[0]
    name = one("SELECT eventname FROM cloudtrail LIMIT 1")
    first = one("SELECT min(eventtime) FROM cloudtrail")
    found = [
        one("SELECT count(*) FROM cloudtrail WHERE eventname = ?", name),
        one("SELECT count(*) FROM cloudtrail WHERE eventname = $1 AND '?' = '?'", name),
        one("SELECT count(*) FROM cloudtrail WHERE eventtime >= ? AND denied = ?", first, False),
        one("SELECT count(*) FROM cloudtrail WHERE eventtime >= ?", first.date().isoformat()),
        one("SELECT count(*) FROM (SELECT eventname, count(*) AS n FROM cloudtrail GROUP BY 1) WHERE n > ?", 10),
    ]
    wanted = [
        one(f"SELECT count(*) FROM cloudtrail WHERE eventname = '{name}'"),
        one(f"SELECT count(*) FROM cloudtrail WHERE eventname = '{name}'"),
        one("SELECT count(*) FROM cloudtrail WHERE NOT denied"),
        one("SELECT count(*) FROM cloudtrail"),
        one("SELECT count(*) FROM (SELECT eventname, count(*) AS n FROM cloudtrail GROUP BY 1) WHERE n > 10"),
    ]
print(json.dumps([found, wanted]))
"#;
    let answer = python(&script(body), &[&serving.flight]);
    assert_eq!(answer[0], answer[1]);
}

#[test]
fn the_catalog_is_told() {
    let sandbox = lake();
    let serving = Serving::start(&sandbox, &["--lake", "lake"]);
    let body = r#"
with flight.connect("grpc://" + sys.argv[1], autocommit=True) as db:
    info = db.adbc_get_info()
    objects = db.adbc_get_objects(depth="tables").read_all().to_pylist()
    schemas = objects[0]["catalog_db_schemas"]
    tables = {table["table_name"]: table["table_type"] for table in schemas[0]["db_schema_tables"]}
    columns = {field.name: str(field.type) for field in db.adbc_get_table_schema("cloudtrail")}
    print(json.dumps({
        "vendor": info["vendor_name"],
        "catalogs": [catalog["catalog_name"] for catalog in objects],
        "schemas": [schema["db_schema_name"] for schema in schemas],
        "cloudtrail": tables["cloudtrail"], "current_events": tables["current_events"],
        "types": sorted(db.adbc_get_table_types()),
        "eventname": columns["eventname"], "eventtime": columns["eventtime"],
    }))
"#;
    let found = python(&script(body), &[&serving.flight]);
    let wanted = json!({
        "vendor": "Trailwarden", "catalogs": ["trailwarden"], "schemas": ["public"], "cloudtrail": "TABLE",
        "current_events": "VIEW", "types": ["TABLE", "VIEW"], "eventname": "string", "eventtime": "timestamp[us, tz=UTC]",
    });
    assert_eq!(found, wanted);
}

#[test]
fn a_password_and_tls_are_asked_for_and_nothing_is_written() {
    let sandbox = lake();
    certificate(&sandbox);
    sandbox.write("anna.txt", "correct horse battery\n");
    let args = ["--lake", "lake", "--user", "anna=anna.txt", "--tls-cert", "cert.pem", "--tls-key", "key.pem"];
    let serving = Serving::start(&sandbox, &args);
    let body = r#"
import base64
where, ca = sys.argv[1], open(sys.argv[2]).read()
basic = "Basic " + base64.b64encode(b"anna:correct horse battery").decode()
anna = {"username": "anna", "password": "correct horse battery"}
tls = {DatabaseOptions.TLS_ROOT_CERTS.value: ca}
ways = [
    ("grpc+tls://", {**tls, **anna}, "SELECT count(*) FROM cloudtrail"),
    ("grpc+tls://", {**tls, DatabaseOptions.AUTHORIZATION_HEADER.value: basic}, "SELECT count(*) FROM cloudtrail"),
    ("grpc+tls://", {**tls, **anna, "password": "wrong horse battery"}, "SELECT 1"),
    ("grpc+tls://", {**tls, DatabaseOptions.AUTHORIZATION_HEADER.value: "Bearer AAAA"}, "SELECT 1"),
    ("grpc+tls://", tls, "SELECT 1"),
    ("grpc://", anna, "SELECT 1"),
    ("grpc+tls://", {**tls, **anna}, "DELETE FROM cloudtrail"),
    ("grpc+tls://", {**tls, **anna}, "SELECT * FROM 'x.parquet'"),
    ("grpc+tls://", {**tls, **anna}, "SELECT nothing FROM cloudtrail"),
]
out = []
for scheme, how, sql in ways:
    try:
        with flight.connect(scheme + where, db_kwargs=how, autocommit=True) as db, db.cursor() as cursor:
            cursor.execute(sql)
            out.append(str(cursor.fetchone()[0]))
    except adbc_driver_manager.Error as error:
        out.append(f"{error.status_code.name}: {error}")
print(json.dumps(out))
"#;
    let found = python(&script(body), &[&serving.flight, &sandbox.place("cert.pem")]);
    for (at, wanted) in [
        "3000",
        "3000",
        "wrong user or password",
        "a token that is no longer good",
        "asks for a user and a password",
        ": ",
        "`DELETE` is not allowed",
        "there is no table",
        "no column `nothing`",
    ]
    .iter()
    .enumerate()
    {
        assert!(found[at].as_str().is_some_and(|told| told.contains(wanted)), "{at} {wanted}: {found}");
    }
    serving.audited(&["who=\"anna\"", "door=\"flight\"", "outcome=\"ok\""]);
    assert!(!serving.log().contains("horse"), "{}", serving.log());
}
