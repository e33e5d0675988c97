//! A primary with one replica.

use super::DEADLINE;
use super::options::RedisOptions;
use super::process::word;
use super::server::RedisServer;
use crate::wait_until;

/// A Redis server and one that follows it. Nothing moves the role by itself: see
/// [`RedisSentinel`](crate::RedisSentinel) for that.
///
/// ```
/// use popkit_testkit::{RedisOptions, RedisReplica};
///
/// let pair = RedisReplica::start(RedisOptions::default());
/// pair.primary().cli(&["SET", "key", "value"]);
/// pair.wait_synced();
/// assert_eq!(pair.replica().cli(&["GET", "key"]), "value");
/// ```
#[derive(Debug)]
pub struct RedisReplica {
    primary: RedisServer,
    replica: RedisServer,
}

impl RedisReplica {
    /// Starts both with the same options, and waits until the replica has a copy of the data.
    ///
    /// # Panics
    ///
    /// As [`RedisServer::start`], and for options that only a single server has: TLS (each has an
    /// authority of its own) and a Unix socket.
    #[track_caller]
    #[must_use]
    pub fn start(options: RedisOptions) -> Self {
        options.assert_plain();
        // Either may become the replica of the other.
        let secret = options.password.as_deref().map(word);
        let options = match secret {
            Some(secret) => options.arg("masterauth", secret),
            None => options,
        };
        let primary = RedisServer::start(options.clone());
        let source = format!("127.0.0.1 {}", primary.addr().port());
        let replica = RedisServer::start(options.arg("replicaof", source));
        // The primary begins to pass on what is written only after both are through with the copy.
        wait_until(DEADLINE, "the replica's copy of the data", || {
            replica.info("master_link_status") == "up"
                && primary.try_info("slave0").is_some_and(|state| state.contains("state=online"))
        });
        Self { primary, replica }
    }

    /// The server that was started as the primary.
    #[must_use]
    pub fn primary(&self) -> &RedisServer {
        &self.primary
    }

    /// The server that was started as the replica.
    #[must_use]
    pub fn replica(&self) -> &RedisServer {
        &self.replica
    }

    /// Waits until the replica has everything that the primary has written so far; as long as the
    /// roles are those of the start.
    ///
    /// # Panics
    ///
    /// When it has not in time, or when either is down.
    #[track_caller]
    pub fn wait_synced(&self) {
        catch_up(&self.primary, &self.replica);
    }

    /// Makes the replica a primary of its own; what the old primary writes from then on is lost to it.
    #[track_caller]
    pub fn promote(&self) {
        self.replica.cli(&["REPLICAOF", "NO", "ONE"]);
    }

    /// Ends the first primary with SIGKILL.
    #[track_caller]
    pub fn kill_primary(&self) {
        self.primary.kill();
    }
}

/// Waits until `replica` has everything that `primary` has written so far.
#[track_caller]
pub(super) fn catch_up(primary: &RedisServer, replica: &RedisServer) {
    let written = offset(primary);
    wait_until(DEADLINE, "the replica to catch up", || offset(replica) >= written);
}

/// How much of the primary's writing a server has.
#[track_caller]
fn offset(server: &RedisServer) -> u64 {
    let text = server.info("master_repl_offset");
    match text.parse() {
        Ok(offset) => offset,
        Err(error) => panic!("master_repl_offset {text:?} of {}: {error}", server.addr()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_follows_until_it_is_promoted() {
        let pair = RedisReplica::start(RedisOptions::default().password("p#ss word"));
        pair.primary().cli(&["SET", "key", "1"]);
        pair.wait_synced();
        assert_eq!(pair.replica().cli(&["GET", "key"]), "1");
        let refused = pair.replica().try_cli(&["SET", "key", "2"]).unwrap_err();
        assert!(refused.starts_with("READONLY "), "{refused}");

        pair.kill_primary();
        pair.promote();
        assert!(!pair.primary().is_running());
        assert_eq!(pair.replica().info("role"), "master");
        assert_eq!(pair.replica().cli(&["INCR", "key"]), "2");
    }

    #[test]
    #[should_panic(expected = "TLS and Unix sockets are for single servers")]
    fn options_of_a_single_server_are_refused() {
        let _ = RedisReplica::start(RedisOptions::default().tls());
    }
}
