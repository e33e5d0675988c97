//! What a transport, as it is stacked now, can do.

use std::time::Duration;

use popkit_protocol::{Durability, Push, Reach};

/// How often a message that was accepted is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Guarantee {
    /// At most once: a reader that is away misses it, and is told so where that is known.
    AtMostOnce,
    /// At least once, from the reader's cursor; the subscription drops repeats.
    AtLeastOnce,
}

/// In which order messages are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Ordering {
    /// Each publisher's messages on a channel in their order.
    PerPublisher,
    /// All messages of a channel in one order, the same for every reader.
    PerChannel,
}

/// What this transport can do now. Layers may change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// How often a message is read.
    pub guarantee: Guarantee,
    /// In which order.
    pub ordering: Ordering,
    /// Who can share it.
    pub reach: Reach,
    /// What an acknowledged publish survives.
    pub durability: Durability,
    /// How a waiting reader learns of messages.
    pub push: Push,
    /// Whether a reader may start before now: [`Start::Earliest`](crate::Start::Earliest) and
    /// [`Start::After`](crate::Start::After).
    pub replay: bool,
    /// Whether [`Retention::Latest`](crate::Retention::Latest) is there.
    pub latest: bool,
    /// Whether a second handle can be opened on the same data.
    pub shared: bool,
    /// Bytes of the largest payload.
    pub max_payload: usize,
    /// How long a latest value, such as a heartbeat, is best left before it is replaced: zero,
    /// but where every command costs.
    pub latest_every: Duration,
}

impl Capabilities {
    /// Bytes of a payload that every transport takes: 1 MiB.
    pub const MAX_PAYLOAD: usize = 1024 * 1024;

    /// The least a transport can be; backends say what they do better.
    #[must_use]
    pub const fn least() -> Self {
        Self {
            guarantee: Guarantee::AtMostOnce,
            ordering: Ordering::PerPublisher,
            reach: Reach::Process,
            durability: Durability::Volatile,
            push: Push::Poll,
            replay: false,
            latest: false,
            shared: false,
            max_payload: Self::MAX_PAYLOAD,
            latest_every: Duration::ZERO,
        }
    }
}
