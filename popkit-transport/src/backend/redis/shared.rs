//! What the parts of one handle share.

use std::ops::Deref;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};

use popkit_protocol::{Channel, IdSource, ProducerId};
use popkit_redis::{Keyspace, Redis};
use tokio::sync::{RwLock, RwLockReadGuard, watch};

use super::keys::Keys;
use super::position::epoch_text;
use super::publish::{Counts, Leads};
use crate::{Capabilities, Error, ErrorKind, Keep, Result};

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) redis: Redis,
    pub(super) keyspace: Keyspace,
    pub(super) keep: Keep,
    pub(super) ids: Arc<dyn IdSource>,
    /// Whether popkit's predecessors on Upstash are told what is published, and heard.
    pub(super) legacy: bool,
    pub(super) producer: ProducerId,
    /// Latest values are not in the count of the log's messages.
    pub(super) latest_producer: ProducerId,
    pub(super) counts: Counts,
    pub(super) leads: Leads,
    pub(super) capabilities: Capabilities,
    /// Which server it is, for people.
    pub(super) server: String,
    /// Held by whoever publishes: closing waits until what was accepted is in the log.
    gate: RwLock<()>,
    closed: watch::Sender<bool>,
    /// Subscriptions, which still read after the transport is closed what was accepted before.
    readers: AtomicUsize,
}

impl Shared {
    #[allow(clippy::too_many_arguments, reason = "called once")]
    pub(super) fn new(
        redis: Redis,
        keyspace: Keyspace,
        keep: Keep,
        ids: Arc<dyn IdSource>,
        legacy: bool,
        capabilities: Capabilities,
        server: String,
    ) -> Self {
        Self {
            producer: ids.producer(),
            latest_producer: ids.producer(),
            counts: Counts::default(),
            leads: Leads::default(),
            gate: RwLock::new(()),
            closed: watch::Sender::new(false),
            readers: AtomicUsize::new(0),
            redis,
            keyspace,
            keep,
            ids,
            legacy,
            capabilities,
            server,
        }
    }

    /// Whether commands may block and nobody bills them: else it is REST.
    pub(super) fn is_native(&self) -> bool {
        self.redis.capabilities().blocking
    }

    /// What it is called in errors.
    pub(super) fn backend(&self) -> &'static str {
        if self.is_native() { "redis" } else { "upstash" }
    }

    pub(super) fn keys(&self, channel: &Channel) -> Keys {
        Keys::new(&self.keyspace, channel)
    }

    /// The epoch of a log that begins now. Never 0, which stands for no log.
    pub(super) fn draw_epoch(&self) -> String {
        let half = u64::try_from(self.ids.draw() >> 64).unwrap_or_default();
        epoch_text(half.max(1))
    }

    pub(super) fn check_open(&self) -> Result<()> {
        if *self.closed.borrow() { Err(gone()) } else { Ok(()) }
    }

    /// Keeps the transport from being closed while the answer is held.
    pub(super) async fn enter(&self) -> Result<RwLockReadGuard<'_, ()>> {
        let inside = self.gate.read().await;
        self.check_open()?;
        Ok(inside)
    }

    pub(super) async fn close(&self) {
        let _alone = self.gate.write().await;
        self.closed.send_replace(true);
        if self.readers.load(Ordering::SeqCst) == 0 {
            self.end();
        }
    }

    /// Nobody asks any more. Over REST what is shared with other handles must know: it would
    /// listen for hints as long as this value is kept.
    fn end(&self) {
        if !self.is_native() {
            // Over REST there is nothing to wait for.
            let _ = pin!(self.redis.close()).poll(&mut Context::from_waker(Waker::noop()));
        }
    }

    /// Keeps what is behind the transport open until it is dropped, though it be closed.
    pub(super) fn read(self: &Arc<Self>) -> Reader {
        self.readers.fetch_add(1, Ordering::SeqCst);
        Reader(Arc::clone(self))
    }

    /// Tells when the transport is closed.
    pub(super) fn watch(&self) -> watch::Receiver<bool> {
        self.closed.subscribe()
    }
}

/// A subscription's share.
pub(super) struct Reader(Arc<Shared>);

impl Deref for Reader {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let is_last = self.0.readers.fetch_sub(1, Ordering::SeqCst) == 1;
        if is_last && self.0.check_open().is_err() {
            self.0.end();
        }
    }
}

pub(super) fn gone() -> Error {
    Error::new(ErrorKind::Closed, "the transport was closed")
}
