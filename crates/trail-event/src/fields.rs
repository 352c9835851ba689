//! Which key of a record goes into which column: read off the schema once, so that a new column is one line there.
//!
//! Keys ignore case. Within an object the table learns which key tends to follow which, so that the usual record is
//! matched by comparing bytes and never by hashing.

use std::collections::HashMap;
use std::ops::Range;

use arrow::datatypes::{DataType, Field, Fields};

use crate::schema::{JSON_COLUMNS, schema};
use crate::walk::Text;

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
    spelled: Spelling,
    next: Guesses,
}

/// A key as it was last written, with the quote and colon behind it, to be compared with text in two steps.
#[derive(Debug, Clone, Copy)]
struct Spelling {
    words: [u128; 2],
    masks: [u128; 2],
    length: usize,
}

/// What is behind every key in compact text.
const BEHIND: &[u8] = b"\":";

impl Spelling {
    fn new(key: &[u8]) -> Self {
        let mut bytes = [0; 32];
        bytes[..key.len()].copy_from_slice(key);
        bytes[key.len()..key.len() + BEHIND.len()].copy_from_slice(BEHIND);
        let length = key.len() + BEHIND.len();
        let word = |at: usize| u128::from_le_bytes(*bytes[at..].first_chunk().expect("sixteen bytes of thirty-two"));
        let mask = |bytes: usize| if bytes >= 16 { !0 } else { !(!0 << (8 * bytes)) };
        Self { words: [word(0), word(16)], masks: [mask(length), mask(length.saturating_sub(16))], length }
    }

    #[inline]
    fn stands_at(&self, text: Text<'_>, at: usize) -> bool {
        let [one, two] = text.thirty_two(at);
        (one ^ self.words[0]) & self.masks[0] | (two ^ self.words[1]) & self.masks[1] == 0
    }
}

/// The two keys that lately followed another.
type Guesses = [usize; 2];

/// The keys of one kind of object.
#[derive(Debug, Clone, Default)]
pub(crate) struct Object {
    /// Its path for `_extra` and for faults, such as `userIdentity.`; empty for the record itself.
    pub(crate) path: String,
    keys: Vec<Key>,
    first: Guesses,
    index: HashMap<Box<[u8]>, usize, ahash::RandomState>,
}

/// Before the first key of an object, for [`Object::find`].
pub(crate) const FIRST: usize = usize::MAX;
const LONGEST_KEY: usize = 32 - BEHIND.len();

impl Object {
    fn guesses(&self, before: usize) -> Guesses {
        self.keys.get(before).map_or(self.first, |key| key.next)
    }

    /// The number of the key whose text begins at `at`, if it is one of those expected behind the key `before`, and where
    /// its value begins.
    #[inline]
    pub(crate) fn expect(&self, before: usize, text: Text<'_>, at: usize) -> Option<(usize, usize)> {
        self.guesses(before).into_iter().find_map(|guess| {
            let known = &self.keys.get(guess)?.spelled;
            known.stands_at(text, at).then_some((guess, at + known.length))
        })
    }

    /// The key's number, given the number of the key before it.
    pub(crate) fn find(&mut self, before: usize, key: &[u8]) -> Option<usize> {
        let mut lower = [0; LONGEST_KEY];
        let lower = lower.get_mut(..key.len())?;
        lower.copy_from_slice(key);
        lower.make_ascii_lowercase();
        let found = *self.index.get(&*lower)?;
        self.keys[found].spelled = Spelling::new(key);
        let guesses = self.keys.get_mut(before).map_or(&mut self.first, |previous| &mut previous.next);
        *guesses = [found, guesses[0]];
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

/// The object `userIdentity`, with all that is inside.
#[derive(Debug, Clone, Default)]
pub(crate) struct Identity {
    /// The number of its object table.
    pub(crate) object: usize,
    pub(crate) texts: Range<usize>,
    pub(crate) groups: Range<usize>,
}

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
    pub(crate) identity: Identity,
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
            identity: Identity::default(),
            paths: HashMap::new(),
        };
        let mut bits = 0;
        plan.shapes = plan.add(RECORD, "", schema().fields(), &mut bits);
        plan
    }

    /// The number of the text column at a dotted path of the schema.
    pub(crate) fn text(&self, path: &str) -> usize {
        self.paths[path]
    }

    fn add(&mut self, object: usize, path: &str, fields: &Fields, bits: &mut u32) -> Vec<Shape> {
        fields
            .iter()
            .map(|field| {
                let name = field.name();
                let full = format!("{path}{name}");
                let (shape, action) = self.place(field, &full, bits);
                let ours = path.is_empty()
                    && (name.starts_with('_')
                        || ["principal", "caller", "denied", "network", "agent"].contains(&name.as_str()));
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
                    || full == "useridentity.sessioncontext.webidfederationdata.attributes";
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
                let (texts, flags) = (self.texts, self.flags);
                let shapes = self.add(object, &path, children, bits);
                if full == "useridentity" {
                    debug_assert_eq!(flags, self.flags, "an identity has no flags");
                    self.identity = Identity { object, texts: texts..self.texts, groups: group..self.groups };
                }
                (Shape::Group(group, children.clone(), shapes), Some(Action::Group(group, object)))
            }
            DataType::List(item) => {
                if let DataType::Struct(children) = item.data_type() {
                    // Each element is an object of its own, with a mask of its own.
                    let mut own_bits = 0;
                    for (column, child) in children.iter().enumerate() {
                        insert(&mut self.resource, child.name(), Action::Text(column), &mut own_bits);
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
    object.keys.push(Key { action, bit, spelled: Spelling::new(name.as_bytes()), next: [number + 1; 2] });
    object.index.insert(name.as_bytes().into(), number);
}
