//! What was done to a trail, by the events that CloudTrail has of itself. They tell why there are no digests for a time.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::address::ChainId;

/// A trail that is stopped gets a last digest, an hour after the one before at the latest, and one more hour for its delivery.
const BEFORE_GAP: SignedDuration = SignedDuration::from_hours(2);

/// What was done to a trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrailAction {
    /// `StopLogging`.
    Stopped,
    /// `DeleteTrail`.
    Deleted,
    /// `UpdateTrail` with `enableLogFileValidation: false`.
    ValidationOff,
    /// `StartLogging`, `CreateTrail`, or `UpdateTrail` with `enableLogFileValidation: true`.
    Started,
}

impl fmt::Display for TrailAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stopped => "StopLogging",
            Self::Deleted => "DeleteTrail",
            Self::ValidationOff => "UpdateTrail that turned log file validation off",
            Self::Started => "StartLogging",
        })
    }
}

/// An event that succeeded and changed whether a trail logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailEvent {
    /// When.
    pub at: Timestamp,
    /// What.
    pub action: TrailAction,
    /// The trail as the request names it: its name or its ARN.
    pub trail: String,
    /// The account of the event.
    pub account: String,
    /// Who did it.
    pub principal: Option<String>,
    /// The event's id.
    pub event_id: Option<String>,
}

impl TrailEvent {
    /// Whether it is about the trail of this chain. Members of an organization cannot touch its trail: there any account
    /// counts.
    fn is_about(&self, chain: &ChainId) -> bool {
        let (name, region, account) = match self.trail.split(':').collect::<Vec<_>>()[..] {
            [_, _, _, region, account, resource] => {
                (resource.strip_prefix("trail/").unwrap_or(resource), Some(region), account)
            }
            _ => (self.trail.as_str(), None, self.account.as_str()),
        };
        name == chain.trail
            && region.is_none_or(|region| region == chain.home_region)
            && (chain.organization.is_some() || account == chain.account)
    }
}

/// The event that explains why a chain has no digests from some time on: the last of those before which stopped the trail,
/// unless it was started again before the gap.
pub(crate) fn explanation<'a>(
    events: &'a [TrailEvent],
    chain: &ChainId,
    gap_from: Timestamp,
    gap_until: Timestamp,
) -> Option<&'a TrailEvent> {
    let of_chain = || events.iter().filter(|event| event.is_about(chain));
    let stop = of_chain()
        .filter(|event| event.action != TrailAction::Started)
        .filter(|event| gap_from - BEFORE_GAP <= event.at && event.at <= gap_until)
        .min_by_key(|event| event.at.duration_since(gap_from).abs())?;
    let again =
        of_chain().any(|event| event.action == TrailAction::Started && stop.at < event.at && event.at < gap_from);
    (!again).then_some(stop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(organization: Option<&str>) -> ChainId {
        ChainId {
            account: "111111111111".to_owned(),
            region: "eu-west-1".to_owned(),
            trail: "audit".to_owned(),
            home_region: "us-east-1".to_owned(),
            organization: organization.map(str::to_owned),
            backfill: false,
        }
    }

    fn event(at: &str, action: TrailAction, trail: &str, account: &str) -> TrailEvent {
        let at = format!("2026-03-01T{at}:00Z").parse().expect("a time");
        TrailEvent { at, action, trail: trail.to_owned(), account: account.to_owned(), principal: None, event_id: None }
    }

    /// The gap is from noon to three.
    #[track_caller]
    fn check(chain: &ChainId, events: &[(&str, TrailAction, &str, &str)], expected: Option<&str>) {
        let events: Vec<TrailEvent> =
            events.iter().map(|(at, action, trail, account)| event(at, *action, trail, account)).collect();
        let (from, until) = ("2026-03-01T12:00:00Z", "2026-03-01T15:00:00Z");
        let found = explanation(&events, chain, from.parse().expect("a time"), until.parse().expect("a time"));
        assert_eq!(found.map(|event| event.at.strftime("%H:%M").to_string()).as_deref(), expected);
    }

    #[test]
    fn a_stop_shortly_before_or_in_the_gap_explains_it() {
        use TrailAction::{Deleted, Started, Stopped, ValidationOff};
        let (own, org) = (&chain(None), &chain(Some("o-abcdefghij")));
        let one = "111111111111";
        check(own, &[], None);
        check(own, &[("11:50", Stopped, "audit", one)], Some("11:50"));
        check(own, &[("12:10", Deleted, "audit", one), ("15:00", Started, "audit", one)], Some("12:10"));
        check(own, &[("10:30", ValidationOff, "audit", one)], Some("10:30"));
        check(own, &[("09:30", Stopped, "audit", one)], None);
        check(own, &[("15:10", Stopped, "audit", one)], None);
        check(own, &[("11:00", Stopped, "audit", one), ("11:30", Started, "audit", one)], None);
        check(own, &[("11:50", Started, "audit", one)], None);
        check(own, &[("11:50", Stopped, "other", one)], None);
        check(own, &[("11:50", Stopped, "audit", "222222222222")], None);
        check(org, &[("11:50", Stopped, "audit", "222222222222")], Some("11:50"));
        check(own, &[("11:50", Stopped, "arn:aws:cloudtrail:us-east-1:111111111111:trail/audit", one)], Some("11:50"));
        check(own, &[("11:50", Stopped, "arn:aws:cloudtrail:eu-west-1:111111111111:trail/audit", one)], None);
        check(own, &[("11:50", Stopped, "arn:aws:cloudtrail:us-east-1:222222222222:trail/audit", one)], None);
    }
}
