//! How to publish and to subscribe.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Cursor, Error, ErrorKind, Headers, Result, Stamp};

/// How a message is published. The default: into the log, as durable as the transport is,
/// stamped by the transport.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PublishOptions {
    /// The message's stamp, from [`Stamps`](crate::Stamps); the transport's own if none.
    pub stamp: Option<Stamp>,
    /// What travels beside the payload.
    pub headers: Headers,
    /// What becomes of it.
    pub retention: Retention,
    /// Answer before it is synced: a crash of the machine may lose it.
    pub relaxed: bool,
}

impl PublishOptions {
    /// With a stamp.
    #[must_use]
    pub fn with_stamp(mut self, stamp: Stamp) -> Self {
        self.stamp = Some(stamp);
        self
    }

    /// With headers.
    #[must_use]
    pub fn with_headers(mut self, headers: Headers) -> Self {
        self.headers = headers;
        self
    }

    /// Replacing the value of this key instead of being appended to the log.
    #[must_use]
    pub fn latest(mut self, key: LatestKey) -> Self {
        self.retention = Retention::Latest(key);
        self
    }

    /// Answered before it is synced.
    #[must_use]
    pub fn relaxed(mut self) -> Self {
        self.relaxed = true;
        self
    }
}

/// What becomes of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Retention {
    /// It is appended to the channel's log and kept as long as that keeps messages.
    #[default]
    Log,
    /// It replaces the last value of this key: heartbeats. A reader gets each key's value
    /// when it begins (unless it begins with now) and whenever it changes; values in between
    /// may be left out, without a gap.
    Latest(LatestKey),
}

/// Whose value a latest value is: `[A-Za-z0-9][A-Za-z0-9._-]{0,127}`, not ending in `.`; an
/// agent's id, or `coordinator`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LatestKey(String);

impl LatestKey {
    /// Checks and takes the text.
    ///
    /// # Errors
    ///
    /// `InvalidInput` with the rule that the text breaks.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        let first = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        if first && text.len() <= 128 && text.bytes().all(allowed) && !text.ends_with('.') {
            return Ok(Self(text));
        }
        let message = format!(
            "invalid key {:?}: expected 1 to 128 letters, digits, `.`, `_` and `-`",
            popkit_protocol::limits::cut(&text, 80)
        );
        Err(Error::new(ErrorKind::InvalidInput, message))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for LatestKey {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        Self::new(text)
    }
}

impl From<LatestKey> for String {
    fn from(key: LatestKey) -> Self {
        key.0
    }
}

impl From<&popkit_protocol::AgentId> for LatestKey {
    fn from(id: &popkit_protocol::AgentId) -> Self {
        // The grammar of an agent's id is stricter.
        Self(id.as_str().to_owned())
    }
}

impl fmt::Display for LatestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for LatestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LatestKey({})", self.0)
    }
}

/// Where a reader starts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Start {
    /// With what is published from now on.
    #[default]
    Now,
    /// With the oldest message that is kept; a gap tells of those that no longer are.
    Earliest,
    /// After what an earlier reader had read. A channel that the cursor does not know starts
    /// with its oldest message: nothing was read of it yet.
    After(Cursor),
}

/// What happens to a reader that does not keep up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overflow {
    /// It keeps its place; nothing is lost but what retention takes.
    #[default]
    Keep,
    /// When more than this many messages of a channel lie before it, it goes on with the
    /// newest that many, and is told by a gap.
    Skip {
        /// The messages it is willing to be behind.
        behind: u64,
    },
}

/// How channels are read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SubscribeOptions {
    /// Where to start.
    pub start: Start,
    /// Messages fetched ahead of the reader at most; that many lie in memory.
    pub capacity: usize,
    /// What happens to a reader that does not keep up.
    pub overflow: Overflow,
    /// Whether to wait for more. If not, the subscription ends after the last message that was
    /// there when it began.
    pub follow: bool,
}

impl Default for SubscribeOptions {
    /// From now on, 256 messages fetched ahead, keeping its place.
    fn default() -> Self {
        Self { start: Start::Now, capacity: 256, overflow: Overflow::Keep, follow: true }
    }
}

impl SubscribeOptions {
    /// Starting here.
    #[must_use]
    pub fn with_start(mut self, start: Start) -> Self {
        self.start = start;
        self
    }

    /// Fetching at most this many messages ahead; at least 1.
    #[must_use]
    pub fn with_capacity(mut self, capacity: usize) -> Self {
        self.capacity = capacity.max(1);
        self
    }

    /// With this policy.
    #[must_use]
    pub fn with_overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// Ending after the last message that was there when it began.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.follow = false;
        self
    }

    /// Checks the channels of a subscription: at least one, none twice.
    ///
    /// # Errors
    ///
    /// `InvalidInput`.
    pub fn check(channels: &[popkit_protocol::Channel]) -> Result<()> {
        let refuse = |message: String| Err(Error::new(ErrorKind::InvalidInput, message));
        if channels.is_empty() {
            return refuse("no channel to subscribe to; name at least one".to_owned());
        }
        for (at, channel) in channels.iter().enumerate() {
            if channels.iter().skip(at + 1).any(|other| other == channel) {
                return refuse(format!("channel {channel} is named twice"));
            }
        }
        Ok(())
    }
}

/// How much of a log is kept. A message within all bounds is kept for sure; one beyond any of
/// them may be removed, and a reader that comes for it gets a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Keep {
    /// The newest messages of a channel.
    pub messages: Option<u64>,
    /// The newest bytes of a channel.
    pub bytes: Option<u64>,
    /// How old a message may be.
    pub age: Option<Duration>,
}

impl Keep {
    /// Everything, for ever.
    pub const ALL: Self = Self { messages: None, bytes: None, age: None };

    /// With a bound on messages.
    #[must_use]
    pub fn messages(mut self, messages: u64) -> Self {
        self.messages = Some(messages);
        self
    }

    /// With a bound on bytes.
    #[must_use]
    pub fn bytes(mut self, bytes: u64) -> Self {
        self.bytes = Some(bytes);
        self
    }

    /// With a bound on age.
    #[must_use]
    pub fn age(mut self, age: Duration) -> Self {
        self.age = Some(age);
        self
    }
}
