//! The access report on the cases beside its queries, over raw logs and over a lake.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::Value;
use trail_event::{Decoder, Limits};
use trail_lake::{Lake, Outcome, State};
use trail_query::{Config, Engine, Library};
use trail_report::{Access, Coverage, IamKey, Period, Report, ReportError, access_report};
use trail_source::{AwsConfig, SourceConfig, Window};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    from: Timestamp,
    until: Timestamp,
    events: Vec<Value>,
    keys: Option<Vec<Key>>,
    expect: BTreeMap<String, Vec<BTreeMap<String, Value>>>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Key {
    access_key: String,
    user_name: String,
    account: String,
    status: String,
    created: Option<Timestamp>,
    last_use: Option<Timestamp>,
}

fn library() -> Library {
    Library::embedded().unwrap()
}

fn cases() -> Vec<Case> {
    let library = library();
    let text = library.text("reports/access/cases.yaml").expect("the report has cases");
    yaml_serde::from_str::<Cases>(text).unwrap().cases
}

impl Case {
    fn access(&self, coverage: Coverage) -> Access {
        let keys = self.keys.as_ref().map(|keys| {
            let key = |key: &Key| {
                let Key { access_key, user_name, account, status, created, last_use } = key.clone();
                IamKey { access_key, user_name, account, status, created, last_use }
            };
            keys.iter().map(key).collect()
        });
        let period = Period { from: self.from, until: self.until, zone: TimeZone::UTC };
        Access { period, now: self.until, coverage, keys }
    }

    fn object(&self) -> String {
        serde_json::json!({ "Records": self.events }).to_string()
    }

    async fn over_logs(&self, folder: &Path) -> Report {
        std::fs::write(folder.join("log.json"), self.object()).unwrap();
        let location = folder.display().to_string();
        let source = SourceConfig::parse(&location, &AwsConfig::default(), Window::default()).unwrap();
        let engine = Engine::new(Config { threads: 2, ..Config::default() }).unwrap();
        let logs = engine.attach_logs(vec![source]).await.unwrap();
        access_report(&engine, &library(), &self.access(Coverage::Logs { location, logs })).await.unwrap()
    }

    async fn over_a_lake(&self, folder: &Path) -> Report {
        let location = folder.join("lake").display().to_string();
        let lake = Lake::open(&location, trail_lake::Config::default()).await.unwrap();
        let decoded = Decoder::new(Limits::default(), false).decode("/log.json", 0, self.object().as_bytes());
        let outcome = Outcome {
            uri: "/log.json".to_owned(),
            version: "1".to_owned(),
            size: 1,
            modified: None,
            sha256: None,
            state: State::Read,
            records: decoded.records,
            events: 0,
            duplicates: 0,
            rejects: 0,
            first: decoded.span.map(|span| span.0),
            last: decoded.span.map(|span| span.1),
        };
        let mut writer = lake.writer().await.unwrap();
        writer.add(decoded.batches, outcome, decoded.rejects).await.unwrap();
        writer.commit().await.unwrap();
        lake.fold().await.unwrap();
        let engine = Engine::new(Config { threads: 2, ..Config::default() }).unwrap();
        engine.attach_lake(&lake).await.unwrap();
        access_report(&engine, &library(), &self.access(Coverage::Lake { location })).await.unwrap()
    }

    /// The report has the expected rows, in their order, and no others.
    fn check(&self, report: &Report, of: &str) {
        let json: Value = serde_json::from_slice(&report.json).unwrap();
        for (section, expected) in &self.expect {
            let rows = json["sections"][section]["rows"].as_array().unwrap_or_else(|| panic!("no section {section}"));
            assert_eq!(rows.len(), expected.len(), "{} ({of}): rows of {section}: {rows:#?}", self.name);
            for (row, expected) in rows.iter().zip(expected) {
                for (column, value) in expected {
                    assert_eq!(&row[column], value, "{} ({of}): {section}.{column} of {row:#}", self.name);
                }
            }
        }
    }
}

#[test]
fn cases_hold_over_logs_and_over_a_lake() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for case in cases() {
        let folder = tempfile::tempdir().unwrap();
        let (logs, lake) =
            runtime.block_on(async { (case.over_logs(folder.path()).await, case.over_a_lake(folder.path()).await) });
        case.check(&logs, "logs");
        case.check(&lake, "lake");
        for (one, other) in logs.csvs.iter().zip(&lake.csvs) {
            assert_eq!(one, other, "{}: both ways give the same file", case.name);
        }
    }
}

#[test]
fn nothing_hostile_reaches_the_page_or_a_spreadsheet() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let case = cases().into_iter().find(|case| case.name.starts_with("hostile")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let report = runtime.block_on(case.over_logs(folder.path()));
    for bad in ["<script", "<img", "</title><", "onerror=alert(1)>"] {
        assert!(!report.html.contains(bad), "{bad} is on the page");
    }
    assert!(report.html.contains("&lt;script&gt;alert(1)"), "{}", report.html);
    // It asks for nothing from anywhere.
    for bad in ["http://", "https://", "url(", "@import"] {
        assert!(!report.html.replace("http:&#x2f;&#x2f;x", "").contains(bad), "{bad} is on the page");
    }
    let (_, actions) = report.csvs.iter().find(|(name, _)| name == "actions.csv").unwrap();
    let actions = String::from_utf8(actions.clone()).unwrap();
    assert!(actions.contains("\"'=HYPERLINK(\"\"http://x\"\")\""), "{actions}");
}

#[test]
fn an_empty_period_is_refused() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let now: Timestamp = "2023-01-05T00:00:00Z".parse().unwrap();
    let period = Period { from: now, until: now, zone: TimeZone::UTC };
    let access = Access { period, now, coverage: Coverage::Lake { location: String::new() }, keys: None };
    let engine = Engine::new(Config::default()).unwrap();
    let error = runtime.block_on(access_report(&engine, &library(), &access)).unwrap_err();
    assert!(matches!(error, ReportError::EmptyPeriod { .. }), "{error}");
}
