//! Waiting for any of several channels.

use std::sync::Arc;

use async_trait::async_trait;
use popkit_protocol::Channel;
use tokio::sync::Notify;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::begin::begin;
use super::tape::Tape;
use crate::backend::file::disk::folder;
use crate::backend::file::shared::Shared;
use crate::{
    Cursor, Error, ErrorKind, Event, Overflow, Result, Source, SubscribeOptions, Subscription,
};

struct FileSource {
    shared: Arc<Shared>,
    wake: Arc<Notify>,
    /// Away while they are read.
    tapes: Vec<Tape>,
    capacity: usize,
    overflow: Overflow,
    /// The channel that is looked at first next time, so that a busy one starves nobody.
    first: usize,
}

pub(in crate::backend::file) async fn subscribe(
    shared: &Arc<Shared>,
    channels: &[Channel],
    opts: SubscribeOptions,
) -> Result<Subscription> {
    let (ours, channels) = (Arc::clone(shared), channels.to_vec());
    let wake = Arc::new(Notify::new());
    let (capacity, overflow) = (opts.capacity.max(1), opts.overflow);
    let waker = Arc::clone(&wake);
    let begun = spawn_blocking(move || {
        let (mut cursor, mut tapes) = (Cursor::new(), Vec::with_capacity(channels.len()));
        for channel in channels {
            let folder = folder::ensure(&ours, &channel)?;
            // Before looking: what is published in between is then looked at twice.
            ours.hub.add(&channel, &folder.path, &waker);
            let (tape, place) = begin(channel.clone(), folder, &opts)?;
            cursor.set(channel, place);
            tapes.push(tape);
        }
        Ok((cursor, tapes))
    });
    let (cursor, tapes) = begun.await.unwrap_or_else(|_| Err(fell()))?;
    let shared = Arc::clone(shared);
    let source = FileSource { shared, wake, tapes, capacity, overflow, first: 0 };
    Ok(Subscription::new(cursor, source))
}

fn fell() -> Error {
    Error::new(ErrorKind::Unexpected, "reading did not come to an end")
}

#[async_trait]
impl Source for FileSource {
    async fn next(&mut self) -> Result<Vec<Event>> {
        loop {
            // What was accepted before closing is still told.
            let closed = self.shared.is_closed();
            let events = self.look().await?;
            if !events.is_empty() || closed || self.tapes.iter().all(Tape::is_at_end) {
                return Ok(events);
            }
            self.sleep().await;
        }
    }
}

/// Naps after which it is looked in any case.
const NAPS: u32 = 20;

impl FileSource {
    /// Sleeps until it is woken, or a glance says that something may have changed.
    async fn sleep(&self) {
        for _ in 0..NAPS {
            let woken = timeout(self.shared.poll, self.wake.notified()).await.is_ok();
            if woken || self.shared.is_closed() || !self.tapes.iter().all(Tape::is_quiet) {
                return;
            }
        }
    }

    async fn look(&mut self) -> Result<Vec<Event>> {
        let mut tapes = std::mem::take(&mut self.tapes);
        let (capacity, overflow, first) = (self.capacity, self.overflow, self.first);
        let looked = spawn_blocking(move || {
            let mut events = Vec::new();
            let mut outcome = Ok(());
            let count = tapes.len();
            for turn in 0..count {
                let Some(tape) = tapes.get_mut((first + turn) % count) else { continue };
                if outcome.is_ok() && events.len() < capacity {
                    outcome = tape.read(capacity, overflow, &mut events);
                }
            }
            (tapes, events, outcome)
        });
        let Ok((tapes, events, outcome)) = looked.await else { return Err(fell()) };
        self.first = (self.first + 1) % tapes.len().max(1);
        self.tapes = tapes;
        match outcome {
            // What was read before the failure is told first; it comes again.
            Err(error) if events.is_empty() => Err(error),
            _ => Ok(events),
        }
    }
}
