//! Log files: which there are, what they hold, and what the digests make of them.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::address::{Held, LogName};
use crate::content::FileHash;
use crate::digest::{DigestFile, LogEntry};
use crate::verdict::{Kind, Verdict};

/// A file may be named in the digest of the hour before or after the minute in its name.
const SLACK: SignedDuration = SignedDuration::from_mins(15);

/// What a log file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A text of this hash.
    Hash(FileHash),
    /// It does not inflate, with the reason.
    Malformed(String),
    /// It is there and was not read, with the reason.
    Unread(String),
}

/// The log files that are there. A file that is not among them counts as missing.
#[derive(Debug)]
pub struct LogFiles {
    held: Held,
    present: HashMap<String, Present>,
}

#[derive(Debug)]
struct Present {
    uri: String,
    content: Content,
    modified: Option<Timestamp>,
}

impl LogFiles {
    /// None so far.
    pub fn new(held: Held) -> Self {
        Self { held, present: HashMap::new() }
    }

    /// Takes a file in: its address, what it holds, and when S3 says that it was written. Give that time only for the bucket
    /// that CloudTrail delivers to: a file that was written after the last digest is in none yet.
    pub fn insert(&mut self, uri: &str, content: Content, modified: Option<Timestamp>) {
        let present = Present { uri: uri.to_owned(), content, modified };
        self.present.insert(self.held.name(uri).to_owned(), present);
    }

    /// Takes a file out.
    pub fn remove(&mut self, uri: &str) {
        self.present.remove(self.held.name(uri));
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.present.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.present.is_empty()
    }

    /// Which of the log files that these digests name are not among them, so that whoever gathers can look once more.
    pub fn absent<'a>(&self, digests: impl IntoIterator<Item = &'a DigestFile>) -> Vec<String> {
        let entries =
            digests.into_iter().filter_map(|file| file.digest.as_ref().ok()).flat_map(|digest| &digest.log_files);
        entries.map(LogEntry::uri).filter(|uri| !self.present.contains_key(self.held.name(uri))).collect()
    }
}

/// What is to be said of a log file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogVerdict {
    /// The address that the digest states; its own where no digest names it.
    pub uri: String,
    /// What is to be said of it.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Where it was found instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// What is wrong, in the second half of a sentence about it.
    #[serde(skip)]
    pub(crate) why: Option<String>,
}

impl LogVerdict {
    fn new(uri: String, verdict: Verdict, why: Option<String>) -> Self {
        Self { uri, verdict, found: None, why }
    }
}

/// The log files beside what the digests say of them.
pub(crate) struct Matching<'a> {
    files: &'a LogFiles,
    /// Named by a digest that is proved.
    named: HashSet<String>,
    /// Named by a digest that is not.
    doubted: HashSet<String>,
    /// Files that no digest names, by what they hold, and not yet taken for the moved form of another.
    nameless: HashMap<FileHash, Vec<String>>,
    /// Files that turned out to be moved ones.
    moved: HashSet<String>,
}

impl<'a> Matching<'a> {
    /// `digests`: the log files that each digest states, and what is wrong with it if it proves nothing.
    pub(crate) fn new<'b>(files: &'a LogFiles, digests: impl Iterator<Item = (&'b [LogEntry], Option<Kind>)>) -> Self {
        let (mut named, mut doubted) = (HashSet::new(), HashSet::new());
        for (entries, doubt) in digests {
            for entry in entries {
                let name = files.held.name(&entry.uri()).to_owned();
                match doubt {
                    None => _ = named.insert(name),
                    Some(_) => _ = doubted.insert(name),
                }
            }
        }
        let mut nameless: HashMap<FileHash, Vec<String>> = HashMap::new();
        for (name, present) in &files.present {
            if let Content::Hash(hash) = present.content
                && !named.contains(name)
            {
                nameless.entry(hash).or_default().push(name.clone());
            }
        }
        // The same report from the same evidence, whatever the order of a hash map.
        nameless.values_mut().for_each(|names| names.sort_unstable_by(|a, b| b.cmp(a)));
        Self { files, named, doubted, nameless, moved: HashSet::new() }
    }

    /// What is to be said of a log file that a proved digest states.
    pub(crate) fn proven(&mut self, entry: &LogEntry) -> LogVerdict {
        let uri = entry.uri();
        let Some(present) = self.files.present.get(self.files.held.name(&uri)) else {
            let Some(name) = self.nameless.get_mut(&entry.hash).and_then(Vec::pop) else {
                return LogVerdict::new(uri, Verdict::Invalid(Kind::LogMissing), Some("is not there".to_owned()));
            };
            let found = self.files.present[&name].uri.clone();
            self.moved.insert(name);
            let why = Some(format!("is not there; a file with its content lies at `{found}`"));
            return LogVerdict { uri, verdict: Verdict::Invalid(Kind::LogMoved), found: Some(found), why };
        };
        match &present.content {
            Content::Hash(hash) if *hash == entry.hash => LogVerdict::new(uri, Verdict::Valid, None),
            Content::Hash(hash) => {
                let why = format!("was changed: it has the hash {hash}, and was delivered with {}", entry.hash);
                LogVerdict::new(uri, Verdict::Invalid(Kind::LogModified), Some(why))
            }
            Content::Malformed(error) => {
                let why = format!("is not what was delivered: {error}");
                LogVerdict::new(uri, Verdict::Invalid(Kind::LogMalformed), Some(why))
            }
            Content::Unread(error) => {
                let why = format!("could not be read: {error}");
                LogVerdict::new(uri, Verdict::Unverifiable(Kind::LogUnread), Some(why))
            }
        }
    }

    /// What is to be said of a log file that a digest states which proves nothing; none where another digest proves it.
    pub(crate) fn doubted(&self, entry: &LogEntry, doubt: Kind) -> Option<LogVerdict> {
        let uri = entry.uri();
        let proved = self.named.contains(self.files.held.name(&uri));
        (!proved).then(|| LogVerdict::new(uri, Verdict::Unverifiable(doubt), None))
    }

    /// The files that no digest names. To be asked after all that digests name.
    pub(crate) fn strays(&self, cover: &BTreeMap<(String, String), Cover>) -> Strays {
        let mut strays = Strays::default();
        for (name, present) in &self.files.present {
            if self.named.contains(name) || self.moved.contains(name) {
                continue;
            }
            let Some(log) = LogName::parse(&present.uri) else { continue };
            let area = (log.account, log.region);
            let Some(cover) = cover.get(&area) else {
                let without = strays.without_digests.entry(area).or_default();
                without.count += 1;
                if without.first.is_empty() || present.uri < without.first {
                    without.first.clone_from(&present.uri);
                }
                continue;
            };
            match cover.of(log.delivered, present.modified) {
                None => strays.outside += 1,
                // It was told under that digest. But one that somebody made up proves nothing against those of the time.
                Some(Verdict::Unverifiable(_)) if self.doubted.contains(name) => {}
                Some(verdict) => {
                    let why = "is in no digest, and those of its time are complete".to_owned();
                    strays.told.push(LogVerdict::new(present.uri.clone(), verdict, Some(why)));
                }
            }
        }
        strays.told.sort_by(|a, b| a.uri.cmp(&b.uri));
        strays
    }
}

/// The log files that no digest names.
#[derive(Debug, Default)]
pub(crate) struct Strays {
    /// Those of times that digests cover, or would.
    pub(crate) told: Vec<LogVerdict>,
    /// How many are too new, or of a time without digests.
    pub(crate) outside: u64,
    /// Those of accounts and regions that have no digests at all.
    pub(crate) without_digests: BTreeMap<(String, String), Without>,
}

/// Log files of an account and region that has no digests.
#[derive(Debug, Default)]
pub(crate) struct Without {
    pub(crate) count: u64,
    /// The address of the first.
    pub(crate) first: String,
}

/// The times that the digests of an account and region cover.
#[derive(Debug, Default)]
pub(crate) struct Cover {
    proven: Vec<(Timestamp, Timestamp)>,
    /// Times whose digest is missing or proves nothing, with what is wrong.
    doubtful: Vec<(Timestamp, Timestamp, Kind)>,
}

impl Cover {
    pub(crate) fn prove(&mut self, from: Timestamp, until: Timestamp) {
        self.proven.push((from, until));
    }

    pub(crate) fn doubt(&mut self, from: Timestamp, until: Timestamp, kind: Kind) {
        self.doubtful.push((from, until, kind));
    }

    /// Makes it ready to be asked.
    pub(crate) fn close(&mut self) {
        self.proven.sort_unstable();
        self.proven.dedup_by(|next, last| {
            let joins = next.0 <= last.1;
            if joins {
                last.1 = last.1.max(next.1);
            }
            joins
        });
    }

    /// What a file is that was delivered then and is in no digest; none where digests do not cover that time.
    fn of(&self, delivered: (Timestamp, Timestamp), modified: Option<Timestamp>) -> Option<Verdict> {
        let (from, until) = (delivered.0 - SLACK, delivered.1 + SLACK);
        if let Some((.., kind)) = self.doubtful.iter().find(|span| span.0 < until && from < span.1) {
            return Some(Verdict::Unverifiable(*kind));
        }
        let last = self.proven.last()?.1;
        if modified.is_some_and(|modified| modified > last - SLACK) {
            return None;
        }
        let covered = self.proven.iter().any(|span| span.0 <= from && until <= span.1);
        covered.then_some(Verdict::Invalid(Kind::LogAdded))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-03-01T{text}:00Z").parse().expect("a time")
    }

    /// Digests cover 00:00 to 06:00 and 08:00 to 12:00; the one from 03:00 to 04:00 is doubtful.
    #[track_caller]
    fn check(delivered: &str, modified: Option<&str>, expected: Option<Verdict>) {
        let mut cover = Cover::default();
        for (from, until) in [("08:00", "12:00"), ("00:00", "03:00"), ("04:00", "06:00"), ("03:00", "04:00")] {
            cover.prove(at(from), at(until));
        }
        cover.doubt(at("03:00"), at("04:00"), Kind::DigestMissing);
        cover.close();
        assert_eq!(cover.proven.len(), 2);
        assert_eq!(cover.of((at(delivered), at(delivered)), modified.map(at)), expected, "{delivered}");
    }

    #[test]
    fn a_file_without_a_digest_is_added_only_where_digests_are_complete() {
        let added = Some(Verdict::Invalid(Kind::LogAdded));
        let doubtful = Some(Verdict::Unverifiable(Kind::DigestMissing));
        check("01:00", None, added);
        check("09:00", Some("09:01"), added);
        check("09:00", Some("11:50"), None);
        check("00:10", None, None);
        check("05:50", None, None);
        check("07:00", None, None);
        check("11:50", None, None);
        check("13:00", None, None);
        check("03:30", None, doubtful);
        check("02:50", None, doubtful);
        check("04:10", None, doubtful);
    }
}
