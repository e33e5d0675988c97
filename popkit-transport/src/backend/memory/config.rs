//! How a transport in memory is made.

use std::sync::Arc;

use popkit_protocol::{Clock, IdSource, RandomIds, SystemClock};

use super::MemoryTransport;
use super::broker::Broker;
use crate::Keep;

/// Options of a [`MemoryTransport`].
#[derive(Debug, Clone)]
pub struct MemoryOptions {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn IdSource>,
    pub(super) keep: Keep,
}

impl Default for MemoryOptions {
    /// The system's clock; 64 MiB per channel.
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
            keep: Keep::ALL.bytes(64 * 1024 * 1024),
        }
    }
}

impl MemoryOptions {
    /// With this clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Drawing ids from here.
    #[must_use]
    pub fn ids(mut self, ids: Arc<dyn IdSource>) -> Self {
        self.ids = ids;
        self
    }

    /// Keeping this much per channel.
    #[must_use]
    pub fn keep(mut self, keep: Keep) -> Self {
        self.keep = keep;
        self
    }

    /// An empty transport.
    #[must_use]
    pub fn open(self) -> MemoryTransport {
        MemoryTransport(Arc::new(Broker::new(self)))
    }
}
