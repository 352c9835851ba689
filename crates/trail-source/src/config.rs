//! A source as settings: one of the kinds there are, from a config file or from a command line's word.

use serde::{Deserialize, Serialize};

use crate::aws::AwsConfig;
use crate::error::SourceError;
use crate::folder::FolderConfig;
use crate::object::Source;
use crate::s3::S3Config;
use crate::window::Window;

/// One source of log objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum SourceConfig {
    /// A folder or a file.
    Folder(FolderConfig),
    /// A bucket, or a part of one, by listing.
    S3(Box<S3Config>),
}

impl SourceConfig {
    /// Reads what a command line names: `s3://bucket[/prefix]`, or the path of a folder or file, which must exist.
    pub fn parse(text: &str, aws: &AwsConfig, window: Window) -> Result<Self, SourceError> {
        if text.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("s3://")) {
            let config = S3Config {
                from: window.from,
                to: window.to,
                aws: aws.clone(),
                ..S3Config::new(format!("s3://{}", &text[5..]))
            };
            config.check()?;
            return Ok(Self::S3(Box::new(config)));
        }
        let config = FolderConfig { from: window.from, to: window.to, ..FolderConfig::new(text) };
        config.build()?;
        Ok(Self::Folder(config))
    }

    /// Checks the settings and makes the source. Nothing is listed before its first `next`.
    pub async fn build(&self) -> Result<Box<dyn Source>, SourceError> {
        Ok(match self {
            Self::Folder(config) => Box::new(config.build()?),
            Self::S3(config) => Box::new(config.build().await?),
        })
    }
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
        check("kind = 'ftp'", "unknown variant `ftp`, expected `folder` or `s3`");
        check("kind = 's3'", "missing field `url`");
    }

    #[test]
    fn settings_survive_being_written() {
        let config: SourceConfig =
            toml::from_str("kind = 's3'\nurl = 's3://b'\nfrom = '2026-03-01'\nto = '1d'\nrelist_days = 5")
                .expect("good settings");
        let text = toml::to_string(&config).expect("TOML");
        assert_eq!(toml::from_str::<SourceConfig>(&text).expect("good settings"), config, "{text}");
    }

    #[test]
    fn command_lines_name_folders_and_buckets() {
        let parse = |text: &str| SourceConfig::parse(text, &AwsConfig::default(), Window::default());
        assert!(
            matches!(parse("S3://bucket/a").expect("an address"), SourceConfig::S3(config) if config.url == "s3://bucket/a")
        );
        assert!(matches!(parse(".").expect("a folder"), SourceConfig::Folder(_)));
        let missing = parse("./no-such-folder").expect_err("it does not exist").to_string();
        assert_eq!(missing, "there is no file or folder `./no-such-folder` (an S3 address starts with `s3://`)");
        let bucket = parse("s3://").expect_err("no bucket").to_string();
        assert!(bucket.starts_with("`s3://` is not a valid `url`: write `s3://bucket` or"), "{bucket}");
    }
}
