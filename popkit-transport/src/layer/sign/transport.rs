//! The seam.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use popkit_protocol::Channel;

use super::Sign;
use super::heard::Heard;
use super::read::SignSource;
use crate::layer::flight;
use crate::{
    Capabilities, Error, ErrorKind, Pong, Publish, PublishOptions, Receipt, Result, Start,
    SubscribeOptions, Subscription, Transport,
};

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: Transport> Transport for Sign<T> {
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
        self.check(payload.len(), &opts)?;
        let flight = self.numbers.stamp(channel, &mut opts).await;
        self.sign(channel, &payload, &mut opts);
        let answer = self.inner.publish_opts(channel, payload, opts).await;
        flight.land(|_| flight::may_be_sent(&answer));
        answer
    }

    async fn publish_batch(&self, batch: Vec<Publish>) -> Result<Vec<Result<Receipt>>> {
        let check = |message: &Publish| self.check(message.payload.len(), &message.opts).err();
        let refusals: Vec<Option<Error>> = batch.iter().map(check).collect();
        let sound = batch.into_iter().zip(&refusals).filter(|(_, refusal)| refusal.is_none());
        let mut sound: Vec<Publish> = sound.map(|(message, _)| message).collect();
        let flight = self.numbers.stamp_batch(&mut sound, |_| true).await;
        for message in &mut sound {
            self.sign(&message.channel, &message.payload, &mut message.opts);
        }
        let answers = self.inner.publish_batch(sound).await;
        match &answers {
            Ok(answers) => flight.land_by(answers),
            Err(_) => flight.land(|_| flight::may_be_sent(&answers)),
        }
        let mut answers = answers?.into_iter();
        let merged = refusals.into_iter().map(|refusal| match refusal {
            Some(error) => Err(error),
            None => answers.next().unwrap_or_else(|| Err(self.unanswered())),
        });
        Ok(merged.collect())
    }

    async fn subscribe_opts(
        &self,
        channels: &[Channel],
        opts: SubscribeOptions,
    ) -> Result<Subscription> {
        // Not the subscription's cursor: that knows nothing where the log is another one.
        let heard = match &opts.start {
            Start::After(cursor) => Heard::before(cursor),
            Start::Now | Start::Earliest => Heard::default(),
        };
        let subscription = self.inner.subscribe_opts(channels, opts).await?;
        let shared = Arc::clone(&self.shared);
        Ok(subscription.wrap(|source| SignSource::new(source, shared, heard)))
    }

    async fn ping(&self) -> Result<Pong> {
        self.inner.ping().await
    }

    async fn close(&self) -> Result<()> {
        self.inner.close().await
    }
}

impl<T: Transport> Sign<T> {
    /// Refuses what the transport would refuse: it must not use up a stamp, which would look
    /// like a loss.
    fn check(&self, bytes: usize, opts: &PublishOptions) -> Result<()> {
        let Capabilities { max_payload, latest, .. } = self.inner.capabilities();
        let refused =
            |kind, message| Err(Error::new(kind, message).at(self.inner.backend(), "publish"));
        if bytes > max_payload {
            let message = format!("{bytes} bytes; the limit is {max_payload}");
            return refused(ErrorKind::PayloadTooLarge, message);
        }
        if !latest && super::latest_key(opts).is_some() {
            return refused(ErrorKind::Unsupported, "latest values".to_owned());
        }
        let signed =
            super::with_signature(&opts.headers, &"0".repeat(64), self.key.party(), u64::MAX);
        signed.check().map_err(|error| {
            let error = error.at(self.inner.backend(), "publish");
            error.with("of which the signature needs", "3 headers and up to 229 bytes")
        })
    }

    fn unanswered(&self) -> Error {
        let message = "the transport gave fewer answers than it got messages";
        let error = Error::new(ErrorKind::Unexpected, message).unknown();
        error.at(self.inner.backend(), "publish_batch")
    }
}
