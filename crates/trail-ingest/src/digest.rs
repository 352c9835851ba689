//! A digest as the lake keeps it: text, and what S3 has beside it, so that it can be verified for as long as the lake is there.

use std::collections::BTreeMap;

use trail_integrity::{DigestFile, DigestName, Metadata};
use trail_lake::DigestRow;
use trail_source::LogObject;

/// The row of a digest, or of what stands in its place.
pub(crate) fn row(object: &LogObject, stored: &[u8], metadata: &BTreeMap<String, String>) -> DigestRow {
    let text = trail_integrity::text(stored, DigestFile::LARGEST);
    let file = DigestFile::read(&object.uri, stored, Metadata::from_pairs(metadata));
    let stated = file.digest.as_ref().ok();
    // It belongs to the chain that it says, wherever it was moved.
    let place = DigestName::parse(&object.uri);
    let name = stated.and_then(|digest| DigestName::parse(&digest.uri())).or_else(|| place.clone());
    let us = |at: jiff::Timestamp| at.as_microsecond();
    DigestRow {
        uri: object.uri.clone(),
        version: object.version.clone(),
        account: name.as_ref().map(|name| name.chain.account.clone()),
        region: name.as_ref().map(|name| name.chain.region.clone()),
        trail: name.as_ref().map(|name| name.chain.trail.clone()),
        backfill: name.as_ref().is_some_and(|name| name.chain.backfill),
        starttime: stated.map(|digest| us(digest.start)),
        // By its address, so that what is written in its place later is found by the same time.
        endtime: place.map(|place| place.end).or_else(|| stated.map(|digest| digest.end)).map(us),
        log_files: stated.and_then(|digest| i64::try_from(digest.log_files.len()).ok()),
        metadata: serde_json::to_string(metadata).unwrap_or_default(),
        body: text.ok().map(|text| String::from_utf8_lossy(&text).into_owned()),
        fault: file.digest.as_ref().err().map(ToString::to_string),
        modified: object.modified.map(us),
    }
}
