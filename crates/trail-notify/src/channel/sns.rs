//! Messages to an AWS SNS topic, with attributes that subscribers can filter by.
//!
//! Limits are those of the SNS API reference, action Publish: subject up to 100 printable ASCII characters, message and
//! attributes together 256 KiB, FIFO ids up to 128 characters.

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use aws_config::Region;
use aws_config::retry::RetryConfig;
use aws_sdk_sns::Client;
use aws_sdk_sns::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_sns::operation::publish::PublishError;
use aws_sdk_sns::types::MessageAttributeValue;
use serde::{Deserialize, Serialize};

use super::{Channel, Format, OpenError, SendError, SendErrorKind, Shared};
use crate::clean;
use crate::config::Problems;
use crate::rate::Rate;
use crate::render::Parcel;
use crate::wait;

const MESSAGE_BYTES: usize = 256 * 1024;
const SUBJECT_CHARS: usize = 100;

/// Settings of a channel of kind `sns`. Credentials come from the AWS settings of the program; the region is the topic's.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnsConfig {
    /// `arn:aws:sns:<region>:<account>:<name>`; a name that ends in `.fifo` is a FIFO topic.
    pub topic_arn: String,
    /// Another endpoint than AWS's own, such as a VPC endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint_url: Option<String>,
    /// `text` for people, `json` for programs (one object, cut to what SNS takes), `ocsf` or `asff` for findings in those forms (a
    /// list; as many messages as it takes).
    #[serde(default, alias = "body")]
    pub format: Format,
    /// Tags that become message attributes beside `severity`, at most 9 (raw delivery to SQS takes 10 in all).
    #[serde(default = "default_attributes")]
    pub attributes: Vec<String>,
    /// The longest time for one publish.
    #[serde(default = "default_limit", with = "wait")]
    pub time_limit: Duration,
    /// How many messages go out in a time, such as `30/1m`.
    #[serde(default = "Rate::none")]
    pub rate: Rate,
}

fn default_attributes() -> Vec<String> {
    ["account", "detection"].map(String::from).into()
}

fn default_limit() -> Duration {
    Duration::from_secs(30)
}

impl SnsConfig {
    pub(crate) fn check(&self, key: &str, found: &mut Problems) {
        if self.region().is_none() {
            found.add(
                &format!("{key}.topic_arn"),
                format!("is no topic: `{}` (write `arn:aws:sns:<region>:<account>:<name>`)", self.topic_arn),
            );
        }
        if self.endpoint_url.as_ref().is_some_and(|url| !url.starts_with("https://") && !url.starts_with("http://")) {
            found.add(&format!("{key}.endpoint_url"), "is no URL (begin it with `https://`)");
        }
        if self.time_limit.is_zero() {
            found.add(&format!("{key}.time_limit"), "is 0 (use `30s`)");
        }
        if self.attributes.len() > 9 {
            found.add(&format!("{key}.attributes"), "has more than 9 names (leave some out)");
        }
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        for name in self.attributes.iter().filter(|n| n.is_empty() || !n.bytes().all(plain) || *n == "severity") {
            let text = format!("cannot hold `{name}` (letters, digits, `-`, `_`; `severity` is there anyway)");
            found.add(&format!("{key}.attributes"), text);
        }
    }

    fn region(&self) -> Option<&str> {
        match self.topic_arn.split(':').collect::<Vec<_>>()[..] {
            ["arn", partition, "sns", region, account, name]
                if partition.starts_with("aws") && !region.is_empty() && !account.is_empty() && !name.is_empty() =>
            {
                Some(region)
            }
            _ => None,
        }
    }
}

pub(crate) struct Sns {
    client: Client,
    config: SnsConfig,
}

impl Sns {
    pub(crate) fn open(config: &SnsConfig, wiring: &Shared) -> Result<Self, OpenError> {
        let aws = wiring.aws.as_ref();
        let aws =
            aws.ok_or_else(|| OpenError::new("kind", "is `sns`, but no AWS settings were loaded (set a region)"))?;
        let region = config.region().ok_or_else(|| OpenError::new("topic_arn", "is no topic ARN"))?;
        // The outbox tries again; a client that does so too would only hide it and eat the time limit.
        let mut settings = aws_sdk_sns::config::Builder::from(aws)
            .region(Region::new(region.to_owned()))
            .retry_config(RetryConfig::disabled());
        if let Some(url) = &config.endpoint_url {
            settings = settings.endpoint_url(url);
        }
        Ok(Self { client: Client::from_conf(settings.build()), config: config.clone() })
    }

    fn attributes(&self, parcel: &Parcel) -> Vec<(String, MessageAttributeValue)> {
        let mut out = Vec::new();
        let mut add = |name: &str, kind: &str, value: String| {
            // Neither builder call fails with a data type set.
            if let Ok(value) = MessageAttributeValue::builder().data_type(kind).string_value(value).build() {
                out.push((name.to_owned(), value));
            }
        };
        add("severity", "String", parcel.severity().name().to_owned());
        for name in &self.config.attributes {
            let values = parcel.values(name).into_iter().map(|v| clean::line(v, 100));
            let mut values: BTreeSet<String> = values.filter(|v| !v.is_empty()).collect();
            if values.len() > 1 {
                // Filter policies look into each value of an array.
                let some: Vec<_> = values.into_iter().take(10).collect();
                add(name, "String.Array", serde_json::Value::from(some).to_string());
            } else if let Some(value) = values.pop_first() {
                add(name, "String", value);
            }
        }
        out
    }
}

#[async_trait]
impl Channel for Sns {
    fn time_limit(&self) -> Duration {
        self.config.time_limit
    }

    fn rate(&self) -> Rate {
        self.config.rate
    }

    fn for_people(&self) -> bool {
        self.config.format == Format::Text
    }

    async fn send(&self, parcel: &Parcel) -> Result<(), SendError> {
        let attributes = self.attributes(parcel);
        let taken: usize = attributes
            .iter()
            .map(|(name, v)| name.len() + v.data_type().len() + v.string_value().map_or(0, str::len))
            .sum();
        let room = MESSAGE_BYTES - taken;
        let messages = match self.config.format {
            Format::Text => vec![fit(parcel.page().text()?, room)],
            Format::Json => vec![parcel.json_object(room)],
            format => parcel.lists(format, room)?,
        };
        let page = parcel.page();
        let subject = clean::ascii(&format!("{}: {}", page.severity.to_uppercase(), page.headline(75)), SUBJECT_CHARS);
        for (n, message) in messages.into_iter().enumerate() {
            let publish = self.client.publish().topic_arn(&self.config.topic_arn).subject(&subject).message(message);
            let mut publish = publish.set_message_attributes(Some(attributes.iter().cloned().collect()));
            if self.config.topic_arn.ends_with(".fifo") {
                publish = publish.message_group_id(&parcel.group).message_deduplication_id(parcel.part_id(n));
            }
            publish.send().await.map_err(|error| failure(&error))?;
        }
        Ok(())
    }
}

fn failure(error: &SdkError<PublishError>) -> SendError {
    use PublishError::{
        EndpointDisabledException, InvalidParameterException, InvalidParameterValueException,
        PlatformApplicationDisabledException, ValidationException,
    };
    let kind = match error.as_service_error() {
        Some(
            EndpointDisabledException(_)
            | InvalidParameterException(_)
            | InvalidParameterValueException(_)
            | PlatformApplicationDisabledException(_)
            | ValidationException(_),
        ) => SendErrorKind::Permanent,
        // No topic, no permission, no key, throttled, no network: nothing gets through until someone acts or time passes.
        _ => SendErrorKind::Down,
    };
    let text = match error.as_service_error() {
        Some(service) => {
            format!("{}: {}", service.code().unwrap_or("error"), service.message().unwrap_or("no message"))
        }
        None => DisplayErrorContext(error).to_string(),
    };
    SendError::new(kind, clean::line(&text, 500))
}

fn fit(text: String, room: usize) -> String {
    const NOTE: &str = "\n\n[cut: the message is longer than SNS takes]\n";
    if text.len() <= room { text } else { format!("{}{NOTE}", clean::prefix(&text, room - NOTE.len())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_cut_between_characters() {
        let text = fit("é".repeat(200_000), MESSAGE_BYTES);
        assert!(text.len() <= MESSAGE_BYTES && text.len() > MESSAGE_BYTES - 4);
        assert!(text.ends_with("SNS takes]\n"));
        assert_eq!(fit("short".into(), MESSAGE_BYTES), "short");
    }

    #[test]
    fn topics() {
        fn check(arn: &str, region: Option<&str>) {
            let config: SnsConfig = toml::from_str(&format!("topic_arn = \"{arn}\"")).unwrap();
            assert_eq!(config.region(), region, "{arn}");
        }
        check("arn:aws:sns:eu-west-1:111122223333:a", Some("eu-west-1"));
        check("arn:aws-us-gov:sns:us-gov-west-1:111122223333:a.fifo", Some("us-gov-west-1"));
        check("arn:aws:sns:eu-west-1:111122223333:a:b", None);
        check("arn:aws:sqs:eu-west-1:111122223333:a", None);
        check("arn:aws:sns::111122223333:a", None);
        check("alerts", None);
    }
}
