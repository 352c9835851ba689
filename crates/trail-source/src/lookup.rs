//! CloudTrail's own event history, through LookupEvents: fills a gap where a trail delivered nothing. It has the management events
//! of 90 days of one account and region, at two requests a second. [`timed`](crate::timed) says how slices of time become objects.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::primitives::DateTime;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::aws::AwsConfig;
use crate::cloudwatch::patient;
use crate::error::SourceError;
use crate::layout;
use crate::object::Source;
use crate::sdk_error::{Doing, from_sdk};
use crate::timed::{Course, Slice, Slices, Timed, full_relist};
use crate::window::{When, Window, duration_text};

const CALL: &str = "cloudtrail:LookupEvents";
const PAGE: i32 = 50;
/// Two requests a second are allowed to an account in a region, whoever asks; the rest is left to others.
const PACE: Duration = Duration::from_millis(550);
/// How far the history goes back.
const HISTORY: SignedDuration = SignedDuration::from_hours(90 * 24);
/// The time that one object is of.
const SLICE: SignedDuration = SignedDuration::from_hours(1);

/// The event history of an account in a region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookupConfig {
    /// The region; the one of `aws` by default.
    #[serde(default)]
    pub region: Option<String>,
    /// Where the gap begins.
    pub from: When,
    /// Where it ends; without, reading goes on.
    #[serde(default)]
    pub to: Option<When>,
    /// How far each pass reaches back behind what the last one has read; `1h` by default.
    #[serde(default = "overlap", with = "duration_text")]
    pub overlap: Duration,
    /// How often a pass begins at `from` again; `24h` by default.
    #[serde(default = "full_relist", with = "duration_text")]
    pub full_relist: Duration,
    /// How to reach it, with the account's own credentials.
    #[serde(default)]
    pub aws: AwsConfig,
}

fn overlap() -> Duration {
    Duration::from_secs(60 * 60)
}

impl LookupConfig {
    /// The history from a moment on, in the region of the AWS settings.
    pub fn new(from: When) -> Self {
        let aws = AwsConfig::default();
        Self { region: None, from, to: None, overlap: overlap(), full_relist: full_relist(), aws }
    }

    /// Checks the settings and makes a client. Asks nothing yet.
    pub async fn build(&self) -> Result<Box<dyn Source>, SourceError> {
        self.check()?;
        if let Err(error) = self.check_age(Timestamp::now()) {
            tracing::warn!(%error, "what is older is not in the event history");
        }
        let region = self.region.clone().or_else(|| self.aws.region.clone());
        let sdk = AwsConfig { region, ..self.aws.clone() }.load().await?;
        let name = format!("lookup://{}", sdk.region().map_or("", |region| region.as_ref()));
        let course = Course {
            uri: name.clone(),
            window: Window { from: Some(self.from), to: self.to },
            overlap: self.overlap,
            full_relist: self.full_relist,
            slice: SLICE,
        };
        let config = aws_sdk_cloudtrail::config::Builder::from(&sdk).retry_config(patient()).build();
        let client = Client::from_conf(config);
        let history = History { client, shown: name.clone(), last: Mutex::new(None) };
        Ok(Box::new(Timed::new(name, course, history)))
    }

    /// Checks what can be checked without asking anyone.
    pub(crate) fn check(&self) -> Result<(), SourceError> {
        if let Some(region) = &self.region {
            layout::check_regions(std::slice::from_ref(region))?;
        }
        Window { from: Some(self.from), to: self.to }.check(Timestamp::now())?;
        self.aws.check()
    }

    /// Refuses a gap that begins before the history does. A daemon's settings may grow too old; a person is told.
    pub(crate) fn check_age(&self, now: Timestamp) -> Result<(), SourceError> {
        let (from, _) = Window { from: Some(self.from), to: None }.bounds(now);
        if from.is_some_and(|from| from < now - HISTORY) {
            let hint = "LookupEvents goes back 90 days; older events are only in a trail's bucket";
            return Err(SourceError::setting("from", self.from.to_string(), hint));
        }
        Ok(())
    }
}

/// The event history's answers.
#[derive(Debug)]
struct History {
    client: Client,
    shown: String,
    /// When it was last asked.
    last: Mutex<Option<Instant>>,
}

impl History {
    /// Waits until it may be asked again.
    async fn pace(&self) {
        let mut last = self.last.lock().await;
        if let Some(last) = *last {
            tokio::time::sleep_until(last + PACE).await;
        }
        *last = Some(Instant::now());
    }
}

#[async_trait]
impl Slices for History {
    async fn read(&self, from: Timestamp, to: Timestamp, slice: &mut Slice) -> Result<(), SourceError> {
        let doing = Doing::Calling { call: CALL, place: &self.shown };
        // A minute of slack, since time goes on while pages are read.
        let from = from.max(Timestamp::now() - HISTORY + SignedDuration::from_mins(1));
        if from >= to {
            return Ok(());
        }
        let mut token: Option<String> = None;
        loop {
            self.pace().await;
            let request = self.client.lookup_events().start_time(DateTime::from_secs(from.as_second()));
            // Whether the end itself belongs to the answer is not said: an event that comes twice is known by its id.
            let request = request.end_time(DateTime::from_secs(to.as_second())).max_results(PAGE);
            let page = request.set_next_token(token.clone()).send().await.map_err(|error| from_sdk(&doing, &error))?;
            for event in page.events() {
                let id = event.event_id().unwrap_or_default();
                let Some(record) = event.cloud_trail_event() else {
                    tracing::warn!(id, source = self.shown, "the event history has an event without its record");
                    continue;
                };
                let at = event.event_time().and_then(|at| at.to_millis().ok()).unwrap_or(0);
                slice.add(at, id, record.trim()).await;
            }
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
