//! IAM's own word on users and access keys: asked of IAM, or read from a file of its answers.
//!
//! Logs tell of use, never of its absence; IAM knows both, and counts use that no trail records. Needs `iam:ListUsers`,
//! `iam:ListAccessKeys`, `iam:GetAccessKeyLastUsed` and, for what is known of root, `iam:GetAccountSummary`.

mod ask;

use std::fmt;
use std::fs;
use std::io::Write;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::aws::AwsConfig;
use crate::error::SourceError;

/// The version of the file's form.
const VERSION: u32 = 1;

/// The users and access keys of one account at one moment. As a file it is JSON; fields unknown to this version are refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IamSnapshot {
    /// The version of this form, 1.
    version: u32,
    /// When IAM was asked.
    pub taken_at: Timestamp,
    /// The account's id, 12 digits.
    pub account: String,
    /// What is known of the account's root user.
    #[serde(default)]
    pub root: RootUser,
    /// The IAM users, by name.
    pub users: Vec<User>,
    /// Their access keys, by user and id.
    pub access_keys: Vec<AccessKey>,
}

/// The account's root user; `None` where IAM could not be asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RootUser {
    /// Whether it has an access key, active or not.
    #[serde(default)]
    pub access_keys: Option<bool>,
    /// Whether it has an MFA device.
    #[serde(default)]
    pub mfa: Option<bool>,
}

/// An IAM user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// Its name.
    pub name: String,
    /// Its unique id, `AIDA…`.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// When it was created.
    pub created: Timestamp,
    /// When its password last signed in. `None` says little: no password, never used, or used before IAM kept count.
    #[serde(default)]
    pub password_last_used: Option<Timestamp>,
}

/// A long-lived access key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessKey {
    /// The user's name.
    pub user: String,
    /// Its id, `AKIA…`.
    pub key_id: String,
    /// Whether it can be used.
    pub status: KeyStatus,
    /// When it was created.
    #[serde(default)]
    pub created: Option<Timestamp>,
    /// When it was last used.
    pub last_used: LastUse,
    /// The service that it was last used for, such as `s3`; `None` where IAM says `N/A`.
    #[serde(default)]
    pub last_service: Option<String>,
    /// The region that it was last used in; `None` where IAM says `N/A`.
    #[serde(default)]
    pub last_region: Option<String>,
}

/// Whether an access key can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyStatus {
    /// It can.
    Active,
    /// It is switched off, or expired.
    Inactive,
}

/// When a key was last used; in files `never`, `unknown`, or an RFC 3339 time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum LastUse {
    /// Then.
    At(Timestamp),
    /// IAM says that it was never used.
    Never,
    /// IAM could not be asked, or does not know: the key is older than IAM's count, which began on 2015-04-22.
    Unknown,
}

impl fmt::Display for LastUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(at) => write!(f, "{at}"),
            Self::Never => f.write_str("never"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

impl From<LastUse> for String {
    fn from(last: LastUse) -> Self {
        last.to_string()
    }
}

impl TryFrom<String> for LastUse {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "never" => Ok(Self::Never),
            "unknown" => Ok(Self::Unknown),
            _ => text.parse().map(Self::At).map_err(|_| {
                format!(
                    "`{text}` is not a last use: write `never`, `unknown`, or a time such as `2026-03-01T12:00:00Z`"
                )
            }),
        }
    }
}

impl IamSnapshot {
    /// A snapshot of these users and keys, put in order.
    pub fn new(
        taken_at: Timestamp,
        account: String,
        root: RootUser,
        users: Vec<User>,
        access_keys: Vec<AccessKey>,
    ) -> Self {
        let mut snapshot = Self { version: VERSION, taken_at, account, root, users, access_keys };
        snapshot.users.sort_by(|one, other| one.name.cmp(&other.name));
        snapshot.access_keys.sort_by(|one, other| (&one.user, &one.key_id).cmp(&(&other.user, &other.key_id)));
        snapshot
    }

    /// Asks IAM. A key whose last use may not be asked for is there with [`LastUse::Unknown`].
    pub async fn ask(aws: &AwsConfig) -> Result<Self, SourceError> {
        ask::ask(aws).await
    }

    /// Reads a snapshot from a file.
    pub fn load(path: &Path) -> Result<Self, SourceError> {
        let wrong = |reason: String| SourceError::Snapshot { path: path.display().to_string(), reason };
        let bytes = fs::read(path).map_err(|error| wrong(error.to_string()))?;
        // The version first: a file of another version is told so, not by the first field that differs.
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let Versioned { version } = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        if version != VERSION {
            return Err(wrong(format!(
                "its version is `{version}`, and this program reads version {VERSION}: take it again"
            )));
        }
        serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))
    }

    /// Writes the snapshot to a file, in place of what was there, all or nothing.
    pub fn save(&self, path: &Path) -> Result<(), SourceError> {
        let wrong = |reason: String| SourceError::Snapshot { path: path.display().to_string(), reason };
        let name = path.file_name().ok_or_else(|| wrong("it is not the path of a file".to_owned()))?;
        let mut beside = name.to_owned();
        beside.push(".new");
        let beside = path.with_file_name(beside);
        let write = || -> std::io::Result<()> {
            let mut file = fs::File::create(&beside)?;
            file.write_all(&serde_json::to_vec_pretty(self)?)?;
            file.sync_all()?;
            fs::rename(&beside, path)
        };
        write().map_err(|error| wrong(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot() -> IamSnapshot {
        let at = |text: &str| text.parse::<Timestamp>().expect("a timestamp");
        let key = |user: &str, key_id: &str, last_used| AccessKey {
            user: user.to_owned(),
            key_id: key_id.to_owned(),
            status: KeyStatus::Active,
            created: Some(at("2025-01-01T00:00:00Z")),
            last_used,
            last_service: None,
            last_region: None,
        };
        let users = vec![User {
            name: "ann".to_owned(),
            id: "AIDAEXAMPLE".to_owned(),
            arn: "arn:aws:iam::123456789012:user/ann".to_owned(),
            created: at("2024-01-01T00:00:00Z"),
            password_last_used: None,
        }];
        let keys = vec![
            key("ann", "AKIA3", LastUse::Unknown),
            key("ann", "AKIA1", LastUse::At(at("2026-03-01T12:00:00Z"))),
            key("ann", "AKIA2", LastUse::Never),
        ];
        IamSnapshot::new(at("2026-03-02T00:00:00Z"), "123456789012".to_owned(), RootUser::default(), users, keys)
    }

    #[track_caller]
    fn check(change: impl FnOnce(String) -> String, expected: &str) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("iam.json");
        snapshot().save(&path).expect("saved");
        let text = fs::read_to_string(&path).expect("the file");
        let changed = change(text.clone());
        assert!(changed != text || expected == "good", "the change must hit");
        fs::write(&path, changed).expect("the file");
        let shown = IamSnapshot::load(&path).map_or_else(|error| error.to_string(), |_| "good".to_owned());
        assert!(shown.contains(expected), "{shown}");
        assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1);
    }

    #[test]
    fn a_file_keeps_all_of_it() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("iam.json");
        snapshot().save(&path).expect("saved");
        let loaded = IamSnapshot::load(&path).expect("loaded");
        assert_eq!(loaded, snapshot());
        let uses: Vec<String> =
            loaded.access_keys.iter().map(|key| format!("{} {}", key.key_id, key.last_used)).collect();
        assert_eq!(uses, ["AKIA1 2026-03-01T12:00:00Z", "AKIA2 never", "AKIA3 unknown"]);
    }

    #[test]
    fn files_are_strict() {
        check(|text| text, "good");
        check(
            |text| text.replace("\"version\": 1", "\"version\": 2"),
            "its version is `2`, and this program reads version 1",
        );
        check(|text| text.replace("\"version\": 1,", ""), "missing field `version`");
        check(|text| text.replace("\"users\"", "\"usres\""), "unknown field `usres`");
        check(
            |text| text.replace("\"never\"", "\"N/A\""),
            "`N/A` is not a last use: write `never`, `unknown`, or a time",
        );
        check(|text| text.replace("\"active\"", "\"on\""), "unknown variant `on`");
        check(|text| text[..40].to_owned(), "EOF while parsing");
    }
}
