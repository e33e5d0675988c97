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

    /// The bridge from what others send by `PUBLISH` alone to the logs of a session. It does
    /// nothing until it [runs](Bridge::run).
    #[must_use]
    pub fn bridge(&self, namespace: &Namespace) -> Bridge {
        Bridge::new(Arc::clone(&self.0), namespace.clone())
    }
}

fn at(operation: &'static str) -> impl Fn(Error) -> Error {
    move |error| error.at("redis", operation)
}

#[async_trait]
impl Transport for RedisTransport {
    fn backend(&self) -> &'static str {
        "redis"
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
        let at = |error: Error| error.at("redis", "publish").with("channel", channel);
        let _inside = self.0.enter().await.map_err(at)?;
        let message = Publish { channel: channel.clone(), payload, opts };
        let answer = publish::send(&self.0, &[message]).await.pop();
        let defect = || Err(Error::new(ErrorKind::Unexpected, "the message was not answered"));
        answer.unwrap_or_else(defect).map_err(at)
    }

    async fn publish_batch(&self, batch: Vec<Publish>) -> Result<Vec<Result<Receipt>>> {
        let at = at("publish");
        let _inside = self.0.enter().await.map_err(&at)?;
        let answers = publish::send(&self.0, &batch).await;
        Ok(answers.into_iter().map(|answer| answer.map_err(&at)).collect())
    }

    async fn subscribe_opts(
        &self,
        channels: &[Channel],
        opts: SubscribeOptions,
    ) -> Result<Subscription> {
        let at = at("subscribe");
        SubscribeOptions::check(channels).map_err(&at)?;
        self.0.check_open().map_err(&at)?;
        read::subscribe(&self.0, channels, &opts).await.map_err(at)
    }

    async fn ping(&self) -> Result<Pong> {
        let at = at("ping");
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
