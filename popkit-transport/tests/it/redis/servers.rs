//! The conformance suite where several servers are one. Those take seconds to start, so all cases
//! run on one of them.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use popkit_protocol::{Durability, ManualClock};
use popkit_testkit::RedisServer;
use popkit_transport::conformance::{self, Harness, Tuning};
use popkit_transport::{Capabilities, Result, Transport};

use super::suite::{expected, options};

/// Servers, and who of them is cut off.
pub(super) struct Servers<S> {
    pub(super) servers: S,
    pub(super) url: fn(&S) -> String,
    pub(super) cut: fn(&S) -> Vec<&RedisServer>,
}

impl<S> Debug for Servers<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Servers").finish_non_exhaustive()
    }
}

#[async_trait]
impl<S: Send + Sync> Harness for Servers<S> {
    async fn open(&self, name: &str, tuning: &Tuning) -> Result<Arc<dyn Transport>> {
        let url = format!("{}?timeout=20s&connect_timeout=20s", (self.url)(&self.servers));
        Ok(Arc::new(options(&url, name, tuning)?.open().await?))
    }

    fn clock(&self) -> Option<Arc<ManualClock>> {
        None
    }

    fn expected_capabilities(&self) -> Capabilities {
        expected(Durability::PowerSafe)
    }

    async fn cut(&self, _: &str) -> bool {
        for server in (self.cut)(&self.servers) {
            server.kill_clients();
        }
        true
    }
}

pub(super) fn every_case(harness: &dyn Harness) {
    for case in conformance::all() {
        // Shown where one fails.
        println!("{}", case.name);
        conformance::run(case.start(harness));
    }
}
