//! What IAM itself says of access keys, for detections and reports: asked now, or read from a file.

use std::path::Path;

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
