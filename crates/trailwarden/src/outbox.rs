//! The outbox made anew from the lake, where it was lost: what was found lately is told again, all before it counts as told.

use anyhow::Context as _;
use arrow::array::{AsArray, RecordBatch};
use jiff::{SignedDuration, Timestamp};
use trail_detect::{Finding, Rules, findings_from_batch};
use trail_notify::{Config, Intake, Submitted};
use trail_query::Engine;

use crate::notice::notice;

/// How much of what was found before it a new outbox tells again, if nobody says otherwise. Told twice is better than never,
/// and it goes out as a digest; a year of findings told anew would be noise in which the new ones are lost.
pub(crate) const TOLD_AGAIN: SignedDuration = SignedDuration::from_hours(24);

/// Takes the findings for known that were first made before `since`; returns how many of them were not known.
pub(crate) async fn seed(engine: &Engine, intake: &Intake, since: Timestamp, now: Timestamp) -> anyhow::Result<u64> {
    // The history, since a finding that was made long ago may have been updated just now.
    let sql = format!(
        "SELECT arrow_cast(id, 'Utf8') AS id FROM findings_history GROUP BY id HAVING min(updated_at) < '{since}'"
    );
    let batches = engine.sql(&sql).await?.collect().await?;
    Ok(intake.seed(batches.iter().flat_map(ids).collect(), now).await?)
}

fn ids(batch: &RecordBatch) -> Vec<String> {
    batch.column(0).as_string::<i32>().iter().flatten().map(str::to_owned).collect()
}

/// Submits the findings that were first made at `since` or later, as they are now. Known ids change nothing.
pub(crate) async fn tell_again(
    engine: &Engine,
    (intake, config): (&Intake, &Config),
    rules: &Rules,
    since: Timestamp,
    now: Timestamp,
) -> anyhow::Result<Submitted> {
    let sql = format!(
        "SELECT findings.* FROM findings JOIN
             (SELECT id AS made FROM findings_history GROUP BY id HAVING min(updated_at) >= '{since}') ON made = id"
    );
    let batches = engine.sql(&sql).await?.collect().await?;
    let findings: Vec<Finding> = batches.iter().flat_map(findings_from_batch).collect();
    let formats = config.formats();
    let told = findings.iter().filter(|finding| finding.suppressed_by().is_none());
    let notices = told.map(|finding| notice(finding, rules, &formats, now)).collect();
    intake.submit(notices, now).await.context("the outbox could not take the findings")
}
