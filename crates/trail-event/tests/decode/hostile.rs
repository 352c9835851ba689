//! Objects made to cost much: they must cost little.

use std::io::Write;
use std::time::{Duration, Instant};

use flate2::{Compress, Compression, FlushCompress};
use trail_event::{Decoded, Decoder, Limits, MAX_REJECTS};

use crate::{decode, ids, only, record, records};

/// Slow machines and debug builds have their time; what is quadratic takes hours.
const PATIENCE: Duration = Duration::from_secs(60);

#[track_caller]
fn quick(bytes: &[u8]) -> Decoded {
    let begun = Instant::now();
    let decoded = decode(bytes);
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
    decoded
}

/// One gzip member of so many mebibytes of blanks: each piece of deflate stands for itself, so that it can be repeated.
fn bomb(mebibytes: usize) -> Vec<u8> {
    const PIECE: usize = 8;
    let text = vec![b' '; PIECE << 20];
    let mut piece = Vec::with_capacity(1 << 20);
    let mut deflate = Compress::new(Compression::best(), false);
    deflate.compress_vec(&text, &mut piece, FlushCompress::Full).expect("room for it");
    assert_eq!(deflate.total_in() as usize, text.len(), "all of it fits");
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    (0..mebibytes / PIECE).for_each(|_| out.extend_from_slice(&piece));
    out.extend_from_slice(&[3, 0, 0, 0, 0, 0]);
    out.write_all(&u32::try_from(mebibytes << 20).unwrap_or(u32::MAX).to_le_bytes()).expect("a vector takes all");
    out
}

#[test]
fn bombs() {
    let bytes = bomb(2048);
    assert!(bytes.len() < 3 << 20, "{}", bytes.len());
    let decoded = quick(&bytes);
    assert_eq!((decoded.records, decoded.inflated_bytes), (0, 0));
    let [reject] = decoded.rejects.as_slice() else { panic!("one reject, not {:#?}", decoded.rejects) };
    assert!(reject.reason.contains("holds more than 268435456 bytes of text"), "{reject:?}");
    // A trailer that lies does not help.
    let mut liar = bomb(512);
    let end = liar.len();
    liar[end - 4..].copy_from_slice(&1000_u32.to_le_bytes());
    assert!(quick(&liar).rejects[0].reason.contains("holds more than"));
    // Plain text of the same size neither.
    let mut decoder = Decoder::new(Limits { max_inflated_bytes: 1000, ..Limits::default() }, false);
    let decoded = decoder.decode("plain", 0, &vec![b' '; 1001]);
    assert!(decoded.rejects[0].reason.contains("holds more than 1000 bytes"), "{:?}", decoded.rejects);
}

#[test]
fn many_small_faults() {
    const COUNT: usize = 100_000;
    let piles = [
        "{\"eventVersion\"",
        "{\"eventVersion\":",
        "{\"eventVersion\":\"",
        "{\"a\":[",
        "{\"eventName\":[",
        "{\"eventName\":1,",
        "{\"eventName\":{",
        "{\"eventName\":1,\"requestParameters\":{",
        "[",
        "[{",
        "[{\"id\":[",
        "{\"Records\":[",
        "{\"message\":\"{",
        "{\"eventVersion\"\n",
        "\n{",
        "\n{\"eventVersion\":\"1\",\"eventName\":[",
        "\\\"{",
        "{}",
        "{},",
        "[],",
        "1,",
        "\"a\",",
        "{\"Records\":[{\"eventName\"}]}\n",
        "{\"detail\":{\"eventName\":1,\"x\"",
        "{ \"eventName\":1,\"eventSource\":1}x",
        "{\"eventName\":1,\"eventSource\":",
        "\u{ff}{\"eventName\":1",
    ];
    for pile in piles {
        for open in ["", "[", "{\"Records\":["] {
            let text = open.to_owned() + &pile.repeat(COUNT / 8 + COUNT / pile.len());
            let decoded = quick(text.as_bytes());
            assert!(decoded.rejects.len() <= MAX_REJECTS + 1, "{open}{pile}");
        }
    }
}

#[test]
fn rejects_are_counted_beyond_those_kept() {
    let decoded = quick(format!("[{}{}]", "7,".repeat(5000), record("one")).as_bytes());
    assert_eq!((ids(&decoded).as_slice(), decoded.rejected), (["one".to_owned()].as_slice(), 5000));
    assert_eq!(decoded.rejects.len(), MAX_REJECTS + 1);
    assert_eq!(decoded.rejects[MAX_REJECTS].reason, "4000 more pieces could not be read");
}

#[test]
fn records_without_end() {
    let decoded = quick(format!("[{}]", "{\"eventName\":1},".repeat(1_000_100)).as_bytes());
    assert_eq!(decoded.records, 1_000_000);
    assert!(decoded.rejects[0].reason.contains("holds more than 1000000 records"), "{:?}", decoded.rejects);
}

#[test]
fn large_values() {
    let long = "x".repeat(20 << 20);
    let text =
        records(&[&record("one"), &record("big").replace("a,b", &long), &record("two").replace("GetObject", &long)]);
    let decoded = quick(text.as_bytes());
    assert_eq!((ids(&decoded).len(), decoded.rejects.len()), (3, 0));
    let key = "k".repeat(300);
    let decoded = decode(format!(r#"{{"eventVersion":"1.08","{key}":1,"userIdentity":{{"{key}":2}}}}"#).as_bytes());
    assert_eq!(only(&decoded, "_extra"), Some(format!(r#"{{"{key}":1,"useridentity.{key}":2}}"#)));
}

#[test]
fn many_unknown_fields() {
    let fields = |count: usize| (0..count).map(|at| format!(r#","f{at}":{at}"#)).collect::<String>();
    let many = record("many").replace(r#","eventCategory""#, &(fields(100_000) + r#","eventCategory""#));
    let decoded = quick(records(&[&record("one"), &many]).as_bytes());
    assert_eq!((ids(&decoded).join(" "), decoded.rejects.len()), ("one many".to_owned(), 0));
    // Their paths would make them much larger than they are.
    let nested =
        record("many").replace(r#""userName":"ann""#, &(r#""userName":"ann""#.to_owned() + &fields(2_000_000)));
    let decoded = quick(records(&[&record("one"), &nested, &record("two")]).as_bytes());
    assert_eq!((ids(&decoded).join(" "), decoded.rejects.len()), ("one two".to_owned(), 1));
    assert!(decoded.rejects[0].reason.contains("fields that are not CloudTrail's"), "{:?}", decoded.rejects[0].reason);
}

#[test]
fn text_in_text() {
    let mut text = record("deep");
    for layer in 1..8 {
        text = format!(r#"{{"Message":{}}}"#, serde_json::to_string(&text).expect("text"));
        let decoded = quick(text.as_bytes());
        assert_eq!(decoded.records, u64::from(layer < 4), "{layer}");
        assert_eq!(decoded.rejects.len(), usize::from(layer >= 4), "{layer}");
    }
    let nested = (0..20).fold(record("deep"), |inner, _| format!(r#"{{"detail":{inner}}}"#));
    let decoded = decode(format!("{nested}\n{}", record("one")).as_bytes());
    assert_eq!(ids(&decoded), ["one"]);
    assert!(decoded.rejects[0].reason.contains("wrapped too deeply"), "{:?}", decoded.rejects);
}
