//! The seam for messages.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use popkit_protocol::Channel;

use crate::{
    Capabilities, Pong, Publish, PublishOptions, Receipt, Result, SubscribeOptions, Subscription,
};

/// What a backend must be able to do. This trait binds *implementors*; users call it through
/// `Arc<dyn Transport>` and [`TransportExt`](crate::TransportExt).
///
/// # Contract
///
/// The conformance suite (feature `conformance`) holds every backend to it:
///
/// - **Kept.** A publish that was answered survives what
///   [`durability`](Capabilities::durability) says, until retention takes it.
/// - **Order.** The messages of one producer on one channel are read in the order of their
///   sequence. Between producers, and between channels, there is no promise.
/// - **Every reader gets everything** after its cursor, however many read and however often
///   they come back. What is gone is told, by [`Event::Gap`](crate::Event::Gap).
/// - **Repeats are harmless.** A publish that is repeated with its stamp may be appended
///   twice; the reader drops the second. One publish at a time is in flight per producer and
///   channel, or their order is lost.
/// - **Wake-ups are hints.** Losing one costs latency, never a message.
/// - **Cancel safety.** Dropping a publish leaves it done or not done. Dropping what
///   [`Subscription::next`] gave loses nothing.
///
/// Handles are cheap to clone and share connection and data.
#[async_trait]
pub trait Transport: fmt::Debug + Send + Sync + 'static {
    /// The backend's name, for messages: `memory`, `file` …
    fn backend(&self) -> &'static str;

    /// What this transport can do now.
    fn capabilities(&self) -> Capabilities;

    /// Appends one message and answers where it stands. Without a stamp in the options the
    /// transport gives it one of its own.
    ///
    /// # Errors
    ///
    /// `PayloadTooLarge` with the limit; `InvalidInput` for headers over their limits;
    /// `Unsupported` for a retention that is not declared; `Full`; `Closed`.
    async fn publish_opts(
        &self,
        channel: &Channel,
        payload: Bytes,
        opts: PublishOptions,
    ) -> Result<Receipt>;

    /// Publishes several messages, in this order per channel, each for itself: one answer per
    /// message, in the order of the batch. A backend that syncs does so once. Where a message
    /// fails for a reason that is not its own, later ones of its channel are not sent.
    ///
    /// # Errors
    ///
    /// Where not even a try was made: `Closed`, `Unavailable`.
    async fn publish_batch(&self, batch: Vec<Publish>) -> Result<Vec<Result<Receipt>>>;

    /// Begins to read channels. They need not exist yet. Nothing published after the answer
    /// is missed by a reader that starts now.
    ///
    /// # Errors
    ///
    /// `InvalidInput` where no channel is given or one is given twice; `Closed`.
    async fn subscribe_opts(
        &self,
        channels: &[Channel],
        opts: SubscribeOptions,
    ) -> Result<Subscription>;

    /// Asks the backend for a sign of life.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from working: `Unavailable`, `PermissionDenied`, `Closed` …
    async fn ping(&self) -> Result<Pong>;

    /// Ends the transport for all its handles: what was accepted is kept, subscriptions end,
    /// later calls get `Closed`. Closing twice is no error.
    ///
    /// # Errors
    ///
    /// What keeps the last messages from being kept.
    async fn close(&self) -> Result<()>;
}
