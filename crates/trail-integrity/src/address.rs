//! Where objects lie and what their names tell: trail, region and time of a digest, account, region and time of a log file.
//!
//! An address is text: `s3://bucket/key`, or a path. Names are read from the right, since a trail's name may have `_` in it.

use std::fmt;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::moment;

const DIGESTS: &str = "CloudTrail-Digest";
const LOGS: &str = "CloudTrail";

/// Whether the objects lie where CloudTrail put them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// In the bucket of the trail: a digest's bucket and key must be those that it states.
    InPlace,
    /// A copy, in a folder or in another bucket. Addresses are compared from `<account>/CloudTrail…/` on, so the folders below
    /// must be as CloudTrail made them. Copies lose the metadata in which the signature of the newest digest is.
    Copied,
}

impl Held {
    /// The part of an address that names the object.
    pub(crate) fn name(self, uri: &str) -> &str {
        match self {
            Self::InPlace => uri,
            Self::Copied => tail(uri),
        }
    }
}

/// An address from `<account>/CloudTrail…/` on; the file name alone where it has no such folders.
fn tail(uri: &str) -> &str {
    let mut end = uri.len();
    for (at, _) in uri.rmatch_indices('/') {
        let account = uri[..at].rsplit('/').next().unwrap_or_default();
        if is_account(account) && uri[at + 1..end].starts_with(LOGS) {
            return &uri[at - account.len()..];
        }
        end = at;
    }
    uri.rsplit('/').next().unwrap_or(uri)
}

/// Whether the object at this address is a digest, or stands where digests lie.
pub fn is_digest(uri: &str) -> bool {
    uri.contains(&format!("/{DIGESTS}/")) || DigestName::parse(uri).is_some()
}

/// A chain of digests: those of one trail in one region of one account. Backfill digests form a chain of their own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ChainId {
    /// The account whose events these are, 12 digits.
    pub account: String,
    /// The region whose events these are.
    pub region: String,
    /// The trail's name.
    pub trail: String,
    /// The region in which the trail was made.
    pub home_region: String,
    /// The organization, `o-…`, for the trail of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// Whether these are backfill digests.
    pub backfill: bool,
}

impl ChainId {
    /// The trail's ARN. The trail of an organization belongs to its management account, which no digest names: then the
    /// account is that of the events.
    pub fn trail_arn(&self) -> String {
        let partition = match self.home_region.split('-').take(2).collect::<Vec<_>>()[..] {
            ["us", "gov"] => "aws-us-gov",
            ["cn", _] => "aws-cn",
            _ => "aws",
        };
        format!("arn:{partition}:cloudtrail:{}:{}:trail/{}", self.home_region, self.account, self.trail)
    }
}

impl fmt::Display for ChainId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "trail `{}` of account {} in {}", self.trail, self.account, self.region)?;
        if self.backfill { write!(f, " (backfill)") } else { Ok(()) }
    }
}

/// What a digest's address tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestName {
    /// Its chain.
    pub chain: ChainId,
    /// The end of the time that it covers.
    pub end: Timestamp,
}

impl DigestName {
    /// Reads an address; `None` where it is not a digest's.
    pub fn parse(uri: &str) -> Option<Self> {
        let name = uri.rsplit('/').next()?;
        let stem = name.strip_suffix(".json.gz").or_else(|| name.strip_suffix(".json"))?;
        let (stem, backfill) = stem.strip_suffix("_backfill").map_or((stem, false), |stem| (stem, true));
        let (stem, end) = stem.rsplit_once('_')?;
        let (stem, home_region) = stem.rsplit_once('_')?;
        let (account, stem) = stem.split_once('_')?;
        let (service, stem) = stem.split_once('_')?;
        let (region, trail) = stem.split_once('_')?;
        if service != DIGESTS || !is_account(account) || !is_region(region) || !is_region(home_region) {
            return None;
        }
        let end = utc(DateTime::strptime("%Y%m%dT%H%M%SZ", end).ok()?)?;
        let above = uri.split_once(&format!("/{account}/{DIGESTS}/")).map_or("", |(above, _)| above);
        let organization = above.rsplit('/').next().filter(|segment| is_organization(segment)).map(str::to_owned);
        let chain = ChainId {
            account: account.to_owned(),
            region: region.to_owned(),
            trail: trail.to_owned(),
            home_region: home_region.to_owned(),
            organization,
            backfill,
        };
        Some(Self { chain, end })
    }

    /// Where the digest of this chain that ends at another time would lie, beside `uri`.
    pub(crate) fn sibling(&self, uri: &str, end: Timestamp) -> String {
        let ChainId { account, region, trail, home_region, backfill, .. } = &self.chain;
        let backfill = if *backfill { "_backfill" } else { "" };
        let folder = format!("/{DIGESTS}/{region}/");
        let base = uri.rfind(&folder).map_or("", |at| &uri[..at + folder.len()]);
        let day = end.strftime("%Y/%m/%d");
        let end = end.strftime("%Y%m%dT%H%M%SZ");
        format!("{base}{day}/{account}_{DIGESTS}_{region}_{trail}_{home_region}_{end}{backfill}.json.gz")
    }
}

/// What a log file's address tells: whose events are in it, and when it was delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogName {
    pub(crate) account: String,
    pub(crate) region: String,
    /// The earliest and latest time at which it was delivered: a minute by its name, or the whole day by its folder where the
    /// name is none that CloudTrail gives.
    pub(crate) delivered: (Timestamp, Timestamp),
}

impl LogName {
    /// Reads an address in the folders of CloudTrail's log files. Those of insights and network activity have folders of their
    /// own, and names that AWS does not document.
    pub(crate) fn parse(uri: &str) -> Option<Self> {
        let mut segments = tail(uri).splitn(7, '/');
        let (account, service, region) = (segments.next()?, segments.next()?, segments.next()?);
        if service != LOGS || !is_region(region) {
            return None;
        }
        let mut number = || segments.next()?.parse::<i16>().ok();
        let (year, month, day) = (number()?, i8::try_from(number()?).ok()?, i8::try_from(number()?).ok()?);
        let day = Date::new(year, month, day).ok()?;
        let name = segments.next()?;
        let minute = name
            .strip_prefix(&format!("{account}_{LOGS}_{region}_"))
            .and_then(|rest| rest.split_once('_'))
            .and_then(|(time, _)| DateTime::strptime("%Y%m%dT%H%MZ", time).ok())
            .and_then(utc);
        let delivered = match minute {
            Some(minute) => (minute, minute + SignedDuration::from_secs(59)),
            None => {
                let midnight = utc(day.to_datetime(jiff::civil::Time::midnight()))?;
                (midnight, midnight + SignedDuration::from_secs(24 * 3600 - 1))
            }
        };
        Some(Self { account: account.to_owned(), region: region.to_owned(), delivered })
    }
}

/// The bucket of an `s3://` address.
pub(crate) fn bucket(uri: &str) -> Option<&str> {
    uri.strip_prefix("s3://")?.split('/').next()
}

fn utc(time: DateTime) -> Option<Timestamp> {
    time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp()).and_then(moment::plausible)
}

fn is_account(segment: &str) -> bool {
    segment.len() == 12 && segment.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_region(segment: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    segment.split('-').filter(|part| !part.is_empty()).count() >= 3 && segment.bytes().all(fits)
}

fn is_organization(segment: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    segment.strip_prefix("o-").is_some_and(|id| (10..=32).contains(&id.len()) && id.bytes().all(fits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(uri: &str, expected: &str) {
        let shown = DigestName::parse(uri)
            .map_or("none".to_owned(), |name| format!("{} | {} | {}", name.chain, name.chain.trail_arn(), name.end));
        assert_eq!(shown, expected, "{uri}");
    }

    const FOLDER: &str = "s3://b/p/AWSLogs/o-abcdefghij/111111111111/CloudTrail-Digest/eu-west-1/2026/03/01";

    #[test]
    fn digests_are_known_by_their_names() {
        check(
            &format!(
                "{FOLDER}/111111111111_CloudTrail-Digest_eu-west-1_my_own_trail_us-east-1_20260301T120131Z.json.gz"
            ),
            "trail `my_own_trail` of account 111111111111 in eu-west-1 | \
             arn:aws:cloudtrail:us-east-1:111111111111:trail/my_own_trail | 2026-03-01T12:01:31Z",
        );
        check(
            "111111111111_CloudTrail-Digest_us-gov-west-1_t_us-gov-west-1_20260301T120131Z_backfill.json",
            "trail `t` of account 111111111111 in us-gov-west-1 (backfill) | \
             arn:aws-us-gov:cloudtrail:us-gov-west-1:111111111111:trail/t | 2026-03-01T12:01:31Z",
        );
        for name in [
            "111111111111_CloudTrail_eu-west-1_20260301T1200Z_abcdefghijklmnop.json.gz",
            "111111111111_CloudTrail-Digest_eu-west-1_t_eu-west-1_20260332T120131Z.json.gz",
            "111111111111_CloudTrail-Digest_eu-west-1_t_eu-west-1_99991231T235959Z.json.gz",
            "111111111111_CloudTrail-Digest_eu-west-1_t_eu-west-1_-99990101T000000Z.json.gz",
            "111111111111_CloudTrail-Digest_eu-west-1_t_eu-west-1_20260301T120131Z.json.gz.metadata.json",
            "x_CloudTrail-Digest_eu-west-1_t_eu-west-1_20260301T120131Z.json.gz",
            "",
        ] {
            check(&format!("{FOLDER}/{name}"), "none");
        }
    }

    #[test]
    fn siblings_lie_in_the_folder_of_their_day() {
        let uri = format!("{FOLDER}/111111111111_CloudTrail-Digest_eu-west-1_t_eu-west-1_20260301T000131Z.json.gz");
        let name = DigestName::parse(&uri).expect("a digest");
        assert_eq!(name.chain.organization.as_deref(), Some("o-abcdefghij"));
        let before = name.sibling(&uri, name.end - SignedDuration::from_hours(1));
        assert_eq!(before, uri.replace("2026/03/01", "2026/02/28").replace("20260301T00", "20260228T23"));
        assert_eq!(name.sibling(&uri, name.end), uri);
    }

    #[test]
    fn copies_are_named_from_the_account_on() {
        let key = "111111111111/CloudTrail/eu-west-1/2026/03/01/x.json.gz";
        for uri in [format!("/data/{key}"), format!("s3://b/p/AWSLogs/{key}"), key.to_owned()] {
            assert_eq!(Held::Copied.name(&uri), key);
            assert_eq!(Held::InPlace.name(&uri), uri);
        }
        assert_eq!(Held::Copied.name("/data/222222222222/x.json"), "x.json");
    }

    #[track_caller]
    fn check_log(uri: &str, expected: &str) {
        let shown = LogName::parse(uri).map_or("none".to_owned(), |name| {
            format!("{} {} {}..{}", name.account, name.region, name.delivered.0, name.delivered.1)
        });
        assert_eq!(shown, expected, "{uri}");
    }

    #[test]
    fn log_files_tell_when_they_were_delivered() {
        let folder = "s3://b/AWSLogs/111111111111/CloudTrail/eu-west-1/2026/03/01";
        check_log(
            &format!("{folder}/111111111111_CloudTrail_eu-west-1_20260301T1205Z_abcdefghijklmnop.json.gz"),
            "111111111111 eu-west-1 2026-03-01T12:05:00Z..2026-03-01T12:05:59Z",
        );
        check_log(
            &format!("{folder}/put here by hand.json"),
            "111111111111 eu-west-1 2026-03-01T00:00:00Z..2026-03-01T23:59:59Z",
        );
        check_log("s3://b/AWSLogs/111111111111/CloudTrail/eu-west-1/2026/02/30/x.json", "none");
        check_log("s3://b/AWSLogs/111111111111/CloudTrail-Insight/eu-west-1/2026/02/01/x.json", "none");
        check_log("s3://b/AWSLogs/readme.txt", "none");
    }
}
