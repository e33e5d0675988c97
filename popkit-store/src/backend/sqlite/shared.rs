//! What the handles, the writer and the readers of one store have in common.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use popkit_protocol::{Clock, ScoreMode, Timestamp};

use super::SqliteOptions;
use super::read::Readers;
use super::tables::Specs;
use crate::{Durability, Error, ErrorKind};

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) path: PathBuf,
    pub(super) mode: ScoreMode,
    pub(super) durability: Durability,
    pub(super) max_lanes: usize,
    pub(super) readers: Readers,
    /// How long to wait for other processes.
    pub(super) patience: Duration,
    clock: Arc<dyn Clock>,
    specs: Mutex<Specs>,
    closed: AtomicBool,
    /// The latest time that the writer went by, in microseconds.
    seen: AtomicU64,
}

impl Shared {
    pub(super) fn new(path: PathBuf, mode: ScoreMode, options: SqliteOptions) -> Self {
        Self {
            readers: Readers::new(options.busy_timeout),
            path,
            mode,
            patience: options.busy_timeout,
            durability: options.durability,
            max_lanes: options.max_lanes,
            clock: options.clock,
            specs: Mutex::new(Specs::default()),
            closed: AtomicBool::new(false),
            seen: AtomicU64::new(0),
        }
    }

    /// The store's time, as far as this process knows: it never goes back.
    pub(super) fn now(&self) -> Timestamp {
        let now = self.clock.now();
        now.max(Timestamp::from_micros(self.seen.load(Ordering::Relaxed)))
    }

    pub(super) fn saw(&self, at: Timestamp) {
        self.seen.fetch_max(at.as_micros(), Ordering::Relaxed);
    }

    pub(super) fn specs(&self) -> MutexGuard<'_, Specs> {
        // A panic cannot leave the cache half-changed: what it holds was read or written.
        self.specs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    /// The refusal of a call that nobody will answer. It surely did nothing.
    pub(super) fn gone(&self) -> Error {
        if self.closed.load(Ordering::Acquire) {
            return Error::new(ErrorKind::Closed, "the store was closed");
        }
        Error::new(ErrorKind::Closed, "the writer of the store has ended; open the store again")
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }
}
