//! The library's views over tables of a few rows.

use std::io::Cursor;

use arrow::json::ReaderBuilder;
use trail_lake::Table;
use trail_query::{Engine, Library};

use crate::rows::{check, engine};

async fn attach(engine: &Engine) {
    // Those that read what is not here stay away.
    engine.attach_views(&Library::embedded().unwrap()).await;
}

fn with_views(engine: Engine) -> Engine {
    tokio::runtime::Runtime::new().unwrap().block_on(attach(&engine));
    engine
}

const EVENTS: &str = r#"
{"eventtime":"2026-03-01T10:00:00Z","eventsource":"sts.amazonaws.com","eventname":"AssumeRole","recipientaccountid":"111111111111","eventid":"a1","sharedeventid":"s1","principal":"arn:aws:iam::111111111111:user/ann","denied":false,"useridentity":{"arn":"arn:aws:iam::111111111111:user/ann","accountid":"111111111111"}}
{"eventtime":"2026-03-01T10:00:00Z","eventsource":"sts.amazonaws.com","eventname":"AssumeRole","recipientaccountid":"222222222222","eventid":"a2","sharedeventid":"s1","principal":"AIDAX","denied":false,"useridentity":{"accountid":"111111111111"}}
{"eventtime":"2026-03-01T10:01:00Z","eventsource":"s3.amazonaws.com","eventname":"PutObject","recipientaccountid":"111111111111","eventid":"b1"}
{"eventtime":"2026-03-01T10:01:00Z","eventsource":"s3.amazonaws.com","eventname":"PutObject","recipientaccountid":"111111111111","eventid":"b2","addendum":{"reason":"UPDATED_DATA","updatedfields":"eventName","originaleventid":"b1"}}
{"eventtime":"2026-03-01T10:02:00Z","eventsource":"s3.amazonaws.com","eventname":"GetObject","recipientaccountid":"222222222222","eventid":"b1"}
{"eventtime":"2026-03-01T10:03:00Z","eventsource":"s3.amazonaws.com","eventname":"GetObject","recipientaccountid":"111111111111","eventid":"c1","addendum":{"reason":"UPDATED_DATA","originaleventid":"c1"}}
{"eventtime":"2026-03-01T10:04:00Z","eventsource":"s3.amazonaws.com","eventname":"GetObject","recipientaccountid":"111111111111","eventid":"d1","addendum":{"reason":"DELIVERY_DELAY"}}
{"eventtime":"2026-03-01T10:05:00Z","eventcategory":"Insight","recipientaccountid":"111111111111","eventid":"i1","sharedeventid":"s2"}
{"eventtime":"2026-03-01T10:06:00Z","eventcategory":"Insight","recipientaccountid":"111111111111","eventid":"i2","sharedeventid":"s2"}
"#;

#[test]
fn corrections_take_the_place_of_what_they_correct() {
    let engine = with_views(engine(EVENTS));
    check(
        &engine,
        "SELECT account, eventid, superseded_by, updated_fields FROM superseded",
        "account,eventid,superseded_by,updated_fields\n111111111111,b1,b2,eventName",
    );
    // The event of that id in another account is another event; one that claims to correct itself stays.
    check(
        &engine,
        "SELECT eventid, recipientaccountid AS a FROM current_events WHERE eventsource = 's3.amazonaws.com' ORDER BY eventtime",
        "eventid,a\nb2,111111111111\nb1,222222222222\nc1,111111111111\nd1,111111111111",
    );
}

#[test]
fn copies_of_an_event_are_tied() {
    check(
        &with_views(engine(EVENTS)),
        "SELECT sharedeventid, copies, caller_account, principal, accounts, eventids FROM shared_events",
        "sharedeventid,copies,caller_account,principal,accounts,eventids\n\
         s1,2,111111111111,arn:aws:iam::111111111111:user/ann,\"[111111111111, 222222222222]\",\"[a1, a2]\"",
    );
}

/// An engine with these rows, a JSON object a line, as tables of a lake.
fn lake(tables: &[(Table, String)]) -> Engine {
    let engine = engine(EVENTS);
    for (table, lines) in tables {
        let mut reader = ReaderBuilder::new(table.schema()).build(Cursor::new(lines.clone())).unwrap();
        let batches = reader.next().map(Result::unwrap).into_iter().collect();
        engine.attach_batches(table.name(), table.schema(), batches).unwrap();
    }
    with_views(engine)
}

fn object(account: &str, region: &str, minute: &str) -> String {
    let day = &minute[..10];
    let (folder, stamp) = (day.replace('-', "/"), minute.replace(['-', ':'], ""));
    let name = format!("{account}_CloudTrail_{region}_{stamp}Z_abcdefghijklmnop.json.gz");
    let uri = format!("s3://b/AWSLogs/o-abcdefghij/{account}/CloudTrail/{region}/{folder}/{name}");
    format!(
        r#"{{"uri":"{uri}","state":"read","events":2,"rejects":0,"first":"{minute}:00Z","last":"{minute}:00Z","committed":"{minute}:30Z"}}"#
    )
}

fn digest(hour: u32, verdict: Option<&str>, there: bool) -> (Option<String>, Option<String>) {
    let (from, until) = (format!("2026-03-01T{hour:02}:01:31Z"), format!("2026-03-01T{:02}:01:31Z", hour + 1));
    let head = format!(r#""uri":"d{hour}","account":"111111111111","region":"eu-west-1""#);
    let times = format!(r#""starttime":"{from}","endtime":"{until}""#);
    let proof =
        verdict.map(|verdict| format!(r#"{{{head},{times},"verdict":"{verdict}","invalid":0,"unverifiable":0}}"#));
    (there.then(|| format!("{{{head},{times}}}")), proof)
}

#[test]
fn coverage_tells_holes_from_quiet_hours() {
    // At three there is a digest and no log file; that of five is gone, which is known; from six to nine nothing tells; ten was
    // not looked at yet.
    let digests = [
        digest(2, Some("valid"), true),
        digest(3, Some("valid"), true),
        digest(4, Some("valid"), true),
        digest(5, Some("invalid"), false),
        digest(9, Some("valid"), true),
        digest(10, None, true),
    ];
    let joined = |lines: Vec<String>| lines.join("\n");
    let engine = lake(&[
        (
            Table::Objects,
            joined(vec![
                object("111111111111", "eu-west-1", "2026-03-01T02:05"),
                object("111111111111", "eu-west-1", "2026-03-01T02:10"),
                object("111111111111", "eu-west-1", "2026-03-01T09:05"),
                object("222222222222", "eu-west-1", "2026-03-01T02:05"),
                object("222222222222", "eu-west-1", "2026-03-01T08:05"),
                r#"{"uri":"s3://b/AWSLogs/222222222222/CloudTrail/eu-west-1/2026/03/01/x_99999999T9999Z_.json","state":"failed","modified":"2026-03-01T08:30:00Z"}"#.to_owned(),
                r#"{"uri":"cloudwatch://g/1","state":"read","events":7,"rejects":1,"first":"2026-03-01T08:30:00Z","last":"2026-03-01T08:40:00Z"}"#.to_owned(),
            ]),
        ),
        (Table::Digests, joined(digests.iter().filter_map(|(digest, _)| digest.clone()).collect())),
        (Table::Proofs, joined(digests.iter().filter_map(|(_, proof)| proof.clone()).collect())),
    ]);
    check(
        &engine,
        "SELECT account, date_part('hour', hour) AS h, objects, failed, events, digests, digest, hole, quiet, ingest_lag AS lag \
         FROM coverage ORDER BY account NULLS LAST, hour",
        "account,h,objects,failed,events,digests,digest,hole,quiet,lag\n\
         111111111111,2,2,0,4,1,valid,0,NULL,30\n\
         111111111111,3,0,0,0,1,valid,0,0,NULL\n\
         111111111111,4,0,0,0,1,valid,0,0,NULL\n\
         111111111111,5,0,0,0,0,invalid,0,0,NULL\n\
         111111111111,9,1,0,2,1,valid,4,3,30\n\
         111111111111,10,0,0,0,1,unknown,0,0,NULL\n\
         222222222222,2,1,0,2,0,none,0,NULL,30\n\
         222222222222,8,2,1,2,0,none,0,5,30\n\
         NULL,8,1,0,7,0,none,0,NULL,NULL",
    );
    check(
        &engine,
        "SELECT DISTINCT organization FROM deliveries WHERE account = '111111111111'",
        "organization\no-abcdefghij",
    );
}
