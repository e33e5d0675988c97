//! The document seam.

use async_trait::async_trait;
use bytes::Bytes;

use super::Fault;
use crate::layer::Operation;
use crate::{Document, Page, Result, SaveOptions, StateKey, StateStore, Version, Versioned};

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<S: StateStore> StateStore for Fault<S> {
    async fn load(&self, key: &StateKey) -> Result<Option<Versioned<Document>>> {
        self.inject(Operation::Load, || self.inner.load(key)).await
    }

    async fn append(&self, key: &StateKey, item: Bytes, keep: usize) -> Result<Version> {
        self.inject(Operation::Append, || self.inner.append(key, item.clone(), keep)).await
    }

    async fn save(&self, key: &StateKey, value: Document, opts: SaveOptions) -> Result<Version> {
        self.inject(Operation::Save, || self.inner.save(key, value.clone(), opts.clone())).await
    }

    async fn delete(&self, key: &StateKey, expected: Option<Version>) -> Result<bool> {
        self.inject(Operation::Delete, || self.inner.delete(key, expected)).await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&StateKey>,
        limit: usize,
    ) -> Result<Page<(StateKey, Versioned<Document>)>> {
        self.inject(Operation::List, || self.inner.list(prefix, after, limit)).await
    }
}
