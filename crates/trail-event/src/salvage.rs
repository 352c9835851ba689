//! Where to go on reading behind text that is broken, so that the good records beside it are kept.
//!
//! Every search is bounded: the places that it looks at more than once are few, so that hostile text costs a small multiple
//! of reading it.

use std::collections::HashSet;
use std::sync::LazyLock;

use memchr::{memchr, memmem, memrchr};

use crate::schema::schema;
use crate::walk::{MAX_DEPTH, Text};

/// How many members of an object are looked at to tell whether it is a record.
const MEMBERS: usize = 8;
/// How many kinds of wrapper are told apart in one document.
const MAX_OPENINGS: usize = 16;
/// How many times the text's own length may be spent on guessing where broken records end.
const PATIENCE: usize = 4;

/// The fields of a record, in lower case.
static FIELDS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let ours = ["principal", "caller", "denied", "network", "agent"];
    let names = schema();
    let names = names.fields().iter().map(|field| field.name().clone());
    names.filter(|name| !name.starts_with('_') && !ours.contains(&name.as_str())).collect()
});

/// The piece of text in which something broke: from the start of what was being read to where it made no sense any more.
#[derive(Clone, Copy)]
pub(crate) struct Gap {
    pub(crate) start: usize,
    pub(crate) at: usize,
}

/// Where a broken container ends, as far as its brackets tell.
pub(crate) struct Extent {
    pub(crate) end: usize,
    /// Whether its brackets are balanced there, and not only the text at its end.
    pub(crate) closed: bool,
    /// Whether it nests deeper than we read.
    pub(crate) deep: bool,
}

/// What the document has shown so far of how its records begin.
pub(crate) struct Landmarks {
    /// The beginning of the last good record up to its first key's end, `{"eventVersion"` as a rule.
    pub(crate) opening: Vec<u8>,
    /// The first keys of wrappers.
    wrappers: Vec<Vec<u8>>,
    /// Behind this place nothing was found.
    barren: usize,
    patience: usize,
}

impl Landmarks {
    pub(crate) fn new(text_bytes: usize) -> Self {
        Self {
            opening: br#"{"eventVersion""#.to_vec(),
            wrappers: Vec::new(),
            barren: usize::MAX,
            patience: text_bytes.saturating_mul(PATIENCE),
        }
    }

    /// Remembers how the wrapper at `start` begins.
    pub(crate) fn learn_wrapper(&mut self, text: Text<'_>, start: usize) {
        let Some((from, to)) = first_key(text, start) else { return };
        let key = text.slice(from, to);
        if self.wrappers.len() < MAX_OPENINGS && !self.wrappers.iter().any(|known| known == key) {
            self.wrappers.push(key.to_vec());
            self.barren = usize::MAX;
        }
    }

    /// Remembers how the record at `start` begins.
    pub(crate) fn learn_record(&mut self, text: Text<'_>, start: usize) {
        if let Some((_, to)) = first_key(text, start).filter(|&(from, to)| is_field(text.slice(from, to))) {
            self.opening.clear();
            self.opening.extend_from_slice(text.slice(start, to + 1));
        }
    }

    /// The nearest place behind a fault at which a record or a wrapper seems to begin, and `accept` agrees.
    pub(crate) fn resume(&mut self, text: Text<'_>, gap: Gap, accept: impl Fn(&[u8], usize) -> bool) -> Option<usize> {
        let behind = (gap.start + 1).min(text.end());
        let at = gap.at.clamp(behind, text.end());
        // What stands before the fault was read as part of the broken piece, whole records perhaps.
        let swallowed = self.opening_between(text, behind, at);
        let lines = memmem::find_iter(text.slice(gap.start, at), b"\n{").map(|found| gap.start + found + 1);
        let line = lines
            .take_while(|&line| swallowed.is_none_or(|other| line < other))
            .find(|&line| accept(&self.opening, line));
        if let Some(found) = line.or(swallowed) {
            return Some(found);
        }
        let from = memrchr(b'{', text.slice(behind, (at + 1).min(text.end()))).map_or(at, |found| behind + found);
        if from >= self.barren {
            return None;
        }
        let mut look = from;
        while let Some(found) = memchr(b'{', text.slice(look, text.end())) {
            look += found;
            if self.looks_promising(text, look) && accept(&self.opening, look) {
                return Some(look);
            }
            look += 1;
        }
        self.barren = from;
        None
    }

    /// Where a record seems to begin inside the record at `start`, which reaches to the end of the text.
    pub(crate) fn swallowed(&self, text: Text<'_>, start: usize) -> Option<usize> {
        text.slice(start, text.end())
            .starts_with(&self.opening)
            .then(|| self.opening_between(text, start + 1, text.end()))
            .flatten()
    }

    fn opening_between(&self, text: Text<'_>, from: usize, to: usize) -> Option<usize> {
        memmem::find(text.slice(from, to), &self.opening).map(|found| from + found)
    }

    /// Whether the object at `start` has two fields of a record among its first members, or begins like a known wrapper.
    /// At the start of a line, any object may.
    fn looks_promising(&self, text: Text<'_>, start: usize) -> bool {
        if start > 0 && text.byte(start - 1) == b'\n' {
            return true;
        }
        let (mut at, mut fields) = (text.blank(start + 1), 0);
        for member in 0..MEMBERS {
            if text.byte(at) != b'"' {
                return false;
            }
            let Ok((end, _)) = text.string(at + 1) else { return false };
            let key = text.slice(at + 1, end);
            if member == 0 && self.wrappers.iter().any(|known| known == key) {
                return true;
            }
            let colon = text.blank(end + 1);
            if text.byte(colon) != b':' {
                return false;
            }
            let value = text.blank(colon + 1);
            let container = matches!(text.byte(value), b'{' | b'[');
            fields += usize::from(is_field(key));
            if fields == 2 || fields == 1 && container {
                return true;
            }
            let Some(end) = (!container).then(|| text.skip(value).ok()).flatten() else { return false };
            let comma = text.blank(end);
            if text.byte(comma) != b',' {
                return false;
            }
            at = text.blank(comma + 1);
        }
        false
    }

    /// Where the container at `start` seems to end, whatever else is wrong in it.
    pub(crate) fn extent(&mut self, text: Text<'_>, start: usize) -> Extent {
        let limit = text.end().min(start.saturating_add(self.patience));
        let (mut at, mut depth, mut deep) = (start, 0_u32, false);
        let mut closed = false;
        while at < limit && !closed {
            match text.byte(at) {
                b'{' | b'[' => {
                    depth += 1;
                    deep |= depth > MAX_DEPTH;
                }
                b'}' | b']' if depth <= 1 => closed = true,
                b'}' | b']' => depth -= 1,
                b'"' => {
                    at += 1;
                    while at < limit && text.byte(at) != b'"' {
                        at += 1 + usize::from(text.byte(at) == b'\\');
                    }
                }
                _ => {}
            }
            at += 1;
        }
        let end = at.min(limit);
        self.patience = self.patience.saturating_sub(end - start);
        Extent { end, closed, deep }
    }
}

/// Where the text of an object's first key stands, without its quotes.
fn first_key(text: Text<'_>, start: usize) -> Option<(usize, usize)> {
    let quote = text.blank(start + 1);
    let end = (text.byte(quote) == b'"').then(|| text.string(quote + 1).ok()).flatten()?.0;
    Some((quote + 1, end))
}

fn is_field(key: &[u8]) -> bool {
    std::str::from_utf8(key).is_ok_and(|key| FIELDS.contains(&key.to_ascii_lowercase()))
}
