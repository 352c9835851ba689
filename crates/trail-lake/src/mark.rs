//! Marks: until when something that is done on a schedule has been done. They lie with the lake, so that whoever does it next
//! knows, after a restart or in another process. A mark is a small file in `_marks/`.

use std::sync::Arc;

use jiff::Timestamp;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// A mark of a lake, by its name.
#[derive(Debug)]
pub struct Mark {
    store: Arc<dyn ObjectStore>,
    path: Path,
}

#[derive(Serialize, Deserialize)]
struct Body {
    until: Timestamp,
}

impl Mark {
    pub(crate) fn new(store: Arc<dyn ObjectStore>, folder: &Path, name: &str) -> Self {
        Self { store, path: folder.clone().join(format!("{name}.json")) }
    }

    /// Where it stands; nowhere before it was first set, or where its file holds something else.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn get(&self) -> Result<Option<Timestamp>, Error> {
        let bytes = match self.store.get(&self.path).await {
            Ok(found) => found.bytes().await?,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        match serde_json::from_slice::<Body>(&bytes) {
            Ok(body) => Ok(Some(body.until)),
            Err(error) => {
                tracing::warn!(mark = %self.path, %error, "a mark cannot be read, and is set anew");
                Ok(None)
            }
        }
    }

    /// Moves it.
    ///
    /// # Errors
    /// When the store does not answer; it then stands where it stood.
    pub async fn set(&self, until: Timestamp) -> Result<(), Error> {
        let body = serde_json::to_vec(&Body { until }).unwrap_or_default();
        self.store.put(&self.path, body.into()).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use object_store::memory::InMemory;

    use super::*;

    #[tokio::test]
    async fn a_mark_stands_where_it_was_set() {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let mark = |name| Mark::new(store.clone(), &Path::from("lake/_marks"), name);
        assert_eq!(mark("one").get().await.unwrap(), None);
        for at in ["2026-01-01T07:00:00Z", "2025-01-01T07:00:00Z"] {
            let at: Timestamp = at.parse().unwrap();
            mark("one").set(at).await.unwrap();
            assert_eq!((mark("one").get().await.unwrap(), mark("two").get().await.unwrap()), (Some(at), None));
        }
        store.put(&mark("one").path, "?".into()).await.unwrap();
        assert_eq!(mark("one").get().await.unwrap(), None);
    }
}
