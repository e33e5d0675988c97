//! The conformance suite on the memory backend: with a clock that cases turn, and in real
//! time.

use std::sync::Arc;

use popkit_protocol::ManualClock;
use popkit_transport::conformance::{Harness, Shelf, Tuning, transport_conformance_suite};
use popkit_transport::{
    Capabilities, Durability, Guarantee, MemoryOptions, Ordering, Push, Reach, Result, Transport,
};

#[derive(Debug)]
struct MemoryHarness {
    clock: Option<Arc<ManualClock>>,
    transports: Shelf,
}

impl MemoryHarness {
    fn turned() -> Self {
        Self { clock: Some(Arc::default()), transports: Shelf::default() }
    }

    fn in_real_time() -> Self {
        Self { clock: None, transports: Shelf::default() }
    }
}

#[async_trait::async_trait]
impl Harness for MemoryHarness {
    async fn open(&self, name: &str, tuning: &Tuning) -> Result<Arc<dyn Transport>> {
        Ok(self.transports.get_or(name, || {
            let mut options = MemoryOptions::default().keep(tuning.keep);
            if let Some(clock) = &self.clock {
                options = options.clock(Arc::clone(clock) as _);
            }
            Arc::new(options.open())
        }))
    }

    fn clock(&self) -> Option<Arc<ManualClock>> {
        self.clock.clone()
    }

    fn expected_capabilities(&self) -> Capabilities {
        let mut able = Capabilities::least();
        able.guarantee = Guarantee::AtLeastOnce;
        able.ordering = Ordering::PerChannel;
        able.reach = Reach::Process;
        able.durability = Durability::Volatile;
        able.push = Push::Everywhere;
        able.replay = true;
        able.latest = true;
        able.shared = true;
        able
    }
}

transport_conformance_suite!(suite, MemoryHarness::turned());
transport_conformance_suite!(real_time, MemoryHarness::in_real_time());
