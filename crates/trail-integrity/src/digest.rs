//! A digest file: what CloudTrail says in it, and the signature that S3 keeps beside it.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::content::{self, FileHash, start_of};
use crate::moment;

/// The only algorithms that CloudTrail uses.
const SIGNATURE: &str = "SHA256withRSA";
const HASH: &str = "SHA-256";

/// What a digest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// The account whose log files these are.
    pub account: String,
    /// The time that it covers, from here…
    pub start: Timestamp,
    /// …to here.
    pub end: Timestamp,
    /// The end as it is written, which is what is signed.
    pub end_text: String,
    /// The bucket that CloudTrail delivered it to.
    pub bucket: String,
    /// Its key there.
    pub key: String,
    /// The fingerprint of the key that signed it.
    pub fingerprint: String,
    /// The time of the newest event in its log files; none without log files.
    pub newest_event: Option<Timestamp>,
    /// The time of the oldest event in its log files.
    pub oldest_event: Option<Timestamp>,
    /// The digest before it; none in the first of a chain.
    pub previous: Option<Previous>,
    /// The signature of the digest before it, in hex.
    pub previous_signature: Option<String>,
    /// The log files that were delivered in its time.
    pub log_files: Vec<LogEntry>,
}

/// The digest before another, as the newer one states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Previous {
    /// Its bucket.
    pub bucket: String,
    /// Its key.
    pub key: String,
    /// The hash of its text.
    pub hash: FileHash,
}

/// A log file, as a digest states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Its bucket.
    pub bucket: String,
    /// Its key.
    pub key: String,
    /// The hash of its text.
    pub hash: FileHash,
    /// The time of its newest event.
    pub newest_event: Option<Timestamp>,
    /// The time of its oldest event.
    pub oldest_event: Option<Timestamp>,
}

impl Previous {
    /// Its address.
    pub fn uri(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }
}

impl LogEntry {
    /// Its address.
    pub fn uri(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }
}

/// Why a text is no digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// The object does not inflate.
    #[error("{0}")]
    Stored(String),
    /// The text is no JSON object.
    #[error("it is not a JSON object: {0}")]
    Json(String),
    /// A field is not there.
    #[error("it has no `{0}`")]
    Missing(String),
    /// A field holds something else than it should.
    #[error("its `{field}` is `{value}`, which is not {wanted}")]
    Wrong {
        /// The field.
        field: String,
        /// What is there, shortened.
        value: String,
        /// What should be.
        wanted: &'static str,
    },
}

impl Digest {
    /// Reads a digest's text. Fields that are not known are passed over; the signature covers them all the same.
    pub fn parse(text: &[u8]) -> Result<Self, DigestError> {
        let map: Map<String, Value> =
            serde_json::from_slice(text).map_err(|error| DigestError::Json(error.to_string()))?;
        let fields = Fields { map: &map, within: String::new() };
        fields.constant("digestSignatureAlgorithm", SIGNATURE)?;
        let previous = match (fields.optional("previousDigestS3Bucket")?, fields.optional("previousDigestS3Object")?) {
            (None, None) => None,
            _ => {
                fields.constant("previousDigestHashAlgorithm", HASH)?;
                let (bucket, key) = (fields.text("previousDigestS3Bucket")?, fields.text("previousDigestS3Object")?);
                let hash = fields.hash("previousDigestHashValue")?;
                Some(Previous { bucket: bucket.to_owned(), key: key.to_owned(), hash })
            }
        };
        if !map.contains_key("previousDigestSignature") {
            return Err(DigestError::Missing("previousDigestSignature".to_owned()));
        }
        Ok(Self {
            account: fields.text("awsAccountId")?.to_owned(),
            start: fields.time("digestStartTime")?,
            end: fields.time("digestEndTime")?,
            end_text: fields.text("digestEndTime")?.to_owned(),
            bucket: fields.text("digestS3Bucket")?.to_owned(),
            key: fields.text("digestS3Object")?.to_owned(),
            fingerprint: fields.text("digestPublicKeyFingerprint")?.to_owned(),
            newest_event: fields.optional_time("newestEventTime")?,
            oldest_event: fields.optional_time("oldestEventTime")?,
            previous,
            previous_signature: fields.optional("previousDigestSignature")?.map(str::to_owned),
            log_files: log_files(&fields)?,
        })
    }

    /// The address that it states as its own.
    pub fn uri(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }
}

fn log_files(fields: &Fields<'_>) -> Result<Vec<LogEntry>, DigestError> {
    let list = fields.map.get("logFiles").ok_or_else(|| DigestError::Missing("logFiles".to_owned()))?;
    let list = list.as_array().ok_or_else(|| wrong("logFiles".to_owned(), list, "a list"))?;
    let entry = |(at, entry): (usize, &Value)| {
        let within = format!("logFiles[{at}].");
        let map = entry.as_object().ok_or_else(|| wrong(format!("logFiles[{at}]"), entry, "an object"))?;
        let fields = Fields { map, within };
        fields.constant("hashAlgorithm", HASH)?;
        Ok(LogEntry {
            bucket: fields.text("s3Bucket")?.to_owned(),
            key: fields.text("s3Object")?.to_owned(),
            hash: fields.hash("hashValue")?,
            newest_event: fields.optional_time("newestEventTime")?,
            oldest_event: fields.optional_time("oldestEventTime")?,
        })
    };
    list.iter().enumerate().map(entry).collect()
}

/// The fields of a JSON object; errors name the field.
struct Fields<'a> {
    map: &'a Map<String, Value>,
    within: String,
}

impl<'a> Fields<'a> {
    fn optional(&self, name: &str) -> Result<Option<&'a str>, DigestError> {
        match self.map.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(self.path(name), other, "text")),
        }
    }

    fn text(&self, name: &str) -> Result<&'a str, DigestError> {
        self.optional(name)?.ok_or_else(|| DigestError::Missing(self.path(name)))
    }

    fn optional_time(&self, name: &str) -> Result<Option<Timestamp>, DigestError> {
        let Some(text) = self.optional(name)? else { return Ok(None) };
        moment::parse(text).map(Some).ok_or_else(|| wrong(self.path(name), &self.map[name], "a time"))
    }

    fn time(&self, name: &str) -> Result<Timestamp, DigestError> {
        self.optional_time(name)?.ok_or_else(|| DigestError::Missing(self.path(name)))
    }

    fn hash(&self, name: &str) -> Result<FileHash, DigestError> {
        self.text(name)?.parse().map_err(|_| wrong(self.path(name), &self.map[name], "a SHA-256 in hex"))
    }

    fn constant(&self, name: &str, only: &'static str) -> Result<(), DigestError> {
        if self.text(name)? == only { Ok(()) } else { Err(wrong(self.path(name), &self.map[name], only)) }
    }

    fn path(&self, name: &str) -> String {
        format!("{}{name}", self.within)
    }
}

fn wrong(field: String, value: &Value, wanted: &'static str) -> DigestError {
    let value = value.as_str().map_or_else(|| start_of(&value.to_string()), start_of);
    DigestError::Wrong { field, value, wanted }
}

/// What S3 keeps beside a digest, in the object's user metadata.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// The signature in hex (`signature`).
    pub signature: Option<String>,
    /// When a backfill digest was made (`backfill-generation-timestamp`).
    pub backfill_made: Option<Timestamp>,
}

impl Metadata {
    /// Takes what it needs from an object's user metadata, whose names may still have `x-amz-meta-` before them.
    pub fn from_pairs<N: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        let mut metadata = Self::default();
        for (name, value) in pairs {
            let name = name.as_ref().to_ascii_lowercase();
            let value = value.as_ref().trim();
            match name.strip_prefix("x-amz-meta-").unwrap_or(&name) {
                "signature" => metadata.signature = Some(value.to_owned()),
                "backfill-generation-timestamp" => metadata.backfill_made = moment::parse(value),
                _ => {}
            }
        }
        metadata
    }
}

/// A digest as it was found.
#[derive(Debug, Clone)]
pub struct DigestFile {
    /// Where it was found: `s3://bucket/key`, or a path.
    pub uri: String,
    /// The hash of its text; none where it does not inflate.
    pub hash: Option<FileHash>,
    /// What S3 keeps beside it.
    pub metadata: Metadata,
    /// What it says, or why it is no digest.
    pub digest: Result<Digest, DigestError>,
}

impl DigestFile {
    /// Digests are small: 50,000 log files an hour fit into this.
    pub const LARGEST: u64 = 32 << 20;

    /// Reads the bytes of a digest as they are stored.
    pub fn read(uri: impl Into<String>, stored: &[u8], metadata: Metadata) -> Self {
        let uri = uri.into();
        match content::text(stored, Self::LARGEST) {
            Ok(text) => Self { uri, hash: Some(FileHash::of(&text)), metadata, digest: Digest::parse(&text) },
            Err(error) => Self { uri, hash: None, metadata, digest: Err(DigestError::Stored(error)) },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn digest() -> Value {
        let hash = "97fb791cf91ffc440d274f8190dbdd9aa09c34432aba82739df18b6d3c13df2d";
        json!({
            "awsAccountId": "111111111111", "digestStartTime": "2026-03-01T11:01:31Z",
            "digestEndTime": "2026-03-01T12:01:31Z", "digestS3Bucket": "b", "digestS3Object": "k2",
            "digestPublicKeyFingerprint": "31e8", "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": null, "oldestEventTime": null, "previousDigestS3Bucket": "b",
            "previousDigestS3Object": "k1", "previousDigestHashValue": hash,
            "previousDigestHashAlgorithm": "SHA-256", "previousDigestSignature": "5088", "another": 1,
            "logFiles": [{"s3Bucket": "b", "s3Object": "l", "hashValue": hash, "hashAlgorithm": "SHA-256",
                "newestEventTime": "2026-03-01T11:30:00Z", "oldestEventTime": "2026-03-01T11:20:00Z"}],
        })
    }

    #[track_caller]
    fn check(pointer: &str, value: Option<Value>, expected: &str) {
        let mut digest = digest();
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        let parent = digest.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object");
        match value {
            Some(value) => parent.insert(name.to_owned(), value),
            None => parent.remove(name),
        };
        let shown = Digest::parse(digest.to_string().as_bytes()).map_or_else(
            |error| error.to_string(),
            |digest| {
                format!(
                    "{} {} {:?}",
                    digest.uri(),
                    digest.log_files.len(),
                    digest.previous.map(|previous| previous.uri())
                )
            },
        );
        assert_eq!(shown, expected);
    }

    #[test]
    fn errors_name_the_field() {
        const GOOD: &str = "s3://b/k2 1 Some(\"s3://b/k1\")";
        check("/another", None, GOOD);
        check("/newestEventTime", None, GOOD);
        check("/previousDigestS3Object", Some(Value::Null), "it has no `previousDigestS3Object`");
        check("/previousDigestSignature", Some(Value::Null), GOOD);
        check("/previousDigestSignature", None, "it has no `previousDigestSignature`");
        check("/previousDigestHashValue", Some(Value::Null), "it has no `previousDigestHashValue`");
        check("/digestEndTime", None, "it has no `digestEndTime`");
        check("/digestEndTime", Some(json!("noon")), "its `digestEndTime` is `noon`, which is not a time");
        let never = "its `digestEndTime` is `9999-12-30T22:00:00Z`, which is not a time";
        check("/digestEndTime", Some(json!("9999-12-30T22:00:00Z")), never);
        check("/digestEndTime", Some(json!(5)), "its `digestEndTime` is `5`, which is not text");
        check(
            "/digestSignatureAlgorithm",
            Some(json!("MD5withRSA")),
            "its `digestSignatureAlgorithm` is `MD5withRSA`, which is not SHA256withRSA",
        );
        check("/logFiles", Some(Value::Null), "its `logFiles` is `null`, which is not a list");
        check("/logFiles/0/s3Object", None, "it has no `logFiles[0].s3Object`");
        check(
            "/logFiles/0/hashValue",
            Some(json!("x")),
            "its `logFiles[0].hashValue` is `x`, which is not a SHA-256 in hex",
        );
    }

    #[test]
    fn what_is_no_json_object_is_told() {
        for text in ["", "[]", "{\"a\":1", "\u{0}"] {
            let error = Digest::parse(text.as_bytes()).expect_err("no digest").to_string();
            assert!(error.starts_with("it is not a JSON object"), "{error}");
        }
        let cut = DigestFile::read("x", &[0x1f, 0x8b, 8], Metadata::default());
        assert!(cut.hash.is_none());
        assert!(cut.digest.expect_err("no digest").to_string().starts_with("its gzip is broken"));
    }

    #[test]
    fn metadata_comes_with_and_without_its_prefix() {
        let pairs = [
            ("x-amz-meta-signature", " ab "),
            ("Backfill-Generation-Timestamp", "2025-05-20T00:00:00.000Z"),
            ("signature-algorithm", "SHA256withRSA"),
        ];
        let metadata = Metadata::from_pairs(pairs);
        assert_eq!(metadata.signature.as_deref(), Some("ab"));
        assert_eq!(metadata.backfill_made, Some("2025-05-20T00:00:00Z".parse().expect("a time")));
    }
}
