//! JSON posted to a URL, signed by HMAC-SHA256 as the Standard Webhooks specification says (<https://www.standardwebhooks.com>): the
//! receiver sees that it is from us, when it was sent, and whether it had it before.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::http::{Post, Poster, check_url};
use super::{Channel, Format, OpenError, SendError, Shared};
use crate::clean;
use crate::config::Problems;
use crate::rate::Rate;
use crate::render::Parcel;
use crate::secret::{Secret, Stored};
use crate::wait;

/// What stands around the notices of a message in our own JSON.
const FRAME_BYTES: usize = 2_048;
/// Headers that are ours to set.
const OURS: [&str; 6] =
    ["content-type", "content-length", "host", "webhook-id", "webhook-timestamp", "webhook-signature"];

/// Settings of a channel of kind `webhook`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// Where to post. One of the three; `https`, unless it is on this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// File that holds the URL in its first line, where it is a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url_file: Option<PathBuf>,
    /// Environment variable that holds the URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url_env: Option<String>,
    /// `json`: an object with the notices. `ocsf`, `asff`: a list of findings in that form.
    #[serde(default = "Format::json")]
    pub format: Format,
    /// File that holds the signing secret in its first line: `whsec_` and base64, or any text, taken as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_file: Option<PathBuf>,
    /// Environment variable that holds the signing secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_env: Option<String>,
    /// Headers to send along.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Headers whose values are secrets: the environment variable that holds each.
    #[serde(default)]
    pub headers_env: BTreeMap<String, String>,
    /// PEM file of the only CAs to trust; the system's, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// Whether `http` is fine beyond this machine.
    #[serde(default)]
    pub plain_http: bool,
    /// The longest message; a delivery that is longer takes several.
    #[serde(default = "default_body_bytes")]
    pub max_body_bytes: usize,
    /// The longest time for one delivery.
    #[serde(default = "default_limit", with = "wait")]
    pub time_limit: Duration,
    /// How many deliveries go out in a time, such as `30/1m`.
    #[serde(default = "Rate::none")]
    pub rate: Rate,
}

fn default_limit() -> Duration {
    Duration::from_secs(30)
}

fn default_body_bytes() -> usize {
    1024 * 1024
}

impl WebhookConfig {
    pub(crate) fn check(&self, key: &str, found: &mut Problems) {
        let mut add = |part: &str, text: String| found.add(&format!("{key}.{part}"), text);
        let named = [self.url.is_some(), self.url_file.is_some(), self.url_env.is_some()];
        if named.into_iter().filter(|named| *named).count() != 1 {
            add("url", "needs one of `url`, `url_file` and `url_env`".to_owned());
        }
        if let Some(Err(text)) = self.url.as_ref().map(|url| check_url(url, self.plain_http)) {
            add("url", text);
        }
        if self.secret_file.is_some() && self.secret_env.is_some() {
            add("secret_env", "stands beside `secret_file` (keep one of them)".to_owned());
        }
        let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        for name in self.headers.keys().chain(self.headers_env.keys()) {
            if name.is_empty() || !name.bytes().all(token) {
                add("headers", format!("has a name that is none: `{}`", clean::line(name, 60)));
            }
            if OURS.contains(&name.to_ascii_lowercase().as_str()) {
                add("headers", format!("cannot set `{name}`, which is set by itself"));
            }
        }
        for (name, _) in self.headers.iter().filter(|(_, value)| !is_header_value(value)) {
            add("headers", format!("has a value for `{name}` that is no line of ASCII"));
        }
        if self.max_body_bytes < 16 * 1024 {
            add("max_body_bytes", format!("is {} (use at least 16384)", self.max_body_bytes));
        }
        if self.time_limit.is_zero() {
            add("time_limit", "is 0 (use `30s`)".to_owned());
        }
        self.format.check_for_programs(key, found);
    }

    pub(crate) fn secret_variables(&self) -> Vec<&str> {
        let named = self.url_env.iter().chain(&self.secret_env).chain(self.headers_env.values());
        named.map(String::as_str).collect()
    }
}

fn is_header_value(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b' '..=b'~'))
}

/// A URL as it stands in the config, or as a secret.
enum Place {
    Known(String),
    Secret(Stored),
}

pub(crate) struct Webhook {
    config: WebhookConfig,
    place: Place,
    key: Option<Stored>,
    headers: Vec<(String, String)>,
    secret_headers: Vec<(String, Secret)>,
    poster: Poster,
}

impl Webhook {
    pub(crate) fn open(config: &WebhookConfig, wiring: &Shared) -> Result<Self, OpenError> {
        let stored = |keys, file: &Option<PathBuf>, env: &Option<String>| {
            Stored::open(keys, file.as_deref(), env.as_deref(), wiring)
        };
        let place = match &config.url {
            Some(url) => Place::Known(url.clone()),
            None => stored(("url_file", "url_env"), &config.url_file, &config.url_env)?
                .map(Place::Secret)
                .ok_or_else(|| OpenError::new("url", "is missing"))?,
        };
        let mut secret_headers = Vec::new();
        for (header, variable) in &config.headers_env {
            let value = Stored::open(("headers", "headers_env"), None, Some(variable), wiring)?;
            if let Some(Stored::Known(value)) = value {
                if !is_header_value(value.reveal()) {
                    let text = format!("names `{variable}`, which holds more than a line of ASCII");
                    return Err(OpenError::new("headers_env", text));
                }
                secret_headers.push((header.clone(), value));
            }
        }
        Ok(Self {
            place,
            key: stored(("secret_file", "secret_env"), &config.secret_file, &config.secret_env)?,
            headers: config.headers.clone().into_iter().collect(),
            secret_headers,
            poster: Poster::open(config.ca_file.as_deref())?,
            config: config.clone(),
        })
    }

    fn bodies(&self, parcel: &Parcel) -> Result<Vec<String>, SendError> {
        let room = self.config.max_body_bytes;
        if self.config.format != Format::Json {
            return parcel.lists(self.config.format, room);
        }
        let lists = parcel.lists(Format::Json, room - FRAME_BYTES)?;
        let parts = lists.len();
        let frame = |(n, list): (usize, String)| {
            let head = json!({
                "delivery": parcel.id, "part": n + 1, "parts": parts, "count": parcel.count(), "severity": parcel.severity(),
            });
            let head = head.to_string();
            format!("{},\"notices\":{list}}}", head.trim_end_matches('}'))
        };
        Ok(lists.into_iter().enumerate().map(frame).collect())
    }
}

/// The signature of a message: over its id, its time and its body.
fn signature(secret: &str, id: &str, time: i64, body: &str) -> String {
    let key = secret.strip_prefix("whsec_").and_then(|text| STANDARD.decode(text).ok());
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_deref().unwrap_or(secret.as_bytes()));
    let tag = hmac::sign(&key, format!("{id}.{time}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(tag.as_ref()))
}

#[async_trait]
impl Channel for Webhook {
    fn time_limit(&self) -> Duration {
        self.config.time_limit
    }

    fn rate(&self) -> Rate {
        self.config.rate
    }

    fn for_people(&self) -> bool {
        false
    }

    async fn send(&self, parcel: &Parcel) -> Result<(), SendError> {
        let secret_url = match &self.place {
            Place::Known(_) => None,
            Place::Secret(stored) => Some(stored.read().await?),
        };
        let url = match (&self.place, &secret_url) {
            (Place::Known(url), _) => url,
            (_, Some(secret)) => {
                let checked = check_url(secret.reveal(), self.config.plain_http);
                checked.map_err(|text| SendError::new(super::SendErrorKind::Down, format!("the secret URL {text}")))?;
                secret.reveal()
            }
            _ => "",
        };
        let key = match &self.key {
            Some(stored) => Some(stored.read().await?),
            None => None,
        };
        for (n, body) in self.bodies(parcel)?.into_iter().enumerate() {
            let (id, time) = (parcel.part_id(n), parcel.now.as_second());
            let mut headers = self.headers.clone();
            headers.extend(self.secret_headers.iter().map(|(name, value)| (name.clone(), value.reveal().to_owned())));
            let mut set = |name: &str, value: String| headers.push((name.to_owned(), value));
            set("content-type", "application/json".to_owned());
            set("webhook-id", id.clone());
            set("webhook-timestamp", time.to_string());
            if let Some(key) = &key {
                set("webhook-signature", signature(key.reveal(), &id, time, &body));
            }
            let secrets = secret_url.iter().chain(&key).chain(self.secret_headers.iter().map(|(_, value)| value));
            let secrets = secrets.map(Secret::reveal).collect();
            self.poster.post(Post { url, headers, body, secrets }).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn signatures_are_those_of_the_specification() {
        // Computed with Python's hmac over "msg_1.1700000000.{}".
        let key = b"0123456789abcdef01234567";
        let want = "v1,DjijpYnPcWcWSiPdvC93sCoKwGNWcH97A32JApk39OU=";
        let encoded = format!("whsec_{}", STANDARD.encode(key));
        assert_eq!(signature(&encoded, "msg_1", 1_700_000_000, "{}"), want);
        assert_eq!(signature("0123456789abcdef01234567", "msg_1", 1_700_000_000, "{}"), want);
        assert_ne!(signature(&encoded, "msg_1", 1_700_000_001, "{}"), want);
    }

    #[test]
    fn all_notices_go_out_in_parts_that_fit() {
        let config: WebhookConfig = toml::from_str("url = \"http://localhost/\"\nmax_body_bytes = 16384").unwrap();
        let webhook = Webhook::open(&config, &Shared::from(super::super::Wiring::default())).unwrap();
        let parcel = sample::parcel(40);
        let bodies = webhook.bodies(&parcel).unwrap();
        assert!(bodies.len() > 2);
        let mut ids = Vec::new();
        for (n, body) in bodies.iter().enumerate() {
            assert!(body.len() <= 16_384);
            let value: serde_json::Value = serde_json::from_str(body).unwrap();
            assert_eq!((&value["part"], &value["count"]), (&json!(n + 1), &json!(40)));
            ids.extend(value["notices"].as_array().unwrap().iter().map(|n| n["id"].as_str().unwrap().to_owned()));
        }
        assert_eq!(ids, (0..40).map(|n| format!("notice-{n}")).collect::<Vec<_>>());
        let mut large = sample::parcel(1);
        large.notices[0].summary = "x".repeat(20_000);
        assert!(webhook.bodies(&large).unwrap_err().text.contains("a message at most"));
    }

    #[test]
    fn settings_are_checked() {
        fn check(text: &str, want: &str) {
            let text = format!("[channels.a]\nkind = \"webhook\"\n{text}\n[default_route]\nchannels = [\"a\"]");
            let config: crate::Config = toml::from_str(&text).unwrap();
            let error = config.check().err().map(|error| error.to_string()).unwrap_or_default();
            assert!(if want.is_empty() { error.is_empty() } else { error.contains(want) }, "{text}: {error}");
        }
        check("url = \"https://example.com/a\"\nsecret_env = \"KEY\"\nheaders = { x-team = \"sec\" }", "");
        check("", "`channels.a.url` needs one of");
        check("url = \"https://example.com/a\"\nurl_env = \"A\"", "needs one of");
        check("url = \"http://example.com/a\"", "`channels.a.url` is not encrypted");
        check("url = \"https://example.com/a\"\nheaders = { Host = \"x\" }", "cannot set `Host`");
        check("url = \"https://example.com/a\"\nheaders = { \"a b\" = \"x\" }", "a name that is none");
        check("url = \"https://example.com/a\"\nheaders = { a = \"x\\ny\" }", "no line of ASCII");
        check("url = \"https://example.com/a\"\nformat = \"text\"", "`channels.a.format` is `text`");
        check("url = \"https://example.com/a\"\nmax_body_bytes = 1", "use at least 16384");
    }
}
