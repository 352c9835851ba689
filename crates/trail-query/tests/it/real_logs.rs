//! Real logs against counts that other programs made. Skipped, and said so, where `TRAILWARDEN_CORPUS` does not tell where
//! they are.

use std::path::PathBuf;

use serde_json::Value;
use trail_query::{Config, Engine};
use trail_source::{AwsConfig, SourceConfig, Window};

use crate::rows::csv;

#[expect(clippy::disallowed_methods, reason = "real logs are found through the environment, by tests alone")]
fn corpus() -> Option<PathBuf> {
    let corpus = std::env::var_os("TRAILWARDEN_CORPUS");
    if corpus.is_none() {
        #[expect(clippy::print_stderr, reason = "a test that skips says so")]
        {
            eprintln!("skipped: TRAILWARDEN_CORPUS is not set");
        }
    }
    corpus.map(PathBuf::from)
}

/// The rows of a count by some column, as the oracle has them.
fn table(counts: &Value) -> String {
    let mut rows: Vec<_> = counts.as_object().unwrap().iter().map(|(key, count)| format!("{key},{count}")).collect();
    rows.sort();
    rows.join("\n")
}

#[test]
fn raw_logs_count_as_the_oracles_do() {
    let Some(corpus) = corpus() else { return };
    let oracles: Value = serde_json::from_slice(&std::fs::read(corpus.join("oracles.json")).unwrap()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for name in ["sans504-s3-ransomware", "stratus-detonation-logs", "traildiscover"] {
        let [raw, once] = ["raw", "dedup_by_event_id"].map(|counts| &oracles["datasets"][name][counts]);
        // Where nothing is there twice, the oracle does not count again.
        let expected = if once.is_object() { once } else { raw };
        let raw = &raw["events"];
        let path = corpus.join(name).display().to_string();
        runtime.block_on(async {
            let engine = Engine::new(Config::default()).unwrap();
            let mut source = SourceConfig::parse(&path, &AwsConfig::default(), Window::default()).unwrap();
            if let SourceConfig::Folder(folder) = &mut source {
                folder.include = vec!["**/*.json*".to_owned()];
            }
            let logs = engine.attach_logs(vec![source]).await.unwrap();
            let count = csv(engine.sql("SELECT count(*) AS n FROM cloudtrail").await.unwrap()).await.unwrap();
            assert_eq!(count, format!("n\n{}", expected["events"]), "{name}: {}", logs.coverage());
            let coverage = logs.coverage();
            assert_eq!(Value::from(coverage.events + coverage.duplicates), *raw, "{name}: {coverage}");
            for (column, oracle) in [
                ("eventsource", "by_eventSource"),
                ("coalesce(useridentity.type, 'absent')", "by_identity_type"),
                ("awsregion", "by_awsRegion"),
                ("eventversion", "by_eventVersion"),
            ] {
                let sql = format!("SELECT {column} AS k, count(*) AS n FROM cloudtrail GROUP BY 1");
                let rows = csv(engine.sql(&sql).await.unwrap()).await.unwrap();
                let mut rows: Vec<_> = rows.lines().skip(1).collect();
                rows.sort_unstable();
                assert_eq!(rows.join("\n"), table(&expected[oracle]), "{name} by {column}");
            }
        });
    }
}
