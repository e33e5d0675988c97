//! The connection that commands go over, and what is known of its health.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use redis::{RedisError, Value};
use tokio::time::Instant;

#[cfg(feature = "cluster")]
use super::connect::ClusterSession;
use super::connect::{Connector, Session};
use super::request::Request;
use crate::Result;

/// What became of a request.
pub(super) enum Sent {
    /// One answer to each command.
    Answers(Vec<Value>),
    /// It was not sent.
    #[cfg_attr(not(feature = "cluster"), expect(dead_code, reason = "only clusters say so"))]
    Nothing,
    /// It was, perhaps, and no answer comes.
    Lost(RedisError),
}

/// Answers missing in a row after which a connection counts as dead.
const PATIENCE: u32 = 2;

/// A connection, or those to the nodes of a cluster.
#[derive(Debug)]
enum Line {
    Server(Session),
    #[cfg(feature = "cluster")]
    Cluster(ClusterSession),
}

/// A line and its health.
#[derive(Debug)]
pub(super) struct Connection {
    line: Line,
    /// Answers that did not come in time since the last one that came.
    missing: AtomicU32,
    is_spent: AtomicBool,
    heard: Mutex<Instant>,
}

impl Connection {
    /// Connects to what the connector is for. One try.
    pub(super) async fn open(connector: &Connector) -> Result<Self> {
        #[cfg(feature = "cluster")]
        if connector.is_cluster() {
            return Ok(Self::new(Line::Cluster(ClusterSession::open(connector).await?)));
        }
        Ok(Self::new(Line::Server(connector.open().await?)))
    }

    fn new(line: Line) -> Self {
        Self {
            line,
            missing: AtomicU32::new(0),
            is_spent: AtomicBool::new(false),
            heard: Mutex::new(Instant::now()),
        }
    }

    /// Sends and waits, without a limit.
    pub(super) async fn send(&self, request: &Request) -> Sent {
        match &self.line {
            Line::Server(session) => {
                session.send(request).await.map_or_else(Sent::Lost, Sent::Answers)
            }
            #[cfg(feature = "cluster")]
            Line::Cluster(session) => session.send(request).await,
        }
    }

    /// Whether nothing should be sent over it any more.
    pub(super) fn is_spent(&self) -> bool {
        self.is_spent.load(Ordering::Relaxed)
            || match &self.line {
                Line::Server(session) => session.is_over(),
                #[cfg(feature = "cluster")]
                Line::Cluster(_) => false,
            }
    }

    /// The same, after the runtime had the chance to see that the peer is gone: a task that
    /// blocked, or a runtime with one thread, may not have looked since the last answer.
    pub(super) async fn is_found_spent(&self) -> bool {
        if self.silence() > Duration::from_millis(1) {
            // Once for the runtime to learn of it, once for the driver to act on it.
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
        }
        self.is_spent()
    }

    fn silence(&self) -> Duration {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    /// Nothing should be sent over it any more.
    pub(super) fn spend(&self) {
        self.is_spent.store(true, Ordering::Relaxed);
    }

    /// An answer came.
    pub(super) fn heard(&self) {
        self.missing.store(0, Ordering::Relaxed);
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// The line broke before an answer came. The lines to the nodes of a cluster are mended one
    /// by one, as long as any of them works.
    pub(super) fn broke(&self) {
        match &self.line {
            Line::Server(_) => self.spend(),
            #[cfg(feature = "cluster")]
            Line::Cluster(_) => self.missed(),
        }
    }

    /// The server behind it does not take writes any more. A cluster finds the one who does.
    pub(super) fn is_replica(&self) {
        match &self.line {
            Line::Server(_) => self.spend(),
            #[cfg(feature = "cluster")]
            Line::Cluster(_) => {}
        }
    }

    /// An answer did not come. A line that stays silent is spent: a dead peer looks no
    /// different from a slow one, and a new connection may work where this one never will.
    pub(super) fn missed(&self) {
        if self.missing.fetch_add(1, Ordering::Relaxed) + 1 >= PATIENCE {
            self.spend();
        }
    }

    /// Whether it was silent for this long, and should be tested before it is used. Says so to
    /// one caller at a time.
    pub(super) fn wants_test(&self, interval: Duration) -> bool {
        let now = Instant::now();
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let wants = !interval.is_zero() && now.duration_since(*heard) >= interval;
        if wants {
            *heard = now;
        }
        wants
    }
}
