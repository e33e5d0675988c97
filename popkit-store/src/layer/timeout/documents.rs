//! The document seam.

use async_trait::async_trait;
use bytes::Bytes;

use super::Timeout;
use crate::layer::Operation;
use crate::{Document, Page, Result, SaveOptions, StateKey, StateStore, Version, Versioned};

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<S: StateStore> StateStore for Timeout<S> {
    async fn load(&self, key: &StateKey) -> Result<Option<Versioned<Document>>> {
        self.timed("", Operation::Load).run(self.inner.load(key)).await
    }

    async fn append(&self, key: &StateKey, item: Bytes, keep: usize) -> Result<Version> {
        self.timed("", Operation::Append).run(self.inner.append(key, item, keep)).await
    }

    async fn save(&self, key: &StateKey, value: Document, opts: SaveOptions) -> Result<Version> {
        self.timed("", Operation::Save).run(self.inner.save(key, value, opts)).await
    }

    async fn delete(&self, key: &StateKey, expected: Option<Version>) -> Result<bool> {
        self.timed("", Operation::Delete).run(self.inner.delete(key, expected)).await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&StateKey>,
        limit: usize,
    ) -> Result<Page<(StateKey, Versioned<Document>)>> {
        self.timed("", Operation::List).run(self.inner.list(prefix, after, limit)).await
    }
}
