//! Times without digests: the trail stopped, or its digests came later.

use jiff::SignedDuration;
use serde_json::json;
use trail_integrity::{TrailAction, TrailEvent};

use super::{HOURS, World, check, check_in, forge, hour, log};

/// An event of the trail, so many minutes after an hour.
fn event(number: i32, minutes: i64, action: TrailAction) -> TrailEvent {
    TrailEvent {
        at: hour(number) + SignedDuration::from_mins(minutes),
        action,
        trail: "arn:aws:cloudtrail:eu-west-1:111111111111:trail/audit".to_owned(),
        account: "111111111111".to_owned(),
        principal: Some("arn:aws:iam::111111111111:user/mallory".to_owned()),
        event_id: None,
    }
}

#[test]
fn a_gap_by_stop_logging() {
    let forged = forge(|plan| plan.stopped.push(400..410));
    let told = |world: &mut World| {
        world.trail_events = vec![event(400, -5, TrailAction::Stopped), event(410, 0, TrailAction::Started)];
    };
    let report = check_in(forged.clone(), told, &["logging-stopped d410"], &[]);
    assert_eq!(
        report.problems[0].explanation,
        "There are no digests from 2026-03-17T16:00:00Z to 2026-03-18T02:00:00Z: StopLogging by \
         `arn:aws:iam::111111111111:user/mallory` at 2026-03-17T15:55:00Z stopped them."
    );
    let report = check_in(forged.clone(), |_| {}, &["gap d410"], &[]);
    let gaps: Vec<_> = report.chains[0].links.iter().filter_map(|link| Some((link.from?, link.gap?))).collect();
    assert_eq!(gaps, [(hour(410), (hour(400), hour(410)))]);
    // Behind the stop, a digest was removed as well: the first after the pause, by its name.
    let both = |world: &mut World| {
        told(world);
        world.forged.digests.remove(400);
    };
    check_in(
        forged.clone(),
        both,
        &["digest-missing d410", "logging-stopped d410"],
        &["!d410", "?l410.0", "?l410.1", "?l410.2"],
    );
    // And before it the last two.
    let more = |world: &mut World| {
        both(world);
        world.forged.digests.drain(398..400);
    };
    check_in(
        forged,
        more,
        &["digest-missing d410 x3", "logging-stopped d410"],
        &[
            "!d398", "!d399", "!d410", "?l398.0", "?l398.1", "?l398.2", "?l399.0", "?l399.1", "?l399.2", "?l410.0",
            "?l410.1", "?l410.2",
        ],
    );
    // The trail was stopped and stays so.
    check(
        |world| {
            world.forged.digests.drain(700..);
            world.forged.log_files.retain(|uri, _| !(700..720).any(|number| (0..3).any(|at| log(number, at) == *uri)));
            world.trail_events = vec![event(700, -5, TrailAction::Stopped)];
        },
        &["logging-stopped d699"],
        &[],
    );
}

#[test]
fn backfill() {
    let forged = forge(|plan| plan.backfilled.push(500..505));
    let first = HOURS as usize - 5;
    let report = check_in(forged.clone(), |_| {}, &["backfilled d505"], &[]);
    assert_eq!(report.chains.len(), 2);
    let (digests, logs) = report.counts();
    assert_eq!((digests.valid, logs.valid), (720, 2160));
    // It is a chain like the other, and fills the gap only where it is whole.
    let name = "111111111111_CloudTrail-Digest_eu-west-1_audit_eu-west-1_20260321T230000Z backfill";
    let verdicts = [&format!("!{name}")[..], "?l502.0", "?l502.1", "?l502.2"];
    check_in(
        forged.clone(),
        |world| _ = world.forged.digests.remove(first + 2),
        &["gap d505", &format!("digest-missing {name}")],
        &verdicts,
    );
    let change = |world: &mut World| _ = world.digest(first + 2).fields().insert("more".to_owned(), json!(1));
    check_in(forged, change, &["gap d505", &format!("digest-modified {name}")], &verdicts);
}
