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

/// Whether a report is due is looked at at least this often: the clock may jump, and another daemon may have made it.
const LONGEST: Duration = Duration::from_secs(60);
/// Whether this daemon leads now is looked at this often.
const LOOK: Duration = Duration::from_secs(5);

/// The first wait after a report could not be made; each is twice as long as the one before.
const FIRST: Duration = Duration::from_secs(15);
/// The longest of these waits.
const LAST: Duration = Duration::from_secs(1800);

/// Makes the report with that number in the config whenever it is due. What fails is tried again until the next is due; what fell
/// due while no daemon led is made by the one that leads next.
pub(super) async fn run(house: Arc<House>, number: usize) -> anyhow::Result<()> {
    let settings = &house.settings.reports[number];
    let pulse = house.pulse("reports", "");
    let mut wait = FIRST;
    loop {
        let leads = *house.kept.leads.borrow();
        let turned = if leads { turn(&house, &pulse, settings).await } else { Ok(None) };
        let pause = match turned {
            Ok(next) => {
                wait = FIRST;
                let until = |next: Timestamp| Duration::try_from(next.duration_since(clock::now())).unwrap_or_default();
                next.map_or(LOOK, until).min(LONGEST)
            }
            Err(error) => {
                let error = sentence(&error);
                pulse.failed(&error);
                tracing::warn!(
                    report = settings.kind.name(),
                    error,
                    "a report could not be made, and will be tried again"
                );
                let pause = wait;
                wait = (wait * 2).min(LAST);
                pause
            }
        };
        pulse.rest(pause);
        tokio::select! {
            () = house.cancel.cancelled() => return Ok(()),
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Makes the report if it is due, and tells when it is due next. Until when it was made stands in the lake.
async fn turn(house: &House, pulse: &Pulse, settings: &ReportSettings) -> anyhow::Result<Option<Timestamp>> {
    let zone = jiff::tz::TimeZone::get(&settings.zone)?;
    let mark = house.lake.mark(&settings.mark());
    let now = clock::now();
    let since = match mark.get().await? {
        // A clock that ran ahead must not keep reports back when it is set right.
        Some(since) => since.min(now),
        None => {
            mark.set(now).await?;
            now
        }
    };
    let (due, missed) = settings.schedule.due(&since.to_zoned(zone), now)?;
    if due.timestamp() > now {
        return Ok(Some(due.timestamp()));
    }
    if missed > 0 {
        tracing::warn!(
            report = settings.kind.name(),
            missed,
            "reports fell due while none could be made; the last of them is made"
        );
    }
    make(house, settings, due.timestamp()).await?;
    mark.set(due.timestamp()).await?;
    pulse.succeeded();
    Ok(Some(settings.schedule.next(&due)?.timestamp()))
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
        keys: crate::iam::of_lake(&engine).await?,
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
