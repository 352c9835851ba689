//! What IAM itself says of access keys, for detections and reports: asked now, read from a file, or as the daemon has asked it.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringViewArray, TimestampMicrosecondArray};
use jiff::Timestamp;
use trail_detect::access_keys_schema;
use trail_query::Engine;
use trail_report::IamKey;
use trail_source::{AccessKey, AwsConfig, IamSnapshot, KeyStatus, LastUse};

/// Asks IAM (`ask`), or reads the file of an earlier answer.
pub(crate) async fn snapshot(from: &str, aws: &AwsConfig) -> anyhow::Result<IamSnapshot> {
    Ok(if from == "ask" { IamSnapshot::ask(aws).await? } else { IamSnapshot::load(Path::new(from))? })
}

/// The snapshot's keys as the access report takes them.
pub(crate) fn for_report(snapshot: &IamSnapshot) -> Vec<IamKey> {
    let keys = snapshot.access_keys.iter().map(|key| IamKey {
        access_key: key.key_id.clone(),
        user_name: key.user.clone(),
        account: snapshot.account.clone(),
        status: match key.status {
            KeyStatus::Active => "active".to_owned(),
            KeyStatus::Inactive => "inactive".to_owned(),
        },
        created: key.created,
        last_use: match key.last_used {
            LastUse::At(time) => Some(time),
            LastUse::Never | LastUse::Unknown => None,
        },
    });
    keys.collect()
}

/// The snapshot's keys as rows of the table `iam_access_keys`, and one that names no key: the account was asked.
pub(crate) fn rows(snapshot: &IamSnapshot) -> anyhow::Result<RecordBatch> {
    let keys: Vec<Option<&AccessKey>> = snapshot.access_keys.iter().map(Some).chain([None]).collect();
    let text = |of: &dyn Fn(&AccessKey) -> Option<String>| {
        Arc::new(keys.iter().map(|key| key.and_then(of)).collect::<StringViewArray>()) as ArrayRef
    };
    let time = |of: &dyn Fn(&AccessKey) -> Option<Timestamp>| {
        let micros = keys.iter().map(|key| key.and_then(of).map(Timestamp::as_microsecond));
        Arc::new(TimestampMicrosecondArray::from_iter(micros).with_timezone("UTC")) as ArrayRef
    };
    let known = keys.iter().map(|key| key.map(|key| key.last_used != LastUse::Unknown));
    let taken = TimestampMicrosecondArray::from_value(snapshot.taken_at.as_microsecond(), keys.len());
    let columns = vec![
        Arc::new(keys.iter().map(|_| Some(&snapshot.account)).collect::<StringViewArray>()) as ArrayRef,
        text(&|key| Some(key.user.clone())),
        text(&|key| Some(key.key_id.clone())),
        text(&|key| {
            Some(match key.status {
                KeyStatus::Active => "Active".to_owned(),
                KeyStatus::Inactive => "Inactive".to_owned(),
            })
        }),
        time(&|key| key.created),
        time(&|key| match key.last_used {
            LastUse::At(time) => Some(time),
            LastUse::Never | LastUse::Unknown => None,
        }),
        Arc::new(known.collect::<BooleanArray>()),
        text(&|key| key.last_service.clone()),
        text(&|key| key.last_region.clone()),
        Arc::new(taken.with_timezone("UTC")),
    ];
    Ok(RecordBatch::try_new(access_keys_schema(), columns)?)
}

/// The snapshot's keys as detections take them: without the row that names no key.
pub(crate) fn for_detections(snapshot: &IamSnapshot) -> anyhow::Result<RecordBatch> {
    let rows = rows(snapshot)?;
    Ok(rows.slice(0, rows.num_rows() - 1))
}

/// What the lake has of IAM's word as the access report takes it; nothing where no account was ever asked.
pub(crate) async fn of_lake(engine: &Engine) -> anyhow::Result<Option<Vec<IamKey>>> {
    let asked = engine.sql("SELECT 1 FROM iam_access_keys_history LIMIT 1").await?.collect().await?;
    if asked.iter().all(|batch| batch.num_rows() == 0) {
        return Ok(None);
    }
    let sql = "SELECT accesskeyid, username, account, lower(status) AS status, created, lastused FROM iam_access_keys";
    let mut keys = Vec::new();
    for batch in engine.sql(sql).await?.collect().await? {
        let text = |column, row| trail_detect::text(batch.column(column), row).unwrap_or_default();
        let time = |column, row| {
            trail_detect::time(batch.column(column), row).and_then(|us| Timestamp::from_microsecond(us).ok())
        };
        keys.extend((0..batch.num_rows()).map(|row| IamKey {
            access_key: text(0, row),
            user_name: text(1, row),
            account: text(2, row),
            status: text(3, row),
            created: time(4, row),
            last_use: time(5, row),
        }));
    }
    Ok(Some(keys))
}
