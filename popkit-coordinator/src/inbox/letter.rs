//! What comes in.

use std::sync::Arc;

use bytes::Bytes;
use popkit_protocol::text::{clean, quote};
use popkit_protocol::{
    Channel, Codec, CodecError, Envelope, HolderId, Json, Limits, Message, MessageId, Party,
    Timestamp,
};
use popkit_transport::{Delivery, Gap, Position};
use serde::Deserialize;

/// One thing that an inbox tells.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Letter {
    /// A message, to be handled and then acknowledged.
    Message(Received),
    /// Messages are missing here. Needs no acknowledgement, as all that follow.
    Gap(Gap),
    /// The channel is another one than the inbox had read: it begins anew.
    Reset {
        /// The channel.
        channel: Channel,
    },
    /// A message that asked for an acknowledgement had expired before it was received.
    Expired(Expired),
    /// Something that is no message.
    Undecodable(Undecodable),
}

impl Letter {
    /// The message, if it is one.
    #[must_use]
    pub fn into_message(self) -> Option<Received> {
        match self {
            Self::Message(received) => Some(received),
            _ => None,
        }
    }
}

/// A message as it was received. Cloning is cheap.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    envelope: Arc<Envelope>,
    channel: Channel,
    accepted_at: Timestamp,
    mark: u128,
    /// The opened inbox it was received from, and its number there.
    pub(super) inbox: HolderId,
    pub(super) number: u64,
}

impl Received {
    /// Its id. The originals repeat theirs: nothing is dropped because of it.
    #[must_use]
    pub fn id(&self) -> &MessageId {
        &self.envelope.id
    }

    /// Who says that they sent it. Nothing proves it, unless the transport is signed.
    #[must_use]
    pub fn from(&self) -> &Party {
        &self.envelope.from
    }

    /// When it was sent, by the sender's clock.
    #[must_use]
    pub fn sent_at(&self) -> Timestamp {
        self.envelope.sent_at
    }

    /// Whether the sender wants to know that it was handled.
    #[must_use]
    pub fn requires_ack(&self) -> bool {
        self.envelope.requires_ack
    }

    /// What it says.
    #[must_use]
    pub fn message(&self) -> &Message {
        &self.envelope.message
    }

    /// All of it.
    #[must_use]
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// Where it was published: to this agent, or to all.
    #[must_use]
    pub fn channel(&self) -> &Channel {
        &self.channel
    }

    /// When the transport accepted it, by the transport's clock.
    #[must_use]
    pub fn accepted_at(&self) -> Timestamp {
        self.accepted_at
    }

    /// The message for a model or a person: its type, id, time and payload, as data of its
    /// sender, in a block that it cannot end, without what acts on a terminal or hides from
    /// the eye.
    #[must_use]
    pub fn text_block(&self) -> String {
        quote(self.from(), &self.text(), self.mark)
    }

    /// The same with at most this many bytes of text, cut with `…`.
    #[must_use]
    pub fn text_block_within(&self, bytes: usize) -> String {
        quote(self.from(), &clean(&self.text(), bytes), self.mark)
    }

    fn text(&self) -> String {
        #[derive(Deserialize)]
        struct Whole {
            payload: Json,
        }
        // It was read under narrower limits.
        let limits = Limits::default().with_bytes(usize::MAX).with_depth(Limits::DEEPEST);
        let bytes = Codec::new(limits).encode(&self.envelope).unwrap_or_default();
        let payload = serde_json::from_slice::<Whole>(&bytes).map(|whole| whole.payload);
        let (name, payload) = (self.message().name(), payload.unwrap_or_default());
        format!("{name} {}, sent {}\n{payload}", self.id(), self.sent_at())
    }
}

/// What every delivery of an inbox has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ticket {
    pub(super) inbox: HolderId,
    pub(super) number: u64,
    pub(super) mark: u128,
}

impl Received {
    pub(super) fn new(
        envelope: Envelope,
        channel: Channel,
        accepted_at: Timestamp,
        ticket: Ticket,
    ) -> Self {
        let Ticket { inbox, number, mark } = ticket;
        Self { envelope: Arc::new(envelope), channel, accepted_at, mark, inbox, number }
    }
}

/// A message that expired before it was received, without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Expired {
    /// Its id.
    pub id: MessageId,
    /// Who says that they sent it.
    pub from: Party,
    /// The name of its type.
    pub kind: String,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// When its life ended.
    pub expired_at: Timestamp,
}

impl Expired {
    pub(super) fn of(envelope: &Envelope) -> Self {
        Self {
            id: envelope.id.clone(),
            from: envelope.from.clone(),
            kind: envelope.message.name().to_owned(),
            sent_at: envelope.sent_at,
            expired_at: envelope.expires_at(),
        }
    }
}

/// Something on the channel that is no message. What it holds comes from anybody: never show
/// it as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Undecodable {
    /// Where it was published.
    pub channel: Channel,
    /// Where it stands there.
    pub position: Position,
    /// When the transport accepted it.
    pub accepted_at: Timestamp,
    /// What is wrong with it.
    pub reason: CodecError,
    /// What was published.
    pub payload: Bytes,
}

impl Undecodable {
    pub(super) fn of(delivery: Delivery, reason: CodecError) -> Self {
        let Delivery { channel, position, at: accepted_at, payload, .. } = delivery;
        Self { channel, position, accepted_at, reason, payload }
    }
}
