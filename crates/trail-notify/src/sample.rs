//! Notices for tests.

use jiff::{SignedDuration, Timestamp};

use crate::notice::{Notice, Section, Severity};
use crate::render::Parcel;

/// Seconds after 2026-11-01T00:00:00Z.
pub(crate) fn at(second: i64) -> Timestamp {
    "2026-11-01T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(second)
}

/// A notice as a root sign-in would make it.
pub(crate) fn notice(id: &str) -> Notice {
    Notice {
        id: id.to_owned(),
        group_key: "root-usage/111122223333".to_owned(),
        severity: Severity::High,
        title: "Root user signed in without MFA".to_owned(),
        summary: "The root user of account 111122223333 signed in to the console without a second factor.".to_owned(),
        sections: vec![
            Section::facts(
                "Who",
                [("Principal", "arn:aws:iam::111122223333:root"), ("Account", "111122223333"), ("Access key", "none")]
                    .map(|(k, v)| (k.into(), v.into()))
                    .into(),
            ),
            Section::facts(
                "Where from",
                [("Address", "198.51.100.23"), ("Region", "us-east-1"), ("Agent", "Mozilla/5.0 (X11; Linux x86_64)")]
                    .map(|(k, v)| (k.into(), v.into()))
                    .into(),
            ),
            Section::table(
                "Events",
                ["Time", "Event", "Outcome"].map(String::from).into(),
                vec![
                    ["2026-11-01T00:00:00Z", "signin ConsoleLogin", "ok"].map(String::from).into(),
                    ["2026-11-01T00:01:40Z", "iam CreateAccessKey", "ok"].map(String::from).into(),
                ],
            ),
            Section::text("What to do", "Ask the owner of the account.\nIf it was not them, rotate the root password."),
            Section::code(
                "Look further",
                "SELECT eventtime, eventname, sourceipaddress\nFROM cloudtrail\nWHERE useridentity.type = 'Root' AND eventtime >= '2026-10-31'",
            ),
        ],
        tags: [
            ("account", "111122223333"),
            ("detection", "root-usage"),
            ("principal", "arn:aws:iam::111122223333:root"),
        ]
        .map(|(k, v)| (k.into(), v.into()))
        .into(),
        labels: Default::default(),
        channels: Vec::new(),
        forms: Default::default(),
        created: at(0),
        attachments: Vec::new(),
    }
}

/// A parcel of so many notices like each other.
pub(crate) fn parcel(count: i64) -> Parcel {
    let notices = (0..count).map(|n| Notice { created: at(60 * n), ..notice(&format!("notice-{n}")) }).collect();
    Parcel {
        id: "0123456789abcdef0123456789abcdef".to_owned(),
        group: "aaaabbbbccccdddd".to_owned(),
        notices,
        tally: None,
        digest: false,
        see_all: None,
        now: at(3600),
        rows: 20,
    }
}
