//! Aggregates over `cloudtrail` that are asked of `activity`: the same rows, or not asked of it.

use trail_event::{Decoder, Limits};
use trail_lake::{Lake, Outcome, State};
use trail_query::{Config, Engine};

use crate::rows::csv;

/// Events of a day: users, actions and ends of every kind, some of them more than once.
fn object(day: &str, from: u32) -> String {
    let record = |id: u32| {
        let error = ["", r#""errorCode":"AccessDenied","#, r#""errorCode":"NoSuchBucket","#][id as usize % 3];
        let time = match (day, id % 11) {
            ("", _) => String::new(),
            (day, 0) => format!(r#""eventTime":"{day}T00:00:00Z","#),
            (day, _) => format!(r#""eventTime":"{day}T{:02}:59:59Z","#, id % 24),
        };
        let who = match id % 4 {
            0 => r#""userIdentity":{"type":"AWSService","invokedBy":"ec2.amazonaws.com"},"#.to_owned(),
            1 => format!(
                r#""userIdentity":{{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/r/s{}","accessKeyId":"ASIA{id}","sessionContext":{{"sessionIssuer":{{"arn":"arn:aws:iam::111122223333:role/r"}}}}}},"#,
                id % 2
            ),
            n => format!(
                r#""userIdentity":{{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/u{n}","accessKeyId":"AKIA{n}"}},"#
            ),
        };
        format!(
            r#"{{{time}{error}{who}"eventName":"{}","eventSource":"s3.amazonaws.com","readOnly":{},"awsRegion":"{}","eventID":"{day}-{id}","sourceIPAddress":"192.0.2.{}","recipientAccountId":"{}"}}"#,
            ["GetObject", "PutObject"][id as usize % 2],
            id.is_multiple_of(2),
            ["us-east-1", "eu-west-1"][id as usize % 5 / 3],
            id % 7,
            ["111122223333", "444455556666"][id as usize % 6 / 4],
        )
    };
    format!("{{\"Records\":[{}]}}", (from..from + 40).map(record).collect::<Vec<_>>().join(","))
}

async fn put(lake: &Lake, uri: &str, text: &str) {
    let mut writer = lake.writer().await.unwrap();
    let decoded = Decoder::new(Limits::default(), false).decode(uri, 1, text.as_bytes());
    let outcome = Outcome {
        uri: uri.to_owned(),
        version: "1".to_owned(),
        size: 1,
        modified: None,
        sha256: None,
        state: State::Read,
        records: decoded.records,
        events: 0,
        duplicates: 0,
        rejects: 0,
        first: None,
        last: None,
    };
    writer.add(decoded.batches, outcome, decoded.rejects).await.unwrap();
    writer.commit().await.unwrap();
}

/// Aggregates whose every part is in `activity`.
const TOLD: [&str; 14] = [
    "SELECT count(*) AS n FROM cloudtrail",
    "SELECT principal, count(*) AS n, min(eventtime) AS a, max(eventtime) AS b FROM cloudtrail GROUP BY principal ORDER BY 1",
    "SELECT date(eventtime) AS day, eventname, count(*) AS n FROM cloudtrail GROUP BY 1, 2 ORDER BY 1, 2",
    "SELECT year, month, day, count(1) AS n FROM cloudtrail_logs WHERE day >= '02' GROUP BY year, month, day ORDER BY day",
    "SELECT caller, network, agent, max(from_iso8601_timestamp(eventtime)) IS NULL AS x FROM cloudtrail GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
    "SELECT eventname, count(*) FILTER (WHERE awsregion = 'us-east-1') AS n FROM cloudtrail GROUP BY 1 HAVING count(*) > 1 ORDER BY 1",
    "SELECT count(*) AS n, max(eventtime) AS b FROM cloudtrail WHERE eventname = 'NoSuchThing'",
    "SELECT useridentity.accesskeyid AS k, count(*) AS n FROM cloudtrail WHERE useridentity.accesskeyid IN ('AKIA2', 'AKIA3') GROUP BY 1 ORDER BY 1",
    "SELECT max(eventtime) AS last FROM cloudtrail WHERE useridentity.accesskeyid = 'AKIA2'",
    "SELECT count(DISTINCT principal) AS n, count(DISTINCT date(eventtime)) AS days FROM cloudtrail WHERE principal LIKE '%user/%'",
    "SELECT DISTINCT recipientaccountid AS account, awsregion AS region FROM cloudtrail ORDER BY 1, 2",
    "WITH c AS (SELECT eventname AS what, eventtime AS at FROM cloudtrail WHERE eventsource = 's3.amazonaws.com') SELECT c.what, date_trunc('month', c.at) AS m, count(*) AS n FROM c GROUP BY 1, 2 ORDER BY 1, 2",
    "SELECT _day, count(*) AS n FROM cloudtrail WHERE eventtime >= '2023-01-03' AND eventtime < '2023-01-05' GROUP BY 1 ORDER BY 1",
    "SELECT count_if(eventname = 'GetObject') AS n FROM cloudtrail WHERE eventtime >= '2023-01-03'",
];

/// Aggregates of what `activity` does not tell, or not to the second.
const NOT_TOLD: [&str; 10] = [
    "SELECT count(*) AS n FROM cloudtrail WHERE eventtime >= '2023-01-03 12:00:00'",
    "SELECT count(*) AS n FROM cloudtrail WHERE eventtime <= '2023-01-03'",
    "SELECT hour(eventtime) AS h, count(*) AS n FROM cloudtrail GROUP BY 1 ORDER BY 1",
    "SELECT readonly, count(*) AS n FROM cloudtrail GROUP BY 1 ORDER BY 1",
    "SELECT count(errorcode) AS n FROM cloudtrail",
    "SELECT useridentity.accesskeyid AS k, count(*) AS n FROM cloudtrail GROUP BY 1 ORDER BY 1",
    "SELECT count(*) AS n FROM cloudtrail WHERE useridentity.accesskeyid = 'ASIA1'",
    "SELECT avg(second(eventtime)) AS x FROM cloudtrail",
    "SELECT principal, min(eventid) AS x FROM cloudtrail GROUP BY 1 ORDER BY 1",
    "SELECT eventname, count(*) AS n FROM (SELECT * FROM cloudtrail LIMIT 10) GROUP BY 1 ORDER BY 1",
];

/// Both ways give the same rows; how many of the questions were asked of `activity`.
async fn compare(lake: &Lake, questions: &[&str]) -> usize {
    let engine = |activity| Engine::new(Config { threads: 2, activity, ..Config::default() }).unwrap();
    let (plain, by_uses) = (engine(false), engine(true));
    plain.attach_lake(lake).await.unwrap();
    by_uses.attach_lake(lake).await.unwrap();
    let mut asked = 0;
    for sql in questions {
        let rows = async |engine: &Engine, sql: &str| csv(engine.sql(sql).await.unwrap()).await.unwrap();
        let explain = format!("EXPLAIN {sql}");
        assert!(!rows(&plain, &explain).await.contains("TableScan: activity"), "{sql}");
        asked += usize::from(rows(&by_uses, &explain).await.contains("TableScan: activity"));
        if !sql.contains("LIMIT") {
            assert_eq!(rows(&by_uses, sql).await, rows(&plain, sql).await, "{sql}");
        }
    }
    asked
}

#[tokio::test]
async fn rows_are_the_same_whichever_table_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(&folder.path().display().to_string(), trail_lake::Config::default()).await.unwrap();
    for (number, day) in ["2023-01-02", "2023-01-03", "2023-01-04", "2023-02-04"].into_iter().enumerate() {
        put(&lake, &format!("/{number}"), &object(day, 0)).await;
        // Of these half are in the lake already.
        put(&lake, &format!("/{number}-again"), &object(day, 20)).await;
    }
    put(&lake, "/none", &object("", 0)).await;

    // Not folded: `activity` has none of it.
    assert_eq!(compare(&lake, &TOLD).await, 0);
    lake.fold().await.unwrap();
    assert_eq!(compare(&lake, &TOLD).await, TOLD.len());
    assert_eq!(compare(&lake, &NOT_TOLD).await, 0);

    // A commit that comes late and waits.
    put(&lake, "/late", &object("2023-01-03", 100)).await;
    assert_eq!(compare(&lake, &TOLD).await, 0);
    lake.fold().await.unwrap();
    assert_eq!(compare(&lake, &TOLD).await, TOLD.len());

    // Retention takes a day from the events, and `activity` keeps it.
    let day = jiff::civil::date(2023, 1, 3).since(jiff::civil::date(1970, 1, 1)).unwrap().get_days();
    assert_eq!(lake.retain(day).await.unwrap(), 2);
    assert_eq!(compare(&lake, &TOLD).await, TOLD.len());

    // Events of that day come again: what is left of it nobody can tell by `activity`, which is asked of later days alone.
    put(&lake, "/later", &object("2023-01-02", 200)).await;
    lake.fold().await.unwrap();
    assert_eq!(compare(&lake, &TOLD).await, 2);
    assert_eq!(compare(&lake, &NOT_TOLD).await, 0);
}
