//! Finding the records in a document, whatever they are wrapped in, and going on behind a broken one.

use arrow::buffer::Buffer;
use memchr::memmem;

use crate::columns::Columns;
use crate::decoder::{Decoded, Kind, Limits};
use crate::derive::Memo;
use crate::fields::Plan;
use crate::gunzip::PADDING;
use crate::record::Reading;
use crate::reject::Reject;
use crate::unescape::unescape;
use crate::walk::{Fault, Text, fault};

/// Bytes of JSON a record takes, guessed low so that columns seldom grow.
const RECORD_BYTES: usize = 900;
/// How wrappers may nest: EventBridge inside a list inside an SNS envelope is three.
const MAX_WRAPPERS: usize = 8;

/// Keys by which an object is a CloudTrail record, in lower case. `p_log_type` marks one that came through Panther.
const RECORD_KEYS: [&[u8]; 14] = [
    b"eventversion", b"eventname", b"eventsource", b"eventid", b"eventtime", b"useridentity", b"eventtype",
    b"awsregion", b"eventcategory", b"insightdetails", b"recipientaccountid", b"requestparameters", b"sharedeventid",
    b"p_log_type",
];
/// Keys under which records travel as a list, as an object, or as JSON text in a string.
const WRAPPER_KEYS: [&[u8]; 11] = [
    b"records", b"detail", b"event", b"events", b"logevents", b"message", b"@message", b"cloudtrailevent", b"eventjson",
    b"_raw", b"eventdata",
];
/// Keys that only a digest file has.
const DIGEST_KEYS: [&[u8]; 2] = [b"digests3object", b"digeststarttime"];

/// What an object is, by its keys.
enum Shape {
    Record,
    /// A wrapper: the value of the telling key begins here.
    Wrapper(usize),
    Digest,
    Unknown,
}

/// Text found inside strings, to be read as a document of its own.
#[derive(Default)]
pub(crate) struct Wrapped {
    pub(crate) text: Vec<u8>,
    /// Where each line of `text` came from: its start there, and the offset in the object.
    pub(crate) origins: Vec<(usize, u64)>,
    /// The number that the next record gets.
    pub(crate) next_number: u32,
}

/// One document on its way into batches.
pub(crate) struct Pass<'a> {
    object: &'a str,
    limits: &'a Limits,
    plan: &'a mut Plan,
    memo: &'a mut Memo,
    block: Buffer,
    origins: Vec<(usize, u64)>,
    number: u32,
    columns: Columns,
    rows: usize,
    extra: Vec<u8>,
    /// The first bytes of the last good record, `{"eventVersion"` as a rule: how the next one is found behind a fault.
    opening: Vec<u8>,
    is_utf8: bool,
    object_view: Option<u128>,
    wrapped: Wrapped,
    ingested: i64,
}

impl<'a> Pass<'a> {
    pub(crate) fn new(
        object: &'a str,
        limits: &'a Limits,
        plan: &'a mut Plan,
        memo: &'a mut Memo,
        padded: Vec<u8>,
        origins: Vec<(usize, u64)>,
        number: u32,
    ) -> Self {
        let length = padded.len() - PADDING;
        let is_utf8 = simdutf8::basic::from_utf8(&padded[..length]).is_ok();
        let rows = (length / RECORD_BYTES).clamp(8, limits.max_batch_rows.max(8));
        let columns = Columns::new(plan, rows);
        Self {
            object,
            limits,
            plan,
            memo,
            block: Buffer::from_vec(padded),
            origins,
            number,
            columns,
            rows: 0,
            extra: Vec::new(),
            opening: br#"{"eventVersion""#.to_vec(),
            is_utf8,
            object_view: None,
            wrapped: Wrapped::default(),
            ingested: 0,
        }
    }

    /// Reads the whole document into `out`, and gives the text that was wrapped in strings.
    pub(crate) fn run(mut self, ingested: i64, out: &mut Decoded) -> Wrapped {
        self.ingested = ingested;
        let block = self.block.clone();
        let text = Text::new(block.as_slice());
        let bom = if text.slice(0, 3.min(text.end())) == b"\xef\xbb\xbf" { 3 } else { 0 };
        let mut at = text.blank(bom);
        while at < text.end() {
            at = match text.byte(at) {
                b'{' => self.item(text, at, 0, true, out),
                b'[' => self.list(text, at, 0, out),
                _ => {
                    let end = self.next_line(text, at);
                    self.reject(text, (at, end), false, "no JSON object begins here", out);
                    end
                }
            };
            at = text.blank(at);
        }
        self.flush(out);
        self.wrapped.next_number = self.number;
        self.wrapped
    }

    /// Reads an object that may be a record or hold some, and gives where it ends. `top` is one that stands by itself.
    fn item(&mut self, text: Text<'_>, start: usize, depth: usize, top: bool, out: &mut Decoded) -> usize {
        match self.shape(text, start) {
            Ok(Shape::Record) => self.record(text, start, top, out),
            // In a list of records, what we cannot name is still an event that somebody logged.
            Ok(Shape::Unknown) if !top => self.record(text, start, top, out),
            Ok(Shape::Unknown) => {
                let end = text.strict(start).unwrap_or(start + 1);
                self.reject(text, (start, end), true, "no CloudTrail record in this object", out);
                end
            }
            Ok(Shape::Digest) => match text.strict(start) {
                Ok(end) => {
                    out.kind = Kind::Digest;
                    end
                }
                Err(found) => self.broken(text, start, top, &found, out),
            },
            Ok(Shape::Wrapper(value)) if depth < MAX_WRAPPERS => {
                let end = self.unwrap(text, value, depth + 1, out);
                self.rest(text, start, end, out)
            }
            Ok(Shape::Wrapper(_)) => self.broken(text, start, top, &Fault { at: start, reason: "records are wrapped too deeply".into() }, out),
            Err(found) => self.broken(text, start, top, &found, out),
        }
    }

    /// Tells an object by its keys, looking no further than the first that tells.
    fn shape(&self, text: Text<'_>, start: usize) -> Result<Shape, Fault> {
        if text.slice(start, text.end()).starts_with(&self.opening) {
            return Ok(Shape::Record);
        }
        let mut at = text.blank(start + 1);
        while text.byte(at) == b'"' {
            let key = at + 1;
            let key_end = text.string(key)?.0;
            let value = text.blank(key_end + 1);
            if text.byte(value) != b':' {
                return fault(value, "a colon is missing behind a key");
            }
            let value = text.blank(value + 1);
            let name = text.slice(key, key_end).to_ascii_lowercase();
            if RECORD_KEYS.contains(&name.as_slice()) {
                return Ok(Shape::Record);
            }
            if DIGEST_KEYS.contains(&name.as_slice()) {
                return Ok(Shape::Digest);
            }
            if WRAPPER_KEYS.contains(&name.as_slice()) && self.holds_records(text, value) {
                return Ok(Shape::Wrapper(value));
            }
            at = text.blank(text.skip(value)?);
            if text.byte(at) == b',' {
                at = text.blank(at + 1);
            }
        }
        Ok(Shape::Unknown)
    }

    /// Whether a wrapper's value can hold records: a list, an object, or a string of JSON.
    fn holds_records(&self, text: Text<'_>, value: usize) -> bool {
        let json = |byte: u8| matches!(byte, b'{' | b'[');
        json(text.byte(value)) || text.byte(value) == b'"' && json(text.byte(text.blank(value + 1)))
    }

    fn unwrap(&mut self, text: Text<'_>, value: usize, depth: usize, out: &mut Decoded) -> usize {
        match text.byte(value) {
            b'[' => self.list(text, value, depth, out),
            b'{' => self.item(text, value, depth, false, out),
            _ => {
                // A string: its end was found when its key was.
                let end = text.string(value + 1).map_or(text.end(), |(end, _)| end);
                self.wrapped.origins.push((self.wrapped.text.len(), self.offset(value)));
                unescape(text.slice(value + 1, end), &mut self.wrapped.text);
                self.wrapped.text.push(b'\n');
                (end + 1).min(text.end())
            }
        }
    }

    /// Skips what follows the records in a wrapper, from behind their value to behind the wrapper's brace.
    fn rest(&mut self, text: Text<'_>, start: usize, from: usize, out: &mut Decoded) -> usize {
        let mut at = text.blank(from);
        loop {
            match text.byte(at) {
                b'}' => return at + 1,
                b',' => {
                    let key = text.blank(at + 1);
                    let skipped = text.skip(key).and_then(|end| {
                        let colon = text.blank(end);
                        if text.byte(key) == b'"' && text.byte(colon) == b':' {
                            text.skip(text.blank(colon + 1))
                        } else {
                            fault(colon, "a key and its value are due")
                        }
                    });
                    match skipped {
                        Ok(end) => at = text.blank(end),
                        Err(found) => return self.cut(text, found, out),
                    }
                }
                _ if at >= text.end() => {
                    // A list that was cut off has said so already.
                    if out.rejects.is_empty() {
                        self.reject(text, (start.max(from.saturating_sub(1)), at), false, "text ends inside an object", out);
                    }
                    return at;
                }
                _ => return self.cut(text, Fault { at, reason: "`,` or `}` is missing".into() }, out),
            }
        }
    }

    fn cut(&mut self, text: Text<'_>, found: Fault, out: &mut Decoded) -> usize {
        let end = self.next_line(text, found.at);
        self.reject(text, (found.at.min(end), end), false, found.reason, out);
        end
    }

    /// Reads a list of records.
    fn list(&mut self, text: Text<'_>, start: usize, depth: usize, out: &mut Decoded) -> usize {
        let mut at = text.blank(start + 1);
        if text.byte(at) == b']' {
            return at + 1;
        }
        loop {
            match text.byte(at) {
                b'{' => at = self.item(text, at, depth, false, out),
                _ if at >= text.end() => {
                    self.reject(text, (at, at), false, "text ends inside the list of records", out);
                    return at;
                }
                _ => {
                    let end = text.skip(at).unwrap_or_else(|_| self.next_record(text, at, text.end()));
                    self.reject(text, (at, end), true, "an element of the list of records is no object", out);
                    at = end.max(at + 1);
                }
            }
            at = text.blank(at.min(text.end()));
            match text.byte(at) {
                b']' => return at + 1,
                b',' => at = text.blank(at + 1),
                _ if at >= text.end() => {
                    if out.rejects.last().is_none_or(|last| last.offset + (last.sample.len() as u64) < self.offset(at)) {
                        self.reject(text, (at, at), false, "text ends inside the list of records", out);
                    }
                    return at;
                }
                b'{' if self.resumes(text, at, out) => {}
                b'{' => self.reject(text, (at, at), false, "`,` is missing between records", out),
                _ => {
                    let next = self.next_record(text, at, text.end());
                    self.reject(text, (at, next), false, "`,` or `]` is missing behind a record", out);
                    at = next;
                }
            }
        }
    }

    /// Whether this is where reading goes on behind a broken record, whose separator is part of what is broken.
    fn resumes(&self, text: Text<'_>, at: usize, out: &Decoded) -> bool {
        let _ = text;
        out.rejects.last().is_some_and(|last| last.record.is_some_and(|record| record + 1 == self.number)) && at > 0
    }

    fn record(&mut self, text: Text<'_>, start: usize, top: bool, out: &mut Decoded) -> usize {
        if !self.is_utf8 {
            let end = text.lenient_end(start);
            if let Err(error) = simdutf8::compat::from_utf8(text.slice(start, end)) {
                let at = start + error.valid_up_to();
                return self.broken(text, start, top, &Fault { at, reason: "bytes that are not UTF-8".into() }, out);
            }
        }
        let (row, side) = (self.rows, self.columns.side.len());
        self.columns.reserve(row);
        let mut reading =
            Reading { text, plan: self.plan, columns: &mut self.columns, extra: &mut self.extra, row };
        match reading.record(start) {
            Ok(end) if end == start + 2 => {
                self.columns.undo(row, side);
                self.reject(text, (start, end), true, "record has no fields", out);
                end
            }
            Ok(end) => {
                self.memo.derive(text, &mut self.columns, row);
                self.finish_row(text, start, out);
                end
            }
            Err(found) => {
                self.columns.undo(row, side);
                self.object_view = self.object_view.filter(|_| row > 0);
                self.broken(text, start, top, &found, out)
            }
        }
    }

    fn finish_row(&mut self, text: Text<'_>, start: usize, out: &mut Decoded) {
        let view = match self.object_view {
            Some(view) => view,
            None => self.columns.made(self.object.as_bytes()),
        };
        self.object_view = Some(view);
        self.columns.set_text(self.memo.object_column(), self.rows, view);
        if let Some(time) = self.columns.time(self.rows) {
            let (first, last) = out.span.unwrap_or((time, time));
            out.span = Some((first.min(time), last.max(time)));
        }
        if !text.slice(start, text.end()).starts_with(&self.opening) {
            self.learn_opening(text, start);
        }
        self.columns.end_row(self.number);
        self.number += 1;
        self.rows += 1;
        out.records += 1;
        out.kind = Kind::Records;
        if self.rows == self.limits.max_batch_rows {
            self.flush(out);
        }
    }

    fn learn_opening(&mut self, text: Text<'_>, start: usize) {
        let key = text.blank(start + 1) + 1;
        if let Ok((end, _)) = text.string(key)
            && RECORD_KEYS.contains(&text.slice(key, end).to_ascii_lowercase().as_slice())
        {
            self.opening = text.slice(start, end + 1).to_vec();
        }
    }

    fn flush(&mut self, out: &mut Decoded) {
        if self.rows > 0 {
            let columns = std::mem::replace(&mut self.columns, Columns::new(self.plan, self.rows));
            out.batches.push(columns.finish(self.plan, &self.block, self.ingested));
            self.memo.forget_views();
            self.object_view = None;
            self.rows = 0;
        }
    }

    /// Rejects the record at `start` and finds where the next begins or this one's list goes on.
    fn broken(&mut self, text: Text<'_>, start: usize, top: bool, found: &Fault, out: &mut Decoded) -> usize {
        let own_end = text.lenient_end(start);
        let next = if top { self.next_line(text, start) } else { self.next_record(text, start, own_end) };
        let behind = text.byte(text.blank(own_end));
        let closes = matches!(behind, b',' | b']' | b'}') || top && own_end <= next;
        let end = if own_end <= next && closes { own_end } else { next.min(text.end()) };
        let place = if found.at > start && found.at < text.end() { format!(" (at byte {})", self.offset(found.at)) } else { String::new() };
        self.reject(text, (start, end), true, format!("{}{place}", found.reason), out);
        end
    }

    /// The next place behind `from` that looks like a record's beginning; `otherwise` if there is none.
    fn next_record(&self, text: Text<'_>, from: usize, otherwise: usize) -> usize {
        let behind = (from + 1).min(text.end());
        memmem::find(text.slice(behind, text.end()), &self.opening).map_or(otherwise, |at| behind + at)
    }

    /// The next line that begins with a bracket; the end of the text if there is none.
    fn next_line(&self, text: Text<'_>, from: usize) -> usize {
        let mut at = from;
        while let Some(run) = memchr::memchr(b'\n', text.slice(at, text.end())) {
            at += run + 1;
            if matches!(text.byte(at), b'{' | b'[') {
                return at;
            }
        }
        text.end()
    }

    fn reject(
        &mut self,
        text: Text<'_>,
        (from, to): (usize, usize),
        counted: bool,
        reason: impl Into<String>,
        out: &mut Decoded,
    ) {
        let record = counted.then_some(self.number);
        self.number += u32::from(counted);
        out.kind = Kind::Records;
        out.rejects.push(Reject::new(self.object, record, self.offset(from), reason, text.slice(from, to.max(from))));
    }

    /// Where a place of this text stands in the object.
    fn offset(&self, at: usize) -> u64 {
        let line = self.origins.partition_point(|&(start, _)| start <= at);
        match line.checked_sub(1) {
            // The offsets inside a string that was unescaped are those of the string.
            Some(line) => self.origins[line].1,
            None => at as u64,
        }
    }
}
