//! The config file of `run`: the settings of all crates put together, and checked once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use anyhow::Context as _;
use jiff::{Timestamp, Zoned};
use serde::Deserialize;
use trail_detect::{Exception, GeoSettings, Globs};
use trail_notify::Format;
use trail_source::{AwsConfig, SourceConfig};

use crate::clock;
use crate::exit::usage;
use crate::lists::{self, ListSettings};

/// The whole file. A key that is not here is an error.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// The lake: a folder or `s3://bucket/prefix`.
    pub lake: String,
    /// How long to wait between two passes over the sources.
    #[serde(default = "minute", with = "span")]
    pub poll: Duration,
    /// Days of events older than this are dropped.
    #[serde(default, with = "maybe_span")]
    pub retention: Option<Duration>,
    /// A folder of queries over the built-in ones.
    pub queries: Option<PathBuf>,
    /// Where log objects come from.
    pub sources: Vec<SourceConfig>,
    /// How they are read.
    #[serde(default)]
    pub ingest: trail_ingest::Config,
    /// How they are kept.
    #[serde(default)]
    pub storage: trail_lake::Config,
    /// How the lake is reached where it is on S3.
    #[serde(default)]
    pub aws: AwsConfig,
    /// Limits of queries.
    #[serde(default)]
    pub query: trail_query::Config,
    /// What a cluster that computes queries is known by.
    #[serde(default)]
    pub cluster: trail_cluster::Access,
    /// What is watched.
    #[serde(default)]
    pub detect: trail_detect::Settings,
    /// How CloudTrail's digests are verified.
    #[serde(default)]
    pub integrity: IntegritySettings,
    /// What is asked of IAM.
    #[serde(default)]
    pub iam: IamSettings,
    /// The organization's accounts, as `aws organizations list-accounts` prints them: `status` tells which deliver nothing.
    pub accounts: Option<PathBuf>,
    /// Rules of others.
    #[serde(default)]
    pub rules: RulesSettings,
    /// Who is told.
    #[serde(default)]
    pub notify: trail_notify::Config,
    /// What is reported, and when.
    #[serde(default)]
    pub reports: Vec<ReportSettings>,
    /// Where `/metrics`, `/health` and `/ready` are; nowhere if absent.
    pub web: Option<trail_web::Config>,
    /// Doors for other programs; none if absent.
    pub serve: Option<trail_serve::Config>,
    /// A part of the daemon that shows no progress for so long is stuck.
    #[serde(default = "hour", with = "span")]
    pub stuck_after: Duration,
}

/// The verification of log files by CloudTrail's digests.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct IntegritySettings {
    /// Whether digests are read and verified. Where there are none there is nothing to do.
    pub enabled: bool,
    /// How often.
    #[serde(with = "span")]
    pub every: Duration,
    /// Digests of this time are verified again and again: what is changed later shows.
    #[serde(with = "span")]
    pub lookback: Duration,
    /// Digests that were written within this time before the last whole look at the sources began wait for the next time: clocks
    /// differ.
    #[serde(with = "span")]
    pub settle: Duration,
    /// CloudTrail's public keys are kept in this file, and only asked for where one is not in it; beside the outbox if absent.
    pub keys: Option<PathBuf>,
    /// Whether CloudTrail is asked for keys; without it the file must have them.
    pub ask: bool,
}

impl Default for IntegritySettings {
    fn default() -> Self {
        Self {
            enabled: true,
            every: Duration::from_secs(3600),
            lookback: Duration::from_secs(7 * 86_400),
            settle: Duration::from_secs(15 * 60),
            keys: None,
            ask: true,
        }
    }
}

/// IAM's own word on access keys, for the detections and reports that hold it against the logs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct IamSettings {
    /// How often it is asked.
    #[serde(with = "span")]
    pub every: Duration,
    /// Who is asked; nobody if empty.
    pub accounts: Vec<IamAccount>,
}

impl Default for IamSettings {
    fn default() -> Self {
        Self { every: Duration::from_secs(12 * 3600), accounts: Vec::new() }
    }
}

/// An account whose IAM is asked, or a file of its answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IamAccount {
    /// The answers of an earlier time, as a file.
    pub file: Option<PathBuf>,
    /// How to reach the account, where its file is not named; by `role_arn`, for an account that is not one's own.
    #[serde(default)]
    pub aws: AwsConfig,
}

/// Rules of others, and how all rules are fitted to this place. Detections are named by globs of `id` or `service/id`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RulesSettings {
    /// Folders of Sigma rules.
    pub sigma: Vec<PathBuf>,
    /// What `%name%` stands for in Sigma rules with the modifier `expand`.
    pub placeholders: BTreeMap<String, Vec<String>>,
    /// Detections that do not run.
    pub disabled: BTreeSet<String>,
    /// Detections that run though they are off by themselves.
    pub enabled: BTreeSet<String>,
    /// Severity in place of the rule's own.
    pub severity: BTreeMap<String, trail_detect::Severity>,
    /// Thresholds in place of the rule's own, by name.
    pub thresholds: BTreeMap<String, BTreeMap<String, f64>>,
    /// What is known and meant.
    pub exceptions: Vec<Exception>,
    /// YAML files with more of them.
    pub exception_files: Vec<PathBuf>,
    /// Principals and agents that are `human`, `workload` or `iac`, whatever they look like.
    pub callers: BTreeMap<String, Globs>,
    /// Where addresses are and whose.
    pub geoip: Option<GeoSettings>,
    /// Threat lists.
    pub lists: Vec<ListSettings>,
}

impl RulesSettings {
    /// The settings of detections with these in them, but for the threat lists.
    pub(crate) fn over(&self, detect: &trail_detect::Settings) -> anyhow::Result<trail_detect::Settings> {
        let mut all = detect.clone();
        all.disabled.extend(self.disabled.iter().cloned());
        all.enabled.extend(self.enabled.iter().cloned());
        all.severity.extend(self.severity.clone());
        all.thresholds.extend(self.thresholds.clone());
        all.callers.extend(self.callers.clone());
        all.exceptions.extend(self.exceptions()?);
        if let Some(geoip) = &self.geoip {
            all.geoip = geoip.clone();
        }
        Ok(all)
    }

    /// What is known and meant, with what the files say.
    pub(crate) fn exceptions(&self) -> anyhow::Result<Vec<Exception>> {
        let mut all = self.exceptions.clone();
        for file in &self.exception_files {
            let name = file.display().to_string();
            let text = std::fs::read_to_string(file)
                .map_err(|error| usage(format!("cannot read the exceptions in `{name}`: {error}")))?;
            all.extend(Exception::parse(&name, &text).map_err(usage)?);
        }
        Ok(all)
    }
}

/// A report on a schedule.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportSettings {
    /// Which report.
    pub kind: ReportKind,
    /// When, as five fields of cron.
    pub schedule: Schedule,
    /// The time zone of the schedule and of the report's days.
    #[serde(default = "utc")]
    pub zone: String,
    /// How much time before the moment it is made it speaks of.
    #[serde(with = "span")]
    pub period: Duration,
    /// The channels that it goes to.
    #[serde(default)]
    pub channels: Vec<String>,
    /// A folder that it is written to.
    pub out: Option<PathBuf>,
}

impl ReportSettings {
    /// The name under which the lake remembers until when it was made.
    pub(crate) fn mark(&self) -> String {
        let out = self.out.as_ref().map(|out| out.display().to_string()).unwrap_or_default();
        let period = self.period.as_secs().to_string();
        let parts = [self.schedule.0.as_str(), &self.zone, &period, &out].into_iter();
        let parts = parts.chain(self.channels.iter().map(String::as_str));
        format!("report-{}-{}", self.kind.name(), trail_detect::fingerprint(parts))
    }
}

/// The reports that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ReportKind {
    /// Who used what.
    Access,
}

impl ReportKind {
    /// Its name in files and subjects.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Access => "access",
        }
    }
}

/// A cron expression that has been read.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Schedule(croner::Cron);

impl Schedule {
    /// The first time after another.
    pub(crate) fn next(&self, since: &Zoned) -> anyhow::Result<Zoned> {
        self.0.find_next_occurrence(since, false).with_context(|| format!("`{}` never comes", self.0.as_str()))
    }

    /// The first time after another, or where several have gone by since, the last of these; and how many came before it.
    pub(crate) fn due(&self, since: &Zoned, now: Timestamp) -> anyhow::Result<(Zoned, u64)> {
        let (mut due, mut before) = (self.next(since)?, 0);
        loop {
            let next = self.next(&due)?;
            if next.timestamp() > now {
                return Ok((due, before));
            }
            (due, before) = (next, before + 1);
        }
    }
}

impl TryFrom<String> for Schedule {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        croner::Cron::from_str(&text)
            .map(Self)
            .map_err(|error| format!("`{text}` is no cron schedule (five fields, as in `0 7 * * 1`): {error}"))
    }
}

pub(crate) fn hour() -> Duration {
    Duration::from_secs(3600)
}

fn minute() -> Duration {
    Duration::from_secs(60)
}

fn utc() -> String {
    "UTC".to_owned()
}

/// A span as people write it: `30s`, `5m`, `7d`.
fn read_span(text: &str) -> Result<Duration, String> {
    let no = |reason: &dyn std::fmt::Display| format!("`{text}` is no span of time like `30s`, `5m` or `7d`: {reason}");
    let span: jiff::Span = text.parse().map_err(|error| no(&error))?;
    let seconds =
        span.total(jiff::SpanTotal::from(jiff::Unit::Second).days_are_24_hours()).map_err(|error| no(&error))?;
    if seconds < 1.0 {
        return Err(no(&"it is shorter than a second"));
    }
    Duration::try_from_secs_f64(seconds).map_err(|error| no(&error))
}

pub(crate) mod span {
    //! Reads a span.
    use super::{Deserialize, Duration, read_span};

    pub(crate) fn deserialize<'de, D: serde::Deserializer<'de>>(input: D) -> Result<Duration, D::Error> {
        read_span(&String::deserialize(input)?).map_err(serde::de::Error::custom)
    }
}

mod maybe_span {
    //! Reads a span that need not be there.
    use super::{Deserialize, Duration, read_span};

    pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(input: D) -> Result<Option<Duration>, D::Error> {
        let text = Option::<String>::deserialize(input)?;
        text.map(|text| read_span(&text)).transpose().map_err(serde::de::Error::custom)
    }
}

impl Settings {
    /// What detections are told, and how they are fitted to this place.
    pub(crate) async fn detections(&self) -> anyhow::Result<trail_detect::Settings> {
        let mut all = self.rules.over(&self.detect)?;
        all.lists.extend(self.lists().await?);
        Ok(all)
    }

    /// The threat lists, which may have to be fetched.
    pub(crate) async fn lists(&self) -> anyhow::Result<Vec<trail_detect::List>> {
        lists::load(&self.rules.lists, &self.notify.outbox).await
    }

    /// Reads and checks a file. Every error is the writer's to mend, and names the key.
    pub(crate) fn load(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read `{}` (make one with `trailwarden config init`)", path.display()))
            .map_err(|error| usage(format!("{error:#}")))?;
        Self::parse(&text).map_err(|error| usage(format!("{}: {error:#}", path.display())))
    }

    /// Reads and checks the text of a file.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        let mut settings: Self = toml::from_str(text)?;
        if settings.integrity.enabled {
            settings.sources = settings.sources.into_iter().map(SourceConfig::with_digests).collect();
        }
        anyhow::ensure!(
            !settings.sources.is_empty(),
            "`sources` is empty: name at least one place that logs come from"
        );
        settings.sources.iter().try_for_each(SourceConfig::check)?;
        settings.notify.check()?;
        lists::check(&settings.rules.lists)?;
        settings.web.as_ref().map_or(Ok(()), trail_web::Config::check)?;
        settings.serve.as_ref().map_or(Ok(()), trail_serve::Config::check)?;
        let channels: BTreeSet<&String> = settings.notify.channels.keys().collect();
        for report in &settings.reports {
            let unknown = report.channels.iter().find(|channel| !channels.contains(channel));
            if let Some(channel) = unknown {
                anyhow::bail!("`reports` names the channel `{channel}`, which `notify.channels` does not have");
            }
            let foreign =
                |name: &String| matches!(settings.notify.channels[name].format(), Format::Ocsf | Format::Asff);
            if let Some(channel) = report.channels.iter().find(|name| foreign(name)) {
                anyhow::bail!("`reports` names the channel `{channel}`, whose format is for findings only");
            }
            let zone = jiff::tz::TimeZone::get(&report.zone)
                .with_context(|| format!("`reports.zone`: `{}` is no time zone", report.zone))?;
            report.schedule.next(&clock::now().to_zoned(zone)).context("`reports.schedule`")?;
            anyhow::ensure!(
                report.out.is_some() || !report.channels.is_empty(),
                "a report goes nowhere: give it `channels` or `out`"
            );
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::{Schedule, Settings};

    #[test]
    fn of_reports_that_fell_due_the_last_is_made() {
        let weekly = Schedule::try_from("0 7 * * 1".to_owned()).expect("a schedule");
        // Since when, now; when it is due, and how many were missed before that.
        for (since, now, due, missed) in [
            ("2026-11-16T07:00Z", "2026-11-18T00:00Z", "2026-11-23T07:00Z", 0),
            ("2026-11-16T07:00Z", "2026-11-23T07:00Z", "2026-11-23T07:00Z", 0),
            ("2026-11-16T06:59Z", "2026-11-29T00:00Z", "2026-11-23T07:00Z", 1),
            ("2026-11-01T00:00Z", "2026-11-29T00:00Z", "2026-11-23T07:00Z", 3),
        ] {
            let [since, now, due] = [since, now, due].map(|at| at.parse::<jiff::Timestamp>().expect("a time"));
            let found = weekly.due(&since.to_zoned(jiff::tz::TimeZone::UTC), now).expect("it comes");
            assert_eq!((found.0.timestamp(), found.1), (due, missed), "since {since}, now {now}");
        }
    }

    const LEAST: &str = "lake = \"x\"\n[[sources]]\nkind = \"folder\"\npath = \"logs\"\n";

    #[track_caller]
    fn refused(more: &str, because: &str) {
        let text = if more.starts_with('[') { format!("{LEAST}{more}") } else { format!("{more}\n{LEAST}") };
        let error = format!("{:#}", Settings::parse(&text).expect_err(more));
        assert!(error.contains(because), "{more}: {error}");
    }

    #[test]
    fn the_example_is_right() {
        let example = include_str!("../../../deploy/config.example.toml");
        let settings = Settings::parse(example).expect("the example");
        assert_eq!(settings.poll.as_secs(), 60);
        // Every line that is commented out is right as well once it is not.
        let lines: Vec<String> = example.lines().map(uncommented).collect();
        Settings::parse(&lines.join("\n")).expect("the example with all of its lines");
    }

    /// The line, set to work if it is a setting that is commented out.
    fn uncommented(line: &str) -> String {
        let setting = line.strip_prefix("# ").filter(|rest| rest.starts_with('[') || rest.contains(" = "));
        setting.unwrap_or(line).to_owned()
    }

    /// What bounds memory, as ARCHITECTURE.md lists it, can be set, and the example shows how.
    #[test]
    fn every_limit_is_in_the_example() {
        let example = include_str!("../../../deploy/config.example.toml");
        let lines: Vec<String> = example.lines().map(uncommented).collect();
        let example: toml::Table = lines.join("\n").parse().expect("TOML");
        let (_, list) = include_str!("../../../ARCHITECTURE.md").split_once("## What bounds memory").expect("a list");
        let rows = list.lines().filter(|line| line.starts_with("| `"));
        let names = rows.flat_map(|row| row.split('|').nth(1).expect("a cell").split('`').skip(1).step_by(2));
        let (mut section, mut seen) = ("", 0);
        for name in names {
            let key = name.split_once('.').map_or(name, |(of, key)| {
                section = of;
                key
            });
            assert!(example[section].get(key).is_some(), "`{section}.{key}` is not in the example");
            seen += 1;
        }
        assert!(seen >= 10, "{seen}");
    }

    #[test]
    fn typos_are_errors() {
        Settings::parse(LEAST).expect("the least there can be");
        refused("pol = \"1m\"", "unknown field `pol`");
        refused("poll = \"soon\"", "`soon` is no span of time");
        refused("[[sources]]\nkind = \"s3\"\nurl = \"bucket/logs\"\n", "`bucket/logs` is not a valid `url`");
        refused("[notify]\ngroup_windw = \"1s\"\n", "group_windw");
        refused("[web]\nlisten = \"0.0.0.0:80\"\n", "`web.listen` is `0.0.0.0:80`, which other machines can reach");
        refused(
            "[serve]\npostgres = \"0.0.0.0:1\"\n",
            "`serve.postgres` is `0.0.0.0:1`, which other machines can reach",
        );
        refused("[serve]\npostgress = \"127.0.0.1:1\"\n", "postgress");
        refused("stuck_after = \"1\"", "`1` is no span of time");
        refused(
            "[[reports]]\nkind = \"access\"\nschedule = \"0 0 30 2 *\"\nperiod = \"7d\"\nout = \"x\"\n",
            "never comes",
        );
        refused("[integrity]\nevry = \"1h\"\n", "evry");
        refused("[rules]\nsigmas = []\n", "sigmas");
        refused("[rules.geoip]\ncitty = \"x\"\n", "citty");
        refused("[[rules.exceptions]]\nname = \"x\"\nwhat = \"a\"\nwhy = \"y\"\n", "missing field `until`");
        refused("[rules.severity]\nx = \"grave\"\n", "grave");
        refused("[detect]\nhome_acounts = []\n", "home_acounts");
        refused(
            "[[reports]]\nkind = \"access\"\nschedule = \"never\"\nperiod = \"7d\"\nout = \"x\"\n",
            "`never` is no cron schedule",
        );
        refused(
            "[[reports]]\nkind = \"access\"\nschedule = \"0 7 * * 1\"\nperiod = \"7d\"\nchannels = [\"x\"]\n",
            "channel `x`",
        );
        refused(
            "[notify.channels.x]\nkind = \"file\"\npath = \"y\"\nformat = \"ocsf\"\n[notify.default_route]\nchannels = [\"x\"]\n\
             [[reports]]\nkind = \"access\"\nschedule = \"0 7 * * 1\"\nperiod = \"7d\"\nchannels = [\"x\"]\n",
            "format is for findings only",
        );
        refused("[[reports]]\nkind = \"access\"\nschedule = \"0 7 * * 1\"\nperiod = \"7d\"\n", "goes nowhere");
    }
}
