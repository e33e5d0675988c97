//! What the handle and the requests of a double share.

use std::io;
use std::path::Path;
use std::sync::atomic::AtomicU64;

use super::faults::Faults;
use super::options::UpstashOptions;
use super::replica::Replica;
use super::resp::{Link, Reply};
use super::run::Scripts;
use super::seen::SeenRequests;
use super::tally::Tally;
use super::tokens::{Caller, Tokens};
use crate::RedisServer;

/// Everything of a double but its HTTP server.
#[derive(Debug)]
pub(super) struct Backend {
    pub(super) options: UpstashOptions,
    pub(super) tokens: Tokens,
    pub(super) tally: Tally,
    pub(super) faults: Faults,
    pub(super) scripts: Scripts,
    pub(super) seen: SeenRequests,
    /// Streams of events that are open.
    pub(super) streams: AtomicU64,
    /// Ended before the server that it follows.
    pub(super) replica: Option<Replica>,
    pub(super) redis: RedisServer,
}

impl Backend {
    /// Starts the servers behind.
    ///
    /// # Panics
    ///
    /// As [`RedisServer::start`].
    #[track_caller]
    pub(super) fn start(options: UpstashOptions) -> Self {
        let tokens = Tokens::draw();
        let setup = tokens.users(options.redis.clone());
        let redis = RedisServer::start(setup.clone());
        let replica = options.replica_delay.map(|delay| Replica::start(&redis, setup, delay));
        Self {
            options,
            tokens,
            tally: Tally::default(),
            faults: Faults::default(),
            scripts: Scripts::default(),
            seen: SeenRequests::default(),
            streams: AtomicU64::new(0),
            replica,
            redis,
        }
    }

    /// A connection of the caller's own to the first server.
    ///
    /// # Errors
    ///
    /// When the server is down.
    pub(super) async fn link(&self, caller: Caller) -> io::Result<Link> {
        self.link_to(&self.redis.socket(), caller).await
    }

    /// A connection of the caller's own to a server, by its Unix socket.
    ///
    /// # Errors
    ///
    /// When the server is down, or does not know the caller.
    pub(super) async fn link_to(&self, socket: &Path, caller: Caller) -> io::Result<Link> {
        let mut link = Link::open(socket).await?;
        if let Some(login) = self.tokens.login(caller)
            && let Reply::Error(text) = link.ask(&login).await?
        {
            return Err(io::Error::other(String::from_utf8_lossy(&text).into_owned()));
        }
        Ok(link)
    }
}
