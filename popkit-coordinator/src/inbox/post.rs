//! Sending.

use std::sync::Arc;

use bytes::Bytes;
use popkit_protocol::{Codec, Envelope, Message, Namespace, Topic};
use popkit_transport::{
    LatestKey, OutcomeKind, PublishOptions, Receipt, Result, Stamps, Transport, Turn,
};

use super::PostError;

/// Sends messages of one session. Clones share the numbers of their messages.
#[derive(Debug, Clone)]
pub struct Post {
    transport: Arc<dyn Transport>,
    namespace: Namespace,
    codec: Codec,
    stamps: Stamps,
}

impl Post {
    /// Sends over this transport, to the channels of this session, with these stamps.
    #[must_use]
    pub fn new(transport: Arc<dyn Transport>, namespace: Namespace, stamps: Stamps) -> Self {
        Self { transport, namespace, codec: Codec::default(), stamps }
    }

    /// Writing messages with this codec.
    #[must_use]
    pub fn with_codec(mut self, codec: Codec) -> Self {
        self.codec = codec;
        self
    }

    /// Sends a message to the channel that its type and receiver ask for, and answers when the
    /// transport has it. A heartbeat replaces the last one of its agent, where the transport can
    /// do that; it may be lost in a power cut.
    ///
    /// Messages to one channel are sent one after the other, so none overtakes another. The
    /// message is tried once. Over [`layer::Retry`](popkit_transport::layer::Retry) it is tried
    /// again under its stamp, so that readers drop what was sent twice; sent again by this
    /// method it is another message.
    ///
    /// # Errors
    ///
    /// [`PostError::Codec`] for a message beyond the codec's limits; [`PostError::Transport`].
    ///
    /// # Cancel safety
    ///
    /// Dropped, the message is sent or not. Its number is not used again.
    pub async fn send(&self, envelope: &Envelope) -> Result<Receipt, PostError> {
        self.send_on(&envelope.topic(), envelope).await
    }

    /// The same, on the channel of this topic, whatever channel the message's type has.
    pub(crate) async fn send_on(
        &self,
        topic: &Topic,
        envelope: &Envelope,
    ) -> Result<Receipt, PostError> {
        let id = || envelope.id.clone();
        let payload = self.codec.encode(envelope);
        let payload = payload.map_err(|source| PostError::Codec { id: id(), source })?;
        let receipt = self.publish(topic, envelope, payload.into()).await;
        receipt.map_err(|source| PostError::Transport { id: id(), source })
    }

    async fn publish(&self, topic: &Topic, envelope: &Envelope, payload: Bytes) -> Result<Receipt> {
        let channel = self.namespace.channel(topic);
        if let Message::Heartbeat(state) = &envelope.message
            && self.transport.capabilities().latest
        {
            // Without a stamp: latest values are not in the count of the log's messages. Relaxed:
            // the next one comes soon, and to keep each would cost everybody who publishes.
            let latest = LatestKey::from(&state.agent.id);
            let opts = PublishOptions::default().latest(latest).relaxed();
            return self.transport.publish_opts(&channel, payload, opts).await;
        }
        let turn = self.stamps.turn(&channel).await;
        let opts = PublishOptions::default().with_stamp(turn.stamp());
        let flight = Flight(Some(turn));
        let receipt = self.transport.publish_opts(&channel, payload, opts).await;
        if matches!(&receipt, Err(error) if error.outcome() == OutcomeKind::NotApplied) {
            flight.fell();
        }
        receipt
    }
}

/// A message under way. Dropped, it may have been sent, and its number is used: a number that
/// is left out is told as a gap, but one that is used twice would cost a message.
#[derive(Debug)]
struct Flight(Option<Turn>);

impl Flight {
    /// Surely nothing was sent.
    fn fell(mut self) {
        self.0 = None;
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if let Some(turn) = self.0.take() {
            turn.used();
        }
    }
}
