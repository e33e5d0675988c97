//! Documents by the names that others see.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use popkit_protocol::Namespace as Session;
use popkit_store::{Document, Page, Result, SaveOptions, StateKey, StateStore, Version, Versioned};

/// The documents of a server by their whole names: `pop:objective` is the key `pop:objective`,
/// where Python agents and monitoring look for it. A store on a server puts the prefix of its
/// session in front of every name by itself; it is taken away before.
#[derive(Debug)]
pub(super) struct Literal {
    inner: Arc<dyn StateStore>,
    prefix: String,
}

impl Literal {
    /// The documents of a store on a server, for the names of a session.
    pub(super) fn of(inner: Arc<dyn StateStore>, session: &Session) -> Self {
        Self { inner, prefix: session.prefix() }
    }

    fn name(&self, key: &StateKey) -> Result<StateKey> {
        match key.as_str().strip_prefix(&self.prefix) {
            Some(name) => StateKey::new(name),
            None => Ok(key.clone()),
        }
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl StateStore for Literal {
    async fn load(&self, key: &StateKey) -> Result<Option<Versioned<Document>>> {
        self.inner.load(&self.name(key)?).await
    }

    async fn append(&self, key: &StateKey, item: Bytes, keep: usize) -> Result<Version> {
        self.inner.append(&self.name(key)?, item, keep).await
    }

    async fn save(&self, key: &StateKey, value: Document, opts: SaveOptions) -> Result<Version> {
        let mut opts = opts;
        if let Some((key, _)) = &mut opts.guard {
            *key = self.name(key)?;
        }
        self.inner.save(&self.name(key)?, value, opts).await
    }

    async fn delete(&self, key: &StateKey, expected: Option<Version>) -> Result<bool> {
        self.inner.delete(&self.name(key)?, expected).await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&StateKey>,
        limit: usize,
    ) -> Result<Page<(StateKey, Versioned<Document>)>> {
        let after = after.map(|key| self.name(key)).transpose()?;
        let bare = prefix.strip_prefix(&self.prefix).unwrap_or(prefix);
        let page = self.inner.list(bare, after.as_ref(), limit).await?;
        let whole = |(key, value)| Ok((StateKey::new(format!("{}{key}", self.prefix))?, value));
        Ok(Page::new(page.items.into_iter().map(whole).collect::<Result<_>>()?, page.next))
    }
}

#[cfg(test)]
mod tests {
    use popkit_store::MemoryStore;

    use super::*;

    #[tokio::test]
    async fn the_prefix_is_there_once() {
        let inner: Arc<dyn StateStore> = Arc::new(MemoryStore::new());
        let literal = Literal::of(Arc::clone(&inner), &Session::unnamed());
        let key = |name: &str| StateKey::new(name).unwrap();
        let any = SaveOptions::default;
        let save = async |name| literal.save(&key(name), Document::text("x"), any()).await.unwrap();
        let leader = save("pop:leader").await;
        save("other").await;
        assert!(inner.load(&key("leader")).await.unwrap().is_some());
        assert!(inner.load(&key("other")).await.unwrap().is_some());
        let guarded = any().guard(key("pop:leader"), leader);
        literal.save(&key("pop:a"), Document::text("y"), guarded).await.unwrap();
        literal.append(&key("pop:list"), "z".into(), 3).await.unwrap();
        assert!(literal.load(&key("pop:list")).await.unwrap().is_some());
        let page = literal.list("pop:l", None, 10).await.unwrap().items;
        let names: Vec<&str> = page.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(names, ["pop:leader", "pop:list"]);
        let after = literal.list("pop:l", Some(&key("pop:leader")), 10).await.unwrap();
        assert_eq!(after.items.len(), 1);
        assert!(literal.delete(&key("pop:a"), None).await.unwrap());
    }
}
