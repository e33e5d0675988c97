//! The conformance suite where several servers are one: a cluster of three nodes, and a primary
//! that Sentinels name. Those take seconds to start, so all cases run on one of them.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use popkit_protocol::{Durability, ManualClock};
use popkit_testkit::{Aof, RedisCluster, RedisOptions, RedisSentinel, RedisServer};
use popkit_transport::conformance::{self, Harness, Tuning};
use popkit_transport::{Capabilities, Result, Transport};

use super::suite::{expected, options};
use super::support::{cluster_url, sentinel_url};

/// Servers, and who of them is cut off.
struct Servers<S> {
    servers: S,
    url: fn(&S) -> String,
    cut: fn(&S) -> Vec<&RedisServer>,
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

fn every_case(harness: &dyn Harness) {
    for case in conformance::all() {
        // Shown where one fails.
        println!("{}", case.name);
        conformance::run(case.start(harness));
    }
}

#[cfg(feature = "redis-cluster")]
#[test]
fn every_case_passes_on_a_cluster() {
    let servers = RedisCluster::start_opts(RedisOptions::default().aof(Aof::Always));
    every_case(&Servers { servers, url: cluster_url, cut: |all| all.nodes().iter().collect() });
}

#[cfg(feature = "redis-sentinel")]
#[test]
fn every_case_passes_through_sentinels() {
    let servers = RedisSentinel::start_opts(1, RedisOptions::default().aof(Aof::Always));
    every_case(&Servers { servers, url: sentinel_url, cut: |all| vec![all.primary()] });
}
