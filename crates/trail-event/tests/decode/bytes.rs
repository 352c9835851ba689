//! Objects whose bytes are wrong: compression, encodings, and text that ends too early.

use trail_event::Kind;

use crate::{decode, gzip, ids, record, records};

/// An object: the events that survive, and a piece of each reject's reason.
#[track_caller]
fn check(bytes: &[u8], events: &[&str], reasons: &[&str]) {
    let decoded = decode(bytes);
    assert_eq!(ids(&decoded), events, "{:#?}", decoded.rejects);
    assert_eq!(decoded.rejects.len(), reasons.len(), "{:#?}", decoded.rejects);
    for (reject, reason) in decoded.rejects.iter().zip(reasons) {
        assert!(reject.reason.contains(reason), "`{}` for `{reason}`", reject.reason);
    }
    assert_eq!(decoded.kind == Kind::Empty, events.is_empty() && reasons.is_empty());
}

fn pair() -> String {
    records(&[&record("one"), &record("two")])
}

#[test]
fn nothing() {
    check(b"", &[], &[]);
    check(&gzip(b""), &[], &[]);
    check(b" \n", &[], &[]);
    check(br#"{"Records":[]}"#, &[], &[]);
    check(b"[]", &[], &[]);
    check(br#"{"Records":null}"#, &[], &["no CloudTrail record in this object"]);
    check(br#"{"Records":{}}"#, &[], &["record has no fields"]);
    check(br#"{"Records":7}"#, &[], &["no CloudTrail record in this object"]);
    check(br#"{"Items":[]}"#, &[], &["no CloudTrail record in this object"]);
    check(b"{}", &[], &["no CloudTrail record in this object"]);
    check(b"null", &[], &["no JSON object begins here"]);
    check(b"<html>no</html>", &[], &["no JSON object begins here"]);
    check(b"PK\x03\x04zip", &[], &["no JSON object begins here"]);
    check(&[0; 300], &[], &["no JSON object begins here"]);
}

#[test]
fn gzip_members() {
    let text = pair();
    let (whole, other) = (gzip(text.as_bytes()), gzip(records(&[&record("three")]).as_bytes()));
    check(&whole, &["one", "two"], &[]);
    check(&[whole.clone(), other.clone()].concat(), &["one", "two", "three"], &[]);
    check(&[whole.clone(), gzip(b""), other.clone()].concat(), &["one", "two", "three"], &[]);
    let (left, right) = text.as_bytes().split_at(text.len() / 2);
    check(&[gzip(left), gzip(right)].concat(), &["one", "two"], &[]);
    check(&[whole.clone(), b"garbage at the end".to_vec()].concat(), &["one", "two"], &["gzip is cut off or corrupt"]);
    check(&[whole.clone(), vec![0; 512]].concat(), &["one", "two"], &["gzip is cut off or corrupt"]);
    check(&[whole.clone(), other[..10].to_vec()].concat(), &["one", "two"], &["gzip is cut off or corrupt"]);
    check(&[whole, text.into_bytes()].concat(), &["one", "two"], &["gzip is cut off or corrupt"]);
}

#[test]
fn gzip_corrupt() {
    let whole = gzip(pair().as_bytes());
    let end = whole.len();
    let mut crc = whole.clone();
    crc[end - 6] ^= 0xff;
    check(&crc, &["one", "two"], &["gzip is cut off or corrupt"]);
    let mut length = whole.clone();
    length[end - 2] ^= 0x01;
    check(&length, &["one", "two"], &["gzip is cut off or corrupt"]);
    let mut method = whole.clone();
    method[2] = 7;
    check(&method, &[], &["gzip is cut off or corrupt"]);
    check(&whole[..end - 8], &["one", "two"], &["gzip is cut off or corrupt"]);
    check(&whole[..end - 1], &["one", "two"], &["gzip is cut off or corrupt"]);
    check(&whole[..10], &[], &["gzip is cut off or corrupt"]);
    check(&whole[..2], &[], &["gzip is cut off or corrupt"]);
    assert_eq!(decode(&crc).sha256, None, "the digest of a part is no digest");
    assert!(decode(&whole).sha256.is_some());
}

#[test]
fn gzip_cut_anywhere() {
    // Records that do not compress into one another, so that a cut takes some of them only.
    let noise = |seed: u32| {
        (0..400)
            .scan(seed, |state, _| {
                *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                Some(format!("{state:x}"))
            })
            .collect::<String>()
    };
    let items: Vec<String> = (0..20).map(|at| record(&format!("e{at}")).replace("a,b", &noise(at))).collect();
    let text = records(&items.iter().map(String::as_str).collect::<Vec<_>>());
    let whole = gzip(text.as_bytes());
    let mut before = 0;
    for cut in (18..whole.len()).step_by(97) {
        let decoded = decode(&whole[..cut]);
        let inflated = decoded.inflated_bytes as usize;
        let complete = items
            .iter()
            .scan(11, |at, item| {
                *at += item.len() + 1;
                Some(*at - 1)
            })
            .filter(|&end| end <= inflated)
            .count();
        assert_eq!(decoded.records as usize, complete, "cut at {cut}");
        assert!(decoded.rejects.last().is_some_and(|reject| reject.reason.contains("cut off")), "cut at {cut}");
        assert!(decoded.records >= before, "cut at {cut}");
        before = decoded.records;
    }
    assert!(before > 15, "{before}");
}

#[test]
fn text_cut_anywhere() {
    let text = records(&[&record("one"), &record("two"), &record("three")]);
    let ends: Vec<usize> = ["two", "three"].iter().map(|id| text.find(&record(id)).expect("it is there") - 1).collect();
    for cut in 1..text.len() {
        let decoded = decode(&text.as_bytes()[..cut]);
        let complete = ends.iter().filter(|&&end| end <= cut).count() + usize::from(cut >= text.len() - 2);
        assert_eq!(decoded.records as usize, complete, "cut at {cut}");
        assert_eq!(decoded.rejects.len(), 1, "cut at {cut}: {:#?}", decoded.rejects);
    }
    check(&text.as_bytes()[..ends[0] + 1], &["one"], &["text ends inside the list of records"]);
    check(&text.as_bytes()[..ends[0] + 9], &["one"], &["text ends inside a string"]);
    check(&text.as_bytes()[..text.len() - 1], &["one", "two", "three"], &["text ends inside an object"]);
}

#[test]
fn encodings() {
    let text = pair();
    check(&[b"\xef\xbb\xbf", text.as_bytes()].concat(), &["one", "two"], &[]);
    check(&gzip(&[b"\xef\xbb\xbf", text.as_bytes()].concat()), &["one", "two"], &[]);
    let wide: Vec<u8> = std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    check(&wide, &[], &["text is UTF-16"]);
    let wide: Vec<u8> = std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    check(&wide, &[], &["text is UTF-16"]);
    check(&[text.as_bytes(), b"\0\0\0\0"].concat(), &["one", "two"], &["no JSON object begins here"]);
}

#[test]
fn invalid_utf8() {
    // A lone continuation byte, Latin-1, an overlong slash, half a surrogate pair as bytes, beyond Unicode, a cut character.
    for bytes in [&b"\x80"[..], b"caf\xe9", b"\xc0\xaf", b"\xed\xa0\xbd", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\xff\xfe"]
    {
        for place in ["GetObject", "a,b", "AWS::S3::Bucket"] {
            let broken = record("broken");
            let (left, right) = broken.split_once(place).expect("it is there");
            let broken = [left.as_bytes(), bytes, right.as_bytes()].concat();
            let text =
                [b"{\"Records\":[", record("one").as_bytes(), b",", &broken, b",", record("two").as_bytes(), b"]}"]
                    .concat();
            check(&text, &["one", "two"], &["bytes that are not UTF-8"]);
            check(&gzip(&text), &["one", "two"], &["bytes that are not UTF-8"]);
        }
    }
    let outside = [b"{\"Records\":[", record("one").as_bytes(), b",\xff,", record("two").as_bytes(), b"]}"].concat();
    check(&outside, &["one", "two"], &["is no object"]);
    let behind = [b"{\"Records\":[", record("one").as_bytes(), b"],\"note\":\"\xff\"}"].concat();
    check(&behind, &["one"], &[]);
}

#[test]
fn lines() {
    let (one, two) = (record("one"), record("two"));
    let cut = one.split_once(":\"IAMUser").expect("it is there").0;
    check(format!("{one}\n{two}\n").as_bytes(), &["one", "two"], &[]);
    check(format!("{one}\r\n\r\n{two}").as_bytes(), &["one", "two"], &[]);
    check(format!("{one}{two}").as_bytes(), &["one", "two"], &[]);
    check(format!("{one}\n{cut}\n{two}\n").as_bytes(), &["one", "two"], &["a colon is missing"]);
    check(format!("{one}\nnot json\n{two}\n").as_bytes(), &["one", "two"], &["no JSON object begins here"]);
    check(
        format!("{one}\n{{\"eventVersion\":\"1.08\",\"requestParameters\":\n{two}\n").as_bytes(),
        &["one", "two"],
        &["text ends"],
    );
    check(format!("{one},\n{two}\n").as_bytes(), &["one", "two"], &["no JSON object begins here"]);
    let wrapped = |inner: &str| format!(r#"{{"version":"0","detail":{inner}}}"#);
    let text = [wrapped(&one), wrapped(cut), wrapped(&two)].join("\n");
    check(text.as_bytes(), &["one", "two"], &["is missing"]);
    let text = format!("[{}]", [wrapped(cut), wrapped(&one), wrapped(cut), wrapped(&two)].join(","));
    let decoded = decode(text.as_bytes());
    assert_eq!((ids(&decoded).join(" "), decoded.rejects.len()), ("one two".to_owned(), 2), "{:#?}", decoded.rejects);
    let text = [records(&[&one, cut]), records(&[&two])].join("\n");
    check(text.as_bytes(), &["one", "two"], &["is missing"]);
}
