//! The JSON forms of a delivery: a line a notice for files, one object of bounded size for SNS.

use serde::Serialize;
use serde_json::{Value, json};

use super::Parcel;
use crate::clean;
use crate::notice::Notice;

#[derive(Serialize)]
struct Line<'a> {
    delivery: &'a str,
    count: usize,
    #[serde(flatten)]
    notice: &'a Notice,
}

impl Parcel {
    /// One line a notice, each with the delivery's id and how many notices came with it.
    pub(crate) fn json_lines(&self) -> String {
        let line = |notice| {
            let line = Line { delivery: &self.id, count: self.notices.len(), notice };
            // Strings, numbers and maps with text keys: nothing that JSON could refuse.
            clean::json(&serde_json::to_string(&line).unwrap_or_default()) + "\n"
        };
        self.notices.iter().map(line).collect()
    }

    /// One object of at most `room` bytes (which must be 160 KiB or more). Where it would be longer, details go first,
    /// then all but the first ids, and `truncated` says so.
    pub(crate) fn json_object(&self, room: usize) -> String {
        let full = self.object(usize::MAX, usize::MAX, true);
        if full.len() <= room {
            return full;
        }
        let brief = self.object(usize::MAX, usize::MAX, false);
        if brief.len() <= room { brief } else { self.object(20, 200, false) }
    }

    fn object(&self, ids: usize, chars: usize, sections: bool) -> String {
        let ordered = self.ordered();
        let cut = |text: &str| match chars {
            usize::MAX => text.to_owned(),
            chars => clean::line(text, chars),
        };
        let (first, last) = self.span();
        let mut object = json!({
            "delivery": self.id,
            "count": ordered.len(),
            "severity": self.severity(),
            "title": ordered.first().map(|n| cut(&n.title)),
            "summary": ordered.first().map(|n| cut(&n.summary)),
            "first": first,
            "last": last,
            "tags": self.common_tags().into_iter().take(ids).map(|(k, v)| (cut(k), Value::from(cut(v)))).collect::<serde_json::Map<_, _>>(),
            "notices": ordered.iter().take(ids).map(|n| cut(&n.id)).collect::<Vec<_>>(),
            "truncated": !sections,
        });
        if sections && let Some(lead) = ordered.first() {
            object["sections"] = json!(lead.sections);
        }
        clean::json(&object.to_string())
    }
}
