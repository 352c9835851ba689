//! Tests of the rendered forms: what they show, and that hostile strings do nothing.

use proptest::prelude::*;

use super::*;
use crate::channel::Format;
use crate::sample;

#[test]
fn text_of_one_notice() {
    let want = "\
[HIGH] Root user signed in without MFA
2026-11-01 00:00:00 UTC

The root user of account 111122223333 signed in to the console without a second factor.

Who
  Principal: arn:aws:iam::111122223333:root
  Account: 111122223333
  Access key: none

Where from
  Address: 198.51.100.23
  Region: us-east-1
  Agent: Mozilla/5.0 (X11; Linux x86_64)

Events
  Time                  Event                Outcome
  --------------------  -------------------  -------
  2026-11-01T00:00:00Z  signin ConsoleLogin  ok
  2026-11-01T00:01:40Z  iam CreateAccessKey  ok

What to do
  Ask the owner of the account.
  If it was not them, rotate the root password.

Look further
  SELECT eventtime, eventname, sourceipaddress
  FROM cloudtrail
  WHERE useridentity.type = 'Root' AND eventtime >= '2026-10-31'

--\u{20}
account: 111122223333
detection: root-usage
principal: arn:aws:iam::111122223333:root
Notice notice-0
Delivery 0123456789abcdef0123456789abcdef";
    assert_eq!(sample::parcel(1).page().text().unwrap(), want);
}

#[test]
fn a_hundred_like_notices_are_counted_and_some_are_listed() {
    let mut parcel = sample::parcel(100);
    for (n, notice) in parcel.notices.iter_mut().enumerate() {
        notice.tags.insert("region".into(), format!("region-{n}"));
    }
    parcel.notices[70].severity = Severity::Critical;
    let page = parcel.page();
    assert_eq!(page.headline(100), "Root user signed in without MFA (100 times)");
    let text = page.text().unwrap();
    for want in [
        "[CRITICAL] Root user signed in without MFA\n100 times, 2026-11-01 00:00:00 UTC to 2026-11-01 01:39:00 UTC\n",
        "\nThe gravest of 100\n  Time                     Severity  Region\n",
        "  2026-11-01 01:10:00 UTC  critical  region-70\n  2026-11-01 00:00:00 UTC  high      region-0\n",
        "\nNotice notice-70\nNotice notice-0\n",
        "\n  and 80 more\n",
    ] {
        assert!(text.contains(want), "{want}\n{text}");
    }
    assert_eq!((text.matches("region-").count(), text.matches("notice-").count()), (20, 100));
    let html = page.html().unwrap();
    assert!(html.contains("100 notices") && html.contains("and 80 more") && html.contains("#9f1239"));
}

/// A parcel of so many notices, with counts in place of most of them.
fn storm(count: i64, change: impl Fn(usize, &mut Notice)) -> Parcel {
    let mut parcel = sample::parcel(count);
    let mut tally = Tally::new(&["detection".to_owned(), "principal".to_owned()], 3);
    for (n, mut notice) in std::mem::take(&mut parcel.notices).into_iter().enumerate() {
        change(n, &mut notice);
        tally.add(notice);
    }
    parcel.notices = tally.take_worst();
    Parcel {
        tally: Some(tally),
        digest: true,
        see_all: Some("`outbox show x` lists all".to_owned()),
        rows: 3,
        ..parcel
    }
}

#[test]
fn a_digest_counts_and_lists_the_gravest() {
    let parcel = storm(1_500, |n, notice| {
        notice.severity = if n % 500 == 7 { Severity::Critical } else { Severity::Low };
        notice.title = format!("title {n}");
        notice.tags.insert("detection".into(), format!("detection-{}", n % 4));
        notice.tags.insert("principal".into(), format!("principal-{n}"));
    });
    let page = parcel.page();
    assert_eq!(page.headline(100), "1500 notices at once: 3 critical, 1497 low");
    let (text, html) = (page.text().unwrap(), page.html().unwrap());
    for want in [
        "[CRITICAL] 1500 notices at once: 3 critical, 1497 low\n2026-11-01 00:00:00 UTC to 2026-11-02 00:59:00 UTC\n",
        "one message for all of them. The gravest: title 7\n",
        "\nBy severity\n  Count  Severity\n  -----  --------\n  3      critical\n  1497   low\n",
        "\nBy detection\n  Count  Detection\n  -----  -----------\n  375    detection-0\n",
        "  1      principal-10\n",
        "\n  and 1485 more\n",
        "\nThe gravest of 1500\n",
        "2026-11-01 08:27:00 UTC  title 507   principal-507\n",
        "\n  and 1497 more\n",
        "\n`outbox show x` lists all\n",
        "\nand 500 more notices\n",
    ] {
        assert!(text.contains(want), "{want}\n{text}");
    }
    assert!(!text.contains("in detail") && !text.contains("Who\n"), "{text}");
    for want in
        ["1497", "By principal", "principal-10", "The gravest of 1500", "`outbox show x` lists all", "title 1007"]
    {
        assert!(html.contains(want), "{want}");
    }
    assert!(page.slack().to_string().contains("1497  low"));
}

#[test]
fn different_titles_get_a_column() {
    let mut parcel = sample::parcel(3);
    parcel.notices[1].title = "Another".into();
    let page = parcel.page();
    assert_eq!(page.headline(12), "Root user s… and 2 more");
    assert!(page.text().unwrap().contains("Time                     Title"));
}

#[test]
fn html_escapes_and_keeps_the_sql_readable() {
    let mut parcel = sample::parcel(1);
    parcel.notices[0].title = "<script>alert(1)</script>".into();
    parcel.notices[0].summary = "\" onload=\"x\" <img src=x onerror=y>".into();
    parcel.notices[0].sections[0] = Section::facts("<b>Who</b>", vec![("<i>".into(), "</td><iframe>".into())]);
    let html = parcel.page().html().unwrap();
    for never in ["<script", "<img", "<iframe", "<b>", "<i>"] {
        assert!(!html.contains(never), "{never}\n{html}");
    }
    assert!(html.contains("&lt;script&gt;"));
    assert!(html.contains("WHERE useridentity.type = &#x27;Root&#x27;"));
}

#[test]
fn json_lines_hold_each_notice_whole() {
    let lines = sample::parcel(2).lines(Format::Json);
    let lines: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1]["id"], "notice-1");
    assert_eq!(lines[1]["count"], 2);
    assert_eq!(lines[1]["delivery"], "0123456789abcdef0123456789abcdef");
    let notice: Notice = serde_json::from_value(lines[1].clone()).unwrap();
    assert_eq!(notice, sample::parcel(2).notices[1]);
}

#[test]
fn json_objects_fit_their_room() {
    const ROOM: usize = 180_000;
    fn check(change: impl Fn(&mut Notice), count: i64, truncated: bool) {
        let mut parcel = sample::parcel(count);
        parcel.notices.iter_mut().for_each(change);
        let text = parcel.json_object(ROOM);
        assert!(text.len() <= ROOM, "{}", text.len());
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&value["count"], &value["truncated"]), (&count.into(), &truncated.into()));
    }
    let nasty = "\u{e0041}\u{7f}\"\\".repeat(5_000);
    check(|_| {}, 1, false);
    check(|n| n.sections[4] = Section::code("x", nasty.repeat(5)), 1, true);
    check(|n| n.title = nasty.repeat(5), 1, true);
    check(|n| n.summary = nasty.repeat(5), 2, true);
    check(|n| n.tags = (0..100).map(|i| (format!("{i}{nasty}"), nasty.clone())).collect(), 1, true);
    check(|n| n.id = format!("{}{nasty}", n.id), 40, true);
}

fn harmless(text: &str) -> bool {
    let shown = |c: char| c == '\u{FFFD}' || !clean::line(&format!("a{c}a"), 9).contains('\u{FFFD}');
    text.chars().all(|c| c == '\n' || (!c.is_control() && shown(c)))
}

proptest! {
    #[test]
    fn no_string_does_anything(text in any::<String>(), tags in "[<>&'\"/a\u{1b}\u{202e}\r\n\u{9b}]{0,60}") {
        let text = format!("{tags}{text}{tags}");
        let mut parcel = sample::parcel(2);
        for notice in &mut parcel.notices {
            notice.id = format!("{}{text}", notice.id);
            notice.title = text.clone();
            notice.summary = text.clone();
            notice.tags = [(text.clone(), text.clone())].into();
            notice.sections = vec![
                Section::text(text.clone(), text.clone()),
                Section::code(text.clone(), text.clone()),
                Section::facts(text.clone(), vec![(text.clone(), text.clone())]),
                Section::table(text.clone(), vec![text.clone(), text.clone()], vec![vec![text.clone()], vec![text.clone(); 3]]),
            ];
        }
        let shape = |html: &str| html.matches('<').count();
        let mut like = sample::parcel(2);
        for notice in &mut like.notices {
            notice.sections = vec![
                Section::text("a", "a"),
                Section::code("a", "a"),
                Section::facts("a", vec![("a".into(), "a".into())]),
                Section::table("a", vec!["a".into(), "a".into()], vec![vec!["a".into()], vec!["a".into(); 3]]),
            ];
            notice.tags = [("a".to_owned(), "a".to_owned())].into();
        }
        let html = parcel.page().html().unwrap();
        prop_assert_eq!(shape(&html), shape(&like.page().html().unwrap()));
        prop_assert!(harmless(&html));
        prop_assert!(harmless(&parcel.page().text().unwrap()));
        prop_assert!(harmless(&parcel.lines(Format::Json)));
        prop_assert!(parcel.page().headline(100).chars().count() <= 120);
        let digest = storm(30, |_, notice| {
            notice.title = text.clone();
            notice.tags.insert("principal".into(), text.clone());
        });
        let same = storm(30, |_, notice| {
            notice.title = "a".into();
            notice.tags.insert("principal".into(), "a".into());
        });
        let html = digest.page().html().unwrap();
        prop_assert_eq!(shape(&html), shape(&same.page().html().unwrap()));
        prop_assert!(harmless(&html) && harmless(&digest.page().text().unwrap()));
    }
}
