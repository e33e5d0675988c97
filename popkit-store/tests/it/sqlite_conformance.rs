//! The conformance suite on SQLite: power-safe as by default, and crash-safe.

#![allow(clippy::unwrap_used, reason = "helpers of tests have nothing better to do")]

use std::sync::Arc;

use popkit_protocol::ManualClock;
use popkit_store::conformance::{Harness, conformance_suite};
use popkit_store::{
    ClockSource, Durability, Opened, Push, Reach, Result, SqliteOptions, StoreCapabilities,
};
use tempfile::TempDir;

#[derive(Debug)]
struct SqliteHarness {
    clock: Arc<ManualClock>,
    folder: TempDir,
    durability: Durability,
}

impl SqliteHarness {
    fn new(durability: Durability) -> Self {
        let folder = TempDir::new().unwrap();
        Self { clock: Arc::default(), folder, durability }
    }
}

#[async_trait::async_trait]
impl Harness for SqliteHarness {
    async fn open(&self, name: &str) -> Result<Opened> {
        let options = SqliteOptions::new(self.folder.path().join(name).join("tasks.db"))
            .clock(Arc::clone(&self.clock) as _)
            .durability(self.durability);
        Ok(Opened::of(&options.open().await?))
    }

    fn clock(&self) -> Option<Arc<ManualClock>> {
        Some(Arc::clone(&self.clock))
    }

    fn expected_capabilities(&self) -> StoreCapabilities {
        let mut able = StoreCapabilities::least();
        able.reach = Reach::Host;
        able.durability = self.durability;
        able.clock = ClockSource::Injected;
        able.push = Push::InProcess;
        able.shared = true;
        able
    }
}

conformance_suite!(power_safe, SqliteHarness::new(Durability::PowerSafe));
conformance_suite!(crash_safe, SqliteHarness::new(Durability::CrashSafe));
