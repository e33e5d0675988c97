//! The body of a stream of events.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use tokio::sync::mpsc::Receiver;

/// What a body is made of.
#[derive(Debug)]
pub(super) enum Piece {
    /// The next chunk.
    Chunk(Bytes),
    /// The connection breaks after what was sent.
    Cut,
}

/// The chunks of a body, in a bounded queue: where the client does not read, Redis is not read.
#[derive(Debug)]
pub(super) struct Pieces {
    queue: Receiver<Piece>,
    cut: bool,
}

impl Pieces {
    /// The chunks of a queue.
    pub(super) fn new(queue: Receiver<Piece>) -> Self {
        Self { queue, cut: false }
    }
}

impl Stream for Pieces {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.cut {
            return Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())));
        }
        match self.queue.poll_recv(context) {
            Poll::Ready(Some(Piece::Chunk(chunk))) => Poll::Ready(Some(Ok(chunk))),
            Poll::Ready(Some(Piece::Cut)) => {
                // What was given before is sent while this waits.
                self.cut = true;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}
