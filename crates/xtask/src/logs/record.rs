//! One CloudTrail record, and the identities that records bear.
//!
//! Records are written as text, field by field in the order that AWS writes them: the same seed gives the same bytes.

use std::fmt::Write;

use rand::Rng;
use rand::rngs::StdRng;

/// A record before it is text. JSON-valued fields hold JSON text.
pub(super) struct Record {
    /// Seconds since 1970.
    pub(super) time: i64,
    /// The account whose trail gets it.
    pub(super) account: String,
    pub(super) region: &'static str,
    /// The service, without `.amazonaws.com`.
    pub(super) source: String,
    pub(super) name: String,
    pub(super) identity: String,
    pub(super) address: String,
    pub(super) agent: String,
    pub(super) error: Option<(String, String)>,
    pub(super) parameters: String,
    pub(super) response: String,
    pub(super) extra: Option<String>,
    pub(super) read_only: bool,
    pub(super) resources: Option<String>,
    pub(super) kind: &'static str,
    pub(super) data: bool,
    pub(super) shared: Option<String>,
    /// Made by a person in the AWS console.
    pub(super) console: bool,
}

/// A record as it is delivered.
#[derive(Clone)]
pub(super) struct Event {
    pub(super) time: i64,
    pub(super) account: String,
    pub(super) region: &'static str,
    pub(super) id: String,
    pub(super) json: String,
}

impl Record {
    /// A successful management call with nothing special about it.
    pub(super) fn call(time: i64, account: &str, region: &'static str, source: &str, name: &str) -> Record {
        Record {
            time,
            account: account.to_owned(),
            region,
            source: source.to_owned(),
            name: name.to_owned(),
            identity: String::new(),
            address: String::new(),
            agent: String::new(),
            error: None,
            parameters: "null".to_owned(),
            response: "null".to_owned(),
            extra: None,
            read_only: false,
            resources: None,
            kind: "AwsApiCall",
            data: false,
            shared: None,
            console: false,
        }
    }

    /// The record's text, with fresh ids.
    pub(super) fn event(self, rng: &mut StdRng) -> Event {
        let id = uuid(rng);
        let mut json = String::with_capacity(1536);
        let out = &mut json;
        out.push_str(r#"{"eventVersion":"1.10","userIdentity":"#);
        out.push_str(&self.identity);
        let time = timestamp(self.time);
        put(out, "eventTime", &time);
        put(out, "eventSource", &format!("{}.amazonaws.com", self.source));
        put(out, "eventName", &self.name);
        put(out, "awsRegion", self.region);
        put(out, "sourceIPAddress", &self.address);
        put(out, "userAgent", &self.agent);
        if let Some((code, message)) = &self.error {
            if !code.is_empty() {
                put(out, "errorCode", code);
            }
            put(out, "errorMessage", message);
        }
        raw(out, "requestParameters", &self.parameters);
        raw(out, "responseElements", &self.response);
        if let Some(extra) = &self.extra {
            raw(out, "additionalEventData", extra);
        }
        put(out, "requestID", &uuid(rng));
        put(out, "eventID", &id);
        raw(out, "readOnly", if self.read_only { "true" } else { "false" });
        if let Some(resources) = &self.resources {
            raw(out, "resources", resources);
        }
        put(out, "eventType", self.kind);
        raw(out, "managementEvent", if self.data { "false" } else { "true" });
        put(out, "recipientAccountId", &self.account);
        if let Some(shared) = &self.shared {
            put(out, "sharedEventID", shared);
        }
        put(out, "eventCategory", if self.data { "Data" } else { "Management" });
        // Calls that a service makes, and sign-ins, bear none.
        if self.kind == "AwsApiCall" && !self.address.ends_with(".amazonaws.com") {
            let (cipher, exchange) = ("TLS_AES_128_GCM_SHA256", "x25519");
            let _ = write!(
                out,
                r#","tlsDetails":{{"tlsVersion":"TLSv1.3","cipherSuite":"{cipher}","clientProvidedHostHeader":"{}.{}.amazonaws.com","keyExchange":"{exchange}"}}"#,
                self.source, self.region
            );
        }
        if self.console {
            put(out, "sessionCredentialFromConsole", "true");
        }
        out.push('}');
        Event { time: self.time, account: self.account, region: self.region, id, json }
    }
}

/// A text field. Ours hold nothing but quotes that needs escaping.
fn put(out: &mut String, name: &str, value: &str) {
    let _ = write!(out, r#","{name}":"{}""#, value.replace('"', "\\\""));
}

fn raw(out: &mut String, name: &str, json: &str) {
    let _ = write!(out, r#","{name}":{json}"#);
}

/// A random id in the form of a UUID.
pub(super) fn uuid(rng: &mut StdRng) -> String {
    let bits = rng.random::<u128>() & !(0xf << 76) & !(0xc << 60) | (4 << 76) | (8 << 60);
    let hex = format!("{bits:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// Random characters of an alphabet.
pub(super) fn letters(rng: &mut StdRng, alphabet: &[u8], count: usize) -> String {
    (0..count).map(|_| char::from(alphabet[rng.random_range(0..alphabet.len())])).collect()
}

/// What AWS makes ids of.
pub(super) const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Seconds since 1970 as CloudTrail writes a time.
pub(super) fn timestamp(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map(|time| time.to_string()).unwrap_or_default()
}

/// `userIdentity` of each kind of caller, as JSON text.
pub(super) mod identity {
    use super::timestamp;

    /// The root user: signed in to the console without MFA, with the session's key where it has one.
    pub(crate) fn root(account: &str, key: &str, created: i64) -> String {
        let session = if key.is_empty() { String::new() } else { session(created, false) };
        let key = if key.is_empty() { String::new() } else { format!(r#","accessKeyId":"{key}""#) };
        format!(
            r#"{{"type":"Root","principalId":"{account}","arn":"arn:aws:iam::{account}:root","accountId":"{account}"{key}{session}}}"#
        )
    }

    /// An IAM user, by an access key of its own, or by a session's when `created` says since when.
    pub(crate) fn user(account: &str, (id, name): (&str, &str), key: &str, created: Option<(i64, bool)>) -> String {
        let session = created.map(|(time, mfa)| session(time, mfa)).unwrap_or_default();
        let key = if key.is_empty() { String::new() } else { format!(r#","accessKeyId":"{key}""#) };
        format!(
            r#"{{"type":"IAMUser","principalId":"{id}","arn":"arn:aws:iam::{account}:user/{name}","accountId":"{account}"{key},"userName":"{name}"{session}}}"#
        )
    }

    fn session(created: i64, mfa: bool) -> String {
        format!(
            r#","sessionContext":{{"sessionIssuer":{{}},"webIdFederationData":{{}},"attributes":{{"creationDate":"{}","mfaAuthenticated":"{mfa}"}}}}"#,
            timestamp(created)
        )
    }

    /// A role's session. `path` is the role's name with its path; `more` is JSON to add to the context and to the identity.
    pub(crate) fn role(
        account: &str,
        (id, path): (&str, &str),
        name: &str,
        key: &str,
        created: i64,
        more: (&str, &str),
    ) -> String {
        let short = path.rsplit('/').next().unwrap_or(path);
        format!(
            r#"{{"type":"AssumedRole","principalId":"{id}:{name}","arn":"arn:aws:sts::{account}:assumed-role/{short}/{name}","accountId":"{account}","accessKeyId":"{key}","sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"{id}","arn":"arn:aws:iam::{account}:role/{path}","accountId":"{account}","userName":"{short}"}},"attributes":{{"creationDate":"{}","mfaAuthenticated":"false"}}{}}}{}}}"#,
            timestamp(created),
            more.0,
            more.1
        )
    }

    /// An AWS service on its own behalf.
    pub(crate) fn service(name: &str) -> String {
        format!(r#"{{"type":"AWSService","invokedBy":"{name}"}}"#)
    }
}
