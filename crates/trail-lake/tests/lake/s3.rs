//! The lake on S3, against the server whose URL is in `TRAILWARDEN_TEST_AWS`.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use object_store::StaticCredentialProvider;
use object_store::aws::AwsCredential;
use trail_lake::{Config, Lake, S3Config, Table};

use crate::world::{activity, config, count, events, put};

/// Makes a bucket; the server asks for no signature.
fn make_bucket(endpoint: &str, bucket: &str) {
    let host = endpoint.strip_prefix("http://").unwrap().trim_end_matches('/');
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "PUT /{bucket} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

fn settings(endpoint: &str) -> Config {
    let credential = AwsCredential { key_id: "test".to_owned(), secret_key: "test".to_owned(), token: None };
    let s3 = S3Config {
        endpoint_url: Some(endpoint.to_owned()),
        region: Some("us-east-1".to_owned()),
        path_style: true,
        credentials: Some(Arc::new(StaticCredentialProvider::new(credential))),
    };
    Config { s3, compact_files: 4, checkpoint_every: 10, file_retention: Duration::ZERO, ..config() }
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "tests are told through the environment where their servers are")]
async fn a_lake_on_s3_is_the_same_lake() {
    let Ok(endpoint) = std::env::var("TRAILWARDEN_TEST_AWS") else {
        panic!("TRAILWARDEN_TEST_AWS is not set: start through `cargo xtask test`");
    };
    let bucket = format!("lake-{}", std::process::id());
    make_bucket(&endpoint, &bucket);
    let location = format!("s3://{bucket}/audit/lake");
    let open = || Lake::open(&location, settings(&endpoint));
    let lakes = [open().await.unwrap(), open().await.unwrap()];
    let mut tasks = Vec::new();
    for (number, lake) in lakes.iter().cloned().enumerate() {
        tasks.push(tokio::spawn(async move {
            let mut writer = lake.writer().await.unwrap();
            let mut new = 0;
            for round in 0..6u64 {
                let mine = events(round * 10 + number as u64 * 5..round * 10 + 15, "2026-03-01T10:00:00Z");
                new += put(&mut writer, &format!("s3://logs/{number}/{round}"), &mine).await.events;
            }
            lake.fold().await.unwrap();
            new
        }));
    }
    let mut new = 0;
    for task in tasks {
        new += task.await.unwrap();
    }
    assert_eq!(new, 65);
    let lake = &lakes[0];
    lake.fold().await.unwrap();
    assert_eq!((count(lake, Table::CloudTrail).await, count(lake, Table::Objects).await), (65, 12));
    let compacted = lake.compact().await.unwrap();
    assert_eq!(compacted.added, 2, "events and activity");
    assert_eq!(lake.upkeep(None).await.unwrap().checkpoints, 1);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert!(lake.vacuum().await.unwrap().files >= compacted.removed);
    let lake = Lake::open_existing(&location, settings(&endpoint)).await.unwrap();
    assert_eq!(count(&lake, Table::CloudTrail).await, 65);
    assert_eq!(activity(&lake).await.values().sum::<i64>(), 65);
    let mut writer = lake.writer().await.unwrap();
    assert!(lake.seen("s3://logs/1/5", "1"));
    assert_eq!(put(&mut writer, "s3://logs/9", &events(60..70, "2026-03-01T10:00:00Z")).await.events, 5);
}
