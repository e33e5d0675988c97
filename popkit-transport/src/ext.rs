//! What users call: conveniences over the core trait.

use bytes::Bytes;
use popkit_protocol::Channel;

use crate::{
    Cursor, PublishOptions, Receipt, Result, Start, SubscribeOptions, Subscription, Transport,
};

/// One-line conveniences for every [`Transport`].
pub trait TransportExt: Transport {
    /// Publishes a message with the default options.
    ///
    /// # Errors
    ///
    /// As [`Transport::publish_opts`].
    fn publish(
        &self,
        channel: &Channel,
        payload: impl Into<Bytes> + Send,
    ) -> impl Future<Output = Result<Receipt>> + Send {
        let payload = payload.into();
        async move { self.publish_opts(channel, payload, PublishOptions::default()).await }
    }

    /// Reads what is published from now on.
    ///
    /// # Errors
    ///
    /// As [`Transport::subscribe_opts`].
    fn subscribe(&self, channels: &[Channel]) -> impl Future<Output = Result<Subscription>> + Send {
        async move { self.subscribe_opts(channels, SubscribeOptions::default()).await }
    }

    /// Reads from the oldest message that is kept.
    ///
    /// # Errors
    ///
    /// As [`Transport::subscribe_opts`].
    fn replay(&self, channels: &[Channel]) -> impl Future<Output = Result<Subscription>> + Send {
        async move {
            self.subscribe_opts(channels, SubscribeOptions::default().with_start(Start::Earliest))
                .await
        }
    }

    /// Reads on after what an earlier reader had read.
    ///
    /// # Errors
    ///
    /// As [`Transport::subscribe_opts`].
    fn resume(
        &self,
        channels: &[Channel],
        after: Cursor,
    ) -> impl Future<Output = Result<Subscription>> + Send {
        async move {
            self.subscribe_opts(
                channels,
                SubscribeOptions::default().with_start(Start::After(after)),
            )
            .await
        }
    }
}

impl<T: Transport + ?Sized> TransportExt for T {}
