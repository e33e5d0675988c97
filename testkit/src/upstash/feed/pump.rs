//! From Redis to the body of a stream.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use bytes::Bytes;
use tokio::sync::mpsc::Sender;

use super::event::event;
use super::stream::Piece;
use crate::upstash::backend::Backend;
use crate::upstash::faults::StreamFault;
use crate::upstash::resp::{Link, Reply};

/// A stream that is open.
#[derive(Debug)]
pub(super) struct Pump {
    backend: Arc<Backend>,
    link: Link,
    body: Sender<Piece>,
    fault: Option<StreamFault>,
    /// Events that were sent.
    sent: u64,
}

impl Pump {
    /// A stream of what comes on `link`.
    pub(super) fn new(
        backend: Arc<Backend>,
        link: Link,
        body: Sender<Piece>,
        fault: Option<StreamFault>,
    ) -> Self {
        backend.streams.fetch_add(1, Relaxed);
        Self { backend, link, body, fault, sent: 0 }
    }

    /// Works until the client or the server goes, or a fault ends the stream; `first` has come
    /// already.
    pub(super) async fn run(mut self, first: Reply) {
        let mut reply = first;
        loop {
            if self.pass(&reply).await.is_none() {
                return;
            }
            let body = self.body.clone();
            let next = tokio::select! {
                next = self.link.reply() => next.ok(),
                () = body.closed() => None,
            };
            match next {
                Some(next) => reply = next,
                None => return,
            }
        }
    }

    /// Sends the event of a reply, with what is to go wrong around it; `None` at the end.
    async fn pass(&mut self, reply: &Reply) -> Option<()> {
        self.stop().await?;
        if let Some(event) = event(reply) {
            self.send(&event).await?;
            self.sent += 1;
            if self.fault == Some(StreamFault::Duplicate(self.sent)) {
                self.send(&event).await?;
            }
        }
        self.stop().await
    }

    /// `None` once the fault's number of events was sent.
    async fn stop(&self) -> Option<()> {
        match self.fault {
            Some(StreamFault::CloseAfter(count)) if self.sent >= count => None,
            Some(StreamFault::CutAfter(count)) if self.sent >= count => {
                self.body.send(Piece::Cut).await.ok()?;
                None
            }
            Some(StreamFault::SilentAfter(count)) if self.sent >= count => {
                self.body.closed().await;
                None
            }
            _ => Some(()),
        }
    }

    async fn send(&self, event: &Bytes) -> Option<()> {
        let size = if self.backend.options.split_chunks { 1 } else { event.len() };
        for at in (0..event.len()).step_by(size.max(1)) {
            let chunk = event.slice(at..event.len().min(at + size));
            self.body.send(Piece::Chunk(chunk)).await.ok()?;
        }
        Some(())
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        self.backend.streams.fetch_sub(1, Relaxed);
    }
}
