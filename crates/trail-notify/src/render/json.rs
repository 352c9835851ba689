//! The JSON forms of a delivery: a line a notice for files, one object of bounded size for SNS, lists of bounded size for webhooks.

use serde::Serialize;
use serde_json::{Value, json};

use super::Parcel;
use crate::channel::{Format, SendError, SendErrorKind};
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
    /// One line a notice: in our own JSON with the delivery's id and how many notices came with it, or in the form of others.
    pub(crate) fn lines(&self, format: Format) -> String {
        self.values_in(format).map(|value| value + "\n").collect()
    }

    /// The notices as JSON lists, each of at most `room` bytes, so that all of them go out; one that is longer by itself never
    /// will.
    pub(crate) fn lists(&self, format: Format, room: usize) -> Result<Vec<String>, SendError> {
        let mut lists = Vec::new();
        let mut list = String::new();
        for value in self.values_in(format) {
            if value.len() + 2 > room {
                let text = format!("one notice takes {} bytes, and a message at most {room}", value.len() + 2);
                return Err(SendError::new(SendErrorKind::Permanent, text));
            }
            if !list.is_empty() && list.len() + value.len() + 2 > room {
                lists.push(std::mem::take(&mut list) + "]");
            }
            list.push(if list.is_empty() { '[' } else { ',' });
            list.push_str(&value);
        }
        lists.extend((!list.is_empty()).then(|| list + "]"));
        Ok(lists)
    }

    /// The id of one of several messages that a delivery takes: the same on every try.
    pub(crate) fn part_id(&self, part: usize) -> String {
        if part == 0 { self.id.clone() } else { format!("{}-{}", self.id, part + 1) }
    }

    /// Each notice as JSON. One without the form asked for was never routed here.
    pub(crate) fn values_in(&self, format: Format) -> impl Iterator<Item = String> {
        self.notices.iter().filter_map(move |notice| {
            let text = match format {
                Format::Ocsf | Format::Asff => notice.forms.get(&format)?.to_string(),
                Format::Text | Format::Json => {
                    let notice = &Notice { forms: Default::default(), attachments: Vec::new(), ..notice.clone() };
                    // Strings, numbers and maps with text keys: nothing that JSON could refuse.
                    serde_json::to_string(&Line { delivery: &self.id, count: self.count(), notice }).unwrap_or_default()
                }
            };
            Some(clean::json(&text))
        })
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
            "count": self.count(),
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
