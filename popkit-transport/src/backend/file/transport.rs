//! The seam, over files.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering as Atomic;
use std::sync::mpsc::Sender;

use async_trait::async_trait;
use bytes::Bytes;
use popkit_protocol::{Channel, Push, Reach};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::append::{Item, Message};
use super::classify::refused;
use super::read;
use super::shared::{Shared, gone};
use crate::{
    Capabilities, Error, ErrorKind, Guarantee, Ordering, Pong, Publish, PublishOptions, Receipt,
    Result, SubscribeOptions, Subscription, Transport,
};

/// A transport in a folder. Clones share the thread that writes; it ends with the last one.
///
/// A publish whose future is dropped before its turn is not made, later it is made in full. See
/// [`FileOptions`](super::FileOptions).
///
/// The folder must lie on a file system with working locks: a local one.
#[derive(Clone)]
pub struct FileTransport {
    shared: Arc<Shared>,
    writer: Sender<Message>,
}

impl fmt::Debug for FileTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileTransport").field("folder", &self.shared.root).finish_non_exhaustive()
    }
}

impl FileTransport {
    pub(super) fn new(shared: Arc<Shared>, writer: Sender<Message>) -> Self {
        Self { shared, writer }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        &self.shared.root
    }

    fn check(&self, payload: &Bytes, opts: &PublishOptions) -> Result<()> {
        let limit = Capabilities::MAX_PAYLOAD;
        if payload.len() > limit {
            let message = format!("{} bytes; the limit is {limit}", payload.len());
            return Err(Error::new(ErrorKind::PayloadTooLarge, message));
        }
        opts.headers.check()
    }

    fn send(&self, items: Vec<Item>) -> Result<()> {
        self.shared.check_open()?;
        self.writer.send(Message::Publish(items)).map_err(|_| gone())
    }
}

/// What the writer answered; nothing where it ended before this message's turn.
async fn answer(reply: oneshot::Receiver<Result<Receipt>>) -> Result<Receipt> {
    let answered = reply.await.unwrap_or_else(|_| Err(gone()));
    answered.map_err(|e| e.at("file", "publish"))
}

#[async_trait]
impl Transport for FileTransport {
    fn backend(&self) -> &'static str {
        "file"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            guarantee: Guarantee::AtLeastOnce,
            ordering: Ordering::PerChannel,
            reach: Reach::Host,
            durability: self.shared.durability,
            push: Push::InProcess,
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
        let at = |error: Error| error.at("file", "publish").with("channel", channel);
        self.check(&payload, &opts).map_err(at)?;
        let (item, reply) = Item::new(channel.clone(), payload, opts);
        self.send(vec![item]).map_err(at)?;
        answer(reply).await
    }

    async fn publish_batch(&self, batch: Vec<Publish>) -> Result<Vec<Result<Receipt>>> {
        let at = |error: Error| error.at("file", "publish");
        let (mut items, mut replies) = (Vec::with_capacity(batch.len()), Vec::new());
        for Publish { channel, payload, opts } in batch {
            replies.push(self.check(&payload, &opts).map(|()| {
                let (item, reply) = Item::new(channel, payload, opts);
                items.push(item);
                reply
            }));
        }
        self.send(items).map_err(at)?;
        let mut answers = Vec::with_capacity(replies.len());
        for reply in replies {
            answers.push(match reply {
                Ok(reply) => answer(reply).await,
                Err(error) => Err(at(error)),
            });
        }
        Ok(answers)
    }

    async fn subscribe_opts(
        &self,
        channels: &[Channel],
        opts: SubscribeOptions,
    ) -> Result<Subscription> {
        let at = |error: Error| error.at("file", "subscribe");
        SubscribeOptions::check(channels).map_err(at)?;
        self.shared.check_open().map_err(at)?;
        read::subscribe(&self.shared, channels, opts).await.map_err(at)
    }

    async fn ping(&self) -> Result<Pong> {
        let at = |error: Error| error.at("file", "ping");
        self.shared.check_open().map_err(at)?;
        let (begun, root) = (Instant::now(), self.shared.root.clone());
        let marker = root.join("transport");
        let looked = tokio::task::spawn_blocking(move || {
            std::fs::metadata(&marker).map_err(|e| refused("look at", &marker, e))
        });
        looked.await.map_err(|_| at(gone()))?.map_err(at)?;
        Ok(Pong::new(begun.elapsed(), root.display().to_string()))
    }

    async fn close(&self) -> Result<()> {
        self.shared.closed.store(true, Atomic::Release);
        let (reply, closed) = oneshot::channel();
        if self.writer.send(Message::Close(reply)).is_ok() {
            // No answer: another call was faster and closed it.
            let _ = closed.await;
        }
        self.shared.hub.wake_all();
        Ok(())
    }
}
