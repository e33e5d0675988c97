//! What the parts of one handle share.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use popkit_protocol::{Clock, Durability, IdSource, ProducerId};

use super::hub::Hub;
use crate::{Error, ErrorKind, Keep, Result};

/// When a segment is full.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) bytes: u64,
    pub(super) messages: u64,
    pub(super) age: Option<Duration>,
}

impl Bounds {
    /// A quarter of what is kept, so that at most a quarter more than that is kept.
    pub(super) fn of(keep: Keep, segment_bytes: u64) -> Self {
        Self {
            bytes: keep.bytes.map_or(segment_bytes, |bytes| segment_bytes.min(bytes / 4)),
            messages: keep.messages.map_or(u64::MAX, |messages| (messages / 4).max(1)),
            age: keep.age.map(|age| age / 4),
        }
    }
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) root: PathBuf,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn IdSource>,
    pub(super) producer: ProducerId,
    /// Latest values are not in the count of the log's messages.
    pub(super) latest_producer: ProducerId,
    pub(super) durability: Durability,
    pub(super) keep: Keep,
    pub(super) bounds: Bounds,
    /// How long a reader sleeps that nobody wakes.
    pub(super) poll: Duration,
    pub(super) hub: Hub,
    pub(super) closed: AtomicBool,
}

impl Shared {
    pub(super) fn is_synced(&self) -> bool {
        self.durability == Durability::PowerSafe
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    pub(super) fn check_open(&self) -> Result<()> {
        if self.is_closed() { Err(gone()) } else { Ok(()) }
    }
}

pub(super) fn gone() -> Error {
    Error::new(ErrorKind::Closed, "the transport was closed")
}
