//! Where a session plays.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use popkit_coordinator::machine::Event;
use popkit_coordinator::runtime::{Coordinator, CoordinatorOptions, Follow, Reporter};
use popkit_coordinator::{Inbox, InboxOptions, Post};
use popkit_protocol::{AgentId, Namespace, RandomIds};
use popkit_store::{Document, MemoryStore, StateKey, StateStore, TaskStore};
use popkit_transport::{MemoryTransport, Stamps, Transport};

/// A store and a transport that all of a session share.
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    pub(crate) documents: Arc<dyn StateStore>,
    pub(crate) tasks: Arc<dyn TaskStore>,
    pub(crate) transport: Arc<dyn Transport>,
    /// What coordinators reported, with the events' numbers.
    pub(crate) events: Arc<Mutex<Vec<(u64, Event)>>>,
}

impl Stage {
    pub(crate) fn memory() -> Self {
        let store = MemoryStore::new();
        Self {
            documents: Arc::new(store.clone()),
            tasks: Arc::new(store),
            transport: Arc::new(MemoryTransport::new()),
            events: Arc::default(),
        }
    }

    /// SQLite and files in this folder, opened anew: as another process has them.
    pub(crate) async fn files(folder: &Path) -> Self {
        let url = format!("sqlite:{}", folder.join("tasks.db").display());
        let store = popkit_store::open(&url).await.unwrap();
        let url = format!("file:{}", folder.join("messages").display());
        let transport = popkit_transport::open(&url).await.unwrap();
        let (documents, tasks) = (store.documents, store.tasks);
        Self { documents, tasks, transport, events: Arc::default() }
    }

    pub(crate) fn options() -> CoordinatorOptions {
        CoordinatorOptions::new("test").with_lease(Duration::from_secs(2))
    }

    pub(crate) fn coordinator(&self, options: CoordinatorOptions) -> Coordinator {
        let (documents, transport) = (Arc::clone(&self.documents), Arc::clone(&self.transport));
        let events = Arc::clone(&self.events);
        let reporter = Reporter::new(move |number, event: &Event| {
            events.lock().unwrap().push((number, event.clone()));
        });
        let coordinator = Coordinator::new(documents, transport, options).unwrap();
        coordinator.with_reporter(reporter)
    }

    /// One that follows the tasks, too.
    pub(crate) fn with_tasks(&self, follow: Follow) -> Coordinator {
        let coordinator = self.coordinator(Self::options().with_follow(follow));
        coordinator.with_tasks(Arc::clone(&self.tasks))
    }

    pub(crate) fn post(&self) -> Post {
        let stamps = Stamps::new(&RandomIds);
        Post::new(Arc::clone(&self.transport), Namespace::unnamed(), stamps)
    }

    pub(crate) async fn inbox(&self, agent: &AgentId) -> Inbox {
        let (transport, documents) = (Arc::clone(&self.transport), Arc::clone(&self.documents));
        Inbox::open(transport, documents, InboxOptions::new(agent.clone())).await.unwrap()
    }

    /// A document of text, or the items of a list, as lines.
    pub(crate) async fn document(&self, name: &str) -> Option<String> {
        let key = StateKey::new(name).unwrap();
        let text = |bytes: &bytes::Bytes| String::from_utf8(bytes.to_vec()).unwrap();
        Some(match self.documents.load(&key).await.unwrap()?.value {
            Document::Text(bytes) => text(&bytes),
            Document::List(items) => items.iter().map(text).collect::<Vec<_>>().join("\n"),
            Document::Map(fields) => {
                let line =
                    |(name, value): (&String, &bytes::Bytes)| format!("{name}={}", text(value));
                fields.iter().map(line).collect::<Vec<_>>().join("\n")
            }
            _ => unreachable!("a document has one of three shapes"),
        })
    }

    /// Waits until a document says this.
    pub(crate) async fn until_document(&self, name: &str, says: &str) -> String {
        let look = async {
            loop {
                match self.document(name).await {
                    Some(text) if text.contains(says) => return text,
                    _ => tokio::time::sleep(Duration::from_millis(10)).await,
                }
            }
        };
        let found = tokio::time::timeout(super::DEADLINE, look).await;
        found.unwrap_or_else(|_| panic!("{name} never said {says}"))
    }

    /// The names of the events, in the order of their numbers, each once.
    pub(crate) fn journal(&self) -> Vec<Event> {
        let mut events = self.events.lock().unwrap().clone();
        events.sort_by_key(|(number, _)| *number);
        events.dedup_by_key(|(number, _)| *number);
        let numbers: Vec<u64> = events.iter().map(|(number, _)| *number).collect();
        let expected: Vec<u64> = (1..=numbers.len() as u64).collect();
        assert_eq!(numbers, expected, "the journal has no gap");
        events.into_iter().map(|(_, event)| event).collect()
    }
}
