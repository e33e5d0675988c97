//! Documents over a sound store that is not told all that was asked for.

use async_trait::async_trait;
use bytes::Bytes;
use popkit_store::{
    Document, IfVersion, MemoryStore, Page, Result, SaveOptions, StateKey, StateStore, Version,
    Versioned,
};

use super::Fault;

#[derive(Debug)]
pub(super) struct BrokenDocuments {
    fault: Fault,
    sound: MemoryStore,
}

impl BrokenDocuments {
    pub(super) fn new(fault: Fault, sound: MemoryStore) -> Self {
        Self { fault, sound }
    }
}

#[async_trait]
impl StateStore for BrokenDocuments {
    async fn load(&self, key: &StateKey) -> Result<Option<Versioned<Document>>> {
        self.sound.load(key).await
    }

    async fn append(&self, key: &StateKey, item: Bytes, keep: usize) -> Result<Version> {
        let keep = if self.fault == Fault::AppendKeepsAll { usize::MAX } else { keep };
        self.sound.append(key, item, keep).await
    }

    async fn save(
        &self,
        key: &StateKey,
        value: Document,
        mut opts: SaveOptions,
    ) -> Result<Version> {
        match self.fault {
            Fault::ConditionIsIgnored => opts.if_version = IfVersion::Any,
            Fault::GuardIsIgnored => opts.guard = None,
            Fault::DocumentsLiveForEver => opts.ttl = None,
            _ => {}
        }
        self.sound.save(key, value, opts).await
    }

    async fn delete(&self, key: &StateKey, expected: Option<Version>) -> Result<bool> {
        self.sound.delete(key, expected).await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&StateKey>,
        limit: usize,
    ) -> Result<Page<(StateKey, Versioned<Document>)>> {
        self.sound.list(prefix, after, limit).await
    }
}
