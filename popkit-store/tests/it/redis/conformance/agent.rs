//! The suite as the agent of the ACL file, who may write documents under some names alone.

use std::sync::Arc;

use bytes::Bytes;
use popkit_protocol::ManualClock;
use popkit_store::conformance::Harness;
use popkit_store::{
    Document, Opened, Page, Result, SaveOptions, StateKey, StateStore, StoreCapabilities, Version,
    Versioned,
};

/// How names begin that an agent may write.
const ITS_OWN: &str = "state:";

/// Where the documents of each case have such names. All else is that harness's.
#[derive(Debug)]
pub(super) struct Agent<H>(pub(super) H);

#[async_trait::async_trait]
impl<H: Harness> Harness for Agent<H> {
    async fn open(&self, name: &str) -> Result<Opened> {
        let mut opened = self.0.open(name).await?;
        opened.documents = Arc::new(Own(opened.documents));
        Ok(opened)
    }

    fn clock(&self) -> Option<Arc<ManualClock>> {
        self.0.clock()
    }

    fn expected_capabilities(&self) -> StoreCapabilities {
        self.0.expected_capabilities()
    }
}

/// The documents with such names, without what these begin with.
#[derive(Debug)]
struct Own(Arc<dyn StateStore>);

fn own(key: &StateKey) -> Result<StateKey> {
    StateKey::new(format!("{ITS_OWN}{key}"))
}

#[async_trait::async_trait]
impl StateStore for Own {
    async fn load(&self, key: &StateKey) -> Result<Option<Versioned<Document>>> {
        self.0.load(&own(key)?).await
    }

    async fn append(&self, key: &StateKey, item: Bytes, keep: usize) -> Result<Version> {
        self.0.append(&own(key)?, item, keep).await
    }

    async fn save(
        &self,
        key: &StateKey,
        value: Document,
        mut opts: SaveOptions,
    ) -> Result<Version> {
        if let Some((guard, _)) = &mut opts.guard {
            *guard = own(guard)?;
        }
        self.0.save(&own(key)?, value, opts).await
    }

    async fn delete(&self, key: &StateKey, expected: Option<Version>) -> Result<bool> {
        self.0.delete(&own(key)?, expected).await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&StateKey>,
        limit: usize,
    ) -> Result<Page<(StateKey, Versioned<Document>)>> {
        let after = after.map(own).transpose()?;
        let page = self.0.list(&format!("{ITS_OWN}{prefix}"), after.as_ref(), limit).await?;
        let bare = |(key, value): (StateKey, Versioned<Document>)| {
            let rest = key.as_str().strip_prefix(ITS_OWN).unwrap();
            Ok((StateKey::new(rest)?, value))
        };
        Ok(Page::new(page.items.into_iter().map(bare).collect::<Result<_>>()?, page.next))
    }
}
