//! One record into one row, in a single walk over its envelope.

use crate::columns::Columns;
use crate::fields::{Action, FIRST, Object, Plan, RECORD};
use crate::repeat::Repeat;
use crate::time;
use crate::unescape::unescape;
use crate::walk::{Fault, Text, fault};

/// The most bytes of members without a column, which are kept with their paths and so may take more than their own text.
const MAX_EXTRA: usize = 16 << 20;

/// A record being read into row `row`.
pub(crate) struct Reading<'a> {
    pub(crate) text: Text<'a>,
    pub(crate) plan: &'a mut Plan,
    pub(crate) columns: &'a mut Columns,
    /// Collects what has no column, as the members of a JSON object.
    pub(crate) extra: &'a mut Vec<u8>,
    pub(crate) repeat: &'a mut Repeat,
    pub(crate) row: usize,
}

/// Which table the keys of an object are looked up in.
#[derive(Clone, Copy)]
pub(crate) enum Table {
    Object(usize),
    /// An element of `resources`, by its number.
    Resource(usize),
}

impl Reading<'_> {
    /// Reads the record at `start` and gives where it ends. On a fault the row must be undone.
    pub(crate) fn record(&mut self, start: usize) -> Result<usize, Fault> {
        self.extra.clear();
        let end = self.object(Table::Object(RECORD), start, &mut 0)?;
        if self.extra.len() > MAX_EXTRA {
            return fault(start, format!("fields that are not CloudTrail's take more than {MAX_EXTRA} bytes"));
        }
        if !self.extra.is_empty() {
            let from = self.columns.side.len();
            self.columns.side.push(b'{');
            self.columns.side.extend_from_slice(&self.extra[1..]);
            self.columns.side.push(b'}');
            let view = self.columns.side_view(from);
            let column = self.plan.text("_extra");
            self.columns.set_text(column, self.row, view);
        }
        Ok(end)
    }

    fn table(&mut self, table: Table) -> &mut Object {
        match table {
            Table::Object(number) => &mut self.plan.objects[number],
            Table::Resource(_) => &mut self.plan.resource,
        }
    }

    /// Reads an object whose `{` stands at `start`. `seen` has a bit for each key of the record that was met.
    fn object(&mut self, table: Table, start: usize, seen: &mut u128) -> Result<usize, Fault> {
        let text = self.text;
        let mut at = text.blank(start + 1);
        if text.byte(at) == b'}' {
            return Ok(at + 1);
        }
        let mut before = FIRST;
        loop {
            if text.byte(at) != b'"' {
                return fault(at, "a quoted key is missing");
            }
            let key = at + 1;
            at = match self.table(table).expect(before, text, key) {
                Some((number, value)) => {
                    before = number;
                    self.member(table, number, key, text.blank(value), seen)?
                }
                None => {
                    let (key_end, escaped) = text.string(key)?;
                    let colon = text.blank(key_end + 1);
                    if text.byte(colon) != b':' {
                        return fault(colon, "a colon is missing behind a key");
                    }
                    let value = text.blank(colon + 1);
                    match self.find(table, before, key, key_end, escaped) {
                        Some(number) => {
                            before = number;
                            self.member(table, number, key, value, seen)?
                        }
                        None => {
                            let end = text.skip(value)?;
                            self.keep((key, key_end), table, (value, end));
                            end
                        }
                    }
                }
            };
            at = text.blank(at);
            match text.byte(at) {
                b',' => at = text.blank(at + 1),
                b'}' => return Ok(at + 1),
                _ if at >= text.end() => return fault(at, "text ends inside a record"),
                _ => return fault(at, "`,` or `}` is missing"),
            }
        }
    }

    fn find(&mut self, table: Table, before: usize, key: usize, key_end: usize, escaped: bool) -> Option<usize> {
        let text = self.text;
        let object = self.table(table);
        if escaped {
            let mut plain = Vec::new();
            unescape(text.slice(key, key_end), &mut plain);
            return object.find(before, &plain);
        }
        object.find(before, text.slice(key, key_end))
    }

    /// Reads the value of a key that has a column.
    #[inline]
    fn member(&mut self, table: Table, number: usize, key: usize, at: usize, seen: &mut u128) -> Result<usize, Fault> {
        let known = self.table(table).key(number);
        let (action, bit) = (known.action, known.bit);
        if *seen & bit != 0 {
            return fault(key, format!("key `{}` stands twice", self.name(key)));
        }
        *seen |= bit;
        self.value(table, action, key, at, seen)
    }

    /// The key that begins at `key`, for people.
    fn name(&self, key: usize) -> String {
        lossy(self.text, key, self.text.string(key).map_or(key, |(end, _)| end))
    }

    /// Notes a member that has no column, under its path.
    fn keep(&mut self, key: (usize, usize), table: Table, value: (usize, usize)) {
        if self.extra.len() > MAX_EXTRA {
            return;
        }
        self.extra.extend_from_slice(b",\"");
        if let Table::Object(number) = table {
            self.extra.extend_from_slice(self.plan.objects[number].path.as_bytes());
        } else {
            self.extra.extend_from_slice(self.plan.resource.path.as_bytes());
        }
        self.extra.extend_from_slice(self.text.slice(key.0, key.1));
        self.extra.extend_from_slice(b"\":");
        self.extra.extend_from_slice(self.text.slice(value.0, value.1));
    }

    fn value(&mut self, table: Table, action: Action, key: usize, at: usize, seen: &mut u128) -> Result<usize, Fault> {
        let text = self.text;
        let first = text.byte(at);
        if first == b'n' {
            return text.scalar(at);
        }
        match action {
            Action::Text(column) => {
                let (view, end) = self.string_or_scalar(table, key, at)?;
                match table {
                    Table::Object(_) => self.columns.set_text(column, self.row, view),
                    Table::Resource(item) => self.columns.set_resource(column, item, view),
                }
                Ok(end)
            }
            Action::Json(column) => {
                let end = text.skip(at)?;
                self.columns.set_text(column, self.row, Columns::found(text, at, end));
                Ok(end)
            }
            Action::Flag(column) => {
                let end = text.skip(at)?;
                let value = match text.slice(at, end) {
                    b"true" | b"\"true\"" => true,
                    b"false" | b"\"false\"" => false,
                    other => match &*plain(other) {
                        b"\"true\"" => true,
                        b"\"false\"" => false,
                        _ => return self.wrong(key, at, "true or false"),
                    },
                };
                self.columns.set_flag(column, self.row, value);
                Ok(end)
            }
            Action::Time => {
                if first != b'"' {
                    return self.wrong(key, at, "a time");
                }
                let end = text.string(at + 1)?.0;
                let written = text.slice(at + 1, end);
                match time::parse(written).or_else(|| time::parse(&plain(written))) {
                    Some(micros) => self.columns.set_time(self.row, micros),
                    // An event is an event, whenever it was: somebody redacted this, or no calendar has the day.
                    None => {
                        let key_end = text.string(key)?.0;
                        self.keep((key, key_end), table, (at, end + 1));
                    }
                }
                Ok(end + 1)
            }
            Action::Group(group, object) => {
                if first != b'{' {
                    return self.wrong(key, at, "an object");
                }
                if object == self.plan.identity.object {
                    return self.identity(group, at, seen);
                }
                self.columns.set_group(group, self.row);
                self.object(Table::Object(object), at, seen)
            }
            Action::Resources => {
                if first != b'[' {
                    return self.wrong(key, at, "a list");
                }
                self.columns.set_listed(self.row);
                self.resources(at)
            }
        }
    }

    /// Who it was, read only where it is not who it was before.
    fn identity(&mut self, group: usize, at: usize, seen: &mut u128) -> Result<usize, Fault> {
        if let Some(end) = self.repeat.again(self.text, at, self.columns, self.row) {
            return Ok(end);
        }
        let extra = self.extra.len();
        self.columns.set_group(group, self.row);
        let end = self.object(Table::Object(self.plan.identity.object), at, seen)?;
        self.repeat.learn(at..end, self.plan, self.columns, self.row, self.extra.len() == extra);
        Ok(end)
    }

    /// The list of resources: objects, each with its own few fields.
    fn resources(&mut self, start: usize) -> Result<usize, Fault> {
        let text = self.text;
        let mut at = text.blank(start + 1);
        if text.byte(at) == b']' {
            return Ok(at + 1);
        }
        loop {
            if text.byte(at) != b'{' {
                return fault(at, "an element of `resources` is no object");
            }
            let item = self.columns.add_resource();
            at = text.blank(self.object(Table::Resource(item), at, &mut 0)?);
            match text.byte(at) {
                b',' => at = text.blank(at + 1),
                b']' => return Ok(at + 1),
                _ => return fault(at, "`,` or `]` is missing"),
            }
        }
    }

    /// A string, or a number or flag as its text; a view of it and where it ends.
    #[inline]
    fn string_or_scalar(&mut self, table: Table, key: usize, at: usize) -> Result<(u128, usize), Fault> {
        let text = self.text;
        if text.byte(at) != b'"' {
            if matches!(text.byte(at), b'{' | b'[') {
                return self.wrong(key, at, "text");
            }
            let end = text.scalar(at)?;
            return Ok((Columns::found(text, at, end), end));
        }
        let (end, escaped) = text.string(at + 1)?;
        if !escaped {
            return Ok((Columns::found(text, at + 1, end), end + 1));
        }
        let from = self.columns.side.len();
        let faithful = unescape(text.slice(at + 1, end), &mut self.columns.side);
        let view = self.columns.side_view(from);
        if !faithful {
            // Half of a surrogate pair is no character: the column shows U+FFFD, and the text as delivered is kept.
            let key_end = text.string(key)?.0;
            self.keep((key, key_end), table, (at, end + 1));
        }
        Ok((view, end + 1))
    }

    fn wrong<T>(&self, key: usize, at: usize, wanted: &str) -> Result<T, Fault> {
        let name = self.name(key);
        let end = self.text.skip(at).unwrap_or(at);
        let shown = lossy(self.text, at, end.min(at + 40));
        fault(at, format!("field `{name}` holds `{shown}` where {wanted} is due"))
    }
}

/// Text without its escapes, for the places where hardly anybody writes one.
fn plain(written: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    unescape(written, &mut out);
    out
}

fn lossy(text: Text<'_>, from: usize, to: usize) -> String {
    String::from_utf8_lossy(text.slice(from, to)).into_owned()
}
