//! The messages that are being worked on, and the objects that each of them waits for.
//!
//! **Invariant:** a message leaves for deletion only when every object that it named has been acknowledged.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::object::LogObject;

/// A message by what the queue is told about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Receipt {
    pub(super) id: String,
    pub(super) handle: String,
    /// How often it has been received, this time included.
    pub(super) receives: u32,
}

/// Where an object's bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// In S3.
    Stored,
    /// Here: they came with the messages.
    Carried(Bytes),
    /// Nowhere to be had, and why: its message stays in the queue.
    Refused(String),
}

/// What becomes of a message when its last object is acknowledged.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Settled {
    /// All that they named is safe, or gone for good.
    pub(super) delete: Vec<Receipt>,
    /// Something that they named could not be read: they stay in the queue.
    pub(super) keep: Vec<Receipt>,
}

type Name = (String, String);

#[derive(Debug)]
struct Message {
    receipt: Receipt,
    since: Instant,
    /// Its objects that are not acknowledged.
    open: HashSet<Name>,
    keep: bool,
}

#[derive(Debug)]
struct Object {
    content: Content,
    /// The ids of the messages that wait for it.
    messages: Vec<String>,
}

#[derive(Debug, Default)]
struct State {
    messages: HashMap<String, Message>,
    objects: HashMap<Name, Object>,
}

/// All that is held; shared by those who receive, read, acknowledge and keep alive.
#[derive(Debug, Default)]
pub(super) struct Held(Mutex<State>);

impl Held {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many messages there are.
    pub(super) fn len(&self) -> usize {
        self.state().messages.len()
    }

    /// Takes a message in. One that is here already has come again, since it was not kept alive: then its newer handle counts,
    /// its objects are under way, and the answer is no.
    pub(super) fn hold(&self, receipt: Receipt) -> bool {
        let mut state = self.state();
        if let Some(message) = state.messages.get_mut(&receipt.id) {
            message.receipt = receipt;
            return false;
        }
        let message = Message { since: Instant::now(), open: HashSet::new(), keep: false, receipt };
        state.messages.insert(message.receipt.id.clone(), message);
        true
    }

    /// Lets go of a message that names no object.
    pub(super) fn drop_message(&self, id: &str) {
        self.state().messages.remove(id);
    }

    /// Notes that the messages `ids` wait for these objects; the objects that nobody has been handed yet.
    pub(super) fn offer(&self, objects: Vec<(LogObject, Content)>, ids: &[String]) -> Vec<LogObject> {
        let mut guard = self.state();
        let state = &mut *guard;
        for id in ids {
            if let Some(message) = state.messages.get_mut(id) {
                message.open.extend(objects.iter().map(|(object, _)| name(object)));
            }
        }
        let mut new = Vec::new();
        for (object, content) in objects {
            let known = state.objects.entry(name(&object)).or_insert_with(|| {
                new.push(object);
                Object { content, messages: Vec::new() }
            });
            known.messages.extend_from_slice(ids);
        }
        new
    }

    /// An object's content, and the most often that one of its messages was received.
    pub(super) fn look(&self, object: &LogObject) -> (Content, u32) {
        let state = self.state();
        let Some(known) = state.objects.get(&name(object)) else { return (Content::Stored, 0) };
        let receives =
            known.messages.iter().filter_map(|id| state.messages.get(id)).map(|it| it.receipt.receives).max();
        (known.content.clone(), receives.unwrap_or(0))
    }

    /// Notes that an object's messages are to stay in the queue even when it is acknowledged.
    pub(super) fn keep(&self, object: &LogObject) {
        let mut guard = self.state();
        let state = &mut *guard;
        for id in state.objects.get(&name(object)).iter().flat_map(|object| &object.messages) {
            if let Some(message) = state.messages.get_mut(id) {
                message.keep = true;
            }
        }
    }

    /// Gives up the messages of an object that could not be read now; they go back to the queue.
    pub(super) fn give_back(&self, object: &LogObject) -> Vec<Receipt> {
        let mut state = self.state();
        let Some(object) = state.objects.remove(&name(object)) else { return Vec::new() };
        let ids: Vec<String> = object.messages;
        ids.iter().filter_map(|id| state.messages.remove(id)).map(|message| message.receipt).collect()
    }

    /// Takes note that objects are acknowledged; the messages that wait for nothing more.
    pub(super) fn acknowledge(&self, objects: &[LogObject]) -> Settled {
        let mut guard = self.state();
        let state = &mut *guard;
        let mut settled = Settled::default();
        for name in objects.iter().map(name) {
            let Some(object) = state.objects.remove(&name) else { continue };
            for id in object.messages {
                let Some(message) = state.messages.get_mut(&id) else { continue };
                message.open.remove(&name);
                if message.open.is_empty()
                    && let Some(message) = state.messages.remove(&id)
                {
                    if message.keep { &mut settled.keep } else { &mut settled.delete }.push(message.receipt);
                }
            }
        }
        settled
    }

    /// All messages, to be kept alive; those held longer than `most` are let go of first, and counted.
    pub(super) fn alive(&self, most: Duration) -> (Vec<Receipt>, usize) {
        let mut state = self.state();
        let before = state.messages.len();
        state.messages.retain(|_, message| message.since.elapsed() < most);
        (state.messages.values().map(|message| message.receipt.clone()).collect(), before - state.messages.len())
    }

    /// Lets go of everything.
    pub(super) fn release(&self) -> Vec<Receipt> {
        let State { messages, .. } = std::mem::take(&mut *self.state());
        messages.into_values().map(|message| message.receipt).collect()
    }
}

fn name(object: &LogObject) -> Name {
    (object.uri.clone(), object.version.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(uri: &str) -> LogObject {
        LogObject { uri: uri.to_owned(), version: "1".to_owned(), size: 1, modified: None }
    }

    fn receipt(id: &str, receives: u32) -> Receipt {
        Receipt { id: id.to_owned(), handle: format!("{id}-{receives}"), receives }
    }

    /// Takes in a message that names objects; the addresses of those to hand out.
    fn receive(held: &Held, id: &str, receives: u32, uris: &[&str]) -> Vec<String> {
        if !held.hold(receipt(id, receives)) {
            return Vec::new();
        }
        let objects = uris.iter().map(|uri| (object(uri), Content::Stored)).collect();
        held.offer(objects, &[id.to_owned()]).into_iter().map(|object| object.uri).collect()
    }

    /// The handles of the messages that may be deleted, in order, once these objects are acknowledged.
    fn deleted(held: &Held, uris: &[&str]) -> Vec<String> {
        let objects: Vec<LogObject> = uris.iter().map(|uri| object(uri)).collect();
        let mut handles: Vec<String> = held.acknowledge(&objects).delete.into_iter().map(|it| it.handle).collect();
        handles.sort();
        handles
    }

    #[test]
    fn a_message_waits_for_all_of_its_objects() {
        let held = Held::default();
        assert_eq!(receive(&held, "m", 1, &["a", "b"]), ["a", "b"]);
        assert!(deleted(&held, &["b"]).is_empty());
        assert!(deleted(&held, &["b"]).is_empty(), "twice is once");
        assert_eq!(deleted(&held, &["a"]), ["m-1"]);
        assert_eq!(held.len(), 0);
    }

    #[test]
    fn an_object_that_two_messages_name_is_read_once() {
        let held = Held::default();
        assert_eq!(receive(&held, "m", 1, &["a"]), ["a"]);
        assert_eq!(receive(&held, "n", 1, &["a", "b", "b"]), ["b"]);
        assert_eq!(deleted(&held, &["a"]), ["m-1"]);
        assert_eq!(deleted(&held, &["b"]), ["n-1"]);
    }

    #[test]
    fn a_message_that_comes_again_has_a_new_handle() {
        let held = Held::default();
        receive(&held, "m", 1, &["a"]);
        assert!(receive(&held, "m", 2, &["a"]).is_empty(), "it is under way");
        assert_eq!(deleted(&held, &["a"]), ["m-2"]);
    }

    #[test]
    fn what_cannot_be_read_goes_back_or_stays() {
        let held = Held::default();
        receive(&held, "m", 3, &["a", "b"]);
        assert_eq!(held.look(&object("a")), (Content::Stored, 3));
        assert_eq!(held.give_back(&object("a")), [receipt("m", 3)]);
        assert!(deleted(&held, &["b"]).is_empty(), "its message is back in the queue");
        // Come again while one of its objects is still under way: that one's end is not the end of both.
        receive(&held, "p", 1, &["x", "y"]);
        held.give_back(&object("x"));
        assert_eq!(receive(&held, "p", 2, &["x", "y"]), ["x"]);
        assert!(deleted(&held, &["y"]).is_empty());
        assert_eq!(deleted(&held, &["x"]), ["p-2"]);
        receive(&held, "n", 1, &["c", "d"]);
        held.keep(&object("c"));
        assert!(deleted(&held, &["c"]).is_empty());
        assert_eq!(held.acknowledge(&[object("d")]), Settled { keep: vec![receipt("n", 1)], ..Settled::default() });
        receive(&held, "o", 1, &["e"]);
        assert_eq!(held.release(), [receipt("o", 1)]);
        assert!(deleted(&held, &["e"]).is_empty());
    }

    #[test]
    fn nothing_is_kept_alive_for_ever() {
        let held = Held::default();
        receive(&held, "m", 1, &["a"]);
        assert_eq!(held.alive(Duration::from_secs(60)), (vec![receipt("m", 1)], 0));
        assert_eq!(held.alive(Duration::ZERO), (Vec::new(), 1));
        assert!(deleted(&held, &["a"]).is_empty());
    }
}
