//! The calls of the seam, named.

use std::fmt;

/// One call of [`Transport`](crate::Transport), or a read of a subscription: what a deadline
/// or an injected fault is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Operation {
    /// [`Transport::publish_opts`](crate::Transport::publish_opts), or one message of a batch.
    Publish,
    /// [`Transport::publish_batch`](crate::Transport::publish_batch), as a whole.
    PublishBatch,
    /// [`Transport::subscribe_opts`](crate::Transport::subscribe_opts).
    Subscribe,
    /// [`Source::next`](crate::Source::next): a subscription fetches its next events.
    Read,
    /// [`Transport::ping`](crate::Transport::ping).
    Ping,
    /// [`Transport::close`](crate::Transport::close).
    Close,
}

impl Operation {
    /// Its name, as [`Error::operation`](crate::Error) gives it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::PublishBatch => "publish_batch",
            Self::Subscribe => "subscribe",
            Self::Read => "read",
            Self::Ping => "ping",
            Self::Close => "close",
        }
    }

    /// Whether it changes nothing that anybody could see.
    #[must_use]
    pub const fn is_read(self) -> bool {
        matches!(self, Self::Subscribe | Self::Read | Self::Ping)
    }
}

impl From<Operation> for u64 {
    /// Its place in the list: what chance of its own follows from.
    fn from(operation: Operation) -> Self {
        operation as Self
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
