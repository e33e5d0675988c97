//! The envelope.

use std::time::Duration;

use super::Party;
use crate::{IdSource, Message, MessageId, Timestamp};

/// A message with its sender, receiver and life time: what goes over a channel.
///
/// On the wire it has exactly eight keys, see [`Codec`](crate::Codec). Serde's traits give the
/// same form, for snapshots.
///
/// ```
/// use popkit_protocol::message::{HumanRequired, Message};
/// use popkit_protocol::{AgentId, Envelope, Party, RandomIds, Timestamp, Topic};
///
/// let builder = Party::Agent(AgentId::new("builder-1")?);
/// let ask = Message::HumanRequired(HumanRequired::new("Push to main?"));
/// let now = Timestamp::from_millis(1_795_000_000_000);
/// let envelope = Envelope::new(&RandomIds, now, builder, Party::Human, ask);
/// assert!(envelope.requires_ack && envelope.ttl.as_secs() == 3600);
/// assert_eq!(envelope.topic(), Topic::Human);
/// # Ok::<(), popkit_protocol::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Envelope {
    /// Its id, drawn anew for every message. The originals repeat theirs: nothing may be
    /// dropped because its id was seen before.
    pub id: MessageId,
    /// Who says that they sent it. Nothing proves it.
    pub from: Party,
    /// Who it is for.
    pub to: Party,
    /// When it was sent, by the sender's clock.
    pub sent_at: Timestamp,
    /// Whether the sender wants to know that it was handled.
    pub requires_ack: bool,
    /// How long it counts after it was sent, in whole seconds. A part of a second counts as a
    /// whole one on the wire.
    pub ttl: Duration,
    /// What it says.
    pub message: Message,
}

impl Envelope {
    /// A message with a fresh id and the documented defaults of its type.
    #[must_use]
    pub fn new(
        ids: &dyn IdSource,
        now: Timestamp,
        from: Party,
        to: Party,
        message: Message,
    ) -> Self {
        let (requires_ack, ttl) = (message.requires_ack(), message.ttl());
        Self { id: ids.message_id(), from, to, sent_at: now, requires_ack, ttl, message }
    }

    /// With another id.
    #[must_use]
    pub fn with_id(mut self, id: MessageId) -> Self {
        self.id = id;
        self
    }

    /// Whether the sender wants to know that it was handled.
    #[must_use]
    pub fn with_requires_ack(mut self, requires_ack: bool) -> Self {
        self.requires_ack = requires_ack;
        self
    }

    /// With another life time, rounded up to whole seconds.
    #[must_use]
    pub fn with_ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Duration::from_secs(whole_seconds(ttl));
        self
    }

    /// The same message for somebody else, under a fresh id: its content and the time at
    /// which it was first sent stay, and so does the end of its life.
    #[must_use]
    pub fn forward(&self, ids: &dyn IdSource, from: Party, to: Party) -> Self {
        Self { id: ids.message_id(), from, to, ..self.clone() }
    }

    /// The end of its life.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.sent_at.after(self.ttl)
    }

    /// Whether its life is over. Enforced by whoever reads it, as no transport knows it.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now > self.expires_at()
    }
}

/// The seconds of a span, a part of one counted as a whole one.
pub(super) fn whole_seconds(span: Duration) -> u64 {
    span.as_secs().saturating_add(u64::from(span.subsec_nanos() > 0))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
