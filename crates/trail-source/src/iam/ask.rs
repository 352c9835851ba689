//! The calls to IAM behind a snapshot: page by page, few at a time, with growing pauses where IAM throttles.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_sdk_iam::Client;
use aws_sdk_iam::primitives::DateTime;
use aws_sdk_iam::types::{StatusType, SummaryKeyType};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

use super::{AccessKey, IamSnapshot, KeyStatus, LastUse, RootUser, User};
use crate::aws::AwsConfig;
use crate::error::SourceError;
use crate::sdk_error::{Doing, from_sdk};

/// Calls under way at a time. IAM does not publish its rates, and other people's tools share them.
const AT_A_TIME: usize = 4;
const PAGE: i32 = 1000;
/// IAM counts uses of access keys since then (GetAccessKeyLastUsed, API reference); 2015-04-22.
const COUNTED_SINCE: Timestamp = Timestamp::constant(1_429_660_800, 0);

pub(super) async fn ask(aws: &AwsConfig) -> Result<IamSnapshot, SourceError> {
    let sdk = aws.load().await?;
    let patient = RetryConfig::adaptive().with_max_attempts(8).with_max_backoff(Duration::from_secs(20));
    let config = aws_sdk_iam::config::Builder::from(&sdk).retry_config(patient).build();
    let client = Client::from_conf(config);
    let taken_at = Timestamp::now();
    let account = account(&sdk).await?;
    let users = users(&client).await?;
    // Names of their own: over borrowed ones the compiler cannot tell that this may move between threads.
    let names: Vec<String> = users.iter().map(|user| user.name.clone()).collect();
    let asked = names.into_iter().map(|name| keys(client.clone(), name));
    let keys: Vec<Vec<AccessKey>> = stream::iter(asked).buffer_unordered(AT_A_TIME).try_collect().await?;
    let root = root(&client).await;
    Ok(IamSnapshot::new(taken_at, account, root, users, keys.concat()))
}

/// Needs no permission.
async fn account(sdk: &aws_config::SdkConfig) -> Result<String, SourceError> {
    let call = "sts:GetCallerIdentity";
    let identity = aws_sdk_sts::Client::new(sdk).get_caller_identity().send().await;
    let identity = identity.map_err(|error| from_sdk(&Doing::Iam { call }, &error))?;
    let missing = || SourceError::Iam { call, reason: "the answer names no account".to_owned() };
    identity.account().map(str::to_owned).ok_or_else(missing)
}

async fn users(client: &Client) -> Result<Vec<User>, SourceError> {
    let call = "iam:ListUsers";
    let mut users = Vec::new();
    let mut marker = None;
    loop {
        let page = client.list_users().max_items(PAGE).set_marker(marker).send().await;
        let page = page.map_err(|error| from_sdk(&Doing::Iam { call }, &error))?;
        users.extend(page.users().iter().map(|user| User {
            name: user.user_name().to_owned(),
            id: user.user_id().to_owned(),
            arn: user.arn().to_owned(),
            created: timestamp(user.create_date()).unwrap_or(Timestamp::UNIX_EPOCH),
            password_last_used: user.password_last_used().and_then(timestamp),
        }));
        marker = next(call, page.is_truncated(), page.marker())?;
        if marker.is_none() {
            return Ok(users);
        }
    }
}

async fn keys(client: Client, user: String) -> Result<Vec<AccessKey>, SourceError> {
    let call = "iam:ListAccessKeys";
    let mut keys = Vec::new();
    let mut marker = None;
    loop {
        let page = client.list_access_keys().user_name(&user).max_items(PAGE).set_marker(marker).send().await;
        let page = match page {
            Ok(page) => page,
            // Deleted since it was listed.
            Err(error) if error.as_service_error().is_some_and(|error| error.is_no_such_entity_exception()) => {
                return Ok(keys);
            }
            Err(error) => return Err(from_sdk(&Doing::Iam { call }, &error)),
        };
        for key in page.access_key_metadata() {
            let Some(key_id) = key.access_key_id() else { continue };
            let created = key.create_date().and_then(timestamp);
            let mut key = AccessKey {
                user: user.clone(),
                key_id: key_id.to_owned(),
                status: if key.status() == Some(&StatusType::Active) { KeyStatus::Active } else { KeyStatus::Inactive },
                created,
                last_used: LastUse::Unknown,
                last_service: None,
                last_region: None,
            };
            add_last_use(&client, &mut key).await?;
            keys.push(key);
        }
        marker = next(call, page.is_truncated(), page.marker())?;
        if marker.is_none() {
            return Ok(keys);
        }
    }
}

async fn add_last_use(client: &Client, key: &mut AccessKey) -> Result<(), SourceError> {
    let call = "iam:GetAccessKeyLastUsed";
    let answer = match client.get_access_key_last_used().access_key_id(&key.key_id).send().await {
        Ok(answer) => answer,
        Err(error) => {
            return match from_sdk(&Doing::Iam { call }, &error) {
                SourceError::Denied { detail, .. } => {
                    tracing::warn!(key = %key.key_id, %detail, "`iam:GetAccessKeyLastUsed` is denied: the key's last use is not known");
                    Ok(())
                }
                other => Err(other),
            };
        }
    };
    let Some(last) = answer.access_key_last_used() else { return Ok(()) };
    key.last_used = last_use(last.last_used_date().and_then(timestamp), key.created);
    key.last_service = known(last.service_name());
    key.last_region = known(last.region());
    Ok(())
}

/// No date means never, unless the key was there before IAM began to count.
fn last_use(date: Option<Timestamp>, created: Option<Timestamp>) -> LastUse {
    match date {
        Some(at) => LastUse::At(at),
        None if created.is_some_and(|created| created >= COUNTED_SINCE) => LastUse::Never,
        None => LastUse::Unknown,
    }
}

fn known(text: &str) -> Option<String> {
    (!text.is_empty() && !text.eq_ignore_ascii_case("N/A")).then(|| text.to_owned())
}

/// What is known of root; nothing, where it may not be asked.
async fn root(client: &Client) -> RootUser {
    let call = "iam:GetAccountSummary";
    match client.get_account_summary().send().await {
        Ok(summary) => {
            let set = |key: &SummaryKeyType| summary.summary_map().and_then(|map| map.get(key)).map(|count| *count > 0);
            RootUser {
                access_keys: set(&SummaryKeyType::AccountAccessKeysPresent),
                mfa: set(&SummaryKeyType::AccountMfaEnabled),
            }
        }
        Err(error) => {
            let error = from_sdk(&Doing::Iam { call }, &error);
            tracing::warn!(%error, "whether root has access keys is not known");
            RootUser::default()
        }
    }
}

/// The marker of the next page. IAM may send short pages: only `IsTruncated` tells the end.
fn next(call: &'static str, truncated: bool, marker: Option<&str>) -> Result<Option<String>, SourceError> {
    match (truncated, marker) {
        (false, _) => Ok(None),
        (true, Some(marker)) => Ok(Some(marker.to_owned())),
        (true, None) => Err(SourceError::Iam { call, reason: "the answer is cut off and has no marker".to_owned() }),
    }
}

fn timestamp(at: &DateTime) -> Option<Timestamp> {
    Timestamp::new(at.secs(), i32::try_from(at.subsec_nanos()).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(date: Option<&str>, created: Option<&str>, expected: &str) {
        let at = |text: Option<&str>| text.map(|text| text.parse().expect("a timestamp"));
        assert_eq!(last_use(at(date), at(created)).to_string(), expected);
    }

    #[test]
    fn never_and_unknown_differ() {
        assert_eq!(COUNTED_SINCE.to_string(), "2015-04-22T00:00:00Z");
        check(Some("2026-03-01T00:00:00Z"), None, "2026-03-01T00:00:00Z");
        check(None, Some("2026-01-01T00:00:00Z"), "never");
        check(None, Some("2014-01-01T00:00:00Z"), "unknown");
        check(None, None, "unknown");
    }

    #[test]
    fn not_applicable_is_not_known() {
        assert_eq!(known("N/A"), None);
        assert_eq!(known("s3").as_deref(), Some("s3"));
    }

    #[test]
    fn only_truncation_tells_the_end() {
        assert_eq!(next("iam:ListUsers", false, Some("left over")).expect("the end"), None);
        assert_eq!(next("iam:ListUsers", true, Some("m")).expect("a page"), Some("m".to_owned()));
        assert!(next("iam:ListUsers", true, None).is_err());
    }
}
