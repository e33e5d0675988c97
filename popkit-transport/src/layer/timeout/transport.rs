//! The seam.

use async_trait::async_trait;
use bytes::Bytes;
use popkit_protocol::Channel;

use super::Timeout;
use crate::layer::Operation;
use crate::{
    Capabilities, Pong, Publish, PublishOptions, Receipt, Result, SubscribeOptions, Subscription,
    Transport,
};

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: Transport> Transport for Timeout<T> {
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
        self.within(Operation::Publish, call).await?
    }

    async fn publish_batch(&self, batch: Vec<Publish>) -> Result<Vec<Result<Receipt>>> {
        let messages = batch.len();
        match self.within(Operation::PublishBatch, self.inner.publish_batch(batch)).await {
            Ok(answers) => answers,
            // An error of the whole would say that not even a try was made.
            Err(_) => Ok((0..messages).map(|_| Err(self.cut(Operation::PublishBatch))).collect()),
        }
    }

    async fn subscribe_opts(
        &self,
        channels: &[Channel],
        opts: SubscribeOptions,
    ) -> Result<Subscription> {
        let call = self.inner.subscribe_opts(channels, opts);
        self.within(Operation::Subscribe, call).await?
    }

    async fn ping(&self) -> Result<Pong> {
        self.within(Operation::Ping, self.inner.ping()).await?
    }

    async fn close(&self) -> Result<()> {
        self.within(Operation::Close, self.inner.close()).await?
    }
}
