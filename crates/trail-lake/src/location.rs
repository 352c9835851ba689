//! Where a lake lies: a folder or an S3 prefix, as an object store and a URL.

use std::sync::Arc;

use deltalake_core::logstore::{LogStoreRef, StorageConfig, default_logstore};
use object_store::ObjectStore;
use object_store::aws::{AmazonS3Builder, S3ConditionalPut};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use url::Url;

use crate::config::Config;
use crate::error::Error;
use crate::synced::Synced;

/// A lake's place in its store.
#[derive(Debug, Clone)]
pub(crate) struct Location {
    /// What the caller called it.
    pub(crate) name: String,
    /// The lake's URL, with a slash at the end.
    pub(crate) url: Url,
    /// The store that holds it, from its root.
    pub(crate) store: Arc<dyn ObjectStore>,
    /// The lake's path in the store.
    pub(crate) path: Path,
}

impl Location {
    /// Understands `text`: a folder (made when absent, if `create`) or `s3://bucket/prefix`.
    pub(crate) fn parse(text: &str, config: &Config, create: bool) -> Result<Self, Error> {
        match text.strip_prefix("s3://") {
            Some(rest) => Self::s3(text, rest, config),
            None if text.contains("://") => Err(not_a_lake(text, "only folders and `s3://bucket/prefix` can hold one")),
            None => Self::folder(text, config, create),
        }
    }

    fn folder(text: &str, config: &Config, create: bool) -> Result<Self, Error> {
        if create {
            std::fs::create_dir_all(text)
                .map_err(|error| not_a_lake(text, &format!("its folder cannot be made: {error}")))?;
        }
        let folder = std::fs::canonicalize(text).map_err(|error| not_a_lake(text, &error.to_string()))?;
        if !folder.is_dir() {
            return Err(not_a_lake(text, "it is a file"));
        }
        let url = Url::from_directory_path(&folder).map_err(|()| not_a_lake(text, "its path makes no URL"))?;
        let path = Path::from_absolute_path(&folder).map_err(object_store::Error::from)?;
        let local = LocalFileSystem::new();
        let store: Arc<dyn ObjectStore> = if config.sync { Arc::new(Synced::new(local)) } else { Arc::new(local) };
        Ok(Self { name: text.to_owned(), url, store, path })
    }

    fn s3(text: &str, rest: &str, config: &Config) -> Result<Self, Error> {
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(not_a_lake(text, "it names no bucket"));
        }
        let settings = &config.s3;
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_conditional_put(S3ConditionalPut::ETagMatch)
            .with_virtual_hosted_style_request(!settings.path_style)
            .with_region(settings.region.as_deref().unwrap_or("us-east-1"));
        if let Some(endpoint) = &settings.endpoint_url {
            builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
        }
        if let Some(credentials) = &settings.credentials {
            builder = builder.with_credentials(credentials.clone());
        }
        let path = Path::parse(prefix.trim_matches('/')).map_err(object_store::Error::from)?;
        let slash = if path.as_ref().is_empty() { "" } else { "/" };
        let url = Url::parse(&format!("s3://{bucket}/{path}{slash}"))
            .map_err(|error| not_a_lake(text, &error.to_string()))?;
        Ok(Self { name: text.to_owned(), url, store: Arc::new(builder.build()?), path })
    }

    /// The URL of one of the lake's tables, with a slash at the end.
    pub(crate) fn table_url(&self, folder: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(&format!("{}{folder}/", self.url.path()));
        url
    }

    /// The path of one of the lake's tables in the store.
    pub(crate) fn table_path(&self, folder: &str) -> Path {
        self.path.clone().join(folder)
    }

    /// The Delta log store of one of the lake's tables.
    pub(crate) fn log_store(&self, folder: &str) -> LogStoreRef {
        let prefixed = PrefixStore::new(self.store.clone(), self.table_path(folder));
        default_logstore(Arc::new(prefixed), self.store.clone(), &self.table_url(folder), &StorageConfig::default())
    }
}

pub(crate) fn not_a_lake(location: &str, reason: &str) -> Error {
    Error::NotALake { location: location.to_owned(), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn understands_locations() {
        let check = |text: &str| match Location::parse(text, &Config::default(), false) {
            Ok(location) => format!("{} {}", location.table_url("cloudtrail"), location.table_path("cloudtrail")),
            Err(error) => error.to_string(),
        };
        assert_eq!(check("s3://logs/a/b/"), "s3://logs/a/b/cloudtrail/ a/b/cloudtrail");
        assert_eq!(check("s3://logs"), "s3://logs/cloudtrail/ cloudtrail");
        assert_eq!(check("/"), "file:///cloudtrail/ cloudtrail");
        assert_eq!(check("s3:///a"), "`s3:///a` is not a lake: it names no bucket");
        assert_eq!(check("gs://a/b"), "`gs://a/b` is not a lake: only folders and `s3://bucket/prefix` can hold one");
        assert!(check("/no/such/folder").starts_with("`/no/such/folder` is not a lake: No such file"));
    }
}
