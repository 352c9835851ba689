//! A log group of CloudWatch Logs that a trail writes to, read by time through FilterLogEvents. [`timed`](crate::timed) says how
//! the slices of time become objects.

use std::time::Duration;

use async_trait::async_trait;
use aws_config::retry::RetryConfig;
use aws_sdk_cloudwatchlogs::Client;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::aws::AwsConfig;
use crate::error::SourceError;
use crate::layout;
use crate::object::Source;
use crate::sdk_error::{Doing, from_sdk};
use crate::timed::{Course, Slice, Slices, Timed, full_relist};
use crate::window::{When, Window, duration_text};

const CALL: &str = "logs:FilterLogEvents";
/// The time that one object is of.
const SLICE: SignedDuration = SignedDuration::from_mins(5);

/// A log group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloudWatchConfig {
    /// The log group, by name or by ARN.
    pub group: String,
    /// Read only the streams whose names begin so; those of one account are `<account>_CloudTrail`.
    #[serde(default)]
    pub streams: Option<String>,
    /// Where the first pass begins; `24h` by default. Set it longer than the daemon may ever be down: no state is kept.
    #[serde(default = "from")]
    pub from: When,
    /// Where reading ends; open by default.
    #[serde(default)]
    pub to: Option<When>,
    /// How far each pass reaches back behind what the last one has read, for events that are taken in late; `15m` by default.
    #[serde(default = "overlap", with = "duration_text")]
    pub overlap: Duration,
    /// How often a pass begins at `from` again; `24h` by default.
    #[serde(default = "full_relist", with = "duration_text")]
    pub full_relist: Duration,
    /// How to reach it.
    #[serde(default)]
    pub aws: AwsConfig,
}

fn from() -> When {
    When::Ago(full_relist())
}

fn overlap() -> Duration {
    Duration::from_secs(15 * 60)
}

impl CloudWatchConfig {
    /// All events of a log group of the last day, and from then on.
    pub fn new(group: impl Into<String>) -> Self {
        Self {
            group: group.into(),
            streams: None,
            from: from(),
            to: None,
            overlap: overlap(),
            full_relist: full_relist(),
            aws: AwsConfig::default(),
        }
    }

    /// Checks the settings and makes a client. Asks nothing of the log group yet.
    pub async fn build(&self) -> Result<Box<dyn Source>, SourceError> {
        let group = self.checked()?;
        let region = self.aws.region.clone().or_else(|| group.region.clone());
        let sdk = AwsConfig { region, ..self.aws.clone() }.load().await?;
        let course = Course {
            uri: format!("cloudwatch://{}", group.name),
            window: Window { from: Some(self.from), to: self.to },
            overlap: self.overlap,
            full_relist: self.full_relist,
            slice: SLICE,
        };
        let config = aws_sdk_cloudwatchlogs::config::Builder::from(&sdk).retry_config(patient()).build();
        let name = format!("cloudwatch://{}", self.group);
        let streams = self.streams.clone();
        let slices = LogGroup { client: Client::from_conf(config), shown: name.clone(), group, streams };
        Ok(Box::new(Timed::new(name, course, slices)))
    }

    /// Checks what can be checked without asking anyone.
    pub(crate) fn check(&self) -> Result<(), SourceError> {
        self.checked().map(|_| ())
    }

    fn checked(&self) -> Result<Group, SourceError> {
        Window { from: Some(self.from), to: self.to }.check(Timestamp::now())?;
        self.aws.check()?;
        Group::parse(&self.group)
    }
}

/// Retries for services that share a few calls a second among all who ask. Not the adaptive ones: after a refusal those go on at
/// one call in many seconds, for good.
pub(crate) fn patient() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(8).with_max_backoff(Duration::from_secs(20))
}

/// A log group as it is asked for.
#[derive(Debug)]
struct Group {
    name: String,
    region: Option<String>,
    /// Without the `:*` that some places write at its end.
    arn: Option<String>,
}

impl Group {
    fn parse(text: &str) -> Result<Self, SourceError> {
        let wrong = || {
            let hint = "write a log group's name, or its ARN `arn:aws:logs:region:account:log-group:name`";
            SourceError::setting("group", text, hint)
        };
        let fits = |name: &str| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-/.#".contains(&byte);
            (1..=512).contains(&name.len()) && name.bytes().all(allowed)
        };
        let Some(rest) = text.strip_prefix("arn:") else {
            let group = Self { name: text.to_owned(), region: None, arn: None };
            return if fits(text) { Ok(group) } else { Err(wrong()) };
        };
        let parts: Vec<&str> = rest.strip_suffix(":*").unwrap_or(rest).split(':').collect();
        match parts[..] {
            [_, "logs", region, account, "log-group", name]
                if layout::is_region(region) && layout::is_account(account) && fits(name) =>
            {
                let arn = text.strip_suffix(":*").unwrap_or(text).to_owned();
                Ok(Self { name: name.to_owned(), region: Some(region.to_owned()), arn: Some(arn) })
            }
            _ => Err(wrong()),
        }
    }
}

/// The log group's answers.
#[derive(Debug)]
struct LogGroup {
    client: Client,
    shown: String,
    group: Group,
    streams: Option<String>,
}

#[async_trait]
impl Slices for LogGroup {
    async fn read(&self, from: Timestamp, to: Timestamp, slice: &mut Slice) -> Result<(), SourceError> {
        let doing = Doing::Calling { call: CALL, place: &self.shown };
        let mut token: Option<String> = None;
        loop {
            let request = self.client.filter_log_events();
            let request = match &self.group.arn {
                Some(arn) => request.log_group_identifier(arn),
                None => request.log_group_name(&self.group.name),
            };
            let page = request
                .set_log_stream_name_prefix(self.streams.clone())
                .start_time(from.as_millisecond())
                // Its end is wanted, too, unlike ours.
                .end_time(to.as_millisecond() - 1)
                .set_next_token(token.clone())
                .send()
                .await
                .map_err(|error| from_sdk(&doing, &error))?;
            for event in page.events() {
                let Some(message) = event.message() else { continue };
                slice.add(event.timestamp().unwrap_or(0), event.event_id().unwrap_or_default(), message.trim()).await;
            }
            // A page without events says nothing: only the token tells the end.
            match page.next_token {
                None => return Ok(()),
                Some(next) if token.as_ref() == Some(&next) => {
                    let reason = "the answer repeats its own token".to_owned();
                    return Err(SourceError::Call { call: CALL, place: self.shown.clone(), reason });
                }
                next => token = next,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(group: &str, expected: &str) {
        let shown = Group::parse(group).map_or_else(
            |error| error.to_string(),
            |Group { name, region, arn }| {
                format!("{name} {} {}", region.as_deref().unwrap_or("-"), arn.as_deref().unwrap_or("-"))
            },
        );
        assert!(shown.starts_with(expected), "{shown}");
    }

    #[test]
    fn groups_by_name_and_arn() {
        check("CloudTrail/DefaultLogGroup", "CloudTrail/DefaultLogGroup - -");
        check("/aws/cloudtrail#1", "/aws/cloudtrail#1 - -");
        let arn = "arn:aws:logs:eu-west-1:111111111111:log-group:trail/logs";
        check(arn, &format!("trail/logs eu-west-1 {arn}"));
        check(&format!("{arn}:*"), &format!("trail/logs eu-west-1 {arn}"));
        for wrong in ["", "a b", "arn:aws:logs:eu-west-1:1:log-group:x", &format!("{arn}:log-stream:x")] {
            check(wrong, &format!("`{wrong}` is not a valid `group`: write a log group's name"));
        }
    }
}
