//! What the layout of a real lake's files saves: whoever looks for one event, key, principal or address among very many reads next
//! to nothing of the rest.

use trail_event::{Decoder, Limits};
use trail_lake::{Lake, Outcome, State};
use trail_query::{Config, Engine};

use crate::rows::csv;

const FILES: u32 = 6;
const EVENTS: u32 = 3000;

/// An object of one day whose events are by many principals, in no order.
fn object(number: u32) -> String {
    let record = |id: u32| {
        let user = id.wrapping_mul(2_654_435_761) % 40;
        format!(
            r#"{{"eventTime":"2023-01-05T10:{:02}:00Z","eventName":"GetObject","eventSource":"s3.amazonaws.com","eventID":"{number}-{id}","recipientAccountId":"111122223333","sourceIPAddress":"10.{number}.0.{user}","requestParameters":{{"key":"{:x}"}},"userIdentity":{{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/f{number}u{user}","accessKeyId":"AKIA{number}{user}"}}}}"#,
            id % 60,
            u64::from(id + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15),
        )
    };
    format!("{{\"Records\":[{}]}}", (0..EVENTS).map(record).collect::<Vec<_>>().join(","))
}

async fn lake(folder: &std::path::Path) -> Engine {
    let lake = Lake::open(&folder.display().to_string(), trail_lake::Config::default()).await.unwrap();
    let mut writer = lake.writer().await.unwrap();
    let mut decoder = Decoder::new(Limits::default(), false);
    for number in 0..FILES {
        let uri = format!("/{number}");
        let decoded = decoder.decode(&uri, 1, object(number).as_bytes());
        let (records, version) = (u64::from(EVENTS), String::new());
        let outcome = Outcome {
            uri,
            version,
            size: 1,
            modified: None,
            sha256: None,
            state: State::Read,
            records,
            events: 0,
            duplicates: 0,
            rejects: 0,
            first: None,
            last: None,
        };
        writer.add(decoded.batches, outcome, decoded.rejects).await.unwrap();
        writer.commit().await.unwrap();
    }
    let engine = Engine::new(Config { threads: 1, ..Config::default() }).unwrap();
    engine.attach_lake(&lake).await.unwrap();
    engine
}

#[tokio::test]
async fn row_groups_without_the_value_are_left_out_unread() {
    let folder = tempfile::tempdir().unwrap();
    let engine = lake(folder.path()).await;
    for test in [
        "eventid = '3-1234'",
        "eventid IN ('3-1234', '3-17')",
        "principal = 'arn:aws:iam::111122223333:user/f3u7'",
        "sourceipaddress = '10.3.0.7'",
    ] {
        let sql = format!("EXPLAIN ANALYZE SELECT * FROM cloudtrail WHERE {test}");
        let plan = csv(engine.sql(&sql).await.unwrap()).await.unwrap();
        assert!(plan.contains("files_listed=6"), "{plan}");
        // By their bounds or by their filters: one way or the other a single row group is left.
        let left = [
            "row_groups_pruned_bloom_filter=1 total → 1 matched",
            "row_groups_pruned_bloom_filter=6 total → 1 matched",
        ];
        assert!(left.iter().any(|left| plan.contains(left)), "{test}\n{plan}");
    }
}

#[tokio::test]
async fn rows_of_a_principal_lie_together() {
    let folder = tempfile::tempdir().unwrap();
    let engine = lake(folder.path()).await;
    let sql = "SELECT principal FROM cloudtrail WHERE _object = '/2'";
    let rows = csv(engine.sql(sql).await.unwrap()).await.unwrap();
    let mut blocks: Vec<&str> = rows.lines().skip(1).collect();
    blocks.dedup();
    assert_eq!(blocks.len(), 40, "each principal has one place");
}
