//! Fetches bodies: under the cap, within time limits, and on after a broken connection from where it broke.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use bytes::{Bytes, BytesMut};

use super::address;
use crate::error::{ErrorKind, SourceError};
use crate::metadata;
use crate::object::{LogObject, Reader};
use crate::sdk_error::{Doing, chain, from_sdk};

/// How often a body is begun or resumed. The SDK repeats requests by itself; these are for bodies that break off.
const TRIES: u32 = 4;
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// How long a body may be silent, and how long all of it may take.
const SILENCE: Duration = Duration::from_secs(30);
const WHOLE: Duration = Duration::from_secs(600);
/// Memory set aside before the first byte is here, at most.
const SET_ASIDE: u64 = 64 << 20;

/// Reads objects of one bucket.
#[derive(Debug)]
pub(crate) struct S3Reader {
    pub(crate) client: Client,
    pub(crate) bucket: String,
}

#[async_trait]
impl Reader for S3Reader {
    async fn read(&self, object: &LogObject, max_bytes: u64) -> Result<Bytes, SourceError> {
        let uri = object.uri.as_str();
        let key = uri.strip_prefix(&address(&self.bucket, "")).ok_or_else(|| SourceError::Unreadable {
            uri: uri.to_owned(),
            reason: format!("it is not in bucket `{}`", self.bucket),
        })?;
        if object.size > max_bytes {
            return Err(SourceError::TooLarge { uri: uri.to_owned(), max: max_bytes });
        }
        let mut body = Body { uri, max: max_bytes, bytes: BytesMut::new(), etag: None };
        let read = async {
            let mut wait = FIRST_WAIT;
            for _ in 1..TRIES {
                match self.fetch(key, &mut body).await {
                    Err(error) if error.kind() == ErrorKind::Retry => {
                        tracing::debug!(%error, have = body.bytes.len(), "a body broke off and is resumed");
                        tokio::time::sleep(wait).await;
                        wait *= 2;
                    }
                    done => return done,
                }
            }
            self.fetch(key, &mut body).await
        };
        match tokio::time::timeout(WHOLE, read).await {
            Ok(Ok(())) => Ok(body.bytes.freeze()),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(SourceError::Timeout { place: uri.to_owned(), after: WHOLE }),
        }
    }

    async fn metadata(&self, object: &LogObject) -> Result<BTreeMap<String, String>, SourceError> {
        metadata::head(&self.client, &object.uri).await
    }
}

/// What is here of a body.
struct Body<'a> {
    uri: &'a str,
    max: u64,
    bytes: BytesMut,
    /// The version that the bytes are of.
    etag: Option<String>,
}

impl S3Reader {
    /// Reads the body to its end, from where the last try broke off.
    async fn fetch(&self, key: &str, body: &mut Body<'_>) -> Result<(), SourceError> {
        let mut request = self.client.get_object().bucket(&self.bucket).key(key);
        let have = body.bytes.len() as u64;
        if have > 0 && body.etag.is_some() {
            request = request.range(format!("bytes={have}-")).set_if_match(body.etag.clone());
        } else {
            body.bytes.clear();
        }
        let answer = request
            .send()
            .await
            .map_err(|error| from_sdk(&Doing::Reading { bucket: &self.bucket, uri: body.uri }, &error))?;
        if answer.content_range().is_none() {
            // A server that does not know ranges sends all of it.
            body.bytes.clear();
        }
        body.etag = answer.e_tag().map(str::to_owned);
        let length = answer.content_length().and_then(|length| u64::try_from(length).ok()).unwrap_or(0);
        let whole = body.bytes.len() as u64 + length;
        let too_large = || SourceError::TooLarge { uri: body.uri.to_owned(), max: body.max };
        let broken = |reason: String| SourceError::Reading { uri: body.uri.to_owned(), reason };
        if whole > body.max {
            return Err(too_large());
        }
        body.bytes.reserve(usize::try_from(length.min(SET_ASIDE)).unwrap_or(0));
        let mut stream = answer.body;
        loop {
            let chunk = match tokio::time::timeout(SILENCE, stream.next()).await {
                Ok(Some(Ok(chunk))) => chunk,
                Ok(Some(Err(error))) => return Err(broken(chain(&error))),
                Ok(None) => break,
                Err(_) => return Err(SourceError::Timeout { place: body.uri.to_owned(), after: SILENCE }),
            };
            if (body.bytes.len() + chunk.len()) as u64 > body.max {
                return Err(too_large());
            }
            body.bytes.extend_from_slice(&chunk);
        }
        if (body.bytes.len() as u64) < whole {
            return Err(broken(format!("the body ended after {} of {whole} bytes", body.bytes.len())));
        }
        Ok(())
    }
}
