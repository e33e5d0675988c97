//! A session, opened.

use std::collections::BTreeMap;
use std::sync::Arc;

use popkit_coordinator::Post;
use popkit_protocol::{Namespace as Names, RandomIds};
use popkit_store::{Document, StateKey, StateStore, TaskStore};
use popkit_transport::{Stamps, Transport};
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::error::CliError;
use crate::messages::Address;

/// Documents read at once.
const PAGE: usize = 100;

/// The tasks, documents and messages of a session. Messages are opened when they are needed.
#[derive(Debug)]
pub(crate) struct SessionSite {
    /// Its tasks, among those of others where the store is a file with several sessions.
    pub(crate) tasks: Arc<dyn TaskStore>,
    /// Its documents and nobody else's, by their bare names.
    pub(crate) documents: Arc<dyn StateStore>,
    address: Address,
    transport: OnceCell<Arc<dyn Transport>>,
}

impl SessionSite {
    pub(crate) fn new(
        tasks: Arc<dyn TaskStore>,
        documents: Arc<dyn StateStore>,
        address: Address,
    ) -> Self {
        Self { tasks, documents, address, transport: OnceCell::new() }
    }

    /// The names of its channels.
    pub(crate) fn namespace(&self) -> &Names {
        &self.address.session
    }

    /// Its messages. What is missing is made.
    ///
    /// # Errors
    ///
    /// Those of the transport.
    pub(crate) async fn transport(&self) -> Result<Arc<dyn Transport>, CliError> {
        let opened = self.transport.get_or_try_init(|| self.address.open_or_make()).await?;
        Ok(Arc::clone(opened))
    }

    /// What sends messages of the session.
    ///
    /// # Errors
    ///
    /// Those of the transport.
    pub(crate) async fn post(&self) -> Result<Post, CliError> {
        let transport = self.transport().await?;
        Ok(Post::new(transport, self.namespace().clone(), Stamps::new(&RandomIds)))
    }

    /// A document that is one JSON value; `None` where it is not there.
    ///
    /// # Errors
    ///
    /// Those of the store; a document of another shape, with its name.
    pub(crate) async fn value(&self, name: &str) -> Result<Option<Value>, CliError> {
        let Some(found) = self.document(name).await? else { return Ok(None) };
        let Document::Text(text) = found else { return Err(misshapen(name, "a text")) };
        parse(name, &text).map(Some)
    }

    /// A document that is a list of JSON values, newest first; empty where it is not there.
    ///
    /// # Errors
    ///
    /// As [`value`](Self::value).
    pub(crate) async fn list(&self, name: &str) -> Result<Vec<Value>, CliError> {
        match self.document(name).await? {
            None => Ok(Vec::new()),
            Some(Document::List(items)) => items.iter().map(|item| parse(name, item)).collect(),
            Some(_) => Err(misshapen(name, "a list")),
        }
    }

    /// The documents whose names begin so and that are maps of JSON values, by the rest of their
    /// names. One that is not costs no other: it is passed over, with a warning.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub(crate) async fn maps(
        &self,
        prefix: &str,
    ) -> Result<BTreeMap<String, BTreeMap<String, Value>>, CliError> {
        let mut found = BTreeMap::new();
        let mut after: Option<StateKey> = None;
        loop {
            let page = self.documents.list(prefix, after.as_ref(), PAGE).await?;
            for (key, document) in &page.items {
                let name = key.as_str();
                match map(name, &document.value) {
                    Ok(fields) => {
                        let name = name.strip_prefix(prefix).unwrap_or(name).to_owned();
                        found.insert(name, fields);
                    }
                    Err(error) => tracing::warn!(%error, "a document is passed over"),
                }
            }
            match page.items.into_iter().next_back() {
                Some((last, _)) if page.next.is_some() => after = Some(last),
                _ => return Ok(found),
            }
        }
    }

    async fn document(&self, name: &str) -> Result<Option<Document>, CliError> {
        let found = self.documents.load(&StateKey::new(name)?).await?;
        Ok(found.map(|found| found.value))
    }

    /// Closes what is open.
    ///
    /// # Errors
    ///
    /// Those of the store and the transport; all is closed nonetheless.
    pub(crate) async fn close(self) -> Result<(), CliError> {
        let transport = match self.transport.into_inner() {
            Some(transport) => transport.close().await,
            None => Ok(()),
        };
        self.tasks.close().await?;
        Ok(transport?)
    }
}

fn map(name: &str, document: &Document) -> Result<BTreeMap<String, Value>, CliError> {
    let Document::Map(fields) = document else { return Err(misshapen(name, "a map")) };
    let field = |(field, value): (&String, &bytes::Bytes)| {
        Ok((field.clone(), parse(&format!("{name}: {field}"), value)?))
    };
    fields.iter().map(field).collect()
}

fn parse(name: &str, text: &[u8]) -> Result<Value, CliError> {
    serde_json::from_slice(text).map_err(|error| {
        CliError::data(format!("the document {name} of the session is unreadable: {error}"))
    })
}

fn misshapen(name: &str, wanted: &str) -> CliError {
    CliError::data(format!("the document {name} of the session is not {wanted}"))
}

#[cfg(test)]
mod tests {
    use popkit_store::{MemoryStore, SaveOptions};

    use super::*;
    use crate::args::Global;
    use crate::context::Context;

    #[tokio::test]
    async fn a_document_of_another_shape_costs_no_other() {
        let cx = Context::new(Global::default()).unwrap();
        let store = Arc::new(MemoryStore::new());
        let address = Address::given(&cx, "file:/nowhere").unwrap();
        let site = SessionSite::new(Arc::<MemoryStore>::clone(&store), store, address);
        let map = |value: &'static str| Document::Map([("x".to_owned(), value.into())].into());
        for (name, document) in [
            ("state:a", map("1")),
            ("state:b", Document::text("odd")),
            ("state:c", map("{")),
            ("state:d", map("2")),
        ] {
            let key = StateKey::new(name).unwrap();
            site.documents.save(&key, document, SaveOptions::default()).await.unwrap();
        }
        let found: Vec<String> = site.maps("state:").await.unwrap().into_keys().collect();
        assert_eq!(found, ["a", "d"]);
        assert!(site.value("state:b").await.is_err());
    }
}
