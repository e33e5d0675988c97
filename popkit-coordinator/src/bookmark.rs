//! How far one reader has come, kept in a document.

use std::sync::Arc;

use popkit_protocol::{HolderId, IdSource, limits};
use popkit_store::{
    Document, Error, ErrorKind, SaveOptions, StateKey, StateStore, Version, Versioned,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The form of what is kept.
const FORMAT: u32 = 1;
/// Openings that may come between ours and its save.
const TRIES: usize = 8;

/// A place that cannot be kept, or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BookmarkError {
    /// The store of documents failed.
    #[error("cannot keep the place {key}")]
    Store {
        /// The document.
        key: StateKey,
        /// Why.
        #[source]
        source: Error,
    },
    /// Somebody else opened it since, or removed it.
    #[error("the place {key} is another reader's now; let one process at a time read it")]
    Taken {
        /// The document.
        key: StateKey,
    },
    /// What is kept there cannot be read.
    #[error("the place {key} is unreadable: {reason}; delete the document to start anew")]
    Damaged {
        /// The document.
        key: StateKey,
        /// Why.
        reason: String,
    },
    /// A newer popkit wrote it.
    #[error("the place {key} has form {format}, this program knows form 1; update it")]
    Newer {
        /// The document.
        key: StateKey,
        /// Its form.
        format: u32,
    },
}

impl BookmarkError {
    /// Whether the same call may succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Store { source, .. } if source.is_retryable())
    }
}

/// A document that one process at a time writes: the one that opened it last. The others
/// learn of it when they save.
#[derive(Debug)]
pub(crate) struct Bookmark {
    documents: Arc<dyn StateStore>,
    key: StateKey,
    owner: HolderId,
    version: Version,
}

#[derive(Serialize, Deserialize)]
struct Kept<T> {
    format: u32,
    owner: HolderId,
    value: T,
}

/// What can be read of a document of any form.
#[derive(Deserialize)]
struct Head {
    format: u32,
}

impl Bookmark {
    /// Takes the document over, made with `first` where there is none, and answers with what
    /// is kept in it.
    ///
    /// Cancel safe: dropped, it is taken over or not.
    pub(crate) async fn open<T: Serialize + DeserializeOwned + Send + Sync>(
        documents: Arc<dyn StateStore>,
        key: StateKey,
        ids: &dyn IdSource,
        first: impl Fn() -> T + Send,
    ) -> Result<(Self, T), BookmarkError> {
        let mut bookmark =
            Self { documents, key, owner: ids.holder(), version: Version::from_number(0) };
        for _ in 0..TRIES {
            let found = bookmark.load::<T>().await?;
            let (value, opts) = match found {
                Some(found) => {
                    (found.value.value, SaveOptions::default().if_version(found.version))
                }
                None => (first(), SaveOptions::default().if_absent()),
            };
            match bookmark.write(&value, opts).await {
                Err(BookmarkError::Store { source, .. })
                    if source.kind() == ErrorKind::Conflict => {}
                written => return written.map(|()| (bookmark, value)),
            }
        }
        Err(BookmarkError::Taken { key: bookmark.key })
    }

    /// Writes the value, unless somebody else opened the document since.
    ///
    /// Cancel safe: dropped, it is written or not; the next call writes in either case.
    pub(crate) async fn save<T>(&mut self, value: &T) -> Result<(), BookmarkError>
    where
        T: Serialize + DeserializeOwned + Send + Sync,
    {
        let opts = SaveOptions::default().if_version(self.version);
        match self.write(value, opts).await {
            Err(BookmarkError::Store { source, .. }) if source.kind() == ErrorKind::Conflict => {}
            written => return written,
        }
        // Perhaps it is our own write that is in the way, one whose answer was lost.
        let Some(found) = self.load::<T>().await?.filter(|kept| kept.value.owner == self.owner)
        else {
            return Err(BookmarkError::Taken { key: self.key.clone() });
        };
        match self.write(value, SaveOptions::default().if_version(found.version)).await {
            Err(BookmarkError::Store { source, .. }) if source.kind() == ErrorKind::Conflict => {
                Err(BookmarkError::Taken { key: self.key.clone() })
            }
            written => written,
        }
    }

    async fn write<T: Serialize + Sync>(
        &mut self,
        value: &T,
        opts: SaveOptions,
    ) -> Result<(), BookmarkError> {
        let kept = Kept { format: FORMAT, owner: self.owner, value };
        let text = serde_json::to_string(&kept).map_err(|e| self.damaged(&e.to_string()))?;
        let saved = self.documents.save(&self.key, Document::text(text), opts).await;
        self.version = saved.map_err(|source| self.failed(source))?;
        Ok(())
    }

    async fn load<T: DeserializeOwned>(&self) -> Result<Option<Versioned<Kept<T>>>, BookmarkError> {
        let found = self.documents.load(&self.key).await.map_err(|source| self.failed(source))?;
        let Some(found) = found else { return Ok(None) };
        let Document::Text(text) = found.value else {
            return Err(self.damaged("it is no text"));
        };
        let head: Head = serde_json::from_slice(&text).map_err(|e| self.damaged(&e.to_string()))?;
        if head.format != FORMAT {
            return Err(BookmarkError::Newer { key: self.key.clone(), format: head.format });
        }
        let kept = serde_json::from_slice(&text).map_err(|e| self.damaged(&e.to_string()))?;
        Ok(Some(Versioned::new(found.version, kept)))
    }

    fn failed(&self, source: Error) -> BookmarkError {
        BookmarkError::Store { key: self.key.clone(), source }
    }

    fn damaged(&self, reason: &str) -> BookmarkError {
        let reason = limits::cut(reason, limits::NOTE_BYTES).to_owned();
        BookmarkError::Damaged { key: self.key.clone(), reason }
    }
}

#[cfg(test)]
#[path = "bookmark/tests.rs"]
mod tests;
