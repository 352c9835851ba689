//! A local store whose files are on the disk, and their names in their folder, before anyone can see them: what is
//! acknowledged survives a power cut.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path as FsPath, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result,
};

/// [`LocalFileSystem`] with synced puts. Multipart uploads (checkpoints, which can be made again) are left as they are.
#[derive(Debug)]
pub(crate) struct Synced(LocalFileSystem);

impl Synced {
    pub(crate) fn new(inner: LocalFileSystem) -> Self {
        Self(inner)
    }
}

impl std::fmt::Display for Synced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Synced({})", self.0)
    }
}

/// Numbers the files being written; a name that ends in `#` and digits is none of the store's objects.
static STAGED: AtomicU64 = AtomicU64::new(0);

fn staged(path: &FsPath) -> PathBuf {
    let number = u64::from(std::process::id()) << 32 | (STAGED.fetch_add(1, Ordering::Relaxed) & u64::from(u32::MAX));
    let mut name = path.as_os_str().to_owned();
    name.push(format!("#{number}"));
    PathBuf::from(name)
}

/// Makes `folder` and syncs every folder that got a new entry by it.
fn make_folder(folder: &FsPath) -> io::Result<()> {
    let missing: Vec<_> = folder.ancestors().take_while(|folder| !folder.exists()).collect();
    std::fs::create_dir_all(folder)?;
    missing.iter().filter_map(|folder| folder.parent()).try_for_each(sync_folder)
}

fn sync_folder(folder: &FsPath) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn write(path: &FsPath, payload: &PutPayload, mode: &PutMode) -> io::Result<()> {
    let folder = path.parent().ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "an object has no folder"))?;
    make_folder(folder)?;
    let staging = staged(path);
    let result = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).open(&staging)?;
        payload.iter().try_for_each(|part| file.write_all(part))?;
        file.sync_all()?;
        match mode {
            PutMode::Create => std::fs::hard_link(&staging, path),
            _ => std::fs::rename(&staging, path),
        }
    })();
    if result.is_err() || matches!(mode, PutMode::Create) {
        // What is left of it is invisible and does no harm.
        let _ = std::fs::remove_file(&staging);
    }
    result?;
    sync_folder(folder)
}

#[async_trait]
impl ObjectStore for Synced {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        if matches!(opts.mode, PutMode::Update(_)) || !opts.attributes.is_empty() {
            return self.0.put_opts(location, payload, opts).await;
        }
        let path = self.0.path_to_filesystem(location)?;
        let name = location.to_string();
        let written = tokio::task::spawn_blocking(move || write(&path, &payload, &opts.mode)).await?;
        match written {
            Ok(()) => Ok(PutResult { e_tag: None, version: None }),
            Err(source) if source.kind() == ErrorKind::AlreadyExists => {
                Err(Error::AlreadyExists { path: name, source: source.into() })
            }
            Err(source) => Err(Error::Generic { store: "folder", source: source.into() }),
        }
    }

    async fn put_multipart_opts(&self, location: &Path, opts: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        self.0.put_multipart_opts(location, opts).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.0.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[std::ops::Range<u64>]) -> Result<Vec<bytes::Bytes>> {
        self.0.get_ranges(location, ranges).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.0.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.0.list(prefix)
    }

    fn list_with_offset(&self, prefix: Option<&Path>, offset: &Path) -> BoxStream<'static, Result<ObjectMeta>> {
        self.0.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.0.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.0.copy_opts(from, to, options).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.0.rename_opts(from, to, options).await
    }
}

#[cfg(test)]
mod tests {
    use object_store::ObjectStoreExt;

    use super::*;

    #[tokio::test]
    async fn puts_once_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let store = Synced::new(LocalFileSystem::new_with_prefix(folder.path()).unwrap());
        let create = || PutOptions::from(PutMode::Create);
        let path = Path::from("a/b/c.json");
        store.put_opts(&path, "one".into(), create()).await.unwrap();
        let again = store.put_opts(&path, "two".into(), create()).await.unwrap_err();
        assert!(matches!(again, Error::AlreadyExists { .. }), "{again}");
        assert_eq!(store.get(&path).await.unwrap().bytes().await.unwrap(), "one");
        store.put(&path, "three".into()).await.unwrap();
        assert_eq!(store.get(&path).await.unwrap().bytes().await.unwrap(), "three");
        assert_eq!(std::fs::read_dir(folder.path().join("a/b")).unwrap().count(), 1);
    }
}
