//! Finding the records in a document, whatever they are wrapped in, and going on behind a broken one.

use arrow::buffer::Buffer;

use crate::aggregated;
use crate::columns::Columns;
use crate::decoder::{Decoded, Kind, Limits};
use crate::derive::Memo;
use crate::fields::Plan;
use crate::gunzip::PADDING;
use crate::record::Reading;
use crate::reject::Reject;
use crate::repeat::Repeat;
use crate::salvage::{Gap, Landmarks};
use crate::second;
use crate::shape::{Shape, holds_records, shape};
use crate::spares::Spares;
use crate::unescape::unescape;
use crate::walk::{Fault, Text, fault};

/// Bytes of JSON a record takes, guessed low so that columns seldom grow.
const RECORD_BYTES: usize = 900;
/// How wrappers may nest: EventBridge inside a list inside an SNS envelope is three.
const MAX_WRAPPERS: usize = 8;

/// More records than fit into an object that CloudTrail would write: what is behind them is rejected.
const MAX_RECORDS: u32 = 1_000_000;
/// When the side text of a batch has grown to so many bytes, the next record begins another batch.
const MAX_SIDE: usize = 256 << 20;

/// Where reading goes on behind a piece of the document.
#[derive(Clone, Copy)]
enum Next {
    /// Behind the piece, which ends here.
    At(usize),
    /// At this record or wrapper, wherever it belongs: the text before it is broken.
    Resume(usize),
    /// Nowhere: the text is broken, and nothing that could be read stands behind.
    Lost,
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

/// What a decoder keeps from document to document.
pub(crate) struct Tools<'a> {
    pub(crate) plan: &'a mut Plan,
    pub(crate) memo: &'a mut Memo,
    pub(crate) views: &'a mut Spares,
}

/// One document on its way into batches.
pub(crate) struct Pass<'a> {
    object: &'a str,
    limits: &'a Limits,
    plan: &'a mut Plan,
    memo: &'a mut Memo,
    views: &'a mut Spares,
    /// The document's text and its padding.
    block: Buffer,
    origins: Vec<(usize, u64)>,
    number: u32,
    columns: Columns,
    rows: usize,
    extra: Vec<u8>,
    repeat: Repeat,
    landmarks: Landmarks,
    /// Something was broken and has been said so: the separators around it are not worth a word.
    broken: bool,
    is_utf8: bool,
    object_view: Option<u128>,
    wrapped: Wrapped,
    ingested: i64,
}

impl<'a> Pass<'a> {
    pub(crate) fn new(
        object: &'a str,
        limits: &'a Limits,
        tools: Tools<'a>,
        block: Buffer,
        origins: Vec<(usize, u64)>,
        number: u32,
    ) -> Self {
        let length = block.len() - PADDING;
        let is_utf8 = simdutf8::basic::from_utf8(&block[..length]).is_ok();
        let rows = (length / RECORD_BYTES).clamp(8, limits.max_batch_rows.max(8));
        let Tools { plan, memo, views } = tools;
        let columns = Columns::new(plan, rows, views);
        Self {
            object,
            limits,
            plan,
            memo,
            views,
            block,
            origins,
            number,
            columns,
            rows: 0,
            extra: Vec::new(),
            repeat: Repeat::default(),
            landmarks: Landmarks::new(length),
            broken: false,
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
        let mut at = text.blank(self.byte_order_mark(text, out));
        while at < text.end() {
            let next = match text.byte(at) {
                b'{' => self.item(text, at, 0, true, out),
                b'[' => self.list(text, at, 0, out),
                // What is left over of a list that broke.
                b',' | b']' | b'}' if self.broken => Next::At(at + 1),
                _ => self.stray(text, at, "no JSON object begins here", out),
            };
            at = match next {
                Next::At(end) => text.blank(end),
                Next::Resume(at) => at,
                Next::Lost => text.end(),
            };
        }
        self.flush(out);
        self.wrapped.next_number = self.number;
        self.wrapped
    }

    /// Where the text begins: behind a mark of UTF-8, if it has one. Text in UTF-16 is rejected by its name.
    fn byte_order_mark(&mut self, text: Text<'_>, out: &mut Decoded) -> usize {
        match text.slice(0, 3.min(text.end())) {
            b"\xef\xbb\xbf" => 3,
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
                self.reject(text, (0, text.end()), false, "text is UTF-16 (convert it to UTF-8)", out);
                text.end()
            }
            _ => 0,
        }
    }

    /// Reads an object that may be a record or hold some. `top` is one that stands by itself.
    fn item(&mut self, text: Text<'_>, start: usize, depth: usize, top: bool, out: &mut Decoded) -> Next {
        match shape(text, start, &self.landmarks.opening) {
            Ok(Shape::Record) => self.record(text, start, out),
            // In a list of records, what we cannot name is still an event that somebody logged.
            Ok(Shape::Unknown) if !top => self.record(text, start, out),
            Ok(Shape::Unknown) => self.refuse(text, start, "no CloudTrail record in this object", out),
            Ok(Shape::Prose) => self.refuse(text, start, "plain text stands where a CloudTrail record is due", out),
            Ok(Shape::Digest) => match text.strict(start) {
                Ok(end) => {
                    out.kind = Kind::Digest;
                    Next::At(end)
                }
                Err(found) => self.unreadable(text, start, &found, out),
            },
            Ok(Shape::Wrapper(_)) if depth == MAX_WRAPPERS => {
                self.refuse(text, start, "records are wrapped too deeply", out)
            }
            Ok(Shape::Wrapper(value)) => {
                self.landmarks.learn_wrapper(text, start);
                match self.unwrap(text, value, depth + 1, out) {
                    Next::At(end) => self.rest(text, end, out),
                    next => next,
                }
            }
            Err(found) => {
                self.landmarks.learn_wrapper(text, start);
                self.unreadable(text, start, &found, out)
            }
        }
    }

    fn unwrap(&mut self, text: Text<'_>, value: usize, depth: usize, out: &mut Decoded) -> Next {
        match text.byte(value) {
            b'[' => self.list(text, value, depth, out),
            b'{' => self.item(text, value, depth, false, out),
            _ => {
                let (end, fault) = match text.string(value + 1) {
                    Ok((end, _)) => (end, None),
                    Err(found) => (found.at.min(text.end()), Some(found)),
                };
                self.wrapped.origins.push((self.wrapped.text.len(), self.offset(value)));
                unescape(text.slice(value + 1, end.max(value + 1)), &mut self.wrapped.text);
                self.wrapped.text.push(b'\n');
                match fault {
                    None => Next::At(end + 1),
                    Some(found) => self.unreadable(text, value, &found, out),
                }
            }
        }
    }

    /// Skips what follows the records in a wrapper, from behind their value to behind the wrapper's brace.
    fn rest(&mut self, text: Text<'_>, from: usize, out: &mut Decoded) -> Next {
        let mut at = text.blank(from);
        loop {
            let skipped = match text.byte(at) {
                b'}' => return Next::At(at + 1),
                b',' => {
                    let key = text.blank(at + 1);
                    text.skip(key).and_then(|end| {
                        let colon = text.blank(end);
                        if text.byte(key) == b'"' && text.byte(colon) == b':' {
                            text.skip(text.blank(colon + 1))
                        } else {
                            fault(colon, "a key and its value are due")
                        }
                    })
                }
                _ if at >= text.end() => fault(at, "text ends inside an object"),
                _ => fault(at, "`,` or `}` is missing"),
            };
            match skipped {
                Ok(end) => at = text.blank(end),
                Err(found) => {
                    if !self.broken || at >= text.end() {
                        self.reject(text, (at, text.end()), false, found.reason, out);
                        self.broken = true;
                    }
                    return self.resume(text, Gap { start: at.saturating_sub(1), at: found.at });
                }
            }
        }
    }

    /// Reads a list of records.
    fn list(&mut self, text: Text<'_>, start: usize, depth: usize, out: &mut Decoded) -> Next {
        let mut at = text.blank(start + 1);
        if text.byte(at) == b']' {
            return Next::At(at + 1);
        }
        // Went on behind something broken, so that the list's own end may have been missed.
        let mut resumed = false;
        loop {
            let element = at;
            let next = match text.byte(at) {
                b'{' => self.item(text, at, depth, false, out),
                b'[' if depth < MAX_WRAPPERS => self.list(text, at, depth + 1, out),
                b'"' if holds_records(text, at) => self.unwrap(text, at, depth, out),
                b']' => {
                    self.reject(text, (at, at + 1), false, "a record is missing behind the last `,`", out);
                    return Next::At(at + 1);
                }
                _ if at >= text.end() => return self.ends_inside(text, out),
                _ => self.stray(text, at, "an element of the list of records is no object", out),
            };
            at = match next {
                Next::At(end) => text.blank(end),
                Next::Resume(to) => {
                    (at, resumed) = (to, true);
                    continue;
                }
                Next::Lost => return Next::Lost,
            };
            match text.byte(at) {
                b']' => return Next::At(at + 1),
                b',' => at = text.blank(at + 1),
                _ if at >= text.end() => {
                    if !resumed {
                        self.ends_inside(text, out);
                    }
                    // A list inside the last record that lacks its end has taken the records behind it for its own.
                    match self.landmarks.swallowed(text, element) {
                        Some(inner) => (at, resumed, self.broken) = (inner, true, true),
                        None => return Next::Lost,
                    }
                }
                b'{' => {
                    if !self.broken {
                        self.reject(text, (at, at), false, "`,` is missing between records", out);
                    }
                }
                _ => {
                    // What seemed a string may have been the end of one and the beginning of a record.
                    let start = if text.byte(element) == b'"' { element } else { at };
                    let next = self.resume(text, Gap { start, at });
                    if !self.broken {
                        let to = if let Next::Resume(to) = next { to } else { text.end() };
                        self.reject(text, (at, to), false, "`,` or `]` is missing behind a record", out);
                        self.broken = true;
                    }
                    match next {
                        Next::Resume(to) => (at, resumed) = (to, true),
                        _ => return Next::Lost,
                    }
                }
            }
        }
    }

    fn ends_inside(&mut self, text: Text<'_>, out: &mut Decoded) -> Next {
        self.reject(text, (text.end(), text.end()), false, "text ends inside the list of records", out);
        Next::Lost
    }

    fn record(&mut self, text: Text<'_>, start: usize, out: &mut Decoded) -> Next {
        if self.number >= MAX_RECORDS {
            let reason = format!("holds more than {MAX_RECORDS} records; what follows was not read");
            self.reject(text, (start, start), false, reason, out);
            return Next::Lost;
        }
        let (row, side) = (self.rows, self.columns.side.len());
        self.columns.reserve(row);
        self.repeat.same = false;
        let mut reading = Reading {
            text,
            plan: self.plan,
            columns: &mut self.columns,
            extra: &mut self.extra,
            repeat: &mut self.repeat,
            row,
        };
        let read = reading.record(start);
        let found = match read {
            Ok(end) if end == text.blank(start + 1) + 1 => Err((end, "record has no fields".into())),
            Ok(end) if !self.is_utf8 && simdutf8::basic::from_utf8(text.slice(start, end)).is_err() => {
                Err((end, "bytes that are not UTF-8".into()))
            }
            Ok(end) => {
                aggregated::fill(&self.extra, self.plan, &mut self.columns, row);
                self.finish_row(text, start, out);
                return Next::At(end);
            }
            Err(found) => match text.strict(start) {
                // Whole JSON, but not what a record should be.
                Ok(end) => Err((end, self.located(text, start, &found))),
                Err(_) => Ok(found),
            },
        };
        self.columns.undo(row, side);
        self.repeat.forget();
        self.object_view = self.object_view.filter(|_| row > 0);
        match found {
            Err((end, reason)) => {
                self.reject(text, (start, end), true, reason, out);
                Next::At(end)
            }
            Ok(found) => self.unreadable(text, start, &found, out),
        }
    }

    /// Deals with an object whose JSON is broken: asks for a second opinion, rejects it, and finds where to go on.
    fn unreadable(&mut self, text: Text<'_>, start: usize, found: &Fault, out: &mut Decoded) -> Next {
        let extent = self.landmarks.extent(text, start);
        if extent.closed && !extent.deep && self.second_opinion(text, start, extent.end, out) {
            return Next::At(extent.end);
        }
        let reason = self.located(text, start, found);
        if extent.closed && extent.deep {
            // Nothing is wrong with it but its depth, so that its brackets can be trusted.
            self.reject(text, (start, extent.end), true, reason, out);
            return Next::At(extent.end);
        }
        let next = self.resume(text, Gap { start, at: found.at });
        let to = if let Next::Resume(to) = next { to.min(extent.end) } else { extent.end };
        self.reject(text, (start, to), true, reason, out);
        self.broken = true;
        next
    }

    /// Whether simd-json can read what our own walk cannot; if so its reading is the row. A fault of ours costs no event.
    fn second_opinion(&mut self, text: Text<'_>, start: usize, end: usize, out: &mut Decoded) -> bool {
        let (row, side) = (self.rows, self.columns.side.len());
        self.columns.reserve(row);
        let read = second::read(text.slice(start, end), self.plan, &mut self.columns, &mut self.extra, row);
        if read.is_ok() {
            aggregated::fill(&self.extra, self.plan, &mut self.columns, row);
            self.finish_row(text, start, out);
        } else {
            self.columns.undo(row, side);
        }
        read.is_ok()
    }

    /// Rejects an object that is good JSON and yet no record.
    fn refuse(&mut self, text: Text<'_>, start: usize, reason: &'static str, out: &mut Decoded) -> Next {
        match text.strict(start) {
            Ok(end) => {
                self.reject(text, (start, end), true, reason, out);
                Next::At(end)
            }
            Err(found) => self.unreadable(text, start, &found, out),
        }
    }

    /// Rejects what stands where an object is due.
    fn stray(&mut self, text: Text<'_>, at: usize, reason: &'static str, out: &mut Decoded) -> Next {
        if let Ok(end) = text.skip(at) {
            self.reject(text, (at, end), true, reason, out);
            return Next::At(end);
        }
        let next = self.resume(text, Gap { start: at, at });
        let to = if let Next::Resume(to) = next { to } else { text.end() };
        self.reject(text, (at, to), true, reason, out);
        self.broken = true;
        next
    }

    fn resume(&mut self, text: Text<'_>, gap: Gap) -> Next {
        let accept = |opening: &[u8], at| !matches!(shape(text, at, opening), Ok(Shape::Unknown | Shape::Prose));
        self.landmarks.resume(text, gap, accept).map_or(Next::Lost, Next::Resume)
    }

    /// A fault's reason, with its place where that is not the beginning of what is rejected.
    fn located(&self, text: Text<'_>, start: usize, found: &Fault) -> String {
        if found.at > start && found.at < text.end() {
            format!("{} (at byte {})", found.reason, self.offset(found.at))
        } else {
            found.reason.clone().into_owned()
        }
    }

    fn finish_row(&mut self, text: Text<'_>, start: usize, out: &mut Decoded) {
        self.memo.derive(text, &mut self.columns, self.rows, self.repeat.same);
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
        if !text.slice(start, text.end()).starts_with(&self.landmarks.opening) {
            self.landmarks.learn_record(text, start);
        }
        self.columns.end_row(self.number);
        self.number += 1;
        self.rows += 1;
        out.records += 1;
        out.kind = Kind::Records;
        if self.rows >= self.limits.max_batch_rows || self.columns.side.len() > MAX_SIDE {
            self.flush(out);
        }
    }

    fn flush(&mut self, out: &mut Decoded) {
        if self.rows > 0 {
            let columns = std::mem::replace(&mut self.columns, Columns::new(self.plan, self.rows, self.views));
            out.batches.push(columns.finish(self.plan, &self.block, self.ingested, self.views));
            self.memo.forget_views();
            self.repeat.forget();
            self.object_view = None;
            self.rows = 0;
        }
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
        let sample = text.slice(from, to.max(from));
        out.reject(|| Reject::new(self.object, record, self.offset(from), reason, sample));
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
