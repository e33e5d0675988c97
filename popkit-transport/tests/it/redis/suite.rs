//! The conformance suite over Redis: one server per case, in every way there is to talk to it.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use popkit_protocol::{Durability, ManualClock, Push, Reach};
use popkit_testkit::{Aof, RedisOptions, RedisServer};
use popkit_transport::conformance::{Harness, Tuning};
use popkit_transport::{
    Capabilities, Guarantee, Ordering, RedisTransportOptions, Result, Transport,
    transport_conformance_suite,
};

/// A server of a case's own.
pub(super) struct Server {
    server: RedisServer,
    url: String,
    durability: Durability,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Server {
    fn new(options: RedisOptions, more: &str, durability: Durability) -> Self {
        let server = RedisServer::start(options);
        let mut url = format!("{}?timeout=20s{more}", server.url());
        if let Some(ca) = server.ca_file() {
            url = format!("{url}&ca={}", ca.display());
        }
        Self { server, url, durability }
    }

    fn plain() -> Self {
        Self::new(RedisOptions::default(), "", Durability::Process)
    }

    fn synced(more: &str) -> Self {
        let options = RedisOptions::default().aof(Aof::Always);
        Self::new(options, more, Durability::PowerSafe)
    }
}

/// Options for a transport of this name beside others on one server.
pub(crate) fn options(url: &str, name: &str, tuning: &Tuning) -> Result<RedisTransportOptions> {
    // The first word of a key has 32 characters at most.
    let root = format!("t{}", &name[name.len() - 31..]);
    url.parse::<RedisTransportOptions>()?.keep(tuning.keep).root(&root)
}

pub(crate) fn expected(durability: Durability) -> Capabilities {
    let mut expected = Capabilities::least();
    expected.guarantee = Guarantee::AtLeastOnce;
    expected.ordering = Ordering::PerChannel;
    expected.reach = Reach::Network;
    expected.durability = durability;
    expected.push = Push::Everywhere;
    expected.replay = true;
    expected.latest = true;
    expected.shared = true;
    expected
}

#[async_trait]
impl Harness for Server {
    async fn open(&self, name: &str, tuning: &Tuning) -> Result<Arc<dyn Transport>> {
        Ok(Arc::new(options(&self.url, name, tuning)?.open().await?))
    }

    /// The server's clock is nobody's to turn.
    fn clock(&self) -> Option<Arc<ManualClock>> {
        None
    }

    fn expected_capabilities(&self) -> Capabilities {
        expected(self.durability)
    }

    async fn cut(&self, _: &str) -> bool {
        self.server.kill_clients();
        true
    }
}

transport_conformance_suite!(resp2, Server::plain());
transport_conformance_suite!(resp3, Server::synced("&protocol=resp3"));
transport_conformance_suite!(
    socket,
    Server::new(RedisOptions::default().unix_socket(), "", Durability::Process)
);
#[cfg(feature = "redis-tls")]
transport_conformance_suite!(
    tls,
    Server::new(RedisOptions::default().tls(), "", Durability::Process)
);
