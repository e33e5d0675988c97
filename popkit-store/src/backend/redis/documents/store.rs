//! The document seam.

use async_trait::async_trait;
use bytes::Bytes;

use super::handle::Documents;
use crate::backend::redis::RedisStore;
use crate::{Document, Error, Page, Result, SaveOptions, StateKey, StateStore, Version, Versioned};

/// Every call is one script and one round trip, but for `list`, which takes two, and more while
/// documents of its page come and go, or where it looks for those that other programs made. It
/// answers with at most 8 MiB and one document more.
///
/// Other programs may write documents too, and their writes are seen: a `save` over the version
/// that was there before is refused. What they make under another name than the documented ones
/// is listed once it was loaded or saved here.
///
/// A time to live counts in milliseconds, rounded up. A key of a type that no document has is
/// `Corrupt`, and nothing is written over it.
#[async_trait]
impl StateStore for RedisStore {
    async fn load(&self, key: &StateKey) -> Result<Option<Versioned<Document>>> {
        Documents::of(&self.0).load(key).await.map_err(at("load"))
    }

    async fn append(&self, key: &StateKey, item: Bytes, keep: usize) -> Result<Version> {
        Documents::of(&self.0).append(key, item, keep).await.map_err(at("append"))
    }

    async fn save(&self, key: &StateKey, value: Document, opts: SaveOptions) -> Result<Version> {
        Documents::of(&self.0).save(key, value, opts).await.map_err(at("save"))
    }

    async fn delete(&self, key: &StateKey, expected: Option<Version>) -> Result<bool> {
        Documents::of(&self.0).delete(key, expected).await.map_err(at("delete"))
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&StateKey>,
        limit: usize,
    ) -> Result<Page<(StateKey, Versioned<Document>)>> {
        Documents::of(&self.0).list(prefix, after, limit).await.map_err(at("list"))
    }
}

fn at(operation: &'static str) -> impl FnOnce(Error) -> Error {
    move |error| error.at("redis", operation)
}
