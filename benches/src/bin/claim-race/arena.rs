//! Where the race is held: a store that is named, or a Redis server of the race's own, to which
//! every process has a network of its own.

use std::time::Duration;

use clap::ValueEnum;
use popkit_protocol::{Clock as _, SystemClock, Timestamp};
use popkit_testkit::{FaultProxy, RedisOptions, RedisServer};
use tokio::time::Instant;

use crate::Dice;

/// The longest that a killed server stays away, in milliseconds: longer than the patience of
/// those who call it.
const AWAY_MS: u64 = 2_500;

/// How patient the racers are with the server.
const PATIENCE: &str = "timeout=1s&connect_timeout=1s";

/// What a server writes to its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Aof {
    /// Each write, synced before it is answered.
    Always,
    /// Each write, synced once a second.
    Everysec,
    /// Nothing: what it had is lost with it.
    Off,
}

/// The store of the race.
#[derive(Debug)]
pub(crate) struct Arena {
    url: String,
    redis: Option<Rig>,
}

#[derive(Debug)]
struct Rig {
    server: RedisServer,
    /// One for each process.
    proxies: Vec<FaultProxy>,
    /// Since when the server is down, and when it is to come back.
    down: Option<(Timestamp, Instant)>,
    outages: Vec<Outage>,
    resets: usize,
}

/// A time without the server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outage {
    from: Timestamp,
    to: Timestamp,
}

impl Arena {
    /// The store of this URL.
    pub(crate) fn named(url: String) -> Self {
        Self { url, redis: None }
    }

    /// A new server, for so many processes.
    pub(crate) fn redis(workers: usize, aof: Aof) -> Self {
        let aof = match aof {
            Aof::Always => popkit_testkit::Aof::Always,
            Aof::Everysec => popkit_testkit::Aof::EverySec,
            Aof::Off => popkit_testkit::Aof::Off,
        };
        let server = RedisServer::start(RedisOptions::default().aof(aof));
        let proxies = (0..workers).map(|_| FaultProxy::start(server.addr())).collect();
        let url = format!("{}?timeout=20s", server.url());
        let rig = Rig { server, proxies, down: None, outages: Vec::new(), resets: 0 };
        Self { url, redis: Some(rig) }
    }

    /// The store, over a network that does not fail.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The store, as this process reaches it.
    pub(crate) fn url_of(&self, worker: usize) -> String {
        let own = self.redis.as_ref().and_then(|rig| {
            let proxy = rig.proxies.get(worker)?;
            Some(format!("{}?{PATIENCE}", rig.server.url_via(proxy.addr())))
        });
        own.unwrap_or_else(|| self.url.clone())
    }

    /// How often connections were reset.
    pub(crate) fn resets(&self) -> usize {
        self.redis.as_ref().map_or(0, |rig| rig.resets)
    }

    /// When the server was down.
    pub(crate) fn outages(&self) -> &[Outage] {
        self.redis.as_ref().map_or(&[], |rig| &rig.outages)
    }

    pub(crate) fn is_down(&self) -> bool {
        self.redis.as_ref().is_some_and(|rig| rig.down.is_some())
    }

    /// Resets the connections of one process: now, or, every other time, within the next
    /// answer, so that what was done is not told.
    pub(crate) fn reset(&mut self, worker: usize, dice: &mut Dice) {
        let Some(rig) = &mut self.redis else { return };
        let Some(proxy) = rig.proxies.get(worker) else { return };
        if rig.resets.is_multiple_of(2) {
            proxy.reset_all();
        } else {
            proxy.cut_after_reply_bytes(dice.below(40));
        }
        rig.resets += 1;
    }

    /// Kills the server with SIGKILL.
    pub(crate) fn kill(&mut self, dice: &mut Dice) {
        let Some(rig) = &mut self.redis else { return };
        let from = SystemClock.now();
        rig.server.kill();
        let away = Duration::from_millis(100 + dice.below(AWAY_MS));
        rig.down = Some((from, Instant::now() + away));
    }

    /// Starts a killed server again when its time has come; waits until it answers.
    pub(crate) fn mend(&mut self) {
        let Some(rig) = &mut self.redis else { return };
        if let Some((from, until)) = rig.down
            && Instant::now() >= until
        {
            rig.server.restart();
            rig.down = None;
            rig.outages.push(Outage { from, to: SystemClock.now() });
        }
    }
}

impl Outage {
    /// How much of this time it takes.
    pub(crate) fn within(&self, from: Timestamp, to: Timestamp) -> Duration {
        self.to.min(to).since(self.from.max(from))
    }
}
