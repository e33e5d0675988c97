//! A body that tells whether any of it was sent.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;

const WAITING: u8 = 0;
const TAKEN: u8 = 1;
const WITHDRAWN: u8 = 2;

/// A body in one piece. Where nobody came for it, no connection was made: the server cannot
/// have acted.
#[derive(Debug)]
pub(super) struct Outgoing {
    body: Option<Bytes>,
    sent: Sent,
}

/// Whether the body was taken to be sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Sent(Arc<AtomicU8>);

impl Sent {
    /// Whether it was; if not, it is withdrawn, so that this stays true.
    pub(super) fn settle(&self) -> bool {
        self.turn(WITHDRAWN) == TAKEN
    }

    /// Makes it this, unless it is something already; says what it is.
    fn turn(&self, to: u8) -> u8 {
        match self.0.compare_exchange(WAITING, to, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => to,
            Err(known) => known,
        }
    }
}

impl Outgoing {
    pub(super) fn new(body: Bytes, sent: &Sent) -> Self {
        Self { body: Some(body), sent: sent.clone() }
    }
}

impl Stream for Outgoing {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.sent.turn(TAKEN) == WITHDRAWN {
            return Poll::Ready(Some(Err(io::Error::other("the request was withdrawn"))));
        }
        Poll::Ready(self.body.take().map(Ok))
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn take(body: &mut Outgoing) -> Option<io::Result<Bytes>> {
        match Pin::new(body).poll_next(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(taken) => taken,
            Poll::Pending => panic!("it is there"),
        }
    }

    #[test]
    fn what_was_taken_is_told_as_sent() {
        let sent = Sent::default();
        let mut body = Outgoing::new(Bytes::from_static(b"a"), &sent);
        assert_eq!(take(&mut body).unwrap().unwrap(), "a");
        assert!(take(&mut body).is_none());
        assert!(sent.settle());
    }

    #[test]
    fn what_was_told_as_not_sent_is_given_to_nobody() {
        let sent = Sent::default();
        let mut body = Outgoing::new(Bytes::from_static(b"a"), &sent);
        assert!(!sent.settle());
        assert!(take(&mut body).unwrap().is_err());
        assert!(!sent.settle());
    }
}
