//! A copy of the data that is behind.

use std::path::PathBuf;
use std::time::Duration;

use crate::{FaultProxy, RedisOptions, RedisServer, wait_until};

/// How long the replica may take for its first copy, on a machine that is busy.
const DEADLINE: Duration = Duration::from_secs(20);

/// A replica of the server behind, with a slow network in between.
#[derive(Debug)]
pub(super) struct Replica {
    server: RedisServer,
    link: FaultProxy,
}

impl Replica {
    /// Starts it, and waits until it has a copy of the data.
    ///
    /// # Panics
    ///
    /// When it does not start, or has no copy in time.
    #[track_caller]
    pub(super) fn start(primary: &RedisServer, options: RedisOptions, delay: Duration) -> Self {
        let link = FaultProxy::start(primary.addr());
        let source = format!("127.0.0.1 {}", link.addr().port());
        let server = RedisServer::start(options.arg("replicaof", source));
        wait_until(DEADLINE, "the replica's copy of the data", || {
            server.info("master_link_status") == "up"
                && primary.try_info("slave0").is_some_and(|state| state.contains("state=online"))
        });
        link.delay(delay);
        Self { server, link }
    }

    /// The network between the two.
    pub(super) fn link(&self) -> &FaultProxy {
        &self.link
    }

    /// The Unix socket on which it listens.
    pub(super) fn socket(&self) -> PathBuf {
        self.server.socket()
    }
}
