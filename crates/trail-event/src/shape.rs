//! What an object is, by its keys: a record, something that records are wrapped in, or a digest file.

use crate::walk::{Fault, Text, fault};

/// Keys by which an object is a CloudTrail record, in lower case. `p_log_type` marks one that came through Panther.
const RECORD_KEYS: [&[u8]; 13] = [
    b"eventversion",
    b"eventname",
    b"eventsource",
    b"eventtime",
    b"useridentity",
    b"eventtype",
    b"awsregion",
    b"eventcategory",
    b"insightdetails",
    b"recipientaccountid",
    b"requestparameters",
    b"sharedeventid",
    b"p_log_type",
];
/// A key that records have, and what CloudWatch Logs and LookupEvents answer has too.
const WEAK_KEY: &[u8] = b"eventid";
/// Keys under which records travel as a list, as an object, or as JSON text in a string.
const WRAPPER_KEYS: [&[u8]; 14] = [
    b"records",
    b"detail",
    b"event",
    b"events",
    b"logevents",
    b"message",
    b"@message",
    b"cloudtrailevent",
    b"eventjson",
    b"_raw",
    b"eventdata",
    b"messages",
    b"body",
    b"sns",
];
/// Keys that only a digest file has.
const DIGEST_KEYS: [&[u8]; 2] = [b"digests3object", b"digeststarttime"];

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Record,
    /// A wrapper: the value of the telling key begins here.
    Wrapper(usize),
    Digest,
    /// A wrapper by its key, but what it holds is plain text.
    Prose,
    Unknown,
}

/// Tells the object at `start` by its keys, looking no further than the first that tells. `opening` is how records begin in
/// this document.
pub(crate) fn shape(text: Text<'_>, start: usize, opening: &[u8]) -> Result<Shape, Fault> {
    if text.slice(start, text.end()).starts_with(opening) {
        return Ok(Shape::Record);
    }
    let mut otherwise = Shape::Unknown;
    let mut at = text.blank(start + 1);
    while text.byte(at) == b'"' {
        let key = at + 1;
        let (key_end, _) = text.string(key)?;
        let colon = text.blank(key_end + 1);
        if text.byte(colon) != b':' {
            return fault(colon, "a colon is missing behind a key");
        }
        let value = text.blank(colon + 1);
        let name = text.slice(key, key_end).to_ascii_lowercase();
        if name == WEAK_KEY || RECORD_KEYS.contains(&name.as_slice()) {
            // CloudTrail's own keys begin in lower case; `EventName` is LookupEvents' or SNS's word, and the record in it.
            if name != WEAK_KEY && !text.byte(key).is_ascii_uppercase() {
                return Ok(Shape::Record);
            }
            otherwise = Shape::Record;
        }
        if DIGEST_KEYS.contains(&name.as_slice()) {
            return Ok(Shape::Digest);
        }
        if WRAPPER_KEYS.contains(&name.as_slice()) {
            if holds_records(text, value) {
                return Ok(Shape::Wrapper(value));
            }
            if text.byte(value) == b'"' && otherwise == Shape::Unknown {
                otherwise = Shape::Prose;
            }
        }
        at = text.blank(text.skip(value)?);
        if text.byte(at) == b',' {
            at = text.blank(at + 1);
        }
    }
    Ok(otherwise)
}

/// Whether a wrapper's value can hold records: a list, an object, or a string of JSON.
pub(crate) fn holds_records(text: Text<'_>, value: usize) -> bool {
    let json = |byte: u8| matches!(byte, b'{' | b'[');
    json(text.byte(value)) || text.byte(value) == b'"' && json(text.byte(text.blank(value + 1)))
}
