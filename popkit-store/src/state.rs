//! The seam for documents.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;

use crate::{Document, Page, Result, SaveOptions, StateKey, Version, Versioned};

/// Versioned documents: objectives, agent states, approvals, leader leases, cursors.
///
/// This trait binds *implementors*; users also have
/// [`StateStoreExt`](crate::StateStoreExt).
///
/// Every call is atomic. Versions of one key only grow, also over a delete. A document whose
/// time to live is over is gone: no call sees it.
#[async_trait]
pub trait StateStore: fmt::Debug + Send + Sync + 'static {
    /// The document under a key.
    async fn load(&self, key: &StateKey) -> Result<Option<Versioned<Document>>>;

    /// Puts an item in front of a list (made where there is none) and keeps the newest
    /// `keep` items, at least 1.
    ///
    /// # Errors
    ///
    /// `Conflict` where the document is no list.
    async fn append(&self, key: &StateKey, item: Bytes, keep: usize) -> Result<Version>;

    /// Writes a document.
    ///
    /// # Errors
    ///
    /// `Conflict` where the version, or the guard's, is not the expected one; nothing changed
    /// then. `PayloadTooLarge` beyond 1 MiB.
    async fn save(&self, key: &StateKey, value: Document, opts: SaveOptions) -> Result<Version>;

    /// Deletes a document; answers whether there was one.
    ///
    /// # Errors
    ///
    /// `Conflict` where the version is not the expected one.
    async fn delete(&self, key: &StateKey, expected: Option<Version>) -> Result<bool>;

    /// Documents whose key starts with `prefix` (empty: all), in the order of their keys, at
    /// most `limit`, after the key `after`.
    async fn list(
        &self,
        prefix: &str,
        after: Option<&StateKey>,
        limit: usize,
    ) -> Result<Page<(StateKey, Versioned<Document>)>>;
}
