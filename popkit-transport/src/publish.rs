//! What a publish is asked with, and answered.

use std::time::Duration;

use bytes::Bytes;
use popkit_protocol::{Channel, Timestamp};

use crate::{Position, PublishOptions, Stamp};

/// One message of a batch.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Publish {
    /// Where it goes.
    pub channel: Channel,
    /// What it says.
    pub payload: Bytes,
    /// How.
    pub opts: PublishOptions,
}

impl Publish {
    /// A message with the default options.
    #[must_use]
    pub fn new(channel: Channel, payload: impl Into<Bytes>) -> Self {
        Self { channel, payload: payload.into(), opts: PublishOptions::default() }
    }

    /// With these options.
    #[must_use]
    pub fn with_opts(mut self, opts: PublishOptions) -> Self {
        self.opts = opts;
        self
    }
}

/// The answer to a publish: it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// Where the message stands in its channel.
    pub position: Position,
    /// Its stamp.
    pub stamp: Stamp,
    /// When the transport accepted it, by the transport's clock.
    pub at: Timestamp,
}

impl Receipt {
    /// A receipt: for backends.
    #[must_use]
    pub fn new(position: Position, stamp: Stamp, at: Timestamp) -> Self {
        Self { position, stamp, at }
    }
}

/// A sign of life.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pong {
    /// How long it took.
    pub round_trip: Duration,
    /// What answered, for people: a path, a server's version.
    pub detail: String,
}

impl Pong {
    /// An answer: for backends.
    #[must_use]
    pub fn new(round_trip: Duration, detail: impl Into<String>) -> Self {
        Self { round_trip, detail: detail.into() }
    }
}
