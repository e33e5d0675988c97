//! What a wire counts, for tests, benches and bills.

#[cfg(feature = "resp")]
use std::sync::atomic::{AtomicU64, Ordering};

/// What was counted since a wire was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Counters {
    /// Commands sent, each of a pipeline and `MULTI` and `EXEC` included; those that set up a
    /// connection are not.
    pub commands: u64,
    /// Times that something was sent and its answer waited for.
    pub round_trips: u64,
    /// Connections made, of every sort.
    pub connections: u64,
    /// Answers that did not come in time.
    pub timeouts: u64,
    /// How often the connection for commands was made. Where it has grown, another server may
    /// answer now: ask for its [`Identity`](crate::Identity). In a cluster the nodes come and
    /// go without it.
    pub generation: u64,
}

/// The counters while they count.
#[cfg(feature = "resp")]
#[derive(Debug, Default)]
pub(crate) struct Tally {
    commands: AtomicU64,
    round_trips: AtomicU64,
    connections: AtomicU64,
    timeouts: AtomicU64,
    generation: AtomicU64,
}

#[cfg(feature = "resp")]
impl Tally {
    pub(crate) fn sent(&self, commands: usize) {
        self.commands.fetch_add(u64::try_from(commands).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.round_trips.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn connected(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn renewed(&self) {
        self.generation.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn timed_out(&self) {
        self.timeouts.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> Counters {
        Counters {
            commands: self.commands.load(Ordering::Relaxed),
            round_trips: self.round_trips.load(Ordering::Relaxed),
            connections: self.connections.load(Ordering::Relaxed),
            timeouts: self.timeouts.load(Ordering::Relaxed),
            generation: self.generation.load(Ordering::Relaxed),
        }
    }
}
