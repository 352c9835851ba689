//! Rules over what a lake has already, as if they had been on; nothing is written.

use std::sync::Arc;

use trail_lake::{Lake, Table};
use trail_query::Engine;

use crate::detector::{Detector, Outcome};
use crate::error::DetectError;
use crate::planned::Planned;

const DAY_US: i64 = 86_400_000_000;

/// Runs rules over the events of a lake from one time to another, in microseconds since 1970; without them, from its first or to its
/// last. The engine must have the lake attached. Findings that only touch that time are among them.
///
/// # Errors
/// When the lake cannot be read.
pub async fn replay(
    planned: &Arc<Planned>,
    lake: &Lake,
    engine: &Engine,
    (from, to): (Option<i64>, Option<i64>),
) -> Result<Outcome, DetectError> {
    let day = |us: i64| i32::try_from(us.div_euclid(DAY_US)).unwrap_or(i32::MAX / 2);
    let all = lake.files(Table::CloudTrail, None).await.files;
    let days = || all.iter().filter_map(|file| file.day);
    let (Some(oldest), Some(newest)) = (days().min(), days().max()) else { return Ok(Outcome::default()) };
    let (first, last) = (from.map_or(oldest, day).max(oldest), to.map_or(newest, |to| day(to - 1)).min(newest));
    let mut detector = Detector::with(planned.clone());
    detector.activity(&planned.history(engine, first, last).await?)?;
    let columns = planned.columns();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    // A window may begin before and end after.
    let reach = planned.reach();
    for file in all.iter().filter(|file| file.day.is_some_and(|day| (first - reach..=last + reach).contains(&day))) {
        for batch in lake.read(Table::CloudTrail, file, Some(&columns)).await? {
            detector.observe(&batch)?;
        }
    }
    for (rule, before) in detector.wants_past()? {
        detector.past(rule, &planned.earlier(engine, rule, before).await?);
    }
    detector.finish().await
}
