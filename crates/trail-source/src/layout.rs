//! CloudTrail's folder layout: `AWSLogs/[o-ID/]<account>/<service>/<region>/YYYY/MM/DD/` (CloudTrail user guide, "Finding your
//! CloudTrail log files"). Reads how deep in it a key, a prefix or a path lies, and whether that is wanted.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::error::SourceError;
use crate::window::Days;

/// The folders under an account that hold events. Others there belong to Config, load balancers, flow logs and the like.
const EVENT_SERVICES: [&str; 4] =
    ["CloudTrail", "CloudTrail-Insight", "CloudTrail-NetworkActivity", "CloudTrail-Aggregated"];
/// The folder of the digests, which prove the other files.
pub(crate) const DIGESTS: &str = "CloudTrail-Digest";

/// The deepest level of the layout that a path fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Root,
    Organization,
    Account,
    Service,
    Region,
    Year,
    Month,
    Day,
}

/// Where in the layout a path lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spot<'a> {
    pub(crate) level: Level,
    pub(crate) account: Option<&'a str>,
    pub(crate) service: Option<&'a str>,
    pub(crate) region: Option<&'a str>,
    /// The first and last delivery day that fit the path.
    pub(crate) days: Option<(Date, Date)>,
    /// Whether the path goes on with something that is not of the layout, such as a file name.
    pub(crate) rest: bool,
}

/// Reads the layout in a path; `None` when there is none. `AWSLogs` begins it, or, in copies that lack it, an account's folder
/// with one of CloudTrail's in it.
pub(crate) fn parse(path: &str) -> Option<Spot<'_>> {
    let segments: Vec<&str> = path.strip_suffix('/').unwrap_or(path).split('/').collect();
    let (root, start) = match segments.iter().rposition(|segment| *segment == "AWSLogs") {
        Some(root) => (true, root + 1),
        None => {
            let pair = |pair: &[&str]| is_account(pair[0]) && (EVENT_SERVICES.contains(&pair[1]) || pair[1] == DIGESTS);
            (false, segments.windows(2).rposition(pair)?)
        }
    };
    let mut rest = segments[start..].iter().copied().peekable();
    let mut spot = Spot { level: Level::Root, account: None, service: None, region: None, days: None, rest: false };
    if root && rest.next_if(|segment| is_organization(segment)).is_some() {
        spot.level = Level::Organization;
    }
    read_below(&mut spot, &mut rest);
    spot.rest = rest.next().is_some();
    Some(spot)
}

/// Takes segments as long as they fit, level by level.
fn read_below<'a>(spot: &mut Spot<'a>, rest: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>) -> Option<()> {
    spot.account = Some(rest.next_if(|segment| is_account(segment))?);
    spot.level = Level::Account;
    spot.service = Some(rest.next()?);
    spot.level = Level::Service;
    spot.region = Some(rest.next_if(|segment| is_region(segment))?);
    spot.level = Level::Region;
    let year: i16 = number(rest.next_if(|segment| number::<i16>(segment, 4).is_some_and(|year| year > 0))?, 4)?;
    spot.days = Some((Date::new(year, 1, 1).ok()?, Date::new(year, 12, 31).ok()?));
    spot.level = Level::Year;
    let of_month = |segment: &str| Date::new(year, number(segment, 2)?, 1).ok();
    let first = of_month(rest.next_if(|segment| of_month(segment).is_some())?)?;
    spot.days = Some((first, first.last_of_month()));
    spot.level = Level::Month;
    let of_day = |segment: &str| Date::new(year, first.month(), number(segment, 2)?).ok();
    let day = of_day(rest.next_if(|segment| of_day(segment).is_some())?)?;
    spot.days = Some((day, day));
    spot.level = Level::Day;
    Some(())
}

/// Which part of the layout is wanted; empty sets mean all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    pub(crate) accounts: BTreeSet<String>,
    pub(crate) regions: BTreeSet<String>,
    pub(crate) digests: bool,
    pub(crate) days: Days,
}

impl Scope {
    /// Whether the spot, or something below it, is wanted.
    pub(crate) fn admits(&self, spot: &Spot<'_>) -> bool {
        let fits = |wanted: &BTreeSet<String>, given: Option<&str>| {
            wanted.is_empty() || given.is_none_or(|given| wanted.contains(given))
        };
        fits(&self.accounts, spot.account)
            && fits(&self.regions, spot.region)
            && spot
                .service
                .is_none_or(|service| EVENT_SERVICES.contains(&service) || (self.digests && service == DIGESTS))
            && spot.days.is_none_or(|(first, last)| self.days.overlap(first, last))
    }

    /// Whether the object of this key is wanted; outside the layout only digests are known for what they are.
    pub(crate) fn admits_key(&self, key: &str) -> bool {
        parse(key).map_or_else(
            || self.digests || !key.split('/').any(|segment| segment == DIGESTS),
            |spot| self.admits(&spot),
        )
    }
}

/// Refuses what is no account id.
pub(crate) fn check_accounts(accounts: &[String]) -> Result<(), SourceError> {
    match accounts.iter().find(|account| !is_account(account)) {
        Some(account) => Err(SourceError::setting("accounts", account, "an account id has 12 digits")),
        None => Ok(()),
    }
}

/// Refuses what is no region.
pub(crate) fn check_regions(regions: &[String]) -> Result<(), SourceError> {
    match regions.iter().find(|region| !is_region(region)) {
        Some(region) => Err(SourceError::setting("regions", region, "a region looks like `eu-central-1`")),
        None => Ok(()),
    }
}

/// The prefix of a day under a region's prefix.
pub(crate) fn day_prefix(region: &str, day: Date) -> String {
    format!("{region}{:04}/{:02}/{:02}/", day.year(), day.month(), day.day())
}

/// The oldest delivery day that a later pass looks at again: what it is sure of ends where its last whole pass began.
pub(crate) fn relist_floor(last_whole: Date, today: Date, relist_days: u16) -> Date {
    last_whole.min(today).checked_sub(i32::from(relist_days).days()).unwrap_or(Date::MIN)
}

pub(crate) fn is_account(segment: &str) -> bool {
    segment.len() == 12 && segment.bytes().all(|byte| byte.is_ascii_digit())
}

pub(crate) fn is_region(segment: &str) -> bool {
    let parts: Vec<&str> = segment.split('-').collect();
    let word = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    parts.len() >= 3
        && parts[..parts.len() - 1].iter().all(word)
        && number::<u8>(parts[parts.len() - 1], parts[parts.len() - 1].len()).is_some()
}

fn is_organization(segment: &str) -> bool {
    segment.strip_prefix("o-").is_some_and(|id| {
        (10..=32).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

fn number<T: std::str::FromStr>(segment: &str, digits: usize) -> Option<T> {
    (segment.len() == digits && segment.bytes().all(|byte| byte.is_ascii_digit())).then(|| segment.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expected: &str) {
        let shown = parse(path).map_or("none".to_owned(), |spot| {
            let days = spot.days.map_or("-".to_owned(), |(first, last)| format!("{first}..{last}"));
            let text = |part: Option<&str>| part.unwrap_or("-").to_owned();
            let rest = if spot.rest { " rest" } else { "" };
            format!("{:?} {} {} {} {days}{rest}", spot.level, text(spot.account), text(spot.service), text(spot.region))
        });
        assert_eq!(shown, expected, "{path}");
    }

    #[test]
    fn reads_every_level() {
        check("AWSLogs/", "Root - - - -");
        check("a/b/AWSLogs/o-abcdefghij/", "Organization - - - -");
        check("AWSLogs/o-abcdefghij/111111111111/", "Account 111111111111 - - -");
        check("AWSLogs/111111111111/CloudTrail/", "Service 111111111111 CloudTrail - -");
        check("AWSLogs/111111111111/elasticloadbalancing/", "Service 111111111111 elasticloadbalancing - -");
        check("AWSLogs/111111111111/CloudTrail/us-gov-west-1/", "Region 111111111111 CloudTrail us-gov-west-1 -");
        check(
            "AWSLogs/111111111111/CloudTrail/us-east-1/2024/02/",
            "Month 111111111111 CloudTrail us-east-1 2024-02-01..2024-02-29",
        );
        check(
            "p/AWSLogs/111111111111/CloudTrail/us-east-1/2024/02/29/x.json.gz",
            "Day 111111111111 CloudTrail us-east-1 2024-02-29..2024-02-29 rest",
        );
    }

    #[test]
    fn copies_without_awslogs_are_known_by_account_and_service() {
        check(
            "/data/111111111111/CloudTrail/eu-central-1/2026/03/01",
            "Day 111111111111 CloudTrail eu-central-1 2026-03-01..2026-03-01",
        );
        check("logs/2026/03/01/x.json.gz", "none");
        check("111111111111/2026/03/01/x.json.gz", "none");
        check("", "none");
    }

    #[test]
    fn what_does_not_fit_is_the_rest() {
        check("AWSLogs/readme.txt", "Root - - - - rest");
        check("AWSLogs/o-SHOUTING/x", "Root - - - - rest");
        check("AWSLogs/111111111111/CloudTrail/nowhere/2026/", "Service 111111111111 CloudTrail - - rest");
        check(
            "AWSLogs/111111111111/CloudTrail/us-east-1/2026/13/01/x",
            "Year 111111111111 CloudTrail us-east-1 2026-01-01..2026-12-31 rest",
        );
        check(
            "AWSLogs/111111111111/CloudTrail/us-east-1/2026/02/30/x",
            "Month 111111111111 CloudTrail us-east-1 2026-02-01..2026-02-28 rest",
        );
    }

    #[test]
    fn scopes_prune_by_account_region_service_and_day() {
        let day = |text: &str| text.parse::<Date>().expect("a date");
        let scope = Scope {
            accounts: ["111111111111".to_owned()].into(),
            regions: ["us-east-1".to_owned()].into(),
            digests: false,
            days: Days { first: Some(day("2026-02-28")), last: Some(day("2026-03-02")) },
        };
        let admits = |path: &str| scope.admits(&parse(path).expect("a layout"));
        assert!(admits("AWSLogs/"));
        assert!(admits("AWSLogs/111111111111/CloudTrail/us-east-1/2026/02/"));
        assert!(admits("AWSLogs/111111111111/CloudTrail-Insight/us-east-1/2026/03/02/x"));
        assert!(!admits("AWSLogs/222222222222/"));
        assert!(!admits("AWSLogs/111111111111/CloudTrail/us-west-2/"));
        assert!(!admits("AWSLogs/111111111111/CloudTrail-Digest/"));
        assert!(!admits("AWSLogs/111111111111/vpcflowlogs/"));
        assert!(!admits("AWSLogs/111111111111/CloudTrail/us-east-1/2025/"));
        assert!(!admits("AWSLogs/111111111111/CloudTrail/us-east-1/2026/02/27/x"));
    }

    #[test]
    fn an_outage_widens_the_next_pass() {
        let day = |text: &str| text.parse::<Date>().expect("a date");
        assert_eq!(relist_floor(day("2026-03-20"), day("2026-03-20"), 2), day("2026-03-18"));
        assert_eq!(relist_floor(day("2026-03-10"), day("2026-03-20"), 2), day("2026-03-08"));
    }
}
