//! A source as settings: one of the kinds there are, from a config file or from a command line's word.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::aws::AwsConfig;
use crate::cloudwatch::CloudWatchConfig;
use crate::error::SourceError;
use crate::folder::FolderConfig;
use crate::lookup::LookupConfig;
use crate::object::Source;
use crate::s3::S3Config;
use crate::sqs::SqsConfig;
use crate::window::Window;

/// One source of log objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum SourceConfig {
    /// A folder or a file.
    Folder(FolderConfig),
    /// A bucket, or a part of one, by listing.
    S3(Box<S3Config>),
    /// A queue of SQS that tells of objects, or carries events.
    Sqs(Box<SqsConfig>),
    /// A log group of CloudWatch Logs.
    CloudWatch(Box<CloudWatchConfig>),
    /// CloudTrail's event history, to fill a gap.
    Lookup(Box<LookupConfig>),
}

impl SourceConfig {
    /// Reads what a command line names: `s3://bucket[/prefix]`, `sqs://name` or a queue's URL or ARN, `cloudwatch://group` or a log
    /// group's ARN, `lookup://[region]`, or the path of a folder or file, which must exist.
    pub fn parse(text: &str, aws: &AwsConfig, window: Window) -> Result<Self, SourceError> {
        let (aws, Window { from, to }) = (aws.clone(), window);
        if let Some(rest) = after("s3://", text) {
            let config = S3Config { from, to, aws, ..S3Config::new(format!("s3://{rest}")) };
            config.check()?;
            return Ok(Self::S3(Box::new(config)));
        }
        if let Some(rest) = after("sqs://", text) {
            return Self::queue(&format!("sqs://{rest}"), aws, window);
        }
        if after("https://", text).or(after("http://", text)).is_some() || is_arn(text, "sqs") {
            return Self::queue(text, aws, window);
        }
        if let Some(group) = after("cloudwatch://", text).or(Some(text).filter(|text| is_arn(text, "logs"))) {
            let config = CloudWatchConfig { to, aws, ..CloudWatchConfig::new(group) };
            let config = CloudWatchConfig { from: from.unwrap_or(config.from), ..config };
            config.check()?;
            return Ok(Self::CloudWatch(Box::new(config)));
        }
        if let Some(region) = after("lookup://", text) {
            let Some(from) = from else {
                return Err(SourceError::setting(
                    "from",
                    "",
                    "say where the gap begins: the event history is read by time",
                ));
            };
            let region = Some(region.trim_end_matches('/').to_owned()).filter(|region| !region.is_empty());
            let config = LookupConfig { region, to, aws, ..LookupConfig::new(from) };
            config.check()?;
            config.check_age(Timestamp::now())?;
            return Ok(Self::Lookup(Box::new(config)));
        }
        let config = FolderConfig { from, to, ..FolderConfig::new(text) };
        config.build()?;
        Ok(Self::Folder(config))
    }

    fn queue(queue: &str, aws: AwsConfig, window: Window) -> Result<Self, SourceError> {
        if let Some(when) = window.from.or(window.to) {
            let hint = "a queue has no times: name the bucket to read a part of it";
            return Err(SourceError::setting("from", when.to_string(), hint));
        }
        let config = SqsConfig { aws, ..SqsConfig::new(queue) };
        config.check()?;
        Ok(Self::Sqs(Box::new(config)))
    }

    /// The same, told to hand on CloudTrail's digests, too, where it reads objects that may be such.
    pub fn with_digests(mut self) -> Self {
        match &mut self {
            Self::Folder(config) => config.digests = true,
            Self::S3(config) => config.digests = true,
            Self::Sqs(config) => config.digests = true,
            Self::CloudWatch(_) | Self::Lookup(_) => {}
        }
        self
    }

    /// Checks the settings alone: nothing is looked for, so that a config can be checked elsewhere than where it runs.
    pub fn check(&self) -> Result<(), SourceError> {
        match self {
            Self::Folder(_) => Ok(()),
            Self::S3(config) => config.check().map(|_| ()),
            Self::Sqs(config) => config.check(),
            Self::CloudWatch(config) => config.check(),
            Self::Lookup(config) => config.check(),
        }
    }

    /// Checks the settings and makes the source. Nothing is listed before its first `next`.
    pub async fn build(&self) -> Result<Box<dyn Source>, SourceError> {
        Ok(match self {
            Self::Folder(config) => Box::new(config.build()?),
            Self::S3(config) => Box::new(config.build().await?),
            Self::Sqs(config) => Box::new(config.build().await?),
            Self::CloudWatch(config) => config.build().await?,
            Self::Lookup(config) => config.build().await?,
        })
    }
}

/// What follows a scheme, in whatever case that is written.
fn after<'a>(scheme: &str, text: &'a str) -> Option<&'a str> {
    let head = text.get(..scheme.len())?;
    head.eq_ignore_ascii_case(scheme).then(|| &text[scheme.len()..])
}

fn is_arn(text: &str, service: &str) -> bool {
    text.strip_prefix("arn:").and_then(|rest| rest.split(':').nth(1)).is_some_and(|named| named == service)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(toml: &str, expected: &str) {
        let shown = toml::from_str::<SourceConfig>(toml)
            .map_or_else(|error| error.message().to_owned(), |config| format!("{config:?}"));
        assert!(shown.starts_with(expected), "{shown}");
    }

    #[test]
    fn settings_are_strict() {
        check(
            "kind = 'folder'\npath = '/logs'\ninclude = ['*.gz']",
            "Folder(FolderConfig { path: \"/logs\", include: [\"*.gz\"]",
        );
        check(
            "kind = 's3'\nurl = 's3://b/p'\nfrom = '14d'\nfull_relist = '12h'\n[aws]\npath_style = true",
            "S3(S3Config { url: \"s3://b/p\"",
        );
        check("kind = 'folder'\npath = '/logs'\nincldue = ['*.gz']", "unknown field `incldue`");
        check("kind = 's3'\nurl = 's3://b'\nprefix = 'p'", "unknown field `prefix`");
        check("kind = 's3'\nurl = 's3://b'\nfrom = 'yesterday'", "`yesterday` is not a time: write a day");
        check("kind = 's3'\nurl = 's3://b'\nfull_relist = 'daily'", "`daily` is not a length of time: write");
        check("kind = 's3'\nurl = 's3://b'\n[aws]\nregoin = 'x'", "unknown field `regoin`");
        check(
            "kind = 'sqs'\nqueue = 'sqs://q'\nvisibility = '2m'\nbuckets = ['b']",
            "Sqs(SqsConfig { queue: \"sqs://q\"",
        );
        check("kind = 'sqs'\nqueue = 'sqs://q'\nvisiblity = '2m'", "unknown field `visiblity`");
        check("kind = 'cloudwatch'\ngroup = 'g'\noverlap = '1h'", "CloudWatch(CloudWatchConfig { group: \"g\"");
        check("kind = 'cloudwatch'\ngroup = 'g'\nlookback = '1h'", "unknown field `lookback`");
        check(
            "kind = 'lookup'\nfrom = '7d'\nregion = 'eu-west-1'",
            "Lookup(LookupConfig { region: Some(\"eu-west-1\")",
        );
        check("kind = 'lookup'\nregion = 'eu-west-1'", "missing field `from`");
        check("kind = 'ftp'", "unknown variant `ftp`, expected one of `folder`, `s3`, `sqs`, `cloudwatch`, `lookup`");
        check("kind = 's3'", "missing field `url`");
    }

    #[test]
    fn settings_survive_being_written() {
        for text in [
            "kind = 's3'\nurl = 's3://b'\nfrom = '2026-03-01'\nto = '1d'\nrelist_days = 5",
            "kind = 'sqs'\nqueue = 'sqs://q'\nwait = '5s'\naccounts = ['111111111111']",
            "kind = 'cloudwatch'\ngroup = 'g'\nfrom = '2026-03-01'\noverlap = '30m'",
            "kind = 'lookup'\nfrom = '7d'\nto = '2026-03-01T12:00:00Z'",
        ] {
            let config: SourceConfig = toml::from_str(text).expect("good settings");
            let text = toml::to_string(&config).expect("TOML");
            assert_eq!(toml::from_str::<SourceConfig>(&text).expect("good settings"), config, "{text}");
        }
    }

    #[test]
    fn command_lines_name_sources() {
        #[track_caller]
        fn check(text: &str, from: Option<&str>, expected: &str) {
            let window = Window::parse(from, None).expect("a window");
            let shown = match SourceConfig::parse(text, &AwsConfig::default(), window) {
                Ok(SourceConfig::Folder(_)) => "folder".to_owned(),
                Ok(SourceConfig::S3(config)) => format!("S3 {}", config.url),
                Ok(SourceConfig::Sqs(config)) => format!("SQS {}", config.queue),
                Ok(SourceConfig::CloudWatch(config)) => format!("CloudWatch {} from {}", config.group, config.from),
                Ok(SourceConfig::Lookup(config)) => format!("lookup {:?} from {}", config.region, config.from),
                Err(error) => error.to_string(),
            };
            assert!(shown.starts_with(expected), "{shown}");
        }
        check("S3://bucket/a", None, "S3 s3://bucket/a");
        check("s3://", None, "`s3://` is not a valid `url`: write `s3://bucket` or");
        check(".", None, "folder");
        let missing = "there is no file or folder `./no-such-folder` (an S3 address starts with `s3://`)";
        check("./no-such-folder", None, missing);
        check("SQS://trail", None, "SQS sqs://trail");
        let queues = ["https://sqs.eu-west-1.amazonaws.com/111111111111/q", "arn:aws:sqs:eu-west-1:111111111111:q"];
        for queue in queues {
            check(queue, None, &format!("SQS {queue}"));
        }
        check("https://example.com/", None, "`https://example.com/` is not a valid `queue`: write `sqs://name`");
        check("sqs://trail", Some("1d"), "`86400s` is not a valid `from`: a queue has no times");
        check("cloudwatch://trail/logs", None, "CloudWatch trail/logs from 86400s");
        let group = "arn:aws:logs:eu-west-1:111111111111:log-group:g:*";
        check(group, Some("2026-03-01"), &format!("CloudWatch {group} from 2026-03-01"));
        check("lookup://eu-west-1", Some("7d"), "lookup Some(\"eu-west-1\") from 604800s");
        check("lookup://", Some("7d"), "lookup None from 604800s");
        check("lookup://eu-west-1", None, "`` is not a valid `from`: say where the gap begins");
        check("lookup://eu-west-1", Some("91d"), "`7862400s` is not a valid `from`: LookupEvents goes back 90 days");
        check("lookup://Frankfurt", Some("7d"), "`Frankfurt` is not a valid `regions`");
    }
}
