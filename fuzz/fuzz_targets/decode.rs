//! Bytes of a log object to Arrow: whatever they are, the decoder answers, and its answer holds together.

#![no_main]

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use libfuzzer_sys::fuzz_target;
use trail_event::{Decoder, Limits};

fuzz_target!(|data: &[u8]| {
    // An even first byte: as they are. An odd one: packed first, since no fuzzer finds a checksum.
    let Some((how, body)) = data.split_first() else { return };
    let packed;
    let bytes = if how % 2 == 0 {
        body
    } else {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
        encoder.write_all(body).expect("memory takes all");
        packed = encoder.finish().expect("memory takes all");
        packed.as_slice()
    };
    let limits = Limits { max_inflated_bytes: 1 << 20, ..Limits::default() };
    let decoded = Decoder::new(limits, true).decode("fuzz", 0, bytes);
    for batch in &decoded.batches {
        assert_eq!(batch.schema(), trail_event::schema());
        assert_eq!(trail_event::keys(batch).len(), batch.num_rows());
        // Every value is read once: a view or an offset that leads astray shows here.
        for column in batch.columns() {
            column.to_data().validate_full().expect("a valid column");
        }
    }
    for reject in &decoded.rejects {
        assert!(reject.sample.len() <= 3 * trail_event::SAMPLE_BYTES, "a sample is a sample");
        assert!(!reject.reason.is_empty());
    }
});
