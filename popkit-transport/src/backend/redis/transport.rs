//! The seam, over Redis.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use popkit_protocol::{Channel, Namespace};
use tokio::time::Instant;

use super::bridge::Bridge;
use super::classify::Told as _;
use super::shared::Shared;
use super::{publish, read};
use crate::{
    Capabilities, Error, ErrorKind, Pong, Publish, PublishOptions, Receipt, Result,
    SubscribeOptions, Subscription, Transport,
};

/// What a process has been billed. All that is open in it with the same URL counts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// Commands since it was opened, those within scripts included, as far as they are known.
    pub billed: u64,
    /// How many may be used in 30 days, where that was said.
    pub budget: Option<u64>,
}

/// A transport on a Redis server. Clones share it, and its connections.
///
/// A message is appended to the stream of its channel and told by `PUBLISH` at once, in one
/// script and one round trip. What is told by `PUBLISH` is the payload, followed by white space
/// by which the [bridge](Self::bridge) recognises it.
///
/// A publish whose future is dropped is made or not made. `relaxed` has no effect: whether a
/// server syncs is a setting of the server.
///
/// Every subscription has a connection of its own, in a cluster one for each session that it
/// reads. It mends itself, however long the server is away; see
/// [`RedisTransportOptions`](super::RedisTransportOptions) for how long messages wait for it.
///
/// Over REST nothing can be waited for, and every command is billed: all subscriptions of a
/// process share one question, asked each 250 ms to 15 s; nothing is told by `PUBLISH`.
#[derive(Clone)]
pub struct RedisTransport(Arc<Shared>);

impl fmt::Debug for RedisTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisTransport").field("server", &self.0.server).finish_non_exhaustive()
    }
}

impl RedisTransport {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self(shared)
    }

    /// Which server it is, for people; without secrets.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.0.server
    }

    /// What this process has been billed over this wire, where commands are billed (REST);
    /// `None` over another.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        let counters = self.0.redis.counters();
        let usage = Usage { billed: counters.billed(), budget: counters.budget };
        (!self.0.is_native()).then_some(usage)
    }

    fn at(&self, operation: &'static str) -> impl Fn(Error) -> Error {
        let backend = self.0.backend();
        move |error| error.at(backend, operation)
    }

    /// The bridge from what others send by `PUBLISH` alone to the logs of a session. It does
    /// nothing until it [runs](Bridge::run).
    #[must_use]
    pub fn bridge(&self, namespace: &Namespace) -> Bridge {
        Bridge::new(Arc::clone(&self.0), namespace.clone())
    }
}

#[async_trait]
impl Transport for RedisTransport {
    fn backend(&self) -> &'static str {
        self.0.backend()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities
    }

    async fn publish_opts(
        &self,
        channel: &Channel,
        payload: Bytes,
        opts: PublishOptions,
    ) -> Result<Receipt> {
        let at = |error: Error| error.at(self.backend(), "publish").with("channel", channel);
        let _inside = self.0.enter().await.map_err(at)?;
        let message = Publish { channel: channel.clone(), payload, opts };
        let answer = publish::send(&self.0, &[message]).await.pop();
        let defect = || Err(Error::new(ErrorKind::Unexpected, "the message was not answered"));
        answer.unwrap_or_else(defect).map_err(at)
    }

    async fn publish_batch(&self, batch: Vec<Publish>) -> Result<Vec<Result<Receipt>>> {
        let at = self.at("publish");
        let _inside = self.0.enter().await.map_err(&at)?;
        let answers = publish::send(&self.0, &batch).await;
        Ok(answers.into_iter().map(|answer| answer.map_err(&at)).collect())
    }

    async fn subscribe_opts(
        &self,
        channels: &[Channel],
        opts: SubscribeOptions,
    ) -> Result<Subscription> {
        let at = self.at("subscribe");
        SubscribeOptions::check(channels).map_err(&at)?;
        read::subscribe(&self.0, channels, &opts).await.map_err(at)
    }

    async fn ping(&self) -> Result<Pong> {
        let at = self.at("ping");
        self.0.check_open().map_err(&at)?;
        let begun = Instant::now();
        self.0.redis.ping().await.told().map_err(at)?;
        Ok(Pong::new(begun.elapsed(), self.0.server.clone()))
    }

    async fn close(&self) -> Result<()> {
        self.0.close().await;
        Ok(())
    }
}
