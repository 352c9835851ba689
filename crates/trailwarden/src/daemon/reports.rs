//! The daemon's reports: each made when its schedule says, written to its folder and sent to its channels.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use jiff::{Timestamp, Zoned};
use trail_notify::{Attachment, Notice, Section, Severity};
use trail_query::Engine;
use trail_report::{Access, Coverage, Period, Report, access_report};

use super::House;
use crate::clock;
use crate::settings::ReportSettings;

/// A report that is being waited for: the clock may jump, so it is looked at at least this often.
const LONGEST: Duration = Duration::from_secs(60);

/// Makes the report with that number in the config whenever it is due.
pub(super) async fn run(house: Arc<House>, number: usize) -> anyhow::Result<()> {
    let settings = &house.settings.reports[number];
    let zone = jiff::tz::TimeZone::get(&settings.zone)?;
    let mut since = clock::now().to_zoned(zone.clone());
    loop {
        let due: Zoned = settings.schedule.0.find_next_occurrence(&since, false).context("the schedule never comes")?;
        while clock::now() < due.timestamp() {
            let wait = Duration::try_from(due.timestamp().duration_since(clock::now())).unwrap_or_default();
            tokio::select! {
                () = house.cancel.cancelled() => return Ok(()),
                () = tokio::time::sleep(wait.min(LONGEST)) => {}
            }
        }
        // A failure costs this one report, and is told: the next comes when it is due.
        if let Err(error) = make(&house, settings, due.timestamp()).await {
            tracing::error!(report = settings.kind.name(), error = format!("{error:#}"), "a report could not be made");
        }
        since = due;
    }
}

async fn make(house: &House, settings: &ReportSettings, until: Timestamp) -> anyhow::Result<()> {
    let engine = Engine::new(house.settings.query.clone())?;
    house.lake.refresh().await?;
    engine.attach_lake(&house.lake).await?;
    let zone = jiff::tz::TimeZone::get(&settings.zone)?;
    let access = Access {
        period: Period { from: until - settings.period, until, zone },
        now: clock::now(),
        coverage: Coverage::Lake { location: house.lake.location().to_owned() },
        keys: None,
    };
    let report = access_report(&engine, &house.library, &access).await?;
    let name = format!("{}-{}", settings.kind.name(), until.strftime("%Y-%m-%dT%H%MZ"));
    if let Some(folder) = &settings.out {
        crate::reports::write(&report, &folder.join(&name))?;
    }
    if !settings.channels.is_empty() {
        house.notifier.submit(vec![notice(&report, settings, &name, until)], clock::now()).await?;
        house.noticed.notify_one();
    }
    tracing::info!(report = name, "made a report");
    Ok(())
}

fn notice(report: &Report, settings: &ReportSettings, name: &str, until: Timestamp) -> Notice {
    let page = Attachment {
        name: format!("{name}.html"),
        mime: "text/html".to_owned(),
        bytes: report.html.clone().into_bytes(),
    };
    Notice {
        id: format!("report-{name}"),
        group_key: format!("report-{name}"),
        severity: Severity::Info,
        title: report.title.clone(),
        summary: report.summary.first().cloned().unwrap_or_default(),
        sections: vec![Section::text("Summary", report.summary.join("\n"))],
        tags: [("report".to_owned(), settings.kind.name().to_owned())].into(),
        labels: Default::default(),
        channels: settings.channels.clone(),
        forms: Default::default(),
        created: until,
        attachments: vec![page],
    }
}
