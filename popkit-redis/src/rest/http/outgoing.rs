//! A body that tells whether any of it was sent.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;

/// A body in one piece. Where nobody came for it, no connection was made: the server cannot
/// have acted.
#[derive(Debug)]
pub(super) struct Outgoing {
    body: Option<Bytes>,
    sent: Sent,
}

/// Whether the body was taken to be sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Sent(Arc<AtomicBool>);

impl Sent {
    pub(super) fn is(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl Outgoing {
    pub(super) fn new(body: Bytes, sent: &Sent) -> Self {
        Self { body: Some(body), sent: sent.clone() }
    }
}

impl Stream for Outgoing {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.sent.0.store(true, Ordering::Release);
        Poll::Ready(self.body.take().map(Ok))
    }
}
