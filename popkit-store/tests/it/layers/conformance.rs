//! Each layer, and all of them stacked, passes the suite over memory.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use popkit_protocol::ManualClock;
use popkit_store::conformance::{Harness, Shelf, conformance_suite};
use popkit_store::layer::{Fault, Retry, Timeout};
use popkit_store::{
    MemoryOptions, MemoryStore, Opened, Result, StateStore, StoreCapabilities, TaskStore,
};

/// A memory store with layers around it.
#[derive(Debug)]
struct Layered<S> {
    clock: Arc<ManualClock>,
    stores: Shelf,
    wrap: fn(MemoryStore) -> S,
}

impl<S> Layered<S> {
    fn new(wrap: fn(MemoryStore) -> S) -> Self {
        Self { clock: Arc::default(), stores: Shelf::default(), wrap }
    }
}

#[async_trait]
impl<S: TaskStore + StateStore + Clone> Harness for Layered<S> {
    async fn open(&self, name: &str) -> Result<Opened> {
        let options = MemoryOptions::default().clock(Arc::clone(&self.clock) as _);
        Ok(self.stores.get_or(name, || Opened::of(&(self.wrap)(options.open()))))
    }

    fn clock(&self) -> Option<Arc<ManualClock>> {
        Some(Arc::clone(&self.clock))
    }

    fn expected_capabilities(&self) -> StoreCapabilities {
        MemoryStore::new().capabilities()
    }
}

fn timed<S>(inner: S) -> Timeout<S> {
    Timeout::new(inner, Duration::from_secs(60))
}

conformance_suite!(faultless, Layered::new(Fault::new));
conformance_suite!(timeout, Layered::new(timed));
conformance_suite!(retry, Layered::new(Retry::new));
conformance_suite!(stacked, Layered::new(|memory| Retry::new(timed(Fault::new(memory)))));
