//! CloudTrail's public keys, as `ListPublicKeys` tells them, and the file that keeps them for where there is no network.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::{fs, io};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::content::start_of;
use crate::moment;

/// A key of CloudTrail's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// Its fingerprint, which digests name it by.
    pub fingerprint: String,
    /// The key in DER, PKCS #1.
    pub der: Vec<u8>,
    /// When CloudTrail began to sign with it.
    pub from: Timestamp,
    /// When it stopped.
    pub until: Timestamp,
    /// The region whose key it is, where that is known: AWS's own listing does not tell.
    pub region: Option<String>,
}

/// Keys by their fingerprints.
///
/// As a file it is what `aws cloudtrail list-public-keys` prints: `{"PublicKeyList": [{"Value", "ValidityStartTime",
/// "ValidityEndTime", "Fingerprint"}]}`, with times as text or as seconds since 1970, and `Region` where it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PublicKeys(BTreeMap<String, PublicKey>);

/// Why a file of keys cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the public keys in `{path}`: {reason}")]
pub struct KeysError {
    /// The file.
    pub path: String,
    /// Why, and the way out.
    pub reason: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    public_key_list: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    value: String,
    validity_start_time: Moment,
    validity_end_time: Moment,
    fingerprint: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    region: Option<String>,
}

/// The first AWS CLI prints seconds, the second one text with an offset.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Moment {
    Text(Timestamp),
    Seconds(f64),
}

impl Moment {
    fn timestamp(self) -> Result<Timestamp, String> {
        match self {
            Self::Text(at) => moment::plausible(at).ok_or_else(|| format!("`{at}` is not a time of a key")),
            Self::Seconds(seconds) => SignedDuration::try_from_secs_f64(seconds)
                .and_then(Timestamp::from_duration)
                .ok()
                .and_then(moment::plausible)
                .ok_or_else(|| format!("`{seconds}` is not a time in seconds since 1970")),
        }
    }
}

impl PublicKeys {
    /// Takes a key in, in place of one with the same fingerprint.
    pub fn add(&mut self, key: PublicKey) {
        self.0.insert(key.fingerprint.clone(), key);
    }

    /// Takes all keys of another set in.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The key of this fingerprint.
    pub fn get(&self, fingerprint: &str) -> Option<&PublicKey> {
        self.0.get(fingerprint)
    }

    /// All keys.
    pub fn iter(&self) -> impl Iterator<Item = &PublicKey> {
        self.0.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the keys with which this region signed at that time are among them. True only where the region is told: then a
    /// digest of that time with another key is not CloudTrail's.
    pub fn reach(&self, region: &str, at: Timestamp) -> bool {
        self.iter().any(|key| key.region.as_deref() == Some(region) && key.from <= at && at <= key.until)
    }

    /// Reads the text of a file; the region is given to keys that tell none.
    pub fn parse(text: &[u8], region: Option<&str>) -> Result<Self, String> {
        let list: List = serde_json::from_slice(text).map_err(|error| {
            format!("{error} (write what `aws cloudtrail list-public-keys --output json` prints into it)")
        })?;
        let mut keys = Self::default();
        for entry in list.public_key_list {
            let wrong = |reason: String| format!("key `{}`: {reason}", start_of(&entry.fingerprint));
            let der = STANDARD
                .decode(entry.value.trim())
                .map_err(|error| wrong(format!("its `Value` is not base64: {error}")))?;
            let from = entry.validity_start_time.timestamp().map_err(wrong)?;
            let until = entry.validity_end_time.timestamp().map_err(wrong)?;
            let region = entry.region.or_else(|| region.map(str::to_owned));
            keys.add(PublicKey { fingerprint: entry.fingerprint, der, from, until, region });
        }
        Ok(keys)
    }

    /// The text of a file.
    pub fn to_json(&self) -> String {
        let entry = |key: &PublicKey| Entry {
            value: STANDARD.encode(&key.der),
            validity_start_time: Moment::Text(key.from),
            validity_end_time: Moment::Text(key.until),
            fingerprint: key.fingerprint.clone(),
            region: key.region.clone(),
        };
        let list = List { public_key_list: self.iter().map(entry).collect() };
        serde_json::to_string_pretty(&list).unwrap_or_default()
    }

    /// Reads a file; the region is given to keys that tell none.
    pub fn load(path: &Path, region: Option<&str>) -> Result<Self, KeysError> {
        let wrong = |reason: String| KeysError { path: path.display().to_string(), reason };
        let text = fs::read(path).map_err(|error| wrong(error.to_string()))?;
        Self::parse(&text, region).map_err(wrong)
    }

    /// Writes a file, in place of what was there, all or nothing.
    pub fn save(&self, path: &Path) -> Result<(), KeysError> {
        let wrong = |error: io::Error| KeysError { path: path.display().to_string(), reason: error.to_string() };
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        let write = || -> io::Result<()> {
            let mut file = fs::File::create(&beside)?;
            file.write_all(self.to_json().as_bytes())?;
            file.sync_all()?;
            fs::rename(&beside, path)
        };
        write().map_err(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let shown = PublicKeys::parse(text.as_bytes(), Some("eu-west-1")).map_or_else(
            |error| error,
            |keys| {
                let shown = |key: &PublicKey| {
                    let region = key.region.as_deref().unwrap_or("-");
                    format!("{} {:?} {}..{} {region}", key.fingerprint, key.der, key.from, key.until)
                };
                keys.iter().map(shown).collect::<Vec<_>>().join(", ")
            },
        );
        assert!(shown.starts_with(expected), "{shown}");
    }

    #[test]
    fn both_forms_of_the_aws_cli_are_read() {
        check(
            r#"{"PublicKeyList": [{"Value": "AQI=", "ValidityStartTime": 1436317441.0, "ValidityEndTime": 1438909441,
                "Fingerprint": "8eba"}]}"#,
            "8eba [1, 2] 2015-07-08T01:04:01Z..2015-08-07T01:04:01Z eu-west-1",
        );
        check(
            r#"{"PublicKeyList": [{"Value": "AQI=", "ValidityStartTime": "2026-01-01T01:00:00+01:00",
                "ValidityEndTime": "2026-02-01T00:00:00Z", "Fingerprint": "a", "Region": "us-east-1"}], "NextToken": null}"#,
            "a [1, 2] 2026-01-01T00:00:00Z..2026-02-01T00:00:00Z us-east-1",
        );
        check(r#"{"PublicKeyList": []}"#, "");
        check("{}", "missing field `PublicKeyList`");
        check(
            r#"{"PublicKeyList": [{"Value": "?", "ValidityStartTime": 1, "ValidityEndTime": 2, "Fingerprint": "a"}]}"#,
            "key `a`: its `Value` is not base64",
        );
        check(
            r#"{"PublicKeyList": [{"Value": "", "ValidityStartTime": 1e300, "ValidityEndTime": 2, "Fingerprint": "a"}]}"#,
            "key `a`: `1000",
        );
    }

    #[test]
    fn a_file_keeps_all_of_it() {
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        let mut keys = PublicKeys::default();
        for (fingerprint, region) in [("a", None), ("b", Some("us-east-1".to_owned()))] {
            keys.add(PublicKey {
                fingerprint: fingerprint.to_owned(),
                der: vec![1, 2, 3],
                from: at("2026-01-01T00:00:00Z"),
                until: at("2026-02-01T00:00:00Z"),
                region,
            });
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("keys.json");
        keys.save(&path).expect("saved");
        assert_eq!(PublicKeys::load(&path, None).expect("loaded"), keys);
        assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1);
        assert!(keys.reach("us-east-1", at("2026-01-15T00:00:00Z")));
        assert!(!keys.reach("us-east-1", at("2026-02-15T00:00:00Z")));
        assert!(!keys.reach("us-east-2", at("2026-01-15T00:00:00Z")));
        let missing = PublicKeys::load(&folder.path().join("none.json"), None).expect_err("no such file").to_string();
        assert!(missing.contains("none.json`: No such file"), "{missing}");
    }
}
