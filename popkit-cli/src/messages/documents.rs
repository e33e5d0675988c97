//! How far agents have read, one place per transport.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use popkit_protocol::{AgentId, Namespace as Session};
use popkit_store::{
    Document, MemoryStore, Page, Result, SaveOptions, StateKey, StateStore, Version, Versioned,
};

/// The documents of a store whose keys begin with a scope, without it.
///
/// A place in a channel is worth nothing over another transport. A store that is used with
/// several (plans that share it) keeps a set of places for each.
#[derive(Debug)]
pub(crate) struct Scoped {
    inner: Arc<dyn StateStore>,
    prefix: String,
}

impl Scoped {
    /// The documents of this scope; an empty one is the store itself.
    pub(crate) fn of(inner: Arc<dyn StateStore>, scope: &str) -> Arc<dyn StateStore> {
        match scope {
            "" => inner,
            scope => Arc::new(Self { inner, prefix: format!("{scope}:") }),
        }
    }

    fn key(&self, key: &StateKey) -> Result<StateKey> {
        StateKey::new(format!("{}{key}", self.prefix))
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl StateStore for Scoped {
    async fn load(&self, key: &StateKey) -> Result<Option<Versioned<Document>>> {
        self.inner.load(&self.key(key)?).await
    }

    async fn append(&self, key: &StateKey, item: Bytes, keep: usize) -> Result<Version> {
        self.inner.append(&self.key(key)?, item, keep).await
    }

    async fn save(&self, key: &StateKey, value: Document, opts: SaveOptions) -> Result<Version> {
        let mut opts = opts;
        if let Some((key, _)) = &mut opts.guard {
            *key = self.key(key)?;
        }
        self.inner.save(&self.key(key)?, value, opts).await
    }

    async fn delete(&self, key: &StateKey, expected: Option<Version>) -> Result<bool> {
        self.inner.delete(&self.key(key)?, expected).await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&StateKey>,
        limit: usize,
    ) -> Result<Page<(StateKey, Versioned<Document>)>> {
        let after = after.map(|key| self.key(key)).transpose()?;
        let whole = format!("{}{prefix}", self.prefix);
        let page = self.inner.list(&whole, after.as_ref(), limit).await?;
        let bare = |(key, value): (StateKey, Versioned<Document>)| {
            let rest = key.as_str().strip_prefix(&self.prefix).unwrap_or_default();
            Ok((StateKey::new(rest)?, value))
        };
        Ok(Page::new(page.items.into_iter().map(bare).collect::<Result<_>>()?, page.next))
    }
}

/// The document in which an agent's inbox keeps its place.
fn place_key(session: &Session, agent: &AgentId) -> Result<StateKey> {
    StateKey::new(format!("{}inbox:{agent}", session.prefix()))
}

/// A store that holds a copy of an inbox's place, if it has one: whoever reads by it changes
/// nothing, and is noticed by nobody.
pub(crate) async fn copy_of_place(
    from: Option<&dyn StateStore>,
    session: &Session,
    agent: &AgentId,
) -> Result<MemoryStore> {
    let copy = MemoryStore::new();
    let key = place_key(session, agent)?;
    if let Some(from) = from
        && let Some(found) = from.load(&key).await?
    {
        copy.save(&key, found.value, SaveOptions::default()).await?;
    }
    Ok(copy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn scopes_do_not_see_each_other() {
        let store: Arc<dyn StateStore> = Arc::new(MemoryStore::new());
        let [a, b] = ["a", "b"].map(|scope| Scoped::of(Arc::clone(&store), scope));
        let key = StateKey::new("pop:inbox:ann").unwrap();
        let save = async |to: &Arc<dyn StateStore>, text: &'static str| {
            to.save(&key, Document::text(text), SaveOptions::default().if_absent()).await.unwrap()
        };
        let version = save(&a, "1").await;
        save(&b, "2").await;
        save(&Scoped::of(Arc::clone(&store), ""), "3").await;
        assert_eq!(a.load(&key).await.unwrap().unwrap().value, Document::text("1"));
        let found = a.list("pop:", None, 10).await.unwrap().items;
        assert_eq!(
            found.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(),
            ["pop:inbox:ann"]
        );
        assert_eq!(a.list("", Some(&key), 10).await.unwrap().items, []);
        let guarded = SaveOptions::default().guard(key.clone(), version);
        let other = StateKey::new("other").unwrap();
        a.save(&other, Document::text("x"), guarded.clone()).await.unwrap();
        assert!(b.save(&other, Document::text("x"), guarded).await.is_err());
        a.append(&StateKey::new("list").unwrap(), "x".into(), 3).await.unwrap();
        assert!(a.delete(&key, None).await.unwrap() && a.load(&key).await.unwrap().is_none());
        assert!(b.load(&key).await.unwrap().is_some());
    }
}
