//! Messages in the memory of this process: for tests, and for agents of one program. Also the
//! model that other backends are compared with.
//!
//! | Room | Holds |
//! |---|---|
//! | `config` | options |
//! | `log` | the messages of one channel |
//! | `broker` | all channels, and who waits for them |
//! | `read` | the source of a subscription |

mod broker;
mod config;
mod log;
mod read;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use popkit_protocol::{Channel, Durability, Push, Reach};

use self::broker::Broker;
pub use self::config::MemoryOptions;
use crate::{
    Capabilities, Guarantee, Ordering, Pong, Publish, PublishOptions, Receipt, Result,
    SubscribeOptions, Subscription, Transport,
};

/// A transport in memory. Clones share the messages; they end with the last clone and the
/// last subscription.
#[derive(Debug, Clone)]
pub struct MemoryTransport(Arc<Broker>);

impl MemoryTransport {
    /// An empty transport with the default options.
    #[must_use]
    pub fn new() -> Self {
        MemoryOptions::default().open()
    }
}

impl Default for MemoryTransport {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Transport for MemoryTransport {
    fn backend(&self) -> &'static str {
        "memory"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            guarantee: Guarantee::AtLeastOnce,
            ordering: Ordering::PerChannel,
            reach: Reach::Process,
            durability: Durability::Volatile,
            push: Push::Everywhere,
            replay: true,
            latest: true,
            shared: true,
            ..Capabilities::least()
        }
    }

    async fn publish_opts(
        &self,
        channel: &Channel,
        payload: Bytes,
        opts: PublishOptions,
    ) -> Result<Receipt> {
        self.0.publish(channel, payload, opts).map_err(|e| e.at("memory", "publish"))
    }

    async fn publish_batch(&self, batch: Vec<Publish>) -> Result<Vec<Result<Receipt>>> {
        self.0.check_open().map_err(|e| e.at("memory", "publish"))?;
        let mut answers = Vec::with_capacity(batch.len());
        for Publish { channel, payload, opts } in batch {
            answers.push(self.publish_opts(&channel, payload, opts).await);
        }
        Ok(answers)
    }

    async fn subscribe_opts(
        &self,
        channels: &[Channel],
        opts: SubscribeOptions,
    ) -> Result<Subscription> {
        SubscribeOptions::check(channels)
            .and_then(|()| read::subscribe(&self.0, channels, &opts))
            .map_err(|e| e.at("memory", "subscribe"))
    }

    async fn ping(&self) -> Result<Pong> {
        self.0.check_open().map_err(|e| e.at("memory", "ping"))?;
        Ok(Pong::new(Duration::ZERO, "memory of this process"))
    }

    async fn close(&self) -> Result<()> {
        self.0.close();
        Ok(())
    }
}
