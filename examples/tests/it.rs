//! The custom backend of the examples passes the public conformance suite.

#[path = "../examples/custom_backend/journal.rs"]
mod journal;

use std::sync::Arc;

use journal::JournalStore;
use popkit_protocol::ManualClock;
use popkit_store::conformance::{Harness, Shelf, conformance_suite};
use popkit_store::{MemoryStore, Opened, Result, StoreCapabilities, TaskStore as _};

#[derive(Debug)]
struct Journals {
    clock: Arc<ManualClock>,
    folder: tempfile::TempDir,
    open: Shelf,
}

impl Default for Journals {
    fn default() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { clock: Arc::default(), folder, open: Shelf::default() }
    }
}

#[async_trait::async_trait]
impl Harness for Journals {
    async fn open(&self, name: &str) -> Result<Opened> {
        let path = self.folder.path().join(name);
        let store = JournalStore::open(&path, Arc::clone(&self.clock) as _)?;
        let mut opened = Opened::of(&MemoryStore::new());
        opened.tasks = Arc::new(store);
        Ok(self.open.get_or(name, || opened))
    }

    fn clock(&self) -> Option<Arc<ManualClock>> {
        Some(Arc::clone(&self.clock))
    }

    fn expected_capabilities(&self) -> StoreCapabilities {
        let path = self.folder.path().join("capabilities");
        JournalStore::open(&path, Arc::clone(&self.clock) as _).expect("a store").capabilities()
    }
}

conformance_suite!(journal_store, Journals::default());
