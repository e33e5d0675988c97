//! What a store, as it is stacked now, can do.

use std::fmt;

/// How far a store reaches: who can share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Reach {
    /// Tasks of one process.
    Process,
    /// Processes of one host.
    Host,
    /// Every host that reaches the server.
    Network,
}

/// What an acknowledged insert or finish survives. Announced, and tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Durability {
    /// Nothing: it ends with the process that keeps it.
    Volatile,
    /// A killed client (class D1).
    Process,
    /// `kill -9` of any process, the server included (class D2).
    CrashSafe,
    /// A power cut (class D3).
    PowerSafe,
}

impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Volatile => "volatile",
            Self::Process => "process",
            Self::CrashSafe => "crash-safe",
            Self::PowerSafe => "power-safe",
        })
    }
}

/// Whose clock judges leases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ClockSource {
    /// The clock the store was opened with.
    Injected,
    /// The server's.
    Server,
}

/// How a waiting agent learns of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Push {
    /// By polling alone.
    Poll,
    /// Pushed within one process, polled across processes.
    InProcess,
    /// Pushed to every process.
    Everywhere,
}

/// What this store can do now. Layers may change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreCapabilities {
    /// Who can share it.
    pub reach: Reach,
    /// What an acknowledged insert or finish survives.
    pub durability: Durability,
    /// Whose clock judges leases.
    pub clock: ClockSource,
    /// How a waiting agent learns of work.
    pub push: Push,
    /// Whether [`wait`](crate::TaskStore::wait) may bring leases along.
    pub hand_off: bool,
    /// Whether a second handle can be opened on the same data.
    pub shared: bool,
    /// The most lanes it keeps.
    pub max_lanes: usize,
}

impl StoreCapabilities {
    /// The least a store can be; backends say what they do better.
    #[must_use]
    pub const fn least() -> Self {
        Self {
            reach: Reach::Process,
            durability: Durability::Volatile,
            clock: ClockSource::Injected,
            push: Push::Poll,
            hand_off: false,
            shared: false,
            max_lanes: popkit_protocol::limits::LANES,
        }
    }
}
