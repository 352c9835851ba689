//! Which key of a record goes into which column: read off the schema once, so that a new column is one line there.
//!
//! Keys ignore case. Within an object the table learns which key tends to follow which, so that the usual record is
//! matched by comparing bytes and never by hashing.

use std::collections::HashMap;

use arrow::datatypes::{DataType, Field, Fields};

use crate::schema::{JSON_COLUMNS, schema};

/// What to do with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Text, or a scalar as text.
    Text(usize),
    /// Any value, as its JSON text.
    Json(usize),
    /// `true`, `false`, or the same in quotes.
    Flag(usize),
    /// The event's time.
    Time,
    /// An object with fields of its own: which validity column, and which object table.
    Group(usize, usize),
    /// The list `resources`.
    Resources,
}

/// A key that an object may have.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) action: Action,
    /// One bit of the record's mask of keys seen.
    pub(crate) bit: u128,
    spelled: Box<[u8]>,
    next: usize,
}

/// The keys of one kind of object.
#[derive(Debug, Clone, Default)]
pub(crate) struct Object {
    /// Its path for `_extra` and for faults, such as `userIdentity.`; empty for the record itself.
    pub(crate) path: String,
    keys: Vec<Key>,
    index: HashMap<Box<[u8]>, usize, ahash::RandomState>,
}

/// Before the first key of an object, for [`Object::find`].
pub(crate) const FIRST: usize = usize::MAX;
const LONGEST_KEY: usize = 32;

impl Object {
    /// The key's number, given the number of the key before it.
    #[inline]
    pub(crate) fn find(&mut self, before: usize, key: &[u8]) -> Option<usize> {
        let guess = self.keys.get(before).map_or(0, |key| key.next);
        if self.keys.get(guess).is_some_and(|known| *known.spelled == *key) {
            return Some(guess);
        }
        self.look_up(before, key)
    }

    fn look_up(&mut self, before: usize, key: &[u8]) -> Option<usize> {
        let mut lower = [0; LONGEST_KEY];
        let lower = lower.get_mut(..key.len())?;
        lower.copy_from_slice(key);
        lower.make_ascii_lowercase();
        let found = *self.index.get(&*lower)?;
        if *self.keys[found].spelled != *key {
            self.keys[found].spelled = key.into();
        }
        if let Some(previous) = self.keys.get_mut(before) {
            previous.next = found;
        }
        Some(found)
    }

    pub(crate) fn key(&self, number: usize) -> &Key {
        &self.keys[number]
    }
}

/// How the columns of a batch are put together from the flat ones.
#[derive(Debug, Clone)]
pub(crate) enum Shape {
    Text(usize),
    Flag(usize),
    Time,
    Group(usize, Fields, Vec<Shape>),
    Resources,
    Number,
    Ingested,
}

/// The number of the record's own table among [`Plan::objects`].
pub(crate) const RECORD: usize = 0;

/// Everything that is read off the schema.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) objects: Vec<Object>,
    /// The table of an element of `resources`; its text columns count from 0 by themselves.
    pub(crate) resource: Object,
    pub(crate) shapes: Vec<Shape>,
    pub(crate) texts: usize,
    pub(crate) flags: usize,
    pub(crate) groups: usize,
    paths: HashMap<String, usize>,
}

impl Plan {
    pub(crate) fn new() -> Self {
        let mut plan = Self {
            objects: vec![Object::default()],
            resource: Object { path: "resources[].".to_owned(), ..Object::default() },
            shapes: Vec::new(),
            texts: 0,
            flags: 0,
            groups: 0,
            paths: HashMap::new(),
        };
        let mut bits = 0;
        plan.shapes = plan.add(RECORD, "", schema().fields(), &mut bits);
        // The records of aggregated events call them so (facts of the 2026 guide).
        plan.alias("accountid", "recipientaccountid");
        plan
    }

    /// The number of the text column at a dotted path of the schema.
    pub(crate) fn text(&self, path: &str) -> usize {
        self.paths[path]
    }

    fn alias(&mut self, name: &str, column: &str) {
        let record = &mut self.objects[RECORD];
        let number = record.index[column.as_bytes()];
        record.index.insert(name.as_bytes().into(), number);
    }

    fn add(&mut self, object: usize, path: &str, fields: &Fields, bits: &mut u32) -> Vec<Shape> {
        fields
            .iter()
            .map(|field| {
                let name = field.name();
                let full = format!("{path}{name}");
                let (shape, action) = self.place(field, &full, bits);
                let ours = path.is_empty()
                    && (name.starts_with('_') || ["principal", "caller", "denied", "network", "agent"].contains(&name.as_str()));
                if let Some(action) = action.filter(|_| !ours) {
                    insert(&mut self.objects[object], name, action, bits);
                }
                shape
            })
            .collect()
    }

    fn place(&mut self, field: &Field, full: &str, bits: &mut u32) -> (Shape, Option<Action>) {
        match field.data_type() {
            DataType::Utf8View => {
                let column = self.texts;
                self.texts += 1;
                self.paths.insert(full.to_owned(), column);
                let json = JSON_COLUMNS.contains(&full)
                    || matches!(full, "useridentity.sessioncontext.webidfederationdata.attributes" | "addendum.updatedfields");
                (Shape::Text(column), Some(if json { Action::Json(column) } else { Action::Text(column) }))
            }
            DataType::Boolean => {
                self.flags += 1;
                (Shape::Flag(self.flags - 1), Some(Action::Flag(self.flags - 1)))
            }
            DataType::Struct(children) => {
                let (group, object) = (self.groups, self.objects.len());
                self.groups += 1;
                let path = format!("{full}.");
                self.objects.push(Object { path: path.clone(), ..Object::default() });
                let shapes = self.add(object, &path, children, bits);
                (Shape::Group(group, children.clone(), shapes), Some(Action::Group(group, object)))
            }
            DataType::List(item) => {
                if let DataType::Struct(children) = item.data_type() {
                    for (column, child) in children.iter().enumerate() {
                        insert(&mut self.resource, child.name(), Action::Text(column), &mut 0);
                    }
                }
                (Shape::Resources, Some(Action::Resources))
            }
            DataType::Int32 => (Shape::Number, None),
            _ if full == "eventtime" => (Shape::Time, Some(Action::Time)),
            _ => (Shape::Ingested, None),
        }
    }
}

fn insert(object: &mut Object, name: &str, action: Action, bits: &mut u32) {
    let number = object.keys.len();
    let bit = 1_u128 << *bits;
    *bits += 1;
    object.keys.push(Key { action, bit, spelled: name.as_bytes().into(), next: number + 1 });
    object.index.insert(name.as_bytes().into(), number);
}
