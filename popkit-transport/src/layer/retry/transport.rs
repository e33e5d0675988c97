//! The seam.

use async_trait::async_trait;
use bytes::Bytes;
use popkit_protocol::Channel;
use tokio::sync::Mutex;

use super::batch::Batch;
use super::{Retry, read};
use crate::layer::{Operation, flight};
use crate::{
    Capabilities, ErrorKind, OutcomeKind, Pong, Publish, PublishOptions, Receipt, Result,
    SubscribeOptions, Subscription, Transport,
};

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: Transport> Transport for Retry<T> {
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
        mut opts: PublishOptions,
    ) -> Result<Receipt> {
        if !self.is_sound(payload.len(), &opts) {
            return self.inner.publish_opts(channel, payload, opts).await;
        }
        let flight = self.numbers.stamp(channel, &mut opts).await;
        let tries = self.start(Operation::Publish);
        let call = || self.inner.publish_opts(channel, payload.clone(), opts.clone());
        let answer = tries.run(call).await;
        flight.land(|_| flight::may_be_sent(&answer));
        answer
    }

    async fn publish_batch(&self, mut batch: Vec<Publish>) -> Result<Vec<Result<Receipt>>> {
        if batch.is_empty() {
            return self.inner.publish_batch(batch).await;
        }
        let sound = |message: &Publish| self.is_sound(message.payload.len(), &message.opts);
        let flight = self.numbers.stamp_batch(&mut batch, sound).await;
        let tries = self.start(Operation::PublishBatch);
        let batch = Mutex::new(Batch::new(batch));
        let ended = tries.run(|| async { batch.lock().await.round(&*self.inner).await }).await;
        let answers = batch.into_inner().end(ended);
        match &answers {
            Ok(answers) => flight.land_by(answers),
            Err(_) => flight.land(|_| flight::may_be_sent(&answers)),
        }
        answers
    }

    async fn subscribe_opts(
        &self,
        channels: &[Channel],
        opts: SubscribeOptions,
    ) -> Result<Subscription> {
        let tries = self.start(Operation::Subscribe);
        let subscription = tries.run(|| self.inner.subscribe_opts(channels, opts.clone())).await?;
        let retrying = (&self.options, &self.seeds);
        Ok(read::wrap(subscription, &self.inner, channels, opts, retrying))
    }

    async fn ping(&self) -> Result<Pong> {
        self.start(Operation::Ping).run(|| self.inner.ping()).await
    }

    async fn close(&self) -> Result<()> {
        match self.start(Operation::Close).run(|| self.inner.close()).await {
            // It was closed by the call whose answer was lost, or by somebody: it is closed.
            Err(error)
                if error.kind() == ErrorKind::Closed && error.outcome() == OutcomeKind::Unknown =>
            {
                Ok(())
            }
            other => other,
        }
    }
}
