//! The document seam.

use async_trait::async_trait;
use bytes::Bytes;

use super::{AfterLost, Retry};
use crate::layer::Operation;
use crate::{
    Document, IfVersion, Page, Result, SaveOptions, StateKey, StateStore, Version, Versioned,
};

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<S: StateStore> StateStore for Retry<S> {
    async fn load(&self, key: &StateKey) -> Result<Option<Versioned<Document>>> {
        let tries = self.start(Operation::Load, AfterLost::Repeat);
        tries.run(|| self.inner.load(key)).await
    }

    async fn append(&self, key: &StateKey, item: Bytes, keep: usize) -> Result<Version> {
        let tries = self.start(Operation::Append, AfterLost::GiveUp);
        tries.run(|| self.inner.append(key, item.clone(), keep)).await
    }

    async fn save(&self, key: &StateKey, value: Document, opts: SaveOptions) -> Result<Version> {
        let guarded = matches!(opts.if_version, IfVersion::Is(_));
        let tries = self.start(Operation::Save, AfterLost::guarded(guarded));
        tries.run(|| self.inner.save(key, value.clone(), opts.clone())).await
    }

    async fn delete(&self, key: &StateKey, expected: Option<Version>) -> Result<bool> {
        let tries = self.start(Operation::Delete, AfterLost::guarded(expected.is_some()));
        tries.run(|| self.inner.delete(key, expected)).await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&StateKey>,
        limit: usize,
    ) -> Result<Page<(StateKey, Versioned<Document>)>> {
        let tries = self.start(Operation::List, AfterLost::Repeat);
        tries.run(|| self.inner.list(prefix, after, limit)).await
    }
}
