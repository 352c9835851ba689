//! A real lake: written by its writer, read by SQL.

use trail_event::{Decoder, Limits};
use trail_lake::{Lake, Outcome, State};
use trail_query::{Config, Engine};

use crate::rows::csv;

fn outcome(uri: &str, version: &str) -> Outcome {
    Outcome {
        uri: uri.to_owned(),
        version: version.to_owned(),
        size: 1,
        modified: None,
        sha256: None,
        state: State::Read,
        records: 3,
        events: 0,
        duplicates: 0,
        rejects: 0,
        first: None,
        last: None,
    }
}

fn object(day: u32, ids: std::ops::Range<u32>) -> String {
    let record = |id| {
        format!(
            r#"{{"eventTime":"2023-01-{day:02}T10:00:00Z","eventName":"Get{id}","eventSource":"s3.amazonaws.com","eventID":"{id}","recipientAccountId":"111122223333","userIdentity":{{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/u{}","accessKeyId":"AKIA{day}"}}}}"#,
            id % 2
        )
    };
    format!("{{\"Records\":[{}]}}", ids.map(record).collect::<Vec<_>>().join(","))
}

#[test]
fn a_lake_is_queried_as_it_was_written() {
    let folder = tempfile::Builder::new().prefix("a lake ").tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let lake = Lake::open(&folder.path().display().to_string(), trail_lake::Config::default()).await.unwrap();
        let mut decoder = Decoder::new(Limits::default(), false);
        for (uri, version, text) in [
            ("/a", "1", object(5, 0..3)),
            ("/b", "1", object(6, 3..6)),
            ("/b", "2", object(6, 3..8)),
            ("/c", "1", r#"{"eventName":"NoTime","eventID":"x","recipientAccountId":"1"}"#.to_owned()),
        ] {
            let mut writer = lake.writer().await.unwrap();
            let decoded = decoder.decode(uri, 1, text.as_bytes());
            writer.add(decoded.batches, outcome(uri, version), decoded.rejects).await.unwrap();
            writer.commit().await.unwrap();
        }
        lake.fold().await.unwrap();
        let engine = Engine::new(Config { threads: 2, ..Config::default() }).unwrap();
        engine.attach_lake(&lake).await.unwrap();
        for (sql, expected) in [
            ("SELECT count(*) AS n, count(eventtime) AS timed FROM cloudtrail", "n,timed\n9,8"),
            ("SELECT eventname FROM cloudtrail WHERE useridentity.accesskeyid = 'AKIA5' ORDER BY 1", "eventname\nGet0\nGet1\nGet2"),
            ("SELECT eventname FROM cloudtrail WHERE eventtime < '2023-01-06' AND eventid = '1'", "eventname\nGet1"),
            ("SELECT eventname FROM cloudtrail WHERE _day IS NULL", "eventname\nNoTime"),
            ("SELECT day, accesskeyid, sum(count) AS n FROM activity WHERE day >= '2023-01-05' GROUP BY 1, 2 ORDER BY 1", "day,accesskeyid,n\n2023-01-05,AKIA5,3\n2023-01-06,AKIA6,5"),
            ("SELECT uri, version, events, duplicates FROM objects ORDER BY uri", "uri,version,events,duplicates\n/a,1,3,0\n/b,2,2,3\n/c,1,1,0"),
            ("SELECT count(*) AS n FROM objects_history", "n\n4"),
            ("SELECT count(*) AS n FROM findings", "n\n0"),
        ] {
            let found = csv(engine.sql(sql).await.unwrap()).await.unwrap();
            assert_eq!(found, expected, "for {sql}");
        }
        let plan = csv(engine.sql("EXPLAIN SELECT eventname FROM cloudtrail WHERE eventtime < '2023-01-06'").await.unwrap());
        let plan = plan.await.unwrap();
        assert!(plan.contains("_day=2023-01-05") && !plan.contains("_day=2023-01-06"), "{plan}");
        let sql = "EXPLAIN SELECT eventname FROM cloudtrail_logs WHERE from_iso8601_timestamp(eventtime) < timestamp '2023-01-06 00:00:00'";
        let plan = csv(engine.sql(sql).await.unwrap()).await.unwrap();
        assert!(plan.contains("_day=2023-01-05") && !plan.contains("_day=2023-01-06"), "{plan}");
    });
}
