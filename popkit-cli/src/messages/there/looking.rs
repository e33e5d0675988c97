//! Looking without making anything.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use popkit_protocol::Channel;
use popkit_transport::{
    Capabilities, MemoryTransport, Pong, Publish, PublishOptions, Receipt, Result,
    SubscribeOptions, Subscription, Transport,
};

use super::Folders;

/// A transport for those who look at what is there. A reader makes the folder of a channel that
/// is not there; over this one it does so only to wait.
#[derive(Debug)]
pub(crate) struct Looking {
    inner: Arc<dyn Transport>,
    folders: Folders,
    /// Where channels are that have nothing in them.
    nothing: MemoryTransport,
}

impl Looking {
    /// Over this transport, whose channels have these folders.
    pub(crate) fn new(inner: Arc<dyn Transport>, folders: Folders) -> Self {
        Self { inner, folders, nothing: MemoryTransport::new() }
    }
}

#[async_trait]
impl Transport for Looking {
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
        self.inner.publish_opts(channel, payload, opts).await
    }

    async fn publish_batch(&self, batch: Vec<Publish>) -> Result<Vec<Result<Receipt>>> {
        self.inner.publish_batch(batch).await
    }

    async fn subscribe_opts(
        &self,
        channels: &[Channel],
        opts: SubscribeOptions,
    ) -> Result<Subscription> {
        if opts.follow {
            return self.inner.subscribe_opts(channels, opts).await;
        }
        let there = self.folders.there(channels);
        if there.is_empty() {
            // A cursor of the inner transport means nothing here.
            let opts = SubscribeOptions::default().once();
            return self.nothing.subscribe_opts(channels, opts).await;
        }
        self.inner.subscribe_opts(&there, opts).await
    }

    async fn ping(&self) -> Result<Pong> {
        self.inner.ping().await
    }

    async fn close(&self) -> Result<()> {
        self.inner.close().await
    }
}
