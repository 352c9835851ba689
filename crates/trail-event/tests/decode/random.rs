//! Twenty records, one of them cut or changed at random: the others come out, whatever it is.

use crate::{decode, gzip, ids, record};

const RECORDS: usize = 20;
const ROUNDS: u64 = 4000;

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % sides as u64).expect("fewer than the sides")
    }
}

/// How the list is laid out.
struct Layout {
    open: &'static str,
    between: &'static str,
    close: &'static str,
    wrap: fn(&str) -> String,
}

const LAYOUTS: [Layout; 5] = [
    Layout { open: "{\"Records\":[", between: ",", close: "]}", wrap: |record| record.to_owned() },
    Layout { open: "[\n  ", between: ",\n  ", close: "\n]\n", wrap: |record| record.replace(",\"", ", \"") },
    Layout { open: "", between: "\n", close: "\n", wrap: |record| record.to_owned() },
    Layout {
        open: "",
        between: "\n",
        close: "\n",
        wrap: |record| format!(r#"{{"version":"0","id":"7","detail":{record}}}"#),
    },
    Layout {
        open: "[",
        between: ",",
        close: "]",
        wrap: |record| format!(r#"{{"version":"0","id":"7","detail":{record}}}"#),
    },
];

/// Cuts or changes some bytes of a record.
fn spoil(dice: &mut Dice, record: &mut Vec<u8>) {
    const BYTES: &[u8] = b"{}[]\":,\\ \n'x0-\x00\x01\x80\xff";
    let (one, other) = (dice.roll(record.len()), dice.roll(record.len()));
    match dice.roll(6) {
        0 => drop(record.drain(one.min(other)..one.max(other))),
        1 => record.truncate(one),
        2 => drop(record.drain(..one)),
        3 => record[one] = BYTES[dice.roll(BYTES.len())],
        4 => record.insert(one, BYTES[dice.roll(BYTES.len())]),
        _ => {
            for _ in 0..dice.roll(9) {
                let at = dice.roll(record.len());
                record[at] = BYTES[dice.roll(BYTES.len())];
            }
        }
    }
}

/// An event id that no small change makes into another's.
fn id(at: usize) -> String {
    char::from(b'a' + u8::try_from(at).expect("few records")).to_string().repeat(8)
}

#[test]
fn the_others_come_out() {
    for round in 0..ROUNDS {
        let mut dice = Dice(round.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let layout = &LAYOUTS[dice.roll(LAYOUTS.len())];
        let broken = dice.roll(RECORDS);
        let mut text = layout.open.as_bytes().to_vec();
        let mut shown = String::new();
        for at in 0..RECORDS {
            if at > 0 {
                text.extend_from_slice(layout.between.as_bytes());
            }
            let mut item = (layout.wrap)(&record(&id(at))).into_bytes();
            if at == broken {
                spoil(&mut dice, &mut item);
                shown = String::from_utf8_lossy(&item).into_owned();
            }
            text.extend_from_slice(&item);
        }
        text.extend_from_slice(layout.close.as_bytes());
        let decoded = if round % 8 == 0 { decode(&gzip(&text)) } else { decode(&text) };
        let found = ids(&decoded);
        for at in (0..RECORDS).filter(|&at| at != broken) {
            let count = found.iter().filter(|found| **found == id(at)).count();
            assert_eq!(count, 1, "round {round}: {at} beside {broken}: {shown}\n{:#?}", decoded.rejects);
        }
        assert!(found.len() <= RECORDS + 1, "round {round}: {found:?}");
        assert!(decoded.rejects.len() <= 20, "round {round}: {:#?}", decoded.rejects);
    }
}
