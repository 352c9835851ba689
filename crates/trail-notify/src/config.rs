//! The `[notify]` part of the config file, strict, and the check that names each bad key with the way out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::channel::{ChannelConfig, Format};
use crate::filter::{self, Patterns};
use crate::notice::Severity;
use crate::wait;

/// Who is told, through what, and how often. Unknown keys are errors.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The SQLite file that remembers what was sent and what waits. Only one process delivers from it.
    pub outbox: PathBuf,
    /// How long the first notice of a group waits for others like it.
    #[serde(with = "wait")]
    pub group_window: Duration,
    /// The least time between two messages of one group on one channel.
    #[serde(with = "wait")]
    pub group_interval: Duration,
    /// How many notices of a group a mail lists one by one (1 to 200); the rest is counted.
    pub group_rows: usize,
    /// More messages than this that wait for a channel at once, or more notices of one group, are told as one digest (2 to
    /// 1,000). It is for channels that people read; programs get everything.
    pub digest_over: usize,
    /// The tags that a digest counts by.
    pub digest_by: Vec<String>,
    /// After so many failures in a row a channel's messages wait, and one at a time probes it.
    pub circuit_after: u32,
    /// What happens when a channel does not take a message.
    pub retry: Retry,
    /// The channels, by the names that routes use.
    pub channels: BTreeMap<String, ChannelConfig>,
    /// Every route that matches a notice adds its channels.
    pub routes: Vec<Route>,
    /// For notices that no route matches.
    pub default_route: Option<Route>,
    /// What nobody wants to hear about for a while.
    pub silences: Vec<Silence>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            outbox: PathBuf::from("trailwarden-outbox.sqlite"),
            group_window: Duration::from_secs(30),
            group_interval: Duration::from_secs(300),
            group_rows: 20,
            digest_over: 20,
            digest_by: ["detection", "account", "principal"].map(String::from).into(),
            circuit_after: 5,
            retry: Retry::default(),
            channels: BTreeMap::new(),
            routes: Vec::new(),
            default_route: None,
            silences: Vec::new(),
        }
    }
}

/// How deliveries are tried again: the wait doubles from `first` to `max`, with jitter.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retry {
    /// The wait after the first failure.
    #[serde(with = "wait")]
    pub first: Duration,
    /// The longest wait between two tries.
    #[serde(with = "wait")]
    pub max: Duration,
    /// After this time a message that its channel never took becomes a dead letter.
    #[serde(with = "wait")]
    pub give_up_after: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(5),
            max: Duration::from_secs(15 * 60),
            give_up_after: Duration::from_secs(3 * 24 * 3600),
        }
    }
}

/// Which notices go to which channels. All conditions must hold; without any, it takes every notice.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// The lowest severity that it takes.
    #[serde(default = "lowest")]
    pub min_severity: Severity,
    /// Tag name to glob or list of globs (one must match). A notice without the tag does not match.
    #[serde(default)]
    pub tags: BTreeMap<String, Patterns>,
    /// Names out of `channels`.
    pub channels: Vec<String>,
}

/// Notices that are not sent until a given time, and who answers for that. They are remembered as silenced:
/// the end of the silence does not send them late.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Silence {
    /// Tag name to glob or list of globs (one must match).
    #[serde(default)]
    pub tags: BTreeMap<String, Patterns>,
    /// The highest severity that it hides; all, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_severity: Option<Severity>,
    /// Who asked for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// When it ends: an RFC 3339 time, or a date (its first moment in UTC).
    #[serde(deserialize_with = "filter::deserialize_until")]
    pub until: Timestamp,
}

fn lowest() -> Severity {
    Severity::Info
}

impl Config {
    /// Looks for everything that is wrong with values: names of channels, globs, addresses, limits.
    ///
    /// # Errors
    /// All problems at once, each with its key and the way out.
    pub fn check(&self) -> Result<(), ConfigError> {
        let mut found = Problems::default();
        if self.outbox.as_os_str().is_empty() {
            found.add("outbox", "is empty (name a file for the delivery state)");
        }
        if !(1..=200).contains(&self.group_rows) {
            found.add("group_rows", format!("is {} (use 1 to 200)", self.group_rows));
        }
        if !(2..=1_000).contains(&self.digest_over) {
            found.add("digest_over", format!("is {} (use 2 to 1000)", self.digest_over));
        }
        if self.circuit_after == 0 {
            found.add("circuit_after", "is 0 (use at least 1)");
        }
        const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);
        const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
        for (key, length, most) in [
            ("group_window", self.group_window, WEEK),
            ("group_interval", self.group_interval, WEEK),
            ("retry.first", self.retry.first, WEEK),
            ("retry.max", self.retry.max, WEEK),
            ("retry.give_up_after", self.retry.give_up_after, YEAR),
        ] {
            if length > most {
                found.add(key, format!("is {} (use at most {})", wait::text(length), wait::text(most)));
            }
        }
        if self.retry.first.is_zero() {
            found.add("retry.first", "is 0 (use at least `1s`)");
        }
        if self.retry.max < self.retry.first {
            found.add("retry.max", "is below `retry.first` (raise it)");
        }
        for (name, channel) in &self.channels {
            let key = format!("channels.{name}");
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
                found.add(&key, "has a name with other characters than letters, digits, `-` and `_` (rename it)");
            }
            channel.check(&key, &mut found);
        }
        for (n, route) in self.routes.iter().enumerate() {
            self.check_route(&format!("routes[{n}]"), route, &mut found);
        }
        if let Some(route) = &self.default_route {
            self.check_route("default_route", route, &mut found);
        }
        if !self.channels.is_empty() && self.routes.is_empty() && self.default_route.is_none() {
            found.add("routes", "is empty, so no channel would ever be used (add a `[notify.default_route]`)");
        }
        for (n, silence) in self.silences.iter().enumerate() {
            check_silence(&format!("silences[{n}]"), silence, &mut found);
        }
        found.done()
    }

    /// Whether a channel needs AWS settings, so that a caller loads them only then.
    pub fn needs_aws(&self) -> bool {
        self.channels.values().any(|c| matches!(c, ChannelConfig::Sns(_) | ChannelConfig::SecurityHub(_)))
    }

    /// The environment variables that hold secrets: the caller reads them into `Wiring::secrets`.
    pub fn secret_variables(&self) -> Vec<&str> {
        self.channels.values().flat_map(ChannelConfig::secret_variables).collect()
    }

    /// The forms beside our own that channels take: who submits adds them to its notices.
    pub fn formats(&self) -> BTreeSet<Format> {
        self.forms().into_values().collect()
    }

    /// Those forms, by channel.
    pub(crate) fn forms(&self) -> BTreeMap<String, Format> {
        let foreign = |(name, channel): (&String, &ChannelConfig)| {
            let format = channel.format();
            matches!(format, Format::Ocsf | Format::Asff).then(|| (name.clone(), format))
        };
        self.channels.iter().filter_map(foreign).collect()
    }

    fn check_route(&self, key: &str, route: &Route, found: &mut Problems) {
        if route.channels.is_empty() {
            found.add(&format!("{key}.channels"), "is empty (name at least one channel, or use a silence)");
        }
        for name in &route.channels {
            if !self.channels.contains_key(name) {
                let known: Vec<_> = self.channels.keys().map(|k| format!("`{k}`")).collect();
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                found.add(&format!("{key}.channels"), format!("names no channel `{name}` (there is {known})"));
            }
        }
        check_tags(key, &route.tags, found);
    }
}

fn check_silence(key: &str, silence: &Silence, found: &mut Problems) {
    for (part, value) in [("owner", &silence.owner), ("reason", &silence.reason)] {
        if value.trim().is_empty() {
            found.add(&format!("{key}.{part}"), "is empty (a silence says who asked for it, and why)");
        }
    }
    if silence.tags.is_empty() && silence.max_severity.is_none() {
        found.add(key, "would hide everything (add `tags` or `max_severity`)");
    }
    check_tags(key, &silence.tags, found);
}

fn check_tags(key: &str, tags: &BTreeMap<String, Patterns>, found: &mut Problems) {
    for (tag, patterns) in tags {
        let key = format!("{key}.tags.{tag}");
        if patterns.0.is_empty() {
            found.add(&key, "is an empty list (give at least one glob, such as `*`)");
        }
        for pattern in &patterns.0 {
            if let Err(error) = filter::glob(pattern) {
                found.add(
                    &key,
                    format!("has a bad glob `{pattern}`: {} (use `*`, `?`, `[a-z]`, `{{a,b}}`)", error.kind()),
                );
            }
        }
    }
}

/// Everything that is wrong with a config, one `key: problem (way out)` after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    problems: Vec<(String, String)>,
}

impl ConfigError {
    /// The problems as (key, what is wrong and the way out).
    pub fn problems(&self) -> &[(String, String)] {
        &self.problems
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (key, text)) in self.problems.iter().enumerate() {
            write!(f, "{}`{key}` {text}", if n == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

impl ConfigError {
    /// The one problem that shows only when a channel is opened.
    pub(crate) fn one(key: String, text: String) -> Self {
        Self { problems: vec![(key, text)] }
    }
}

/// Collects problems while a config is checked.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<(String, String)>);

impl Problems {
    pub(crate) fn add(&mut self, key: &str, text: impl Into<String>) {
        self.0.push((key.to_owned(), text.into()));
    }

    fn done(self) -> Result<(), ConfigError> {
        if self.0.is_empty() { Ok(()) } else { Err(ConfigError { problems: self.0 }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        outbox = "/var/lib/outbox.sqlite"
        group_window = "1m"
        [channels.mail]
        kind = "smtp"
        host = "mail.example.com"
        username = "warden"
        password_env = "MAIL_PASSWORD"
        from = "Trailwarden <warden@example.com>"
        to = ["sec@example.com"]
        [channels.topic]
        kind = "sns"
        topic_arn = "arn:aws:sns:eu-central-1:111122223333:alerts.fifo"
        [channels.log]
        kind = "file"
        path = "/var/lib/alerts.ndjson"
        [channels.screen]
        kind = "stdout"
        format = "json"
        [[routes]]
        min_severity = "high"
        tags = { account = ["1111*", "2222*"], detection = "root-*" }
        channels = ["mail", "topic"]
        [default_route]
        channels = ["log", "screen"]
        [[silences]]
        tags = { principal = "*:role/scanner" }
        owner = "anna"
        reason = "known scanner"
        until = "2027-01-01"
    "#;

    #[test]
    fn a_full_config_passes_and_survives_a_round_trip() {
        let config: Config = toml::from_str(GOOD).unwrap();
        config.check().unwrap();
        assert!(config.needs_aws());
        let again: Config = toml::from_str(&toml::to_string(&config).unwrap()).unwrap();
        assert_eq!(again.group_window, Duration::from_secs(60));
        assert_eq!(again.silences[0].until, "2027-01-01T00:00:00Z".parse().unwrap());
    }

    #[test]
    fn unreadable_configs_name_the_key() {
        fn check(from: &str, to: &str, want: &str) {
            assert!(GOOD.contains(from), "{from}");
            let error = toml::from_str::<Config>(&GOOD.replace(from, to)).unwrap_err().to_string();
            assert!(error.contains(want), "{to}: {error}");
        }
        check("group_window", "group_windw", "unknown field `group_windw`");
        check("username", "user", "unknown field `user`");
        check("min_severity = \"high\"", "min_severity = \"hi\"", "unknown variant `hi`");
        check("\"1m\"", "\"1 minute\"", "`1 minute` is not a length of time (write `30s`");
        check("kind = \"file\"", "kind = \"fax\"", "unknown variant `fax`");
        check("owner = \"anna\"", "", "missing field `owner`");
        check("reason = \"known scanner\"", "", "missing field `reason`");
        check("until = \"2027-01-01\"", "", "missing field `until`");
        check("username", "rate = \"30\"\nusername", "`30` is no rate (write `30/1m`");
        check("\"2027-01-01\"", "\"soon\"", "`soon` is not a time");
        check("\"2027-01-01\"", "2027-01-01T00:00:00Z", "in quotes");
        check("topic_arn", "arn", "unknown field `arn`");
        check("\"*:role/scanner\"", "7", "a glob or a list of globs");
    }

    #[test]
    fn wrong_values_are_named_with_the_way_out() {
        fn check(from: &str, to: &str, want: &str) {
            assert!(GOOD.contains(from), "{from}");
            let config: Config = toml::from_str(&GOOD.replace(from, to)).unwrap();
            let error = config.check().unwrap_err().to_string();
            assert!(error.contains(want), "{to}: {error}");
        }
        check("[\"mail\", \"topic\"]", "[\"male\"]", "`routes[0].channels` names no channel `male`");
        check("[\"mail\", \"topic\"]", "[]", "`routes[0].channels` is empty");
        check("\"root-*\"", "\"root-[\"", "`routes[0].tags.detection` has a bad glob `root-[`");
        check("\"anna\"", "\" \"", "`silences[0].owner` is empty");
        check("tags = { principal = \"*:role/scanner\" }", "", "`silences[0]` would hide everything");
        check("sec@example.com", "sec", "`channels.mail.to` has a bad address `sec`");
        check("Trailwarden <warden@example.com>", "x", "`channels.mail.from`");
        check("[\"sec@example.com\"]", "[]", "`channels.mail.to` is empty");
        check("password_env = \"MAIL_PASSWORD\"", "", "`channels.mail.username` has no password");
        check("username = \"warden\"", "", "`channels.mail.username` is missing");
        check("username = \"warden\"", "username = \"warden\"\ntls = \"none\"", "`channels.mail.tls` is `none`");
        check("arn:aws:sns:", "arn:aws:sqs:", "`channels.topic.topic_arn`");
        check("\"/var/lib/alerts.ndjson\"", "\"\"", "`channels.log.path` is empty");
        check("group_window = \"1m\"", "group_rows = 0", "`group_rows` is 0");
        check("group_window = \"1m\"", "digest_over = 1", "`digest_over` is 1 (use 2 to 1000)");
        check("group_window = \"1m\"", "circuit_after = 0", "`circuit_after` is 0");
        check("kind = \"file\"", "kind = \"file\"\nformat = \"text\"", "`channels.log.format` is `text`");
        check("\"1m\"", "\"8d\"", "`group_window` is 8d (use at most 7d)");
        check("group_window = \"1m\"", "retry = { first = \"0s\" }", "`retry.first` is 0");
    }

    #[test]
    fn channels_without_a_route_are_an_error() {
        let config: Config = toml::from_str("[channels.a]\nkind = \"stdout\"").unwrap();
        assert!(config.check().unwrap_err().to_string().contains("`routes` is empty"));
        assert_eq!(Config::default().check(), Ok(()));
    }
}
