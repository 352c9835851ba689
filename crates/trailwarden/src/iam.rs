//! What IAM itself says of access keys, for detections and reports: asked now, or read from a file.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringViewArray, TimestampMicrosecondArray};
use jiff::Timestamp;
use trail_detect::access_keys_schema;
use trail_report::IamKey;
use trail_source::{AwsConfig, IamSnapshot, KeyStatus, LastUse};

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

/// The snapshot's keys as the table `iam_access_keys` of the detections. A key of which IAM cannot say whether it was used is left
/// out: there it would look like one that never was.
pub(crate) fn for_detections(snapshot: &IamSnapshot) -> anyhow::Result<RecordBatch> {
    let keys: Vec<_> = snapshot.access_keys.iter().filter(|key| key.last_used != LastUse::Unknown).collect();
    let text = |values: Vec<Option<&str>>| Arc::new(StringViewArray::from(values)) as ArrayRef;
    let time = |values: Vec<Option<Timestamp>>| {
        let micros = values.into_iter().map(|time| time.map(Timestamp::as_microsecond));
        Arc::new(TimestampMicrosecondArray::from_iter(micros).with_timezone("UTC")) as ArrayRef
    };
    let columns = vec![
        text(keys.iter().map(|_| Some(snapshot.account.as_str())).collect()),
        text(keys.iter().map(|key| Some(key.user.as_str())).collect()),
        text(keys.iter().map(|key| Some(key.key_id.as_str())).collect()),
        text(
            keys.iter()
                .map(|key| match key.status {
                    KeyStatus::Active => Some("Active"),
                    KeyStatus::Inactive => Some("Inactive"),
                })
                .collect(),
        ),
        time(keys.iter().map(|key| key.created).collect()),
        time(
            keys.iter()
                .map(|key| match key.last_used {
                    LastUse::At(time) => Some(time),
                    LastUse::Never | LastUse::Unknown => None,
                })
                .collect(),
        ),
        text(keys.iter().map(|key| key.last_service.as_deref()).collect()),
        text(keys.iter().map(|key| key.last_region.as_deref()).collect()),
        time(keys.iter().map(|_| Some(snapshot.taken_at)).collect()),
    ];
    Ok(RecordBatch::try_new(access_keys_schema(), columns)?)
}
