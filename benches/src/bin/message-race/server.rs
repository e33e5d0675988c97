//! A Redis server of the race's own, which is killed and loses all its connections.

use std::time::Duration;

use popkit_protocol::layer::SplitMix64;
use popkit_testkit::{Aof, RedisOptions, RedisServer};
use tokio::time::Instant;

/// The longest that a killed server stays away, in milliseconds: longer than the patience of
/// those who call it.
const AWAY_MS: u64 = 2_500;

/// The server; it syncs each write before it answers.
#[derive(Debug)]
pub(crate) struct Server {
    redis: RedisServer,
    /// When a server that is down comes back.
    back: Option<Instant>,
    pub(crate) kills: u64,
    pub(crate) resets: u64,
}

impl Server {
    pub(crate) fn start() -> Self {
        let redis = RedisServer::start(RedisOptions::default().aof(Aof::Always));
        Self { redis, back: None, kills: 0, resets: 0 }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}?timeout=2s&connect_timeout=1s", self.redis.url())
    }

    /// Cuts all connections at once.
    pub(crate) fn reset(&mut self) {
        if self.back.is_none() {
            self.redis.kill_clients();
            self.resets += 1;
        }
    }

    /// Kills the server with SIGKILL.
    pub(crate) fn kill(&mut self, dice: &mut SplitMix64) {
        if self.back.is_none() {
            self.redis.kill();
            self.kills += 1;
            let away = Duration::from_millis(100 + dice.draw() % AWAY_MS);
            self.back = Some(Instant::now() + away);
        }
    }

    /// Starts a killed server again when its time has come; waits until it answers.
    pub(crate) fn mend(&mut self) {
        if self.back.is_some_and(|back| Instant::now() >= back) {
            self.redis.restart();
            self.back = None;
        }
    }
}
