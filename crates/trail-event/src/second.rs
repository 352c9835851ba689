//! The second opinion on a record: simd-json's reading of it, into the same columns.
//!
//! It is asked where our own walk finds broken JSON, so that a gap in the walk cannot cost an event, and by the tests, which
//! hold the walk and this reading to the same answer. JSON columns are written anew here, not copied.

use std::io::Write;

use serde::de::IgnoredAny;
use simd_json::{Node, StaticNode};

use crate::columns::Columns;
use crate::fields::{Action, FIRST, Key, Plan, RECORD};
use crate::record::Table;
use crate::time;
use crate::walk::MAX_DEPTH;

/// Why the reading is of no use; the first opinion's reason is the one that is told.
#[derive(Debug)]
pub(crate) enum Unread {
    /// simd-json cannot read it either.
    Json,
    /// JSON, but not what a record should be: a field of a wrong type, or one that stands twice.
    Record,
}

/// Reads one record into row `row`. On an error the row must be undone.
pub(crate) fn read(
    bytes: &[u8],
    plan: &mut Plan,
    columns: &mut Columns,
    extra: &mut Vec<u8>,
    row: usize,
) -> Result<(), Unread> {
    extra.clear();
    let mut copy = bytes.to_vec();
    let tape = simd_json::to_tape(&mut copy).map_err(|_| Unread::Json)?;
    // simd-json takes `12 34` and `12-3` for one number, which would be a reading of what nobody wrote.
    serde_json::from_slice::<IgnoredAny>(bytes).map_err(|_| Unread::Json)?;
    let mut reading = Reading { nodes: &tape.0, plan, columns, extra, row };
    if !matches!(reading.nodes.first(), Some(Node::Object { len: 1.., .. })) {
        return Err(Unread::Record);
    }
    reading.object(Table::Object(RECORD), 0, &mut 0)?;
    if !extra.is_empty() {
        let text = [b"{", &extra[1..], b"}"].concat();
        let view = columns.made(&text);
        columns.set_text(plan.text("_extra"), row, view);
    }
    Ok(())
}

struct Reading<'a, 'json> {
    nodes: &'a [Node<'json>],
    plan: &'a mut Plan,
    columns: &'a mut Columns,
    extra: &'a mut Vec<u8>,
    row: usize,
}

impl<'json> Reading<'_, 'json> {
    fn node(&self, at: usize) -> Result<Node<'json>, Unread> {
        self.nodes.get(at).copied().ok_or(Unread::Json)
    }

    /// Reads the object whose node is `at`, and gives the node behind it.
    fn object(&mut self, table: Table, at: usize, seen: &mut u128) -> Result<usize, Unread> {
        let Node::Object { len, .. } = self.node(at)? else { return Err(Unread::Record) };
        let mut at = at + 1;
        for _ in 0..len {
            let Node::String(key) = self.node(at)? else { return Err(Unread::Json) };
            let object = match table {
                Table::Object(number) => &mut self.plan.objects[number],
                Table::Resource(_) => &mut self.plan.resource,
            };
            at = match object.find(FIRST, key.as_bytes()) {
                Some(number) => {
                    let &Key { action, bit, .. } = object.key(number);
                    if *seen & bit != 0 {
                        return Err(Unread::Record);
                    }
                    *seen |= bit;
                    self.value(table, action, key, at + 1, seen)?
                }
                None => {
                    let path = format!("{}{key}", object.path);
                    self.keep(&path, at + 1)?
                }
            };
        }
        Ok(at)
    }

    /// Notes the member whose value is the node `at` under its path, and gives the node behind it.
    fn keep(&mut self, path: &str, at: usize) -> Result<usize, Unread> {
        self.extra.push(b',');
        string(path, self.extra)?;
        self.extra.push(b':');
        write(self.nodes, at, 0, self.extra)
    }

    fn value(&mut self, table: Table, action: Action, key: &str, at: usize, seen: &mut u128) -> Result<usize, Unread> {
        let node = self.node(at)?;
        if node == Node::Static(StaticNode::Null) {
            return Ok(at + 1);
        }
        match (action, node) {
            (Action::Text(column), Node::String(_) | Node::Static(_)) => {
                let view = match node {
                    Node::String(text) => self.columns.made(text.as_bytes()),
                    _ => self.written(at)?.0,
                };
                match table {
                    Table::Object(_) => self.columns.set_text(column, self.row, view),
                    Table::Resource(item) => self.columns.set_resource(column, item, view),
                }
                Ok(at + 1)
            }
            (Action::Json(column), _) => {
                let (view, end) = self.written(at)?;
                self.columns.set_text(column, self.row, view);
                Ok(end)
            }
            (Action::Flag(column), Node::Static(StaticNode::Bool(value))) => {
                self.columns.set_flag(column, self.row, value);
                Ok(at + 1)
            }
            (Action::Flag(column), Node::String(text @ ("true" | "false"))) => {
                self.columns.set_flag(column, self.row, text == "true");
                Ok(at + 1)
            }
            (Action::Time, Node::String(text)) => {
                match time::parse(text.as_bytes()) {
                    Some(micros) => self.columns.set_time(self.row, micros),
                    None => drop(self.keep(key, at)?),
                }
                Ok(at + 1)
            }
            (Action::Group(group, object), Node::Object { .. }) => {
                self.columns.set_group(group, self.row);
                self.object(Table::Object(object), at, seen)
            }
            (Action::Resources, Node::Array { len, .. }) => {
                self.columns.set_listed(self.row);
                let mut at = at + 1;
                for _ in 0..len {
                    let item = self.columns.add_resource();
                    at = self.object(Table::Resource(item), at, &mut 0)?;
                }
                Ok(at)
            }
            _ => Err(Unread::Record),
        }
    }

    /// A view of the JSON text of the node at `at`, and the node behind it.
    fn written(&mut self, at: usize) -> Result<(u128, usize), Unread> {
        let from = self.columns.side.len();
        let end = write(self.nodes, at, 0, &mut self.columns.side)?;
        Ok((self.columns.side_view(from), end))
    }
}

/// Appends the node at `at` as JSON, and gives the node behind it.
fn write(nodes: &[Node<'_>], at: usize, depth: u32, out: &mut Vec<u8>) -> Result<usize, Unread> {
    if depth > MAX_DEPTH {
        return Err(Unread::Json);
    }
    let node = nodes.get(at).ok_or(Unread::Json)?;
    let mut at = at + 1;
    match *node {
        Node::String(text) => string(text, out)?,
        Node::Static(value) => write!(out, "{value}").map_err(|_| Unread::Json)?,
        Node::Array { len, .. } => {
            out.push(b'[');
            for item in 0..len {
                if item > 0 {
                    out.push(b',');
                }
                at = write(nodes, at, depth + 1, out)?;
            }
            out.push(b']');
        }
        Node::Object { len, .. } => {
            out.push(b'{');
            for member in 0..len {
                if member > 0 {
                    out.push(b',');
                }
                at = write(nodes, at, depth + 1, out)?;
                out.push(b':');
                at = write(nodes, at, depth + 1, out)?;
            }
            out.push(b'}');
        }
    }
    Ok(at)
}

fn string(text: &str, out: &mut Vec<u8>) -> Result<(), Unread> {
    serde_json::to_writer(out, text).map_err(|_| Unread::Json)
}
