//! Log objects in a folder, queried as they were delivered.

use std::path::Path;

use futures::StreamExt;
use trail_query::{Config, Coverage, Engine, Logs};
use trail_source::{AwsConfig, SourceConfig, Window};

use crate::rows::csv;

const FILES: [(&str, &str); 6] = [
    (
        "a/1.json",
        r#"{"Records":[
            {"eventVersion":"1.08","eventTime":"2023-01-05T13:51:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","eventID":"1","recipientAccountId":"111122223333","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/ann","accessKeyId":"AKIAEXAMPLE"}},
            {"eventVersion":"1.08","eventTime":"2023-01-05T13:52:00Z","eventSource":"s3.amazonaws.com","eventName":"PutObject","eventID":"2","recipientAccountId":"111122223333","errorCode":"AccessDenied","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/ann"}}]}"#,
    ),
    (
        "b/2.json",
        r#"{"Records":[
            {"eventVersion":"1.08","eventTime":"2023-01-05T13:51:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","eventID":"1","recipientAccountId":"111122223333","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/ann","accessKeyId":"AKIAEXAMPLE"}},
            {"eventVersion":"1.08","eventTime":"2023-01-06T00:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","eventID":"1","recipientAccountId":"444455556666","userIdentity":{"type":"AWSAccount"}}]}"#,
    ),
    ("b/3.json", r#"{"eventTime":"2023-01-07T00:00:00Z","eventName":"NoId","eventSource":"x"}"#),
    ("b/4.json", r#"{"eventTime":"2023-01-07T00:00:00Z","eventName":"NoId","eventSource":"x"}"#),
    ("b/5.json", "not a log at all"),
    (
        "b/6.json",
        r#"{"Records":[{"eventTime":"2023-01-08T00:00:00Z","eventName":"Good","eventID":"9","recipientAccountId":"1"}, {"eventName": tru}]}"#,
    ),
];

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in FILES {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

async fn attach(folder: &Path) -> (Engine, Logs) {
    let source = SourceConfig::parse(&folder.display().to_string(), &AwsConfig::default(), Window::default()).unwrap();
    let engine = Engine::new(Config { threads: 3, ..Config::default() }).unwrap();
    let logs = engine.attach_logs(vec![source]).await.unwrap();
    (engine, logs)
}

/// The answer as CSV and the coverage behind it.
fn run(sql: &str) -> (String, Coverage) {
    let folder = folder();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (engine, logs) = attach(folder.path()).await;
        let text = csv(engine.sql(sql).await.unwrap()).await.unwrap();
        (text, logs.coverage())
    })
}

#[track_caller]
fn check(sql: &str, expected: &str) {
    assert_eq!(run(sql).0, expected, "for {sql}");
}

#[test]
fn each_event_appears_once() {
    check("SELECT count(*) AS n FROM cloudtrail", "n\n6");
    check(
        "SELECT eventname, recipientaccountid AS a, count(*) AS n FROM cloudtrail GROUP BY 1, 2 ORDER BY 1, 2",
        "eventname,a,n\nGetObject,111122223333,1\nGetObject,444455556666,1\nGood,1,1\nNoId,NULL,2\nPutObject,111122223333,1",
    );
    check("SELECT count(*) AS n FROM cloudtrail a JOIN cloudtrail b ON a.eventid = b.eventid", "n\n6");
    check(
        "SELECT n FROM (SELECT count(*) AS n FROM cloudtrail UNION ALL SELECT count(DISTINCT eventid) FROM cloudtrail) ORDER BY 1",
        "n\n3\n6",
    );
}

#[test]
fn activity_is_there_without_a_lake() {
    check(
        "SELECT day, principal, accesskeyid, eventname, outcome, count FROM activity WHERE account = '111122223333' ORDER BY first",
        "day,principal,accesskeyid,eventname,outcome,count\n\
         2023-01-05,arn:aws:iam::111122223333:user/ann,AKIAEXAMPLE,GetObject,ok,1\n\
         2023-01-05,arn:aws:iam::111122223333:user/ann,NULL,PutObject,denied,1",
    );
}

#[test]
fn coverage_tells_what_was_not_seen() {
    let (_, coverage) = run("SELECT max(eventtime) FROM cloudtrail");
    assert_eq!(
        coverage.to_string(),
        "6 objects: 4 read, 1 in part, 1 failed; 6 events, 1 duplicates, 2 rejects; \
         from 2023-01-05T13:51:00Z to 2023-01-08T00:00:00Z"
    );
    assert_eq!(coverage.samples.len(), 2);
    assert!(coverage.samples.iter().all(|reject| reject.object.contains("/b/")), "{:?}", coverage.samples);
}

#[test]
fn a_query_that_stops_early_says_so() {
    let folder = folder();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (engine, logs) = attach(folder.path()).await;
        let mut answer = engine.sql("SELECT eventname FROM cloudtrail").await.unwrap();
        answer.next().await.unwrap().unwrap();
        drop(answer);
        // What a scan has begun it may end, but nothing panics and nothing hangs.
        assert!(logs.coverage().objects <= FILES.len() as u64);
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
}

#[test]
fn the_keys_of_events_count_as_memory() {
    let folder = tempfile::tempdir().unwrap();
    let record = |n: usize| {
        format!(r#"{{"eventTime":"2023-01-05T13:51:00Z","eventName":"A","eventID":"{n}","recipientAccountId":"1"}}"#)
    };
    let lines: Vec<String> = (0..100_000).map(record).collect();
    std::fs::write(folder.path().join("many.json"), lines.join("\n")).unwrap();
    let source =
        SourceConfig::parse(&folder.path().display().to_string(), &AwsConfig::default(), Window::default()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        for (limit, fits) in [(1, false), (64, true)] {
            let engine = Engine::new(Config { memory_limit_mib: limit, threads: 1, ..Config::default() }).unwrap();
            engine.attach_logs(vec![source.clone()]).await.unwrap();
            let found = engine.sql("SELECT count(*) AS n FROM cloudtrail").await.unwrap().collect().await;
            assert_eq!(found.is_ok(), fits, "{limit} MiB: {found:?}");
        }
    });
}
