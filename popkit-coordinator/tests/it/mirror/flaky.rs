//! A transport that fails as told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use popkit_protocol::Channel;
use popkit_transport::{
    Capabilities, Error, ErrorKind, MemoryTransport, Pong, Publish, PublishOptions, Receipt,
    Result, SubscribeOptions, Subscription, Transport,
};

/// What becomes of one batch.
#[derive(Debug, Clone)]
pub(super) enum Fate {
    Pass,
    /// Nothing is published.
    Refuse,
    /// All is published; the answer is lost.
    Lose,
    /// The messages with these places in the batch fail.
    Holes(Vec<usize>),
    /// Nothing from this place on.
    Cut(usize),
    /// No answer, ever.
    Hang,
    /// What waiting does not cure.
    Full,
}

#[derive(Debug, Clone)]
pub(super) struct Flaky {
    pub(super) inner: MemoryTransport,
    script: Arc<Mutex<VecDeque<Fate>>>,
}

impl Flaky {
    pub(super) fn new(inner: MemoryTransport) -> Self {
        Self { inner, script: Arc::default() }
    }

    pub(super) fn script(&self, next: impl IntoIterator<Item = Fate>) {
        self.script.lock().unwrap().extend(next);
    }

    pub(super) fn is_through(&self) -> bool {
        self.script.lock().unwrap().is_empty()
    }
}

fn unavailable() -> Error {
    Error::new(ErrorKind::Unavailable, "the line is down")
}

#[async_trait]
impl Transport for Flaky {
    fn backend(&self) -> &'static str {
        "flaky"
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
        self.inner.publish_opts(channel, payload, opts).await
    }

    async fn publish_batch(&self, batch: Vec<Publish>) -> Result<Vec<Result<Receipt>>> {
        let fate = self.script.lock().unwrap().pop_front().unwrap_or(Fate::Pass);
        let fails = |at: usize| match &fate {
            Fate::Holes(holes) => holes.contains(&at),
            Fate::Cut(from) => at >= *from,
            _ => false,
        };
        match &fate {
            Fate::Refuse => return Err(unavailable()),
            Fate::Full => return Err(Error::new(ErrorKind::Full, "the disk is full")),
            Fate::Hang => std::future::pending().await,
            _ => {}
        }
        let mut answers = Vec::new();
        for (at, Publish { channel, payload, opts, .. }) in batch.into_iter().enumerate() {
            answers.push(match fails(at) {
                true => Err(unavailable().unknown()),
                false => self.inner.publish_opts(&channel, payload, opts).await,
            });
        }
        if matches!(fate, Fate::Lose) {
            return Err(Error::new(ErrorKind::Timeout, "no answer").unknown());
        }
        Ok(answers)
    }

    async fn subscribe_opts(
        &self,
        channels: &[Channel],
        opts: SubscribeOptions,
    ) -> Result<Subscription> {
        self.inner.subscribe_opts(channels, opts).await
    }

    async fn ping(&self) -> Result<Pong> {
        self.inner.ping().await
    }

    async fn close(&self) -> Result<()> {
        self.inner.close().await
    }
}
