//! The seam.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use popkit_protocol::Channel;
use popkit_protocol::layer::Injection;

use super::Fault;
use super::perform::perform;
use super::read::FaultSource;
use crate::layer::Operation;
use crate::{
    Capabilities, OutcomeKind, Pong, Publish, PublishOptions, Receipt, Result, SubscribeOptions,
    Subscription, Transport,
};

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: Transport> Transport for Fault<T> {
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
        let call = || self.inner.publish_opts(channel, payload.clone(), opts.clone());
        self.inject(Operation::Publish, call).await
    }

    async fn publish_batch(&self, batch: Vec<Publish>) -> Result<Vec<Result<Receipt>>> {
        // Once for both executions of a doubled batch: its messages then fare alike, and the
        // second's answers are true of the first.
        let mut decided: Option<Vec<Injection>> = None;
        let call = || {
            let injections = decided.get_or_insert_with(|| self.decide_each(&batch)).clone();
            self.publish_each(batch.clone(), injections)
        };
        match self.inject(Operation::PublishBatch, call).await {
            // An error of the whole would say that not even a try was made.
            Err(error) if error.outcome() != OutcomeKind::NotApplied => {
                Ok(batch.iter().map(|_| Err(error.again())).collect())
            }
            other => other,
        }
    }

    async fn subscribe_opts(
        &self,
        channels: &[Channel],
        opts: SubscribeOptions,
    ) -> Result<Subscription> {
        let call = || self.inner.subscribe_opts(channels, opts.clone());
        let subscription = self.inject(Operation::Subscribe, call).await?;
        Ok(subscription.wrap(|source| FaultSource::new(source, Arc::clone(&self.shared))))
    }

    async fn ping(&self) -> Result<Pong> {
        self.inject(Operation::Ping, || self.inner.ping()).await
    }

    async fn close(&self) -> Result<()> {
        self.inject(Operation::Close, || self.inner.close()).await
    }
}

impl<T: Transport> Fault<T> {
    async fn inject<A, F, Fut>(&self, operation: Operation, call: F) -> Result<A>
    where
        A: Send,
        F: FnMut() -> Fut + Send,
        Fut: Future<Output = Result<A>> + Send,
    {
        self.shared.connected(operation, |injection| perform(operation, injection, call)).await
    }
}
