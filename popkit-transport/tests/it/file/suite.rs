//! The conformance suite over files: woken by the system's notices, by polling alone, and
//! without syncing.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use popkit_protocol::{Durability, ManualClock, Push, Reach};
use popkit_testkit::{Scratch, scratch};
use popkit_transport::conformance::{Harness, Tuning};
use popkit_transport::{
    Capabilities, FileOptions, Guarantee, Ordering, Result, Transport, transport_conformance_suite,
};

#[derive(Debug)]
struct Files {
    folder: Scratch,
    clock: Arc<ManualClock>,
    durability: Durability,
    watch: bool,
}

impl Files {
    fn new(durability: Durability, watch: bool) -> Self {
        Self { folder: scratch(), clock: Arc::new(ManualClock::default()), durability, watch }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

#[async_trait]
impl Harness for Files {
    async fn open(&self, name: &str, tuning: &Tuning) -> Result<Arc<dyn Transport>> {
        let options = FileOptions::new(self.path(name))
            .clock(Arc::clone(&self.clock) as _)
            .durability(self.durability)
            .keep(tuning.keep)
            .watch(self.watch)
            .poll(Duration::from_millis(if self.watch { 1000 } else { 5 }));
        Ok(Arc::new(options.open().await?))
    }

    fn clock(&self) -> Option<Arc<ManualClock>> {
        Some(Arc::clone(&self.clock))
    }

    fn expected_capabilities(&self) -> Capabilities {
        let mut expected = Capabilities::least();
        expected.guarantee = Guarantee::AtLeastOnce;
        expected.ordering = Ordering::PerChannel;
        expected.reach = Reach::Host;
        expected.durability = self.durability;
        expected.push = Push::InProcess;
        expected.replay = true;
        expected.latest = true;
        expected.shared = true;
        expected
    }
}

transport_conformance_suite!(watched, Files::new(Durability::PowerSafe, true));
transport_conformance_suite!(polled, Files::new(Durability::CrashSafe, false));
