//! Broken records between two good ones: the good ones are kept, and the broken one is told with its place and a reason.

use crate::{decode, gzip, ids, record, records};

/// A broken record in the middle of three: one reject, at its place, with its number, for a reason that has these words.
#[track_caller]
fn rejects(broken: &str, reason: &str) {
    let (one, two) = (record("one"), record("two"));
    let text = records(&[&one, broken, &two]);
    for bytes in [text.clone().into_bytes(), gzip(text.as_bytes())] {
        let decoded = decode(&bytes);
        assert_eq!(ids(&decoded), ["one", "two"], "{:#?}", decoded.rejects);
        let [reject] = decoded.rejects.as_slice() else { panic!("one reject, not {:#?}", decoded.rejects) };
        assert!(reject.reason.contains(reason), "`{}` for `{reason}`", reject.reason);
        assert_eq!(reject.record, Some(1), "{reject:?}");
        assert_eq!(reject.offset as usize, r#"{"Records":["#.len() + one.len() + 1, "{reject:?}");
        assert!(broken.starts_with(&reject.sample) || reject.sample.starts_with(broken), "{reject:?}");
    }
}

/// A good record in which something was replaced.
#[track_caller]
fn with(from: &str, to: &str) -> String {
    let good = record("broken");
    assert!(good.contains(from), "{from}");
    good.replacen(from, to, 1)
}

#[test]
fn invalid_json() {
    rejects(&with(r#""eventName":"GetObject","#, r#""eventName":"GetObject""#), "`,` or `}` is missing");
    rejects(&with(r#""eventName":"#, r#""eventName""#), "a colon is missing");
    rejects(&with(r#""eventName":"GetObject""#, r#""eventName":GetObject""#), "no JSON value begins here");
    rejects(&with(r#""eventName":"GetObject""#, r#""eventName":"GetObject"#), "`,` or `}` is missing");
    rejects(&with(r#""eventName":"#, r#"eventName":"#), "a quoted key is missing");
    rejects(&with(r#""eventName":"#, "eventName:"), "a quoted key is missing");
    rejects(&with(r#""eventName":"GetObject""#, "'eventName':'GetObject'"), "a quoted key is missing");
    rejects(&with(r#""readOnly":true"#, r#""readOnly":NaN"#), "no JSON value begins here");
    rejects(&with(r#""readOnly":true"#, r#""readOnly":tru"#), "no JSON value begins here");
    rejects(&with(r#""readOnly":true"#, r#""readOnly":"#), "no JSON value begins here");
    rejects(&with(r#""readOnly":true"#, r#""readOnly":true,"#), "a quoted key is missing");
    rejects(&with(r#""eventCategory":"Data""#, r#""eventCategory":"Data","#), "a quoted key is missing");
    rejects(&with(r#""responseElements":null"#, r#""responseElements":null null"#), "`,` or `}` is missing");
    rejects(&with(r#""responseElements":null"#, "x"), "a quoted key is missing");
    rejects(&with(r#""responseElements":null"#, r#""responseElements":{"a":1,}"#), "a quoted key is missing");
    rejects(&with(r#""responseElements":null"#, r#""responseElements":[1,2"#), "`,` or `]` is missing");
    rejects(&with(r#""responseElements":null"#, r#""responseElements":{"a":[1,2}"#), "`,` or `]` is missing");
    rejects(&with(r#""responseElements":null"#, r#""responseElements":{"a" 1}"#), "a colon is missing");
    rejects(&with(r#""responseElements":null"#, r#""responseElements":{"a":01}"#), "needless zero");
    rejects(&with(r#""responseElements":null"#, r#""responseElements":{"a":.5}"#), "no JSON value begins here");
    rejects(&with(r#""responseElements":null"#, r#""responseElements":{"a":1.}"#), "a digit is missing");
    rejects(&with(r#""responseElements":null"#, r#""responseElements":{"a","b":"c":1}"#), "a colon is missing");
    rejects(&with(r#""responseElements":null"#, r#""responseElements":{/* no */}"#), "a quoted key is missing");
    rejects(&with(r#""key":"a,b""#, r#""key":"a\xb""#), "unknown escape");
    rejects(&with(r#""key":"a,b""#, r#""key":"a\u12g4b""#), "unknown escape");
    rejects(&with("GetObject", "Get\nObject"), "control character 0x0a");
    rejects(&with("GetObject", "Get\u{1}Object"), "control character 0x01");
    rejects(&with("a,b", "a\tb"), "control character 0x09");
    rejects(&with("GetObject", "Get\0Object"), "control character 0x00");
    rejects(&with(r#""readOnly""#, "\0\"readOnly\""), "a quoted key is missing");
}

#[test]
fn missing_brackets() {
    // The brace of the record itself, of an object in it, and a quote whose string then swallows the separators.
    let whole = record("broken");
    rejects(&whole[..whole.len() - 1], "a quoted key is missing");
    rejects(&with(r#""size":2}]}"#, r#""size":2]}"#), "`,` or `}` is missing");
    rejects(&with(r#""size":2}]}"#, r#""size":2}}"#), "`,` or `]` is missing");
    rejects(&with(r#"s3:::logs"}]"#, r#"s3:::logs"]"#), "`,` or `}` is missing");
    rejects(&with(r#"s3:::logs"}]"#, r#"s3:::logs"}"#), "an element of `resources` is no object");
    rejects(&with(r#""userName":"ann"}"#, r#""userName":"ann""#), "a quoted key is missing");
    rejects(&with(r#""eventCategory":"Data""#, r#""eventCategory":"Data"#), "`,` or `}` is missing");
    rejects(&with("{\"eventVersion\"", "{eventVersion\""), "a quoted key is missing");
    rejects(r#"{"eventVersion":"1.08","requestParameters":{"a":"#, "no JSON value begins here");
    rejects(r#"{"eventVersion":"1.08","eventName":"Ge"#, "`,` or `}` is missing");
    rejects(r#"{"eventVersion":"1.08","#, "a quoted key is missing");
    rejects("{", "a quoted key is missing");
}

#[test]
fn wrong_types() {
    rejects(
        &with(r#""eventName":"GetObject""#, r#""eventName":["GetObject"]"#),
        "`eventName` holds `[\"GetObject\"]` where text is due",
    );
    rejects(&with(r#""eventName":"GetObject""#, r#""eventName":{"a":{"b":1}}"#), "where text is due");
    rejects(&with(r#""readOnly":true"#, r#""readOnly":1"#), "`readOnly` holds `1` where true or false is due");
    rejects(&with(r#""readOnly":true"#, r#""readOnly":"yes""#), "where true or false is due");
    rejects(&with(r#""managementEvent":false"#, r#""managementEvent":[]"#), "where true or false is due");
    rejects(&with(r#""eventTime":"2026-03-01T12:00:00Z""#, r#""eventTime":1772366400"#), "where a time is due");
    rejects(&with(r#""2026-03-01T12:00:00Z""#, "{}"), "where a time is due");
    rejects(&with(r#""2026-03-01T12:00:00Z""#, "true"), "where a time is due");
    rejects(r#"{"eventVersion":"1.08","userIdentity":"root"}"#, "where an object is due");
    rejects(r#"{"eventVersion":"1.08","userIdentity":[]}"#, "where an object is due");
    rejects(r#"{"eventVersion":"1.08","userIdentity":{"sessionContext":7}}"#, "where an object is due");
    rejects(r#"{"eventVersion":"1.08","userIdentity":{"arn":{}}}"#, "where text is due");
    rejects(r#"{"eventVersion":"1.08","tlsDetails":"TLSv1.3"}"#, "where an object is due");
    rejects(r#"{"eventVersion":"1.08","resources":{"ARN":"a"}}"#, "where a list is due");
    rejects(r#"{"eventVersion":"1.08","resources":["a"]}"#, "an element of `resources` is no object");
    rejects(r#"{"eventVersion":"1.08","resources":[{"ARN":[]}]}"#, "where text is due");
}

#[test]
fn duplicate_keys() {
    rejects(&with(r#""readOnly":true"#, r#""readOnly":true,"readOnly":true"#), "key `readOnly` stands twice");
    rejects(
        &with(r#""readOnly":true"#, r#""readOnly":true,"eventName":"DeleteObject""#),
        "key `eventName` stands twice",
    );
    rejects(
        &with(r#""readOnly":true"#, r#""readOnly":true,"EVENTNAME":"DeleteObject""#),
        "key `EVENTNAME` stands twice",
    );
    rejects(&with(r#""readOnly":true"#, r#""readOnly":true,"event\u004eame":"DeleteObject""#), "stands twice");
    rejects(
        &with(r#""userName":"ann""#, r#""userName":"ann","arn":"arn:aws:iam::111122223333:root""#),
        "key `arn` stands twice",
    );
    rejects(&with(r#""ARN":"#, r#""arn":"a","ARN":"#), "key `ARN` stands twice");
}

#[test]
fn no_records() {
    rejects("17", "is no object");
    rejects("\"text\"", "is no object");
    rejects("null", "is no object");
    rejects("true", "is no object");
    rejects("{}", "record has no fields");
    rejects("{ }", "record has no fields");
    rejects(
        r#"{"message":"CWL CONTROL MESSAGE: Checking health of destination Firehose."}"#,
        "plain text stands where",
    );
}

#[test]
fn depth_bombs() {
    for depth in [129, 5000, 200_000] {
        let lists = "[".repeat(depth) + &"]".repeat(depth);
        rejects(
            &with(r#""responseElements":null"#, &format!(r#""responseElements":{lists}"#)),
            "nests deeper than 128 levels",
        );
        let objects = r#"{"eventName":"#.repeat(depth) + "1" + &"}".repeat(depth);
        rejects(
            &with(r#""responseElements":null"#, &format!(r#""responseElements":{objects}"#)),
            "nests deeper than 128 levels",
        );
    }
    rejects(
        &with(r#""responseElements":null"#, &format!(r#""responseElements":{}"#, "[".repeat(5000))),
        "nests deeper",
    );
    rejects(
        &with(r#""responseElements":null"#, &format!(r#""new":{}1{}"#, r#"{"a":"#.repeat(129), "}".repeat(129))),
        "nests deeper",
    );
}

#[test]
fn text_between_records() {
    for (glue, reason) in [
        ("", "`,` is missing between records"),
        (" ", "`,` is missing"),
        (" x ", "behind a record"),
        (":", "behind a record"),
    ] {
        let text = format!(r#"{{"Records":[{}{glue}{}]}}"#, record("one"), record("two"));
        let decoded = decode(text.as_bytes());
        assert_eq!(ids(&decoded), ["one", "two"], "{glue}");
        let [reject] = decoded.rejects.as_slice() else { panic!("one reject, not {:#?}", decoded.rejects) };
        assert!(reject.reason.contains(reason), "{reject:?}");
    }
    let text = format!(r#"{{"Records":[{},]}}"#, record("one"));
    let decoded = decode(text.as_bytes());
    assert_eq!(ids(&decoded), ["one"]);
    assert!(decoded.rejects[0].reason.contains("a record is missing behind the last `,`"), "{:?}", decoded.rejects);
    let text = format!(r#"{{"Records":[{},xyz,{}]}}"#, record("one"), record("two"));
    let decoded = decode(text.as_bytes());
    assert_eq!((ids(&decoded).len(), decoded.rejects.len()), (2, 1), "{:?}", decoded.rejects);
}

#[test]
fn broken_next_to_broken() {
    let (one, two) = (record("one"), record("two"));
    let cut = &one[..one.len() / 2];
    let text = records(&[cut, &one, cut, cut, r#"{"eventName":[]}"#, &two, "null", cut]);
    let decoded = decode(text.as_bytes());
    assert_eq!(ids(&decoded), ["one", "two"]);
    assert_eq!(decoded.rejects.len(), 6, "{:#?}", decoded.rejects);
}
