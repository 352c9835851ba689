//! The buckets that messages name: each is reached in its own region, which is learned from messages and from S3's refusals.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use aws_config::{Region, SdkConfig};
use aws_sdk_s3::Client;
use bytes::Bytes;

use super::body::Named;
use crate::error::SourceError;
use crate::layout;
use crate::object::{LogObject, Reader};
use crate::s3::{S3Reader, plain_etag, timestamp};

/// Regions that are remembered by bucket; a queue that names more buckets is not one of logs.
const MOST_BUCKETS: usize = 10_000;

/// Regions whose client is kept: more than AWS has.
const MOST_REGIONS: usize = 64;

/// Clients for S3, one a region.
#[derive(Debug)]
pub(super) struct Buckets {
    sdk: SdkConfig,
    path_style: bool,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// By bucket.
    regions: HashMap<String, String>,
    /// By region; nothing stands for the one of the settings.
    clients: HashMap<Option<String>, Client>,
}

impl Buckets {
    pub(super) fn new(sdk: SdkConfig, path_style: bool) -> Self {
        Self { sdk, path_style, known: Mutex::default() }
    }

    /// Notes where a bucket is.
    pub(super) fn learn(&self, bucket: &str, region: &str) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let room = known.regions.len() < MOST_BUCKETS || known.regions.contains_key(bucket);
        if layout::is_region(region) && room {
            known.regions.insert(bucket.to_owned(), region.to_owned());
        }
    }

    fn client(&self, bucket: &str) -> Client {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let region = known.regions.get(bucket).cloned();
        if let Some(client) = known.clients.get(&region) {
            return client.clone();
        }
        let client = {
            let mut config = aws_sdk_s3::config::Builder::from(&self.sdk).force_path_style(self.path_style);
            if let Some(region) = &region {
                config = config.region(Region::new(region.clone()));
            }
            Client::from_conf(config.build())
        };
        if known.clients.len() < MOST_REGIONS {
            known.clients.insert(region, client.clone());
        }
        client
    }

    /// Adds what a message did not tell of an object, so that it is known by the same version whichever road it comes. An object
    /// that cannot be asked about stays as it is: reading it will tell why.
    pub(super) async fn complete(&self, named: Named) -> Named {
        if !named.version.is_empty() {
            return named;
        }
        match self.client(&named.bucket).head_object().bucket(&named.bucket).key(&named.key).send().await {
            Ok(head) => Named {
                version: plain_etag(head.e_tag().unwrap_or_default()).to_owned(),
                size: head.content_length().and_then(|size| u64::try_from(size).ok()).unwrap_or(0),
                modified: head.last_modified().and_then(timestamp),
                ..named
            },
            Err(_) => named,
        }
    }

    pub(super) async fn read(&self, object: &LogObject, max_bytes: u64) -> Result<Bytes, SourceError> {
        match self.reader(object).read(object, max_bytes).await {
            Err(SourceError::WrongRegion { region, .. }) if layout::is_region(&region) => {
                self.learn(bucket(object), &region);
                self.reader(object).read(object, max_bytes).await
            }
            read => read,
        }
    }

    /// What S3 keeps beside an object that has been read.
    pub(super) async fn metadata(&self, object: &LogObject) -> Result<BTreeMap<String, String>, SourceError> {
        self.reader(object).metadata(object).await
    }

    fn reader(&self, object: &LogObject) -> S3Reader {
        let bucket = bucket(object);
        S3Reader { client: self.client(bucket), bucket: bucket.to_owned() }
    }
}

fn bucket(object: &LogObject) -> &str {
    object.uri.strip_prefix("s3://").and_then(|rest| rest.split_once('/')).map_or("", |(name, _)| name)
}
