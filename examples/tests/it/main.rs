//! The custom backend of the examples passes the public conformance suite, the examples that need
//! a Redis server run on one, and those of power sessions on all that they play on.

// Clippy's exception for tests does not cover the helpers of tests.
#![allow(clippy::expect_used)]

#[path = "../../examples/custom_backend/journal.rs"]
mod journal;
#[cfg(unix)]
mod power;
#[cfg(unix)]
mod redis;
#[cfg(unix)]
mod upstash;

use std::collections::HashMap;
use std::sync::Arc;

use journal::JournalStore;
use popkit_protocol::ManualClock;
use popkit_store::conformance::{Harness, conformance_suite};
use popkit_store::{CountQuery, Durability, Opened, Result, StoreCapabilities, TaskStore as _};
use tokio::sync::Mutex;

#[derive(Debug)]
struct Journals {
    clock: Arc<ManualClock>,
    folder: tempfile::TempDir,
    open: Mutex<HashMap<String, JournalStore>>,
}

impl Default for Journals {
    fn default() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { clock: Arc::default(), folder, open: Mutex::default() }
    }
}

#[async_trait::async_trait]
impl Harness for Journals {
    async fn open(&self, name: &str) -> Result<Opened> {
        let mut open = self.open.lock().await;
        // One handle per file; a closed one gives way to a new one, which reads the file.
        if let Some(store) = open.get(name)
            && store.counts(CountQuery::default()).await.is_ok()
        {
            return Ok(store.opened());
        }
        let path = self.folder.path().join(name);
        let store = JournalStore::open(&path, Arc::clone(&self.clock) as _).await?;
        open.insert(name.to_owned(), store.clone());
        Ok(store.opened())
    }

    fn clock(&self) -> Option<Arc<ManualClock>> {
        Some(Arc::clone(&self.clock))
    }

    fn expected_capabilities(&self) -> StoreCapabilities {
        let mut can = StoreCapabilities::least();
        can.durability = Durability::CrashSafe;
        can.shared = true;
        can
    }
}

conformance_suite!(journal_store, Journals::default());
