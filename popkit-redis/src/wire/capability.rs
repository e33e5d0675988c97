//! What a wire can do.

/// What a wire can do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct WireCapabilities {
    /// Commands may block ([`Wire::dedicated`](crate::Wire::dedicated)).
    pub blocking: bool,
    /// Channels can be listened to ([`Wire::subscribe`](crate::Wire::subscribe)).
    pub pubsub: bool,
    /// The server is a cluster: the keys of one call must lie in one slot.
    pub cluster: bool,
    /// Scripts begin with the line that makes them lock their keys alone, not the database
    /// (Upstash).
    pub key_locking_flag: bool,
    /// Arguments may be any bytes; else they must be UTF-8.
    pub binary: bool,
}

impl WireCapabilities {
    /// Nothing but calls and answers, in UTF-8.
    #[must_use]
    pub const fn least() -> Self {
        Self {
            blocking: false,
            pubsub: false,
            cluster: false,
            key_locking_flag: false,
            binary: false,
        }
    }
}
