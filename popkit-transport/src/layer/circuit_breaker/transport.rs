//! The seam.

use async_trait::async_trait;
use bytes::Bytes;
use popkit_protocol::Channel;

use super::{CircuitBreaker, ending, ending_of_batch};
use crate::layer::Operation;
use crate::{
    Capabilities, Pong, Publish, PublishOptions, Receipt, Result, SubscribeOptions, Subscription,
    Transport,
};

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: Transport> Transport for CircuitBreaker<T> {
    fn backend(&self) -> &'static str {
        self.inner.backend()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn publish_opts(
        &self,
        channel: &Channel,
        payload: Bytes,
        opts: PublishOptions,
    ) -> Result<Receipt> {
        let call = self.inner.publish_opts(channel, payload, opts);
        self.guard(Operation::Publish, call, ending).await
    }

    async fn publish_batch(&self, batch: Vec<Publish>) -> Result<Vec<Result<Receipt>>> {
        let call = self.inner.publish_batch(batch);
        self.guard(Operation::PublishBatch, call, ending_of_batch).await
    }

    async fn subscribe_opts(
        &self,
        channels: &[Channel],
        opts: SubscribeOptions,
    ) -> Result<Subscription> {
        let call = self.inner.subscribe_opts(channels, opts);
        self.guard(Operation::Subscribe, call, ending).await
    }

    async fn ping(&self) -> Result<Pong> {
        self.guard(Operation::Ping, self.inner.ping(), ending).await
    }

    async fn close(&self) -> Result<()> {
        self.inner.close().await
    }
}
