//! The handle on the servers and their sentinels.

use std::net::SocketAddr;
use std::time::Duration;

use super::node::{SERVICE, Sentinel};
use crate::redis::options::RedisOptions;
use crate::redis::replica::{RedisReplica, catch_up};
use crate::redis::server::RedisServer;
use crate::wait::poll;

/// How long a primary may be silent before it is found down.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long the role may take to move: a move that has failed is tried again after eight seconds.
const DEADLINE: Duration = Duration::from_secs(40);

/// A primary and its replica under the watch of sentinels, which move the role from a primary that
/// has been silent for a second.
///
/// ```
/// use popkit_testkit::RedisSentinel;
///
/// let watched = RedisSentinel::start(1);
/// let first = watched.master_addr();
/// assert_ne!(watched.failover(), first);
/// assert_eq!(watched.primary().info("role"), "master");
/// ```
#[derive(Debug)]
pub struct RedisSentinel {
    /// Ended before the servers are, so that no sentinel moves the role on the way out.
    sentinels: Vec<Sentinel>,
    servers: RedisReplica,
}

impl RedisSentinel {
    /// Starts both servers and this many sentinels, and waits until all of them know each other.
    ///
    /// One sentinel decides alone; of three, two have to agree.
    ///
    /// # Panics
    ///
    /// As [`start_opts`](Self::start_opts).
    #[track_caller]
    #[must_use]
    pub fn start(sentinels: usize) -> Self {
        Self::start_opts(sentinels, RedisOptions::default())
    }

    /// Starts as [`start`](Self::start), with options for the two servers; the sentinels themselves
    /// ask for no password.
    ///
    /// # Panics
    ///
    /// As [`RedisReplica::start`]; without a sentinel; and when they do not find each other in time.
    #[track_caller]
    #[must_use]
    pub fn start_opts(sentinels: usize, options: RedisOptions) -> Self {
        assert!(sentinels > 0, "no sentinel is to be started: ask for one or three");
        let password = options.password.clone();
        let servers = RedisReplica::start(options);
        let (primary, quorum) = (servers.primary().addr(), sentinels / 2 + 1);
        let sentinels = (0..sentinels).map(|index| {
            // Those beyond the quorum do not stand for election at the same moment, so there is
            // always one that votes for another and not for itself.
            let patience = if index < quorum { PATIENCE } else { 2 * PATIENCE };
            Sentinel::start(primary, quorum, patience, password.as_deref())
        });
        let sentinels = sentinels.collect();
        let watched = Self { sentinels, servers };
        watched.wait_content();
        watched
    }

    /// The name by which clients ask for the primary.
    #[must_use]
    pub fn service(&self) -> &'static str {
        SERVICE
    }

    /// Where the sentinels listen.
    #[must_use]
    pub fn sentinel_addrs(&self) -> Vec<SocketAddr> {
        self.sentinels.iter().map(Sentinel::addr).collect()
    }

    /// The URLs of the sentinels: `redis://…`.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        self.sentinel_addrs().into_iter().map(|addr| format!("redis://{addr}")).collect()
    }

    /// The primary that the sentinels name; while they do not agree, the first one's.
    #[track_caller]
    #[must_use]
    pub fn master_addr(&self) -> SocketAddr {
        self.first().master()
    }

    /// The server that the sentinels name as the primary.
    #[track_caller]
    #[must_use]
    pub fn primary(&self) -> &RedisServer {
        self.server(self.master_addr())
    }

    /// The other one.
    #[track_caller]
    #[must_use]
    pub fn replica(&self) -> &RedisServer {
        let primary = self.master_addr();
        let [first, second] = [self.servers.primary(), self.servers.replica()];
        if first.addr() == primary { second } else { first }
    }

    /// The server with this address, also one that is down: to restart what was killed.
    ///
    /// # Panics
    ///
    /// When it is neither of the two.
    #[track_caller]
    #[must_use]
    pub fn server(&self, addr: SocketAddr) -> &RedisServer {
        let both = [self.servers.primary(), self.servers.replica()];
        match both.into_iter().find(|server| server.addr() == addr) {
            Some(server) => server,
            None => panic!("no server of this test listens at {addr}"),
        }
    }

    /// Waits until the replica has everything that the primary has written so far.
    ///
    /// # Panics
    ///
    /// When it has not in time, or when either is down.
    #[track_caller]
    pub fn wait_synced(&self) {
        catch_up(self.primary(), self.replica());
    }

    /// Moves the role to the replica, which has everything written before the call, and returns its
    /// address once it is the primary and the old one follows it. What clients write meanwhile may be
    /// lost.
    ///
    /// # Panics
    ///
    /// When that does not come about in time.
    #[track_caller]
    pub fn failover(&self) -> SocketAddr {
        let old = self.master_addr();
        self.wait_synced();
        self.wait("the sentinel to begin a failover", || self.first().move_role().then_some(()));
        let new = self.wait_failover(old);
        self.wait_content();
        new
    }

    /// Ends the current primary with SIGKILL and returns its address; the sentinels notice after a
    /// second. [`wait_failover`](Self::wait_failover) waits for its successor.
    #[track_caller]
    pub fn kill_primary(&self) -> SocketAddr {
        let primary = self.primary();
        primary.kill();
        primary.addr()
    }

    /// Waits until all sentinels name another primary than `old`, and it is one; returns its address.
    ///
    /// # Panics
    ///
    /// When that does not come about in time.
    #[track_caller]
    pub fn wait_failover(&self, old: SocketAddr) -> SocketAddr {
        self.wait("the role to move", || {
            let new = self.first().master();
            let agreed = self.sentinels.iter().all(|sentinel| sentinel.master() == new);
            (agreed && new != old && self.server(new).info("role") == "master").then_some(new)
        })
    }

    /// Waits until every sentinel knows a primary, its replica and the other sentinels.
    ///
    /// # Panics
    ///
    /// When that does not come about in time, as while one of the servers is down.
    #[track_caller]
    pub fn wait_content(&self) {
        let others = self.sentinels.len() - 1;
        self.wait("the sentinels to know each other and both servers", || {
            self.sentinels.iter().all(|sentinel| sentinel.content(others)).then_some(())
        });
    }

    /// Waits as [`wait_for`](crate::wait_for) does, and shows what the sentinels have logged.
    #[track_caller]
    fn wait<T>(&self, what: &str, probe: impl FnMut() -> Option<T>) -> T {
        match poll(DEADLINE, probe) {
            Some(value) => value,
            None => {
                let logs: String = self.sentinels.iter().map(Sentinel::log).collect();
                panic!("waited {DEADLINE:?} for {what}\n--- logs of the sentinels\n{logs}");
            }
        }
    }

    #[track_caller]
    fn first(&self) -> &Sentinel {
        match self.sentinels.first() {
            Some(sentinel) => sentinel,
            None => panic!("there is no sentinel"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_moves_on_request_and_the_old_primary_follows() {
        let watched = RedisSentinel::start_opts(1, RedisOptions::default().password("secret"));
        let old = watched.master_addr();
        watched.primary().cli(&["SET", "key", "1"]);
        let new = watched.failover();
        assert_ne!(new, old);
        assert_eq!((watched.primary().addr(), watched.replica().addr()), (new, old));
        assert_eq!(watched.primary().cli(&["INCR", "key"]), "2");
        assert_eq!(watched.replica().info("role"), "slave");
    }

    #[test]
    fn three_sentinels_replace_a_killed_primary_and_take_it_back_as_replica() {
        let watched = RedisSentinel::start(3);
        assert_eq!((watched.urls().len(), watched.service()), (3, "popkit"));
        let old = watched.kill_primary();
        let new = watched.wait_failover(old);
        assert_eq!(watched.server(new).cli(&["SET", "key", "1"]), "OK");
        watched.server(old).restart();
        watched.wait_content();
        assert_eq!(watched.server(old).info("role"), "slave");
    }
}
