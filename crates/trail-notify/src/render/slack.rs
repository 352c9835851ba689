//! A delivery as Slack blocks. All text is in `plain_text` objects, where Slack makes no links, mentions or formats of it; `&`, `<` and
//! `>` are escaped on top of that.
//!
//! Limits are those of Slack's block kit reference: 50 blocks, 150 characters in a header, 3,000 in a section.

use serde_json::{Value, json};

use super::{Page, Shown, Table};
use crate::clean;

const BLOCKS: usize = 50;
const HEADER: usize = 150;
const SECTION: usize = 3_000;

impl Page {
    /// The payload of an incoming webhook.
    pub(crate) fn slack(&self) -> Value {
        let headline = format!("{}: {}", self.severity.to_uppercase(), self.headline(100));
        let mut blocks = vec![json!({"type": "header", "text": plain(&headline, HEADER)}), section(&self.summary)];
        for counted in &self.counts {
            blocks.push(section(&titled(&format!("By {}", counted.by), &rows(&counted.table, "  "))));
        }
        if let Some(members) = &self.members {
            let heading = if members.more > 0 { "The gravest" } else { "All" };
            blocks.push(section(&titled(heading, &rows(members, "  "))));
        }
        blocks.extend(self.see_all.iter().map(|text| section(text)));
        blocks.extend(self.sections.iter().map(|shown| section(&titled(&shown.heading, &body(shown)))));
        if blocks.len() >= BLOCKS {
            blocks.truncate(BLOCKS - 2);
            blocks.push(section("More is not shown here."));
        }
        let span = if self.count > 1 { format!("{} to {}", self.first, self.last) } else { self.first.clone() };
        let foot = format!("{span} · delivery {}", self.delivery);
        blocks.push(json!({"type": "context", "elements": [plain(&foot, SECTION)]}));
        json!({
            // What notifications show in place of the blocks.
            "text": escape(&headline, SECTION), "mrkdwn": false,
            "blocks": blocks, "unfurl_links": false, "unfurl_media": false,
        })
    }
}

fn titled(heading: &str, text: &str) -> String {
    format!("{heading}\n{text}")
}

fn body(shown: &Shown) -> String {
    if let Some(facts) = &shown.facts {
        return facts.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("\n");
    }
    if let Some(table) = &shown.table {
        return rows(table, " | ");
    }
    shown.code.as_ref().or(shown.text.as_ref()).cloned().unwrap_or_default()
}

fn rows(table: &Table, between: &str) -> String {
    let mut lines: Vec<_> = table.rows.iter().map(|row| row.join(between)).collect();
    lines.extend((table.more > 0).then(|| format!("and {} more", table.more)));
    lines.join("\n")
}

fn section(text: &str) -> Value {
    json!({"type": "section", "text": plain(text, SECTION)})
}

fn plain(text: &str, max: usize) -> Value {
    // Slack refuses empty texts.
    let text = if text.trim().is_empty() { "-" } else { text };
    json!({"type": "plain_text", "emoji": false, "text": escape(text, max)})
}

/// At most `max` characters with Slack's three escapes, none of them cut in two.
fn escape(text: &str, max: usize) -> String {
    let mut out = String::new();
    let mut left = max - 1;
    for c in clean::block(text, max).chars() {
        let escaped = match c {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            _ => "",
        };
        let Some(rest) = left.checked_sub(escaped.len().max(1)) else { return out + "…" };
        left = rest;
        if escaped.is_empty() { out.push(c) } else { out.push_str(escaped) }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sample;

    /// All texts of a payload, with the longest that Slack takes of each.
    fn texts(payload: &Value) -> Vec<(String, usize)> {
        let mut found = vec![(payload["text"].as_str().unwrap().to_owned(), SECTION)];
        for block in payload["blocks"].as_array().unwrap() {
            let (text, max) = match block["type"].as_str().unwrap() {
                "header" => (&block["text"], HEADER),
                "context" => (&block["elements"][0], SECTION),
                _ => (&block["text"], SECTION),
            };
            assert_eq!((&text["type"], &text["emoji"]), (&json!("plain_text"), &json!(false)));
            found.push((text["text"].as_str().unwrap().to_owned(), max));
        }
        found
    }

    #[test]
    fn one_notice_and_many() {
        let payload = sample::parcel(1).page().slack();
        let texts: Vec<_> = texts(&payload).into_iter().map(|(text, _)| text).collect();
        assert_eq!(texts[1], "HIGH: Root user signed in without MFA");
        assert!(texts[3].starts_with("Who\nPrincipal: arn:aws:iam::111122223333:root\nAccount: "), "{texts:?}");
        assert!(texts.iter().any(|text| text.contains("signin ConsoleLogin | ok")));
        assert!(texts.last().unwrap().ends_with("delivery 0123456789abcdef0123456789abcdef"));
        let many = sample::parcel(30).page().slack();
        assert_eq!(many["blocks"][0]["text"]["text"], "HIGH: Root user signed in without MFA (30 times)");
        assert!(many.to_string().contains("and 10 more"));
    }

    proptest! {
        #[test]
        fn hostile_text_stays_text(part in "[\\PC<>&@!|*_`~\n\u{1b}\u{202e}]{0,60}", times in 1usize..80) {
            let hostile = format!("<!channel> <https://evil.example|click> *x* `y` {part}").repeat(times);
            let mut parcel = sample::parcel(2);
            for notice in &mut parcel.notices {
                notice.title = hostile.clone();
                notice.summary = hostile.clone();
                notice.tags.insert("principal".into(), hostile.clone());
                notice.sections.push(crate::notice::Section::facts(&hostile, vec![(hostile.clone(), hostile.clone())]));
                notice.sections.push(crate::notice::Section::code(&hostile, &hostile));
            }
            let payload = parcel.page().slack();
            prop_assert!(payload["blocks"].as_array().unwrap().len() <= BLOCKS);
            for (text, max) in texts(&payload) {
                prop_assert!(!text.is_empty() && text.chars().count() <= max, "{}", text.chars().count());
                prop_assert!(!text.contains(['<', '>', '\u{1b}', '\u{202e}']), "{text}");
                let rest = text.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "");
                prop_assert!(!rest.contains('&'), "{text}");
            }
        }
    }
}
