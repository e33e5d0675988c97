//! What a reader gets.

use bytes::Bytes;
use popkit_protocol::{Channel, Timestamp};

use crate::{Headers, LatestKey, Position, Stamp};

/// One thing that a subscription tells.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A message.
    Message(Delivery),
    /// Messages are missing here.
    Gap(Gap),
    /// The channel's log is another one than the cursor was made for: it was deleted and
    /// begun anew, or the cursor is from elsewhere. Reading goes on with its first message.
    Reset {
        /// The channel.
        channel: Channel,
        /// Reading goes on after this position, where the backend knows one.
        resumed: Option<Position>,
    },
}

impl Event {
    /// The channel it is about.
    #[must_use]
    pub fn channel(&self) -> &Channel {
        match self {
            Self::Message(delivery) => &delivery.channel,
            Self::Gap(gap) => &gap.channel,
            Self::Reset { channel, .. } => channel,
        }
    }

    /// The message, if it is one.
    #[must_use]
    pub fn into_message(self) -> Option<Delivery> {
        match self {
            Self::Message(delivery) => Some(delivery),
            Self::Gap(_) | Self::Reset { .. } => None,
        }
    }
}

/// A message as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// Where it was published.
    pub channel: Channel,
    /// Where it stands there; of a latest value, where the log ended when it was set.
    pub position: Position,
    /// What it says.
    pub payload: Bytes,
    /// Who sent it, and which of the sender's messages it is. Foreign publishers have none;
    /// their messages are never taken for repeats.
    pub stamp: Option<Stamp>,
    /// What travels beside the payload.
    pub headers: Headers,
    /// When the transport accepted it, by the transport's clock.
    pub at: Timestamp,
    /// Whose value it replaced, where it is a latest value.
    pub latest: Option<LatestKey>,
}

impl Delivery {
    /// A message of a log: for backends.
    #[must_use]
    pub fn new(channel: Channel, position: Position, payload: Bytes, at: Timestamp) -> Self {
        let headers = Headers::new();
        Self { channel, position, payload, stamp: None, headers, at, latest: None }
    }

    /// With its stamp.
    #[must_use]
    pub fn with_stamp(mut self, stamp: Stamp) -> Self {
        self.stamp = Some(stamp);
        self
    }

    /// With what travelled beside it.
    #[must_use]
    pub fn with_headers(mut self, headers: Headers) -> Self {
        self.headers = headers;
        self
    }

    /// As a latest value.
    #[must_use]
    pub fn with_latest(mut self, key: LatestKey) -> Self {
        self.latest = Some(key);
        self
    }
}

/// Missing messages.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gap {
    /// Where.
    pub channel: Channel,
    /// Why.
    pub cause: GapCause,
    /// How many, where that is known.
    pub missed: Option<u64>,
    /// Reading went on after this position, where the backend knows one.
    pub resumed: Option<Position>,
}

impl Gap {
    /// A gap: for backends.
    #[must_use]
    pub fn new(channel: Channel, cause: GapCause, missed: Option<u64>) -> Self {
        Self { channel, cause, missed, resumed: None }
    }

    /// With the position that counts as read now.
    #[must_use]
    pub fn resumed_after(mut self, position: Position) -> Self {
        self.resumed = Some(position);
        self
    }
}

/// Why messages are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GapCause {
    /// They were older, or more, than the channel keeps.
    Retention,
    /// The reader fell behind further than it wanted to follow.
    Overflow,
    /// They are unreadable.
    Damage,
    /// Their producer's numbers leave some out: it gave up on them, or they are lost.
    Sequence,
}

impl GapCause {
    /// A word for people and for JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retention => "retention",
            Self::Overflow => "overflow",
            Self::Damage => "damage",
            Self::Sequence => "sequence",
        }
    }
}
