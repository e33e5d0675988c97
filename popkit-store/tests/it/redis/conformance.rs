//! The conformance suite on Redis: by a clock of the suite's own, the model included, and by
//! the server's clock over every way of talking to one.

#![allow(clippy::unwrap_used, reason = "helpers of tests have nothing better to do")]

use std::sync::Arc;

use popkit_protocol::{ManualClock, Namespace, SessionId};
use popkit_store::conformance::{Harness, conformance_suite};
use popkit_store::{
    ClockSource, Durability, Opened, Push, Reach, RedisOptions, Result, StoreCapabilities,
};
use popkit_testkit::{Aof, RedisServer};

/// A server of its own for every case; each store of the suite is a session on it.
#[derive(Debug)]
struct RedisHarness {
    /// Ends with the case.
    _server: RedisServer,
    url: String,
    clock: Option<Arc<ManualClock>>,
    durability: Durability,
}

impl RedisHarness {
    fn with_clock() -> Self {
        let server = RedisServer::start(popkit_testkit::RedisOptions::default().aof(Aof::Off));
        let url = format!("{}?timeout=20s", server.url());
        Self { _server: server, url, clock: Some(Arc::default()), durability: Durability::Process }
    }
}

#[async_trait::async_trait]
impl Harness for RedisHarness {
    async fn open(&self, name: &str) -> Result<Opened> {
        let session = SessionId::new(name).unwrap();
        let options: RedisOptions = self.url.parse()?;
        let options = options.namespace(Namespace::of(&session));
        let options = match &self.clock {
            Some(clock) => options.clock(Arc::clone(clock) as _),
            None => options,
        };
        Ok(Opened::of(&options.open().await?))
    }

    fn clock(&self) -> Option<Arc<ManualClock>> {
        self.clock.clone()
    }

    fn expected_capabilities(&self) -> StoreCapabilities {
        let mut able = StoreCapabilities::least();
        able.reach = Reach::Network;
        able.durability = self.durability;
        able.clock =
            if self.clock.is_some() { ClockSource::Injected } else { ClockSource::Server };
        able.push = Push::Everywhere;
        able.hand_off = true;
        able.shared = true;
        able
    }
}

conformance_suite!(own_clock, RedisHarness::with_clock());
