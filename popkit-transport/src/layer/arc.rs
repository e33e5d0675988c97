//! Shared and boxed transports are transports, `Arc<dyn Transport>` among them.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use popkit_protocol::Channel;

use crate::{
    Capabilities, Pong, Publish, PublishOptions, Receipt, Result, SubscribeOptions, Subscription,
    Transport,
};

// `**self` is the inner transport; `self.…` would call this very impl again.
macro_rules! pointer {
    ($pointer:ident) => {
        #[deny(clippy::missing_trait_methods)]
        #[async_trait]
        impl<T: Transport + ?Sized> Transport for $pointer<T> {
            fn backend(&self) -> &'static str {
                (**self).backend()
            }

            fn capabilities(&self) -> Capabilities {
                (**self).capabilities()
            }

            async fn publish_opts(
                &self,
                channel: &Channel,
                payload: Bytes,
                opts: PublishOptions,
            ) -> Result<Receipt> {
                (**self).publish_opts(channel, payload, opts).await
            }

            async fn publish_batch(&self, batch: Vec<Publish>) -> Result<Vec<Result<Receipt>>> {
                (**self).publish_batch(batch).await
            }

            async fn subscribe_opts(
                &self,
                channels: &[Channel],
                opts: SubscribeOptions,
            ) -> Result<Subscription> {
                (**self).subscribe_opts(channels, opts).await
            }

            async fn ping(&self) -> Result<Pong> {
                (**self).ping().await
            }

            async fn close(&self) -> Result<()> {
                (**self).close().await
            }
        }
    };
}

pointer!(Arc);
pointer!(Box);
