//! The daemon's reports: each made when its schedule says, written to its folder and sent to its channels.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use trail_notify::{Attachment, Notice, Section, Severity};
use trail_report::{Access, Coverage, Period, Report, access_report};

use super::House;
use super::pulse::Pulse;
use crate::clock;
use crate::exit::sentence;
use crate::settings::ReportSettings;

/// A report that is being waited for: the clock may jump, so it is looked at at least this often.
const LONGEST: Duration = Duration::from_secs(60);

/// The first wait after a report could not be made; each is twice as long as the one before.
const FIRST: Duration = Duration::from_secs(15);
/// The longest of these waits.
const LAST: Duration = Duration::from_secs(1800);

/// Makes the report with that number in the config whenever it is due. What fails is tried again until the next is due.
pub(super) async fn run(house: Arc<House>, number: usize) -> anyhow::Result<()> {
    let settings = &house.settings.reports[number];
    let pulse = house.pulse("reports", "");
    let zone = jiff::tz::TimeZone::get(&settings.zone)?;
    let mut since = house.kept.reported(settings).to_zoned(zone.clone());
    loop {
        let due = settings.schedule.next(&since)?;
        let next = settings.schedule.next(&due)?;
        if !until(&house, &pulse, due.timestamp()).await {
            return Ok(());
        }
        let mut wait = FIRST;
        while *house.kept.leads.borrow()
            && let Err(error) = make(&house, settings, due.timestamp()).await
        {
            let (again, error) = (clock::now() + wait, sentence(&error));
            pulse.failed(&error);
            if again >= next.timestamp() {
                tracing::error!(
                    report = settings.kind.name(),
                    error,
                    "a report could not be made before the next is due"
                );
                break;
            }
            tracing::warn!(report = settings.kind.name(), error, %again, "a report could not be made, and will be tried again");
            if !until(&house, &pulse, again).await {
                return Ok(());
            }
            wait = (wait * 2).min(LAST);
        }
        house.kept.set_reported(settings, due.timestamp());
        pulse.succeeded();
        since = due;
    }
}

/// Waits until then; says no where it is told to stop before.
async fn until(house: &House, pulse: &Pulse, then: Timestamp) -> bool {
    while clock::now() < then {
        let wait = Duration::try_from(then.duration_since(clock::now())).unwrap_or_default().min(LONGEST);
        pulse.rest(wait);
        tokio::select! {
            () = house.cancel.cancelled() => return false,
            () = tokio::time::sleep(wait) => {}
        }
    }
    pulse.beat();
    true
}

async fn make(house: &House, settings: &ReportSettings, until: Timestamp) -> anyhow::Result<()> {
    let engine = crate::engine::open(house.settings.query.clone(), &house.settings.cluster).await?;
    house.lake.refresh().await?;
    engine.attach_lake(&house.lake).await?;
    engine.attach_views(&house.library).await;
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
