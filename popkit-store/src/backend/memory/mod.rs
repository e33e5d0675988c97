//! Tasks and documents in the memory of one process: the engine behind a mutex.
//!
//! The reference for the conformance suite, and the store for tests and in-process use.

mod documents;
mod store;
mod wait;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use popkit_protocol::{Clock, ScoreMode, SystemClock, Timestamp, limits};

use self::documents::Documents;
use self::wait::Parked;
use crate::engine::EngineState;
use crate::{Error, ErrorKind, Result};

/// A store in memory. Clones share it.
#[derive(Debug, Clone)]
pub struct MemoryStore(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: Arc<dyn Clock>,
    mode: ScoreMode,
    max_lanes: usize,
    // A std mutex: no lock is ever held across an await, and every call is short.
    data: Mutex<Data>,
}

#[derive(Debug)]
struct Data {
    engine: EngineState,
    documents: Documents,
    parked: Parked,
    now: Timestamp,
    closed: bool,
}

/// How to make a [`MemoryStore`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MemoryOptions {
    /// The clock that leases are judged by.
    pub clock: Arc<dyn Clock>,
    /// How scores are made.
    pub mode: ScoreMode,
    /// The most lanes.
    pub max_lanes: usize,
}

impl Default for MemoryOptions {
    fn default() -> Self {
        Self { clock: Arc::new(SystemClock), mode: ScoreMode::Strict, max_lanes: limits::LANES }
    }
}

impl MemoryOptions {
    /// With this clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// With scores made like this.
    #[must_use]
    pub fn mode(mut self, mode: ScoreMode) -> Self {
        self.mode = mode;
        self
    }

    /// With this many lanes at most.
    #[must_use]
    pub fn max_lanes(mut self, max: usize) -> Self {
        self.max_lanes = max;
        self
    }

    /// The store.
    #[must_use]
    pub fn open(self) -> MemoryStore {
        MemoryStore(Arc::new(Inner {
            data: Mutex::new(Data {
                engine: EngineState::with_max_lanes(self.max_lanes),
                documents: Documents::default(),
                parked: Parked::default(),
                now: Timestamp::EPOCH,
                closed: false,
            }),
            clock: self.clock,
            mode: self.mode,
            max_lanes: self.max_lanes,
        }))
    }
}

impl MemoryStore {
    /// An empty store with the system's clock.
    #[must_use]
    pub fn new() -> Self {
        MemoryOptions::default().open()
    }

    fn lock(&self) -> MutexGuard<'_, Data> {
        // A panic while the lock was held can only come from a defect of the engine; the
        // maps are consistent between its calls.
        self.0.data.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs one call on the open store, then wakes whom it gave work.
    fn run<T>(
        &self,
        operation: &'static str,
        call: impl FnOnce(&mut Data, Timestamp) -> Result<T>,
    ) -> Result<T> {
        let mut data = self.lock();
        let now = data.begin(self.0.clock.now()).map_err(|e| e.at("memory", operation))?;
        let result = call(&mut data, now);
        data.wake();
        result.map_err(|e| e.at("memory", operation))
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl Data {
    /// The store's time: the clock's, but never going back.
    fn begin(&mut self, clock: Timestamp) -> Result<Timestamp> {
        if self.closed {
            return Err(Error::new(ErrorKind::Closed, "the store was closed"));
        }
        self.now = self.now.max(clock);
        Ok(self.now)
    }

    fn wake(&mut self) {
        if self.parked.is_empty() {
            self.engine.clear_readied();
            return;
        }
        for requirement in self.engine.take_readied() {
            self.parked.wake_one(|profile| profile.serves(&requirement));
        }
        if let Some(next) = self.engine.next_timer() {
            self.parked.look_at(next);
        }
    }
}
