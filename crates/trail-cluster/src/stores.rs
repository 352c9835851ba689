//! What an executor can read: the lakes that it was started for, and nothing else that its user may see. A plan comes from
//! another machine, and could name any file.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use datafusion::common::{Result as Planned, exec_err};
use datafusion::execution::object_store::ObjectStoreRegistry;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use url::{Position, Url};

/// A lake that may be read.
#[derive(Debug, Clone)]
pub struct Reach {
    /// Where it is.
    pub url: Url,
    /// The store that has it, from the store's root.
    pub store: Arc<dyn ObjectStore>,
}

/// The stores of some lakes.
#[derive(Debug)]
pub(crate) struct Lakes(Vec<Reach>);

impl Lakes {
    pub(crate) fn new(reaches: Vec<Reach>) -> Self {
        Self(reaches)
    }
}

impl ObjectStoreRegistry for Lakes {
    fn register_store(&self, _: &Url, _: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        None
    }

    fn get_store(&self, url: &Url) -> Planned<Arc<dyn ObjectStore>> {
        let root = &url[..Position::BeforePath];
        // Lakes in one bucket, or in the folders of one machine, are one store to DataFusion.
        let here = self.0.iter().filter(|lake| &lake.url[..Position::BeforePath] == root);
        let lakes: Vec<_> =
            here.filter_map(|lake| Some((Path::from_url_path(lake.url.path()).ok()?, lake.store.clone()))).collect();
        if lakes.is_empty() {
            let known: Vec<_> = self.0.iter().map(|lake| lake.url.as_str()).collect();
            return exec_err!(
                "this executor does not read `{root}`, but {} (start it with `--lake`)",
                known.join(", ")
            );
        }
        Ok(Arc::new(Readable { root: root.to_owned(), lakes }))
    }
}

/// The stores of a scheduler, which reads nothing and only has to have them.
#[derive(Debug)]
pub(crate) struct Unread;

impl ObjectStoreRegistry for Unread {
    fn register_store(&self, _: &Url, _: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        None
    }

    fn get_store(&self, _: &Url) -> Planned<Arc<dyn ObjectStore>> {
        Ok(Arc::new(InMemory::new()))
    }
}

/// Some folders of a store, to be read and not written.
#[derive(Debug)]
struct Readable {
    root: String,
    lakes: Vec<(Path, Arc<dyn ObjectStore>)>,
}

impl Readable {
    fn of(&self, location: &Path) -> Result<&Arc<dyn ObjectStore>> {
        let lake = self.lakes.iter().find(|(folder, _)| location.prefix_matches(folder));
        lake.map(|(_, store)| store).ok_or_else(|| self.denied(location))
    }

    fn denied(&self, location: &Path) -> Error {
        let source = format!("`{}/{location}` is in none of the lakes that this executor reads", self.root).into();
        Error::PermissionDenied { path: location.to_string(), source }
    }
}

impl fmt::Display for Readable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lakes in {}", self.root)
    }
}

#[async_trait]
impl ObjectStore for Readable {
    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.of(location)?.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.of(location)?.get_ranges(location, ranges).await
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let all = Path::default();
        match self.of(prefix.unwrap_or(&all)) {
            Ok(store) => store.list(prefix),
            Err(error) => stream::once(async { Err(error) }).boxed(),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.of(prefix.unwrap_or(&Path::default()))?.list_with_delimiter(prefix).await
    }

    async fn put_opts(&self, location: &Path, _: PutPayload, _: PutOptions) -> Result<PutResult> {
        Err(self.denied(location))
    }

    async fn put_multipart_opts(&self, location: &Path, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        Err(self.denied(location))
    }

    fn delete_stream(&self, _: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let error = self.denied(&Path::default());
        stream::once(async { Err(error) }).boxed()
    }

    async fn copy_opts(&self, _: &Path, to: &Path, _: CopyOptions) -> Result<()> {
        Err(self.denied(to))
    }
}

#[cfg(test)]
mod tests {
    use object_store::{ObjectStoreExt as _, PutPayload};

    use super::*;

    #[tokio::test]
    async fn lakes_are_read_and_nothing_beside_them() {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        for path in ["lakes/one/a", "lakes/oneself/b", "c"] {
            store.put(&Path::from(path), PutPayload::from_static(b"x")).await.unwrap();
        }
        let url = Url::parse("s3://bucket/lakes/one/").unwrap();
        let lakes = Lakes::new(vec![Reach { url, store }]);
        let found = lakes.get_store(&Url::parse("s3://bucket").unwrap()).unwrap();
        found.get(&Path::from("lakes/one/a")).await.unwrap();
        for path in ["lakes/oneself/b", "c", "lakes"] {
            let told = found.get(&Path::from(path)).await.unwrap_err().to_string();
            assert!(told.contains("is in none of the lakes that this executor reads"), "{told}");
        }
        assert!(found.put(&Path::from("lakes/one/a"), PutPayload::default()).await.is_err());
        assert!(found.delete(&Path::from("lakes/one/a")).await.is_err());
        assert!(found.list(None).next().await.unwrap().is_err());
        let other = lakes.get_store(&Url::parse("s3://other").unwrap()).unwrap_err().to_string();
        assert!(other.contains("does not read `s3://other`, but s3://bucket/lakes/one/"), "{other}");
        assert!(lakes.get_store(&Url::parse("file:///").unwrap()).is_err());
    }
}
