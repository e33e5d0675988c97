//! What the proxy does, and the orders that change it.

use std::sync::mpsc::Sender;
use std::time::Duration;

use super::tally::Tally;

/// What happens to connections and to what is sent on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Everything passes.
    Pass,
    /// Everything passes this much later, in either direction.
    Delay(Duration),
    /// New connections are accepted and closed.
    Refuse,
    /// New connections are accepted, and nothing passes on any.
    BlackHole,
    /// What the server sends is thrown away.
    DropReplies,
    /// After this many bytes from the server the connection that would carry the next is cut.
    Cut {
        /// Bytes that still pass.
        left: u64,
    },
}

impl Mode {
    /// When something that is read now is to be passed on.
    pub(super) fn due(self, now: Duration) -> Duration {
        if let Self::Delay(delay) = self { now.saturating_add(delay) } else { now }
    }

    /// Until when what waits is passed on: what was delayed before does not wait any longer.
    pub(super) fn horizon(self, now: Duration) -> Duration {
        if let Self::Delay(_) = self { now } else { Duration::MAX }
    }
}

/// What a test asks of the proxy's thread.
#[derive(Debug)]
pub(super) enum Order {
    /// Go on in another mode.
    Switch(Mode),
    /// Reset all connections.
    Reset,
    /// Only tell the counts.
    Look,
    /// End.
    Stop,
}

/// An order, and where to say that it is done; the answer is what has been counted until then.
pub(super) type Request = (Order, Sender<Tally>);
