//! A message on its way through the writer.

use bytes::Bytes;
use popkit_protocol::Channel;
use tokio::sync::oneshot;

use crate::{PublishOptions, Receipt, Result};

/// One message, and who waits for its answer.
pub(in crate::backend::file) struct Item {
    pub(in crate::backend::file) channel: Channel,
    pub(in crate::backend::file) payload: Bytes,
    pub(in crate::backend::file) opts: PublishOptions,
    reply: oneshot::Sender<Result<Receipt>>,
}

impl Item {
    pub(in crate::backend::file) fn new(
        channel: Channel,
        payload: Bytes,
        opts: PublishOptions,
    ) -> (Self, oneshot::Receiver<Result<Receipt>>) {
        let (reply, answer) = oneshot::channel();
        (Self { channel, payload, opts, reply }, answer)
    }

    /// Whether it is synced before it is answered.
    pub(super) fn is_durable(&self) -> bool {
        !self.opts.relaxed
    }

    /// Whether its caller is gone: then it need not be written.
    pub(super) fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    pub(super) fn answer(self, result: Result<Receipt>) {
        let _ = self.reply.send(result);
    }
}
