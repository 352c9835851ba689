//! What S3 keeps beside an object: its user metadata, where CloudTrail puts the signature of a digest.
//!
//! A copy in a folder loses it. Whoever wants to keep it saves `<file>.metadata.json` beside the file: the metadata itself
//! (`{"signature": "…", "signature-algorithm": "SHA256withRSA"}`), or what `aws s3api head-object` prints, which has that
//! under `Metadata`.

use std::collections::BTreeMap;
use std::{fs, io};

use aws_sdk_s3::Client;
use serde_json::{Map, Value};

use crate::error::SourceError;
use crate::sdk_error::{Doing, from_sdk};

/// How the name of a file with metadata ends.
pub(crate) const ENDING: &str = ".metadata.json";
/// S3 takes 2 kB of metadata; `head-object` prints some more around it.
const LARGEST: u64 = 64 << 10;

/// The metadata of an object in S3. Needs `s3:GetObject`, as reading it does.
pub(crate) async fn head(client: &Client, uri: &str) -> Result<BTreeMap<String, String>, SourceError> {
    let Some((bucket, key)) = uri.strip_prefix("s3://").and_then(|rest| rest.split_once('/')) else {
        return Err(SourceError::Unreadable { uri: uri.to_owned(), reason: "it is not in S3".to_owned() });
    };
    let answer = client.head_object().bucket(bucket).key(key).send().await.map_err(|error| {
        if error.as_service_error().is_some_and(|error| error.is_not_found()) {
            return SourceError::NotFound { uri: uri.to_owned() };
        }
        from_sdk(&Doing::Reading { bucket, uri }, &error)
    })?;
    let pairs = answer.metadata().into_iter().flatten();
    Ok(pairs.map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect())
}

/// The metadata that is saved beside a file; empty where none is.
pub(crate) async fn beside(uri: String) -> Result<BTreeMap<String, String>, SourceError> {
    let place = format!("{uri}{ENDING}");
    let failed = |error: String| SourceError::Reading { uri: place.clone(), reason: error };
    let path = place.clone();
    let read =
        tokio::task::spawn_blocking(move || read_capped(&path)).await.map_err(|error| failed(error.to_string()))?;
    let text = match read {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(SourceError::Unreadable { uri: place, reason: error.to_string() }),
    };
    parse(&text).map_err(|reason| SourceError::Unreadable { uri: place, reason })
}

fn read_capped(path: &str) -> io::Result<Vec<u8>> {
    use io::Read;
    let mut text = Vec::new();
    fs::File::open(path)?.take(LARGEST).read_to_end(&mut text)?;
    Ok(text)
}

fn parse(text: &[u8]) -> Result<BTreeMap<String, String>, String> {
    let mut map: Map<String, Value> = serde_json::from_slice(text).map_err(|error| {
        format!("{error} (write the object's metadata into it, or what `aws s3api head-object` prints)")
    })?;
    if let Some(Value::Object(within)) = map.get_mut("Metadata") {
        map = std::mem::take(within);
    }
    let text = |(name, value): (String, Value)| match value {
        Value::String(value) => Ok((name.to_ascii_lowercase(), value)),
        _ => Err(format!("its `{name}` is not text")),
    };
    map.into_iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let shown = parse(text.as_bytes()).map_or_else(|error| error, |pairs| format!("{pairs:?}"));
        assert!(shown.starts_with(expected), "{shown}");
    }

    #[test]
    fn both_forms_are_read() {
        check(
            r#"{"signature": "0a", "Signature-Algorithm": "x"}"#,
            r#"{"signature": "0a", "signature-algorithm": "x"}"#,
        );
        check(r#"{"ContentLength": 5, "ETag": "e", "Metadata": {"signature": "0a"}}"#, r#"{"signature": "0a"}"#);
        check("{}", "{}");
        check(r#"{"signature": 5}"#, "its `signature` is not text");
        check("0a", "invalid type: integer `0`, expected a map");
    }

    #[tokio::test]
    async fn files_have_it_beside_them_or_not() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let uri = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
        for (name, text) in [("a.json.gz.metadata.json", r#"{"signature": "0a"}"#), ("b.json.gz.metadata.json", "{")] {
            fs::write(uri(name), text).expect("a file");
        }
        let found = beside(uri("a.json.gz")).await.expect("metadata");
        assert_eq!(found.get("signature").map(String::as_str), Some("0a"));
        assert!(beside(uri("c.json.gz")).await.expect("none").is_empty());
        let error = beside(uri("b.json.gz")).await.expect_err("no JSON").to_string();
        assert!(error.contains("b.json.gz.metadata.json`: EOF while parsing"), "{error}");
    }
}
