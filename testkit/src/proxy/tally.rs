//! What has gone through the proxy.

/// The counts; kept by the proxy's thread, copied for tests that ask.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Connections that clients have made.
    pub(super) accepted: u64,
    /// Connections that are open.
    pub(super) open: u64,
    /// Bytes passed on to the server.
    pub(super) up: u64,
    /// Bytes passed on to clients.
    pub(super) down: u64,
    /// Bytes of the server thrown away.
    pub(super) dropped: u64,
}

/// A length as a count.
pub(super) fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
