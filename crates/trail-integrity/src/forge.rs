//! Makes whole trails: log files, digests and the keys that sign them, for tests, exercises and demonstrations.
//!
//! What it makes is valid by every rule of CloudTrail but one: the keys are not AWS's. The same plan gives the same files, but
//! for the signatures, since every [`Signer`] is new.

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::Range;
use std::sync::Arc;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use crate::content::{FileHash, hex};
use crate::digest::{Digest, DigestFile, Metadata};
use crate::files::{Content, LogFiles};
use crate::keys::{PublicKey, PublicKeys};
use crate::signature::string_to_sign;
use crate::{ChainId, DigestName, Held};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// A key pair such as CloudTrail has.
#[derive(Debug, Clone)]
pub struct Signer {
    /// The public half.
    pub key: PublicKey,
    pair: Arc<KeyPair>,
}

impl Signer {
    /// A new pair for this region and time.
    ///
    /// # Panics
    ///
    /// When the system has no randomness.
    pub fn new(region: &str, from: Timestamp, until: Timestamp) -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("randomness for a key pair");
        let der = pair.public_key().as_ref().to_vec();
        let fingerprint = FileHash::of(&der).to_string()[..32].to_owned();
        let key = PublicKey { fingerprint, der, from, until, region: Some(region.to_owned()) };
        Self { key, pair: Arc::new(pair) }
    }

    /// The public half with an X.509 header, in which AWS has shown a key, too.
    pub fn x509(&self) -> Vec<u8> {
        self.pair.public_key().as_der().map(|der| der.as_ref().to_vec()).unwrap_or_default()
    }

    fn sign(&self, text: &str) -> String {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let random = aws_lc_rs::rand::SystemRandom::new();
        self.pair
            .sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut signature)
            .expect("a signature as long as the key");
        hex(&signature)
    }
}

/// What to make. Hours are counted from the start.
#[derive(Debug, Clone)]
pub struct Plan {
    /// When the trail began.
    pub start: Timestamp,
    /// For how many hours.
    pub hours: u32,
    /// Log files an hour.
    pub log_files: u32,
    /// The trail and its account.
    pub chain: ChainId,
    /// Its bucket.
    pub bucket: String,
    /// Hours in which it did not log.
    pub stopped: Vec<Range<u32>>,
    /// Hours whose digests came later, as backfill.
    pub backfilled: Vec<Range<u32>>,
}

impl Plan {
    /// Thirty days of the trail `audit` of account 111111111111 in eu-west-1, with three log files an hour.
    pub fn new(start: Timestamp) -> Self {
        let chain = ChainId {
            account: "111111111111".to_owned(),
            region: "eu-west-1".to_owned(),
            trail: "audit".to_owned(),
            home_region: "eu-west-1".to_owned(),
            organization: None,
            backfill: false,
        };
        let bucket = "audit-logs".to_owned();
        Self { start, hours: 30 * 24, log_files: 3, chain, bucket, stopped: Vec::new(), backfilled: Vec::new() }
    }

    /// Makes it. Of several signers, the one in whose time a digest is made signs it.
    ///
    /// # Panics
    ///
    /// When no signer has the time of a digest.
    pub fn forge(&self, signers: &[Signer]) -> Forged {
        let mut forged = Forged { digests: Vec::new(), log_files: BTreeMap::new(), keys: PublicKeys::default() };
        for signer in signers {
            forged.keys.add(signer.key.clone());
        }
        for backfill in [false, true] {
            let mut previous = None;
            for hour in 0..self.hours {
                let within = |ranges: &[Range<u32>]| ranges.iter().any(|range| range.contains(&hour));
                if within(&self.stopped) || within(&self.backfilled) != backfill {
                    previous = None;
                    continue;
                }
                let made = backfill.then(|| self.start + HOUR * i32::try_from(self.hours).unwrap_or(i32::MAX));
                let digest = self.digest(hour, made, previous.as_ref(), signers, &mut forged.log_files);
                previous = Some(digest.clone());
                forged.digests.push(digest);
            }
        }
        forged
    }

    fn digest(
        &self,
        hour: u32,
        made: Option<Timestamp>,
        previous: Option<&ForgedDigest>,
        signers: &[Signer],
        logs: &mut BTreeMap<String, Vec<u8>>,
    ) -> ForgedDigest {
        let start = self.start + HOUR * i32::try_from(hour).unwrap_or(i32::MAX);
        let end = start + HOUR;
        let signed = made.unwrap_or(end);
        let signer = signers.iter().find(|signer| signer.key.from <= signed && signed <= signer.key.until);
        let signer = signer.expect("a signer for the time of each digest");
        let chain = ChainId { backfill: made.is_some(), ..self.chain.clone() };
        let folder = format!("s3://{}/{}CloudTrail-Digest/{}/", self.bucket, self.account_folder(), chain.region);
        let uri = DigestName { chain, end }.sibling(&folder, end);
        let files: Vec<Value> = (0..self.log_files).map(|number| self.log_file(hour, number, logs)).collect();
        let events = |pick: &'static str| files.iter().filter_map(move |file| file[pick].as_str());
        let text = |value: Option<&str>| value.map_or(Value::Null, |value| value.into());
        let mut digest = ForgedDigest {
            uri: uri.clone(),
            body: json!({
                "awsAccountId": self.chain.account, "digestStartTime": start.to_string(), "digestEndTime": end.to_string(),
                "digestS3Bucket": self.bucket, "digestS3Object": self.key(&uri),
                "digestPublicKeyFingerprint": signer.key.fingerprint, "digestSignatureAlgorithm": "SHA256withRSA",
                "newestEventTime": text(events("newestEventTime").max()),
                "oldestEventTime": text(events("oldestEventTime").min()),
                "previousDigestS3Bucket": previous.map(|_| &self.bucket),
                "previousDigestS3Object": previous.map(|previous| self.key(&previous.uri)),
                "previousDigestHashValue": previous.map(|previous| FileHash::of(&previous.text())),
                "previousDigestHashAlgorithm": previous.map(|_| "SHA-256"),
                "previousDigestSignature": previous.and_then(|previous| previous.metadata.get("signature")),
                "logFiles": files,
            }),
            metadata: BTreeMap::new(),
        };
        if let Some(made) = made {
            digest.metadata.insert("backfill-generation-timestamp".to_owned(), made.to_string());
        }
        digest.sign(signer);
        digest
    }

    /// Puts a log file among the others, and gives its line in the digest.
    fn log_file(&self, hour: u32, number: u32, logs: &mut BTreeMap<String, Vec<u8>>) -> Value {
        let ChainId { account, region, .. } = &self.chain;
        let minutes = i64::from(hour) * 60 + i64::from(number % 11) * 5;
        let delivered = self.start + SignedDuration::from_mins(minutes);
        let oldest = delivered - SignedDuration::from_mins(7);
        let newest = delivered - SignedDuration::from_mins(3);
        let unique =
            FileHash::of(format!("{account} {region} {} {hour} {number}", self.chain.trail).as_bytes()).to_string();
        let record = |at: Timestamp, half: &str| {
            json!({
                "eventVersion": "1.11", "eventTime": at.to_string(), "eventSource": "s3.amazonaws.com", "eventName": "ListBuckets",
                "awsRegion": region, "sourceIPAddress": "198.51.100.7", "userAgent": "forge", "requestID": half,
                "eventID": half, "eventType": "AwsApiCall", "eventCategory": "Management", "readOnly": true,
                "managementEvent": true, "recipientAccountId": account,
                "userIdentity": {"type": "IAMUser", "principalId": "AIDAFORGED", "accountId": account, "userName": "forged",
                    "arn": format!("arn:aws:iam::{account}:user/forged")},
            })
        };
        let body = json!({"Records": [record(oldest, &unique[..32]), record(newest, &unique[32..])]}).to_string();
        let folder = format!("{}CloudTrail/{region}/{}", self.account_folder(), delivered.strftime("%Y/%m/%d"));
        let stamp = delivered.strftime("%Y%m%dT%H%MZ");
        let key = format!("{folder}/{account}_CloudTrail_{region}_{stamp}_{}.json.gz", &unique[..16]);
        let entry = json!({
            "s3Bucket": self.bucket, "s3Object": key, "hashValue": FileHash::of(body.as_bytes()), "hashAlgorithm": "SHA-256",
            "newestEventTime": newest.to_string(), "oldestEventTime": oldest.to_string(),
        });
        logs.insert(format!("s3://{}/{key}", self.bucket), body.into_bytes());
        entry
    }

    fn account_folder(&self) -> String {
        let organization = self.chain.organization.as_ref().map(|id| format!("{id}/")).unwrap_or_default();
        format!("AWSLogs/{organization}{}/", self.chain.account)
    }

    fn key<'a>(&self, uri: &'a str) -> &'a str {
        uri.strip_prefix("s3://").and_then(|rest| rest.strip_prefix(&self.bucket)).map_or(uri, |key| &key[1..])
    }
}

/// A made trail.
#[derive(Debug, Clone)]
pub struct Forged {
    /// Its digests, oldest first; those of backfill are at the end.
    pub digests: Vec<ForgedDigest>,
    /// The text of its log files by address.
    pub log_files: BTreeMap<String, Vec<u8>>,
    /// The keys that signed it.
    pub keys: PublicKeys,
}

/// A made digest.
#[derive(Debug, Clone)]
pub struct ForgedDigest {
    /// Where it lies.
    pub uri: String,
    /// What it says.
    pub body: Value,
    /// What S3 keeps beside it.
    pub metadata: BTreeMap<String, String>,
}

impl ForgedDigest {
    /// Its text.
    pub fn text(&self) -> Vec<u8> {
        self.body.to_string().into_bytes()
    }

    /// Signs it as it is now. The key that it names stays.
    ///
    /// # Panics
    ///
    /// When it was changed so that it is no digest any more.
    pub fn sign(&mut self, signer: &Signer) {
        let text = self.text();
        let digest = Digest::parse(&text).expect("a digest");
        let signature = signer.sign(&string_to_sign(&digest, &FileHash::of(&text)));
        self.metadata.insert("signature".to_owned(), signature);
        self.metadata.insert("signature-algorithm".to_owned(), "SHA256withRSA".to_owned());
    }

    /// The object of what it says, to change it.
    ///
    /// # Panics
    ///
    /// When somebody made it something else than an object.
    pub fn fields(&mut self) -> &mut Map<String, Value> {
        self.body.as_object_mut().expect("an object")
    }
}

impl Forged {
    /// The digests as they are read from a bucket.
    pub fn digest_files(&self) -> Vec<DigestFile> {
        let read = |digest: &ForgedDigest| {
            DigestFile::read(&digest.uri, &gzip(&digest.text()), Metadata::from_pairs(&digest.metadata))
        };
        self.digests.iter().map(read).collect()
    }

    /// The log files as they are found in a bucket.
    pub fn log_files(&self, held: Held) -> LogFiles {
        let mut files = LogFiles::new(held);
        for (uri, text) in &self.log_files {
            files.insert(uri, Content::Hash(FileHash::of(text)), None);
        }
        files
    }

    /// All objects as they are stored, by address, with their metadata.
    pub fn objects(&self) -> impl Iterator<Item = (&str, Vec<u8>, BTreeMap<String, String>)> {
        let digests = self.digests.iter().map(|digest| (digest.uri.as_str(), digest.text(), digest.metadata.clone()));
        let logs = self.log_files.iter().map(|(uri, text)| (uri.as_str(), text.clone(), BTreeMap::new()));
        digests.chain(logs).map(|(uri, text, metadata)| (uri, gzip(&text), metadata))
    }
}

/// A text as a gzip of one member.
pub fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    // Writing to memory does not fail.
    encoder.write_all(text).and_then(|()| encoder.finish()).unwrap_or_default()
}
