//! What tools ask of the catalog before a person asks anything: JDBC's metadata, Grafana, SQLAlchemy (Superset), DBeaver. The
//! statements are written after what these tools send.

use serde_json::{Value, json};
use trailwarden_tests::{Serving, python};

use super::lake;

const SCRIPT: &str = r#"
import json, sys
import psycopg
out = []
with psycopg.connect(sys.argv[1], autocommit=True) as db:
    for sql in json.loads(sys.argv[2]):
        try:
            cursor = db.execute(sql)
            names = [column[0] for column in cursor.description]
            out.append([dict(zip(names, row)) for row in cursor.fetchall()])
        except psycopg.Error as error:
            out.append(str(error))
print(json.dumps(out, default=str))
"#;

/// Asks all, and finds rows that have what is wanted.
#[track_caller]
fn check(cases: &[(&str, &[Value])]) {
    let sandbox = lake();
    let serving = Serving::start(&sandbox, &["--lake", "lake"]);
    let statements: Vec<_> = cases.iter().map(|(sql, _)| *sql).collect();
    let found = python(SCRIPT, &[&serving.dsn("tool"), &serde_json::to_string(&statements).expect("JSON")]);
    let mut wrong = Vec::new();
    for ((sql, wanted), found) in cases.iter().zip(found.as_array().expect("a list")) {
        let rows = found.as_array().map(Vec::as_slice).unwrap_or_default();
        let has = |wanted: &Value| {
            let wanted = wanted.as_object().expect("an object");
            rows.iter().any(|row| wanted.iter().all(|(name, value)| row[name] == *value))
        };
        if found.is_string() || !wanted.iter().all(has) {
            let shown: String = found.to_string().chars().take(600).collect();
            wrong.push(format!("{sql}\n  {shown}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn jdbc_metadata() {
    check(&[
        (
            "SELECT current_database() AS \"TABLE_CAT\", n.nspname AS \"TABLE_SCHEM\", c.relname AS \"TABLE_NAME\", \
             CASE n.nspname ~ '^pg_' OR n.nspname = 'information_schema' WHEN true THEN 'SYSTEM TABLE' WHEN false THEN \
             CASE c.relkind WHEN 'r' THEN 'TABLE' WHEN 'v' THEN 'VIEW' ELSE NULL END ELSE NULL END AS \"TABLE_TYPE\", \
             d.description AS \"REMARKS\" FROM pg_catalog.pg_namespace n, pg_catalog.pg_class c \
             LEFT JOIN pg_catalog.pg_description d ON (c.oid = d.objoid AND d.objsubid = 0) \
             WHERE c.relnamespace = n.oid AND n.nspname LIKE 'public' AND c.relkind IN ('r', 'v') \
             ORDER BY \"TABLE_TYPE\", \"TABLE_SCHEM\", \"TABLE_NAME\"",
            &[
                json!({"TABLE_CAT": "trailwarden", "TABLE_SCHEM": "public", "TABLE_NAME": "cloudtrail", "TABLE_TYPE": "TABLE"}),
                json!({"TABLE_NAME": "current_events", "TABLE_TYPE": "VIEW"}),
            ],
        ),
        (
            "SELECT * FROM (SELECT current_database() AS current_database, n.nspname, c.relname, a.attname, a.atttypid, \
             a.attnotnull OR (t.typtype = 'd' AND t.typnotnull) AS attnotnull, a.atttypmod, a.attlen, t.typtypmod, \
             row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum) AS attnum, nullif(a.attidentity, '') AS attidentity, \
             pg_catalog.pg_get_expr(def.adbin, def.adrelid) AS adsrc, dsc.description, t.typbasetype, t.typtype \
             FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_class c ON (c.relnamespace = n.oid) \
             JOIN pg_catalog.pg_attribute a ON (a.attrelid = c.oid) JOIN pg_catalog.pg_type t ON (a.atttypid = t.oid) \
             LEFT JOIN pg_catalog.pg_attrdef def ON (a.attrelid = def.adrelid AND a.attnum = def.adnum) \
             LEFT JOIN pg_catalog.pg_description dsc ON (c.oid = dsc.objoid AND a.attnum = dsc.objsubid) \
             WHERE c.relkind IN ('r', 'p', 'v', 'f', 'm') AND a.attnum > 0 AND NOT a.attisdropped \
             AND n.nspname LIKE 'public' AND c.relname LIKE 'cloudtrail') c WHERE true ORDER BY nspname, c.relname, attnum",
            &[
                json!({"relname": "cloudtrail", "attname": "eventname", "atttypid": "25"}),
                json!({"attname": "eventtime", "atttypid": "1184"}),
            ],
        ),
        (
            "SELECT nspname AS \"TABLE_SCHEM\", current_database() AS \"TABLE_CATALOG\" FROM pg_catalog.pg_namespace \
             WHERE nspname <> 'pg_toast' AND nspname !~ '^pg_temp_' ORDER BY \"TABLE_SCHEM\"",
            &[json!({"TABLE_SCHEM": "public"})],
        ),
        (
            "SELECT datname AS \"TABLE_CAT\" FROM pg_catalog.pg_database WHERE datallowconn = true ORDER BY datname",
            &[json!({"TABLE_CAT": "trailwarden"})],
        ),
        (
            "SELECT typname, oid FROM pg_catalog.pg_type WHERE typname = 'timestamptz'",
            &[json!({"typname": "timestamptz"})],
        ),
    ]);
}

#[test]
fn grafana() {
    check(&[
        ("SELECT current_setting('server_version_num')::int / 100 AS version", &[json!({"version": 1600})]),
        (
            "SELECT quote_ident(table_name) AS \"table\" FROM information_schema.tables \
             WHERE quote_ident(table_schema) NOT IN ('information_schema', 'pg_catalog') ORDER BY 1",
            &[json!({"table": "cloudtrail"})],
        ),
        (
            "SELECT quote_ident(column_name) AS \"column\", data_type AS \"type\" FROM information_schema.columns \
             WHERE quote_ident(table_name) = 'cloudtrail'",
            &[
                json!({"column": "eventtime", "type": "timestamp with time zone"}),
                json!({"column": "eventname", "type": "text"}),
                json!({"column": "denied", "type": "boolean"}),
            ],
        ),
        // What it makes of a panel's macros.
        (
            "SELECT floor(extract(epoch FROM eventtime) / 3600) * 3600 AS \"time\", count(*) AS n FROM cloudtrail \
             WHERE eventtime BETWEEN '2020-01-01T00:00:00Z' AND '2030-01-01T00:00:00Z' GROUP BY 1 ORDER BY 1 LIMIT 5",
            &[],
        ),
    ]);
}

#[test]
fn superset() {
    check(&[
        ("SELECT pg_catalog.version() AS version", &[]),
        ("SELECT current_schema() AS schema", &[json!({"schema": "public"})]),
        ("SHOW standard_conforming_strings", &[json!({"standard_conforming_strings": "on"})]),
        (
            "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname NOT LIKE 'pg_%' ORDER BY nspname",
            &[json!({"nspname": "public"})],
        ),
        (
            "SELECT pg_catalog.pg_class.relname FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace \
             ON pg_catalog.pg_namespace.oid = pg_catalog.pg_class.relnamespace \
             WHERE pg_catalog.pg_class.relkind = ANY (ARRAY['r', 'p', 'f', 'v', 'm']) AND pg_catalog.pg_namespace.nspname = 'public'",
            &[json!({"relname": "cloudtrail"}), json!({"relname": "findings"})],
        ),
        (
            "SELECT pg_catalog.pg_class.relname FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace \
             ON pg_catalog.pg_namespace.oid = pg_catalog.pg_class.relnamespace \
             WHERE pg_catalog.pg_table_is_visible(pg_catalog.pg_class.oid) AND pg_catalog.pg_class.relname = 'cloudtrail'",
            &[json!({"relname": "cloudtrail"})],
        ),
        (
            "SELECT a.attname AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS format_type, a.attnotnull AS not_null \
             FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_attribute a ON c.oid = a.attrelid AND a.attnum > 0 AND NOT a.attisdropped \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = 'cloudtrail' AND n.nspname = 'public' ORDER BY a.attnum",
            &[
                json!({"name": "eventname", "format_type": "text"}),
                json!({"name": "eventtime", "format_type": "timestamp with time zone"}),
            ],
        ),
        // SQLAlchemy looks for domains, enumerations, keys and indexes before it takes a table's columns.
        (
            "SELECT t.typname AS \"name\", pg_catalog.format_type(t.typbasetype, t.typtypmod) AS \"attype\", \
             pg_catalog.pg_type_is_visible(t.oid) AS \"visible\", n.nspname AS \"schema\" FROM pg_catalog.pg_type t \
             LEFT JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype = 'd'",
            &[],
        ),
        (
            "SELECT t.typname AS \"name\", pg_catalog.pg_type_is_visible(t.oid) AS \"visible\", n.nspname AS \"schema\", e.enumlabel AS \"label\" \
             FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace \
             LEFT JOIN pg_catalog.pg_enum e ON t.oid = e.enumtypid WHERE t.typtype = 'e' ORDER BY \"schema\", \"name\", e.oid",
            &[],
        ),
        (
            "SELECT a.attname FROM pg_attribute a JOIN (SELECT unnest(ix.indkey) attnum, generate_subscripts(ix.indkey, 1) ord \
             FROM pg_index ix WHERE ix.indrelid = 16384 AND ix.indisprimary) k ON a.attnum = k.attnum WHERE a.attrelid = 16384 ORDER BY k.ord",
            &[],
        ),
        (
            "SELECT i.relname AS relname, ix.indisunique, ix.indexprs, a.attname, c.conrelid, ix.indkey::varchar, i.reloptions, am.amname, \
             pg_get_expr(ix.indpred, ix.indrelid) FROM pg_class t JOIN pg_index ix ON t.oid = ix.indrelid JOIN pg_class i ON i.oid = ix.indexrelid \
             LEFT OUTER JOIN pg_attribute a ON t.oid = a.attrelid AND a.attnum = ANY(ix.indkey) \
             LEFT OUTER JOIN pg_constraint c ON (ix.indrelid = c.conrelid AND ix.indexrelid = c.conindid AND c.contype IN ('p', 'u', 'x')) \
             LEFT OUTER JOIN pg_am am ON i.relam = am.oid WHERE t.relkind IN ('r', 'v') AND t.oid = 16384 ORDER BY t.relname, i.relname",
            &[],
        ),
        (
            "SELECT * FROM (SELECT eventname, count(*) AS n FROM cloudtrail GROUP BY eventname) AS virtual_table ORDER BY n DESC LIMIT 10",
            &[],
        ),
    ]);
}

#[test]
fn dbeaver() {
    check(&[
        (
            "SELECT db.oid, db.* FROM pg_catalog.pg_database db WHERE datallowconn AND NOT datistemplate",
            &[json!({"datname": "trailwarden"})],
        ),
        ("SELECT version()", &[]),
        ("SELECT current_schema(), session_user", &[json!({"current_schema()": "public"})]),
        ("SELECT n.oid, n.* FROM pg_catalog.pg_namespace n ORDER BY nspname", &[json!({"nspname": "public"})]),
        ("SELECT * FROM pg_catalog.pg_settings WHERE name = 'standard_conforming_strings'", &[]),
        (
            "SELECT c.oid, c.relname, c.relkind, c.relnamespace FROM pg_catalog.pg_class c \
             WHERE c.relkind NOT IN ('i', 'I', 'c') AND c.relname = 'activity'",
            &[json!({"relname": "activity", "relkind": "r"})],
        ),
        ("SELECT constraint_name FROM information_schema.table_constraints WHERE table_name = 'cloudtrail'", &[]),
        (
            "SELECT c.relname, a.*, pg_catalog.pg_get_expr(ad.adbin, ad.adrelid, true) AS def_value, dsc.description, dep.objid \
             FROM pg_catalog.pg_attribute a INNER JOIN pg_catalog.pg_class c ON (a.attrelid = c.oid) \
             LEFT OUTER JOIN pg_catalog.pg_attrdef ad ON (a.attrelid = ad.adrelid AND a.attnum = ad.adnum) \
             LEFT OUTER JOIN pg_catalog.pg_description dsc ON (c.oid = dsc.objoid AND a.attnum = dsc.objsubid) \
             LEFT OUTER JOIN pg_depend dep ON dep.refobjid = a.attrelid AND dep.deptype = 'i' AND dep.refobjsubid = a.attnum \
             WHERE NOT a.attisdropped AND c.relkind NOT IN ('i', 'I', 'c') AND c.relname = 'cloudtrail' ORDER BY a.attnum",
            &[json!({"relname": "cloudtrail", "attname": "eventname"})],
        ),
        (
            "SELECT t.oid, t.*, c.relkind, format_type(nullif(t.typbasetype, 0), t.typtypmod) AS base_type_name, d.description \
             FROM pg_catalog.pg_type t LEFT OUTER JOIN pg_catalog.pg_type et ON et.oid = t.typelem \
             LEFT OUTER JOIN pg_catalog.pg_class c ON c.oid = t.typrelid LEFT OUTER JOIN pg_catalog.pg_description d ON t.oid = d.objoid \
             WHERE t.typname IS NOT NULL AND (c.relkind IS NULL OR c.relkind = 'c') AND (et.typcategory IS NULL OR et.typcategory <> 'C')",
            &[json!({"typname": "text"})],
        ),
    ]);
}
