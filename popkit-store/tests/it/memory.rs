//! The conformance suite on the memory backend: with a clock that cases turn, and in real
//! time as a store on a server would be judged.

use std::sync::Arc;

use popkit_protocol::ManualClock;
use popkit_store::conformance::{Harness, Shelf, conformance_suite};
use popkit_store::{
    ClockSource, Durability, MemoryOptions, MemoryStore, Opened, Push, Reach, Result,
    StoreCapabilities,
};

#[derive(Debug)]
struct MemoryHarness {
    clock: Option<Arc<ManualClock>>,
    stores: Shelf,
}

impl MemoryHarness {
    fn turned() -> Self {
        Self { clock: Some(Arc::default()), stores: Shelf::default() }
    }

    fn in_real_time() -> Self {
        Self { clock: None, stores: Shelf::default() }
    }
}

#[async_trait::async_trait]
impl Harness for MemoryHarness {
    async fn open(&self, name: &str) -> Result<Opened> {
        Ok(self.stores.get_or(name, || match &self.clock {
            Some(clock) => {
                Opened::of(&MemoryOptions::default().clock(Arc::clone(clock) as _).open())
            }
            None => Opened::of(&MemoryStore::new()),
        }))
    }

    fn clock(&self) -> Option<Arc<ManualClock>> {
        self.clock.clone()
    }

    fn expected_capabilities(&self) -> StoreCapabilities {
        let mut able = StoreCapabilities::least();
        able.reach = Reach::Process;
        able.durability = Durability::Volatile;
        able.clock = ClockSource::Injected;
        able.push = Push::InProcess;
        able.shared = true;
        able
    }
}

conformance_suite!(suite, MemoryHarness::turned());
conformance_suite!(real_time, MemoryHarness::in_real_time());
