//! What a listener to channels gets.

use bytes::Bytes;

/// Channels to listen to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Topics {
    /// Channels by name.
    pub channels: Vec<String>,
    /// Channels by glob pattern.
    pub patterns: Vec<String>,
}

impl Topics {
    /// These channels.
    #[must_use]
    pub fn channels<S: Into<String>>(channels: impl IntoIterator<Item = S>) -> Self {
        Self { channels: channels.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// And the channels that match this pattern, too. Escape what is no pattern with
    /// [`escape_glob`](crate::escape_glob).
    #[must_use]
    pub fn pattern(mut self, pattern: impl Into<String>) -> Self {
        self.patterns.push(pattern.into());
        self
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.channels.is_empty() && self.patterns.is_empty()
    }
}

/// One thing that a listener is told.
///
/// A message over a channel is a hint: it comes at most once. Whoever needs all of them reads
/// the stream behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// A message.
    Message {
        /// The channel it was sent to.
        channel: String,
        /// The pattern that it matched, where it came by one.
        pattern: Option<String>,
        /// What was sent.
        payload: Bytes,
    },
    /// Messages may have been missed: the connection was lost and is there again, or they came
    /// faster than they were taken.
    Missed,
}
