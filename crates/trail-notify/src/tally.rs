//! What a digest says of notices that are too many to list: how many of each kind, the gravest, and the ids of all.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::notice::{Notice, Severity};

/// Ids that a digest names; who wants more asks the outbox.
const IDS: usize = 1_000;
/// Different values of a tag that are counted one by one; hostile names are without number.
const VALUES: usize = 10_000;

/// Counts over notices that go by one at a time.
#[derive(Debug, Clone)]
pub(crate) struct Tally {
    pub(crate) total: usize,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
    pub(crate) ids: Vec<String>,
    /// Whether all have one title.
    pub(crate) same_title: bool,
    severities: [usize; Severity::ALL.len()],
    tags: Vec<(String, BTreeMap<String, usize>)>,
    worst: Vec<Notice>,
    keep: usize,
}

impl Tally {
    /// Counts by these tags, and keeps that many of the gravest notices.
    pub(crate) fn new(tags: &[String], keep: usize) -> Self {
        Self {
            total: 0,
            first: Timestamp::MAX,
            last: Timestamp::MIN,
            ids: Vec::new(),
            same_title: true,
            severities: Default::default(),
            tags: tags.iter().map(|tag| (tag.clone(), BTreeMap::new())).collect(),
            worst: Vec::new(),
            keep: keep.max(1),
        }
    }

    pub(crate) fn add(&mut self, notice: Notice) {
        self.total += 1;
        self.first = self.first.min(notice.created);
        self.last = self.last.max(notice.created);
        self.severities[notice.severity as usize] += 1;
        self.same_title &= self.worst.first().is_none_or(|other| other.title == notice.title);
        if self.ids.len() < IDS {
            self.ids.push(notice.id.clone());
        }
        for (tag, values) in &mut self.tags {
            let value = notice.tags.get(tag).map_or("", String::as_str);
            if let Some(count) = values.get_mut(value) {
                *count += 1;
            } else if values.len() < VALUES {
                values.insert(value.to_owned(), 1);
            }
        }
        self.worst.push(notice);
        if self.worst.len() >= 4 * self.keep {
            self.shrink();
        }
    }

    fn shrink(&mut self) {
        self.worst.sort_by_key(|n| (Reverse(n.severity), n.created));
        self.worst.truncate(self.keep);
    }

    /// The gravest notices, the gravest first; they are handed out once.
    pub(crate) fn take_worst(&mut self) -> Vec<Notice> {
        self.shrink();
        std::mem::take(&mut self.worst)
    }

    /// How many there are of each severity that has any, the gravest first.
    pub(crate) fn severities(&self) -> Vec<(Severity, usize)> {
        let counts = Severity::ALL.into_iter().zip(self.severities).rev();
        counts.filter(|(_, count)| *count > 0).collect()
    }

    /// For each tag, how many there are of each value, the most frequent first. The empty value stands for none.
    pub(crate) fn tags(&self) -> impl Iterator<Item = (&str, Vec<(&str, usize)>)> {
        self.tags.iter().map(|(tag, values)| {
            let mut counts: Vec<_> = values.iter().map(|(value, count)| (value.as_str(), *count)).collect();
            counts.sort_by_key(|(value, count)| (Reverse(*count), *value));
            (tag.as_str(), counts)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{at, notice};

    #[test]
    fn it_counts_and_keeps_the_gravest() {
        let mut tally = Tally::new(&["account".to_owned(), "nothing".to_owned()], 2);
        for n in 0..50_i64 {
            let mut one = notice(&format!("n{n}"));
            one.severity = if n % 10 == 3 { Severity::Critical } else { Severity::Low };
            one.created = at(100 - n);
            one.tags.insert("account".into(), (n % 3).to_string());
            tally.add(one);
        }
        assert_eq!((tally.total, tally.first, tally.last, tally.ids.len()), (50, at(51), at(100), 50));
        assert_eq!(tally.severities(), [(Severity::Critical, 5), (Severity::Low, 45)]);
        let tags: Vec<_> = tally.tags().collect();
        assert_eq!(tags, [("account", vec![("0", 17), ("1", 17), ("2", 16)]), ("nothing", vec![("", 50)])]);
        assert!(tally.same_title);
        let worst: Vec<_> = tally.take_worst().into_iter().map(|n| n.id).collect();
        assert_eq!(worst, ["n43", "n33"]);
    }
}
