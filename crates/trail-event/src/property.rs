//! Two properties, over many random texts: the walk and simd-json read a record into the same columns, and the quick way
//! through a container takes nothing that the grammar forbids.

use std::fmt::Write;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::buffer::Buffer;
use arrow::datatypes::{DataType, Field, Fields};
use proptest::prelude::*;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::columns::Columns;
use crate::decoder::{Decoder, Limits};
use crate::fields::Plan;
use crate::gunzip::PADDING;
use crate::record::Reading;
use crate::repeat::Repeat;
use crate::schema::{JSON_COLUMNS, schema};
use crate::second;
use crate::spares::Spares;
use crate::walk::Text;

/// Random choices from one seed, so that a failing text can be made again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed >> 33) % sides as u64).expect("fewer than the sides")
    }

    fn one_in(&mut self, sides: usize) -> bool {
        self.roll(sides) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())]
    }
}

/// Writes random JSON, compact or laid out.
struct Writer {
    dice: Dice,
    out: String,
    laid_out: bool,
}

impl Writer {
    fn new(seed: u64, laid_out: bool) -> Self {
        Self { dice: Dice(seed), out: String::new(), laid_out }
    }

    fn blank(&mut self) {
        while self.laid_out && self.dice.one_in(3) {
            let blank = self.dice.pick(&[' ', '\n', '\t', '\r']);
            self.out.push(blank);
        }
    }

    fn quoted(&mut self, text: &str) {
        self.out.push('"');
        for character in text.chars() {
            let rare = self.dice.one_in(30);
            match character {
                '"' | '\\' if !rare => {
                    self.out.push('\\');
                    self.out.push(character);
                }
                '\n' if !rare => self.out.push_str("\\n"),
                '/' if rare => self.out.push_str("\\/"),
                _ if rare || character < ' ' || matches!(character, '"' | '\\') => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        write!(self.out, "\\u{unit:04x}").expect("text");
                    }
                }
                _ => self.out.push(character),
            }
        }
        self.out.push('"');
    }

    fn text(&mut self) -> String {
        let length = self.dice.pick(&[0, 1, 3, 11, 12, 13, 16, 30, 63, 64, 90]);
        let words =
            ["a", "Z", "-", "/", "\"", "\\", "{", "}", "[", "]", ":", ",", "\n", "\u{1}", "é", "😀", "\u{fffd}", "7"];
        (0..length).map(|_| if self.dice.one_in(3) { self.dice.pick(&words) } else { "x" }).collect()
    }

    fn string(&mut self) {
        let text = self.text();
        self.quoted(&text);
    }

    fn scalar(&mut self) {
        const SCALARS: [&str; 9] =
            ["true", "false", "0", "-1", "42", "1.5", "-0.25", "9223372036854775807", "18446744073709551615"];
        if self.dice.one_in(2) {
            self.string();
        } else {
            let scalar = self.dice.pick(&SCALARS);
            self.out.push_str(scalar);
        }
    }

    fn value(&mut self, depth: usize) {
        match self.dice.roll(if depth == 0 { 3 } else { 6 }) {
            0 => self.out.push_str("null"),
            1 | 2 => self.scalar(),
            3 => {
                let length = self.dice.roll(5);
                self.list(length, |writer| writer.value(depth - 1));
            }
            _ => self.container(depth),
        }
    }

    fn container(&mut self, depth: usize) {
        let keys: Vec<String> = (0..self.dice.roll(5)).map(|_| self.text()).collect();
        self.object(&keys, |writer, _| writer.value(depth.saturating_sub(1)));
    }

    fn list(&mut self, length: usize, mut item: impl FnMut(&mut Self)) {
        self.out.push('[');
        self.blank();
        for at in 0..length {
            if at > 0 {
                self.out.push(',');
                self.blank();
            }
            item(self);
            self.blank();
        }
        self.out.push(']');
    }

    fn object(&mut self, keys: &[String], mut value: impl FnMut(&mut Self, usize)) {
        self.out.push('{');
        self.blank();
        for (at, key) in keys.iter().enumerate() {
            if at > 0 {
                self.out.push(',');
                self.blank();
            }
            self.quoted(key);
            self.blank();
            self.out.push(':');
            self.blank();
            value(self, at);
            self.blank();
        }
        self.out.push('}');
    }

    /// An object with some of these fields in any order and some keys that nobody knows.
    fn fields(&mut self, path: &str, fields: &Fields) {
        let mut chosen: Vec<Option<&Field>> = fields
            .iter()
            .filter(|field| !is_ours(path, field.name()))
            .filter(|_| self.dice.one_in(2))
            .map(|field| Some(&**field))
            .collect();
        chosen.extend((0..self.dice.roll(3)).map(|_| None));
        for at in (1..chosen.len()).rev() {
            let other = self.dice.roll(at + 1);
            chosen.swap(at, other);
        }
        let keys: Vec<String> = chosen
            .iter()
            .map(|field| match field {
                Some(field) => {
                    let upper = self.dice.roll(4);
                    let cased = |(at, letter): (usize, char)| {
                        if at > 3 && at % 4 == upper { letter.to_ascii_uppercase() } else { letter }
                    };
                    field.name().chars().enumerate().map(cased).collect()
                }
                None => format!("unknown{}", self.text()),
            })
            .collect();
        self.object(&keys, |writer, at| match chosen[at] {
            Some(field) => writer.field(path, field),
            None => writer.value(2),
        });
    }

    fn field(&mut self, path: &str, field: &Field) {
        let path = format!("{path}{}", field.name());
        if self.dice.one_in(10) {
            return self.out.push_str("null");
        }
        match field.data_type() {
            DataType::Utf8View if is_json(&path) => self.value(3),
            DataType::Utf8View => self.scalar(),
            DataType::Boolean => {
                let flag = self.dice.pick(&["true", "false", "\"true\"", "\"false\""]);
                self.out.push_str(flag);
            }
            DataType::Struct(children) => self.fields(&format!("{path}."), children),
            DataType::List(item) => {
                let DataType::Struct(children) = item.data_type() else { panic!("resources are objects") };
                let length = self.dice.roll(4);
                self.list(length, |writer| writer.fields("resources[].", children));
            }
            _ => {
                let time = self.dice.pick(&[
                    "2026-03-01T12:00:00Z",
                    "1999-12-31T23:59:59.5Z",
                    "2024-02-29T00:00:00+02:00",
                    "redacted",
                ]);
                self.quoted(time);
            }
        }
    }
}

fn is_ours(path: &str, name: &str) -> bool {
    let derived = ["principal", "caller", "denied", "network", "agent"];
    path.is_empty() && (name.starts_with('_') || derived.contains(&name))
}

fn is_json(path: &str) -> bool {
    JSON_COLUMNS.contains(&path) || path.ends_with("webidfederationdata.attributes")
}

fn padded(text: &[u8]) -> Vec<u8> {
    let mut padded = text.to_vec();
    padded.resize(text.len() + PADDING, 0);
    padded
}

fn walked(plan: &mut Plan, json: &str) -> RecordBatch {
    let block = Buffer::from_vec(padded(json.as_bytes()));
    let mut columns = Columns::new(plan, 1, &mut Spares::default());
    let text = Text::new(block.as_slice());
    let repeat = &mut Repeat::default();
    let end = Reading { text, plan, columns: &mut columns, extra: &mut Vec::new(), repeat, row: 0 }.record(0);
    assert_eq!(end, Ok(json.len()), "{json}");
    columns.end_row(0);
    columns.finish(plan, &block, 0, &mut Spares::default())
}

fn seconded(plan: &mut Plan, json: &str) -> RecordBatch {
    let mut columns = Columns::new(plan, 1, &mut Spares::default());
    second::read(json.as_bytes(), plan, &mut columns, &mut Vec::new(), 0)
        .unwrap_or_else(|error| panic!("{error:?}: {json}"));
    columns.end_row(0);
    columns.finish(plan, &Buffer::from_vec(vec![0_u8; PADDING]), 0, &mut Spares::default())
}

/// JSON columns may differ in white space, all others must be equal.
fn assert_same(path: &str, one: &ArrayRef, other: &ArrayRef, json: &str) {
    if let (Some(one), Some(other)) = (one.as_struct_opt(), other.as_struct_opt()) {
        assert_eq!(one.nulls(), other.nulls(), "{path} of {json}");
        for (at, field) in one.fields().iter().enumerate() {
            assert_same(&format!("{path}{}.", field.name()), one.column(at), other.column(at), json);
        }
    } else if is_json(path.trim_end_matches('.')) {
        let parsed = |array: &ArrayRef| -> Option<Value> {
            let texts = array.as_string_view();
            texts
                .is_valid(0)
                .then(|| serde_json::from_str(texts.value(0)).unwrap_or_else(|error| panic!("{error}: {json}")))
        };
        assert_eq!(parsed(one), parsed(other), "{path} of {json}");
    } else {
        assert_eq!(one, other, "{path} of {json}");
    }
}

/// What each way of reading says of the container that `bytes` begin with: where it ends.
fn verdicts(bytes: &[u8]) -> (Option<usize>, Option<usize>, Option<usize>) {
    let padded = padded(bytes);
    let text = Text::new(&padded);
    let mut stream = serde_json::Deserializer::from_slice(bytes).into_iter::<IgnoredAny>();
    let serde = stream.next().and_then(Result::ok).map(|_| stream.byte_offset());
    (text.compact(0), text.strict(0).ok(), serde)
}

fn mutate(dice: &mut Dice, text: &mut Vec<u8>) {
    const BYTES: &[u8] = b"{}[]\":,\\ \n\t0159-+.eEtfnu_ax/'\x00\x01\x1f\x7f\xc3\xff";
    for _ in 0..=dice.roll(3) {
        if text.is_empty() {
            return;
        }
        let at = dice.roll(text.len());
        match dice.roll(5) {
            0 => text[at] = dice.pick(BYTES),
            1 => text.insert(at, dice.pick(BYTES)),
            2 => drop(text.remove(at)),
            3 => {
                let other = dice.roll(text.len());
                text.swap(at, other);
            }
            // Structure for structure, which is what a grammar stumbles over.
            _ => {
                let structural = |byte: &u8| b"{}[]\":,".contains(byte);
                if let Some(found) = text[at..].iter().position(structural) {
                    text[at + found] = dice.pick(b"{}[]\":,");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn walk_and_simd_json_agree(seed: u64, laid_out: bool) {
        let mut writer = Writer::new(seed, laid_out);
        writer.fields("", schema().fields());
        let json = writer.out;
        // A table that has learned from other records reads as one that has not.
        let mut plan = Plan::new();
        for other in 1..3 {
            let mut writer = Writer::new(seed ^ other, false);
            writer.fields("", schema().fields());
            walked(&mut plan, &writer.out);
        }
        let (one, other) = (walked(&mut plan, &json), seconded(&mut Plan::new(), &json));
        for (at, field) in schema().fields().iter().enumerate() {
            assert_same(&format!("{}.", field.name()), one.column(at), other.column(at), &json);
        }
    }

    #[test]
    fn containers_are_read_by_the_grammar(seed: u64, laid_out: bool) {
        let mut writer = Writer::new(seed, laid_out);
        writer.container(4);
        let (compact, strict, serde) = verdicts(writer.out.as_bytes());
        prop_assert_eq!(strict, Some(writer.out.len()), "{}", &writer.out);
        prop_assert_eq!(serde, strict, "{}", &writer.out);
        prop_assert!(compact == strict || compact.is_none() && laid_out, "{}", &writer.out);

        let mut text = writer.out.into_bytes();
        for _ in 0..20 {
            let mut broken = text.clone();
            mutate(&mut writer.dice, &mut broken);
            if !matches!(broken.first(), Some(b'{' | b'[')) {
                continue;
            }
            let (compact, strict, serde) = verdicts(&broken);
            let shown = String::from_utf8_lossy(&broken);
            prop_assert!(compact.is_none() || compact == strict, "compact {:?}, strict {:?}: {}", compact, strict, shown);
            if std::str::from_utf8(&broken).is_ok() {
                prop_assert_eq!(strict, serde, "strict and serde_json: {}", shown);
                if let Some(Err(error)) = strict.map(|end| simd_json::to_tape(&mut broken[..end].to_vec()).map(drop)) {
                    // Big numbers and half surrogate pairs are all that simd-json does not take.
                    let kind = format!("{:?}", error.error());
                    prop_assert!(matches!(kind.as_str(), "InvalidNumber" | "InvalidUnicodeCodepoint"), "{}: {}", kind, shown);
                }
            }
            if strict.is_some() && serde.is_some() {
                text = broken;
            }
        }
    }

    #[test]
    fn mutated_records_never_panic(seed: u64, laid_out: bool) {
        let mut writer = Writer::new(seed, laid_out);
        writer.list(3, |writer| writer.fields("", schema().fields()));
        let mut text = writer.out.into_bytes();
        let mut decoder = Decoder::new(Limits::default(), false);
        for _ in 0..10 {
            mutate(&mut writer.dice, &mut text);
            let decoded = decoder.decode("mutated", 0, &text);
            for batch in &decoded.batches {
                for column in batch.columns() {
                    column.to_data().validate_full().expect("whole Arrow data");
                }
            }
        }
    }
}
