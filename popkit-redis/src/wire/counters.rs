//! What a wire counts, for tests, benches and bills.

#[cfg(any(feature = "resp", feature = "rest"))]
use std::sync::atomic::{AtomicU64, Ordering};

/// What was counted since a wire was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Counters {
    /// Commands sent, each of a pipeline and `MULTI` and `EXEC` included; those that set up a
    /// connection are not. Over REST there is no `MULTI`, and a subscription is a command.
    pub commands: u64,
    /// How many of these commands were calls of scripts. Counted by the wire whose commands
    /// are billed (REST), else 0. A wire does not see the commands inside a script, which are
    /// billed, too: whoever writes a script knows how many it runs at most.
    pub scripts: u64,
    /// Commands that these scripts ran, as far as their writers say.
    pub inner: u64,
    /// How many commands may be used in 30 days, where that was said.
    pub budget: Option<u64>,
    /// Times that something was sent and its answer waited for.
    pub round_trips: u64,
    /// Connections made, of every sort; over REST those of subscriptions, for the others are
    /// the HTTP client's own affair.
    pub connections: u64,
    /// Answers that did not come in time.
    pub timeouts: u64,
    /// How often the connection for commands was made. Where it has grown, another server may
    /// answer now: ask for its [`Identity`](crate::Identity). In a cluster the nodes come and
    /// go without it. Over REST it grows when a call gets through again after others got none,
    /// or an answer of a gateway.
    pub generation: u64,
}

impl Counters {
    /// What a service that bills commands has billed, as far as can be known here.
    #[must_use]
    pub fn billed(&self) -> u64 {
        self.commands.saturating_add(self.inner)
    }
}

/// The counters while they count.
#[cfg(any(feature = "resp", feature = "rest"))]
#[derive(Debug, Default)]
pub(crate) struct Tally {
    commands: AtomicU64,
    #[cfg(feature = "rest")]
    scripts: AtomicU64,
    #[cfg(feature = "rest")]
    inner: AtomicU64,
    round_trips: AtomicU64,
    connections: AtomicU64,
    timeouts: AtomicU64,
    generation: AtomicU64,
}

#[cfg(any(feature = "resp", feature = "rest"))]
impl Tally {
    pub(crate) fn sent(&self, commands: usize) {
        self.commands.fetch_add(u64::try_from(commands).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.round_trips.fetch_add(1, Ordering::Relaxed);
    }

    #[cfg(feature = "rest")]
    pub(crate) fn called_scripts(&self, scripts: usize, inner: u64) {
        self.scripts.fetch_add(u64::try_from(scripts).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.inner.fetch_add(inner, Ordering::Relaxed);
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
            #[cfg(feature = "rest")]
            scripts: self.scripts.load(Ordering::Relaxed),
            #[cfg(not(feature = "rest"))]
            scripts: 0,
            #[cfg(feature = "rest")]
            inner: self.inner.load(Ordering::Relaxed),
            #[cfg(not(feature = "rest"))]
            inner: 0,
            budget: None,
            round_trips: self.round_trips.load(Ordering::Relaxed),
            connections: self.connections.load(Ordering::Relaxed),
            timeouts: self.timeouts.load(Ordering::Relaxed),
            generation: self.generation.load(Ordering::Relaxed),
        }
    }
}
