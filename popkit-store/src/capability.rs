//! What a store, as it is stacked now, can do.

use popkit_protocol::{Durability, Push, Reach};

/// Whose clock judges leases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ClockSource {
    /// The clock the store was opened with.
    Injected,
    /// The server's.
    Server,
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
