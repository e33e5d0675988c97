//! The store, the transport and the names of a session.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use popkit_coordinator::machine::{Input, Start};
use popkit_coordinator::runtime::{Coordinator, CoordinatorOptions};
use popkit_coordinator::{AgentHandle, AgentOptions, Shutdown};
use popkit_protocol::{Clock as _, Namespace, Objective, Party, RandomIds, SessionId, SystemClock};
use popkit_store::{Document, MemoryStore, RedisOptions, StateKey, StateStore};
use popkit_transport::{MemoryTransport, Transport};

use super::Failure;

/// Where a session plays. Every process opens it anew.
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    pub(crate) documents: Arc<dyn StateStore>,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) names: Namespace,
}

impl Stage {
    /// Opens a place: `memory`, the URL of a Redis server, or a folder with a SQLite file and
    /// messages in files. On a server the session has this name.
    pub(crate) async fn open(place: &str, session: &str) -> Result<Self, Failure> {
        if place == "memory" {
            let (documents, transport) = (MemoryStore::new(), MemoryTransport::new());
            return Ok(Self::of(Arc::new(documents), Arc::new(transport), Namespace::unnamed()));
        }
        if place.contains("://") {
            let names = Namespace::of(&SessionId::new(session)?);
            let store = place.parse::<RedisOptions>()?.namespace(names.clone()).open().await?;
            let transport = popkit_transport::open(place).await?;
            return Ok(Self::of(Arc::new(store), transport, names));
        }
        let file = |name: &str| Path::new(place).join(name).display().to_string();
        let store = popkit_store::open(&format!("sqlite:{}", file("session.db"))).await?;
        let transport = popkit_transport::open(&format!("file:{}", file("messages"))).await?;
        Ok(Self::of(store.documents, transport, Namespace::unnamed()))
    }

    fn of(documents: Arc<dyn StateStore>, transport: Arc<dyn Transport>, names: Namespace) -> Self {
        Self { documents, transport, names }
    }

    /// Joins the session as an agent.
    pub(crate) async fn join(&self, options: AgentOptions) -> Result<AgentHandle, Failure> {
        let (transport, documents) = (Arc::clone(&self.transport), Arc::clone(&self.documents));
        let options = options.with_namespace(self.names.clone());
        Ok(AgentHandle::join(transport, documents, options).await?)
    }

    /// A coordinator of the session.
    pub(crate) fn coordinator(&self, options: CoordinatorOptions) -> Result<Coordinator, Failure> {
        let (documents, transport) = (Arc::clone(&self.documents), Arc::clone(&self.transport));
        let options = options.with_namespace(self.names.clone());
        Ok(Coordinator::new(documents, transport, options)?)
    }

    /// Ends what an earlier run has left unfinished on a server.
    pub(crate) async fn clear(&self) -> Result<(), Failure> {
        let coordinator = self.coordinator(CoordinatorOptions::new("clear"))?;
        if coordinator.unfinished().await?.is_none() {
            return Ok(());
        }
        // In its place comes one that is over at once: nothing of the earlier one is gone on with,
        // and its agents hear of the end.
        let now = SystemClock.now();
        let objective = Objective::new(&RandomIds, now, "make room");
        coordinator.replace(Start::new(objective, 1, now)).await?;
        let shutdown = Shutdown::new();
        let stop = async {
            coordinator.tell(Input::Stop { by: Some(Party::Human) }).await;
            std::future::pending::<()>().await;
        };
        tokio::select! {
            ended = coordinator.run(&shutdown) => { ended?; }
            () = stop => {}
        }
        Ok(())
    }

    /// A document of text, or the entries of a list; none where it is not there.
    pub(crate) async fn document(&self, name: &str) -> Result<Vec<String>, Failure> {
        let Some(found) = self.documents.load(&StateKey::new(name)?).await? else {
            return Ok(Vec::new());
        };
        let entries = match found.value {
            Document::Text(text) => vec![text],
            Document::List(entries) => entries,
            other => return Err(format!("{name} is no text and no list: {other:?}").into()),
        };
        Ok(entries.into_iter().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect())
    }

    /// Waits until a document has an entry that says this.
    pub(crate) async fn until(&self, name: &str, says: &str) -> Result<String, Failure> {
        for _ in 0..1500 {
            let entries = self.document(name).await?;
            if let Some(entry) = entries.into_iter().find(|entry| entry.contains(says)) {
                return Ok(entry);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(format!("the document {name} has never said {says}").into())
    }
}
