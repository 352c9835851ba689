//! Policy documents and their differences: two documents, one per side of the first NUL byte.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trail_iam::policy::{Document, Trust, diff};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let (old, new) = text.split_once('\0').unwrap_or(("", &text));
    let trust = Trust { account: Some("111122223333".to_owned()), ..Trust::default() };
    let old = Document::parse(old).ok();
    let Ok(new) = Document::parse(new) else { return };
    for grant in new.grants(&trust) {
        let _ = grant.sentence();
        let _ = grant.severity();
        let _ = grant.condition_fingerprint();
    }
    let _ = diff(old.as_ref(), &new, &trust);
    // A document gains and loses nothing against itself.
    assert!(diff(Some(&new), &new, &trust).is_empty());
});
