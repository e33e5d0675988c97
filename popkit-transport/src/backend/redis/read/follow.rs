//! Waiting for what comes.

use std::future::poll_fn;
use std::task::Poll;

use popkit_redis::{Entry, ReaderOptions, Redis, StreamEvent, StreamId, StreamReader, StreamStart};

use super::begin::Reading;
use crate::Result;
use crate::backend::redis::classify::Told as _;

/// What a stream of a reader is to a subscription: of the channel of this number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Log(usize),
    Changes(usize),
}

/// What happened to a part.
#[derive(Debug)]
pub(super) enum Told {
    /// Entries were added.
    Entries(Vec<Entry>),
    /// Entries were removed unread, up to this one; zero where the stream is gone.
    Removed(StreamId),
    /// It is another stream, or one that has lost its end, and is read from its beginning.
    Anew,
}

/// The streams that one connection waits for: all of them or, in a cluster, those of one slot.
#[derive(Debug)]
struct Group {
    reader: StreamReader,
    parts: Vec<Part>,
}

/// A stream, what it is to the subscription, and where it is read from.
type Stream = (Part, (String, StreamStart));

/// Waits for entries of several channels.
#[derive(Debug)]
pub(super) struct Follower {
    groups: Vec<Group>,
    /// The group that is asked first next time, so that a busy one starves nobody.
    first: usize,
}

impl Follower {
    /// Begins to wait for what comes after what was read. One round trip for each slot.
    pub(super) async fn begin(redis: &Redis, readings: &[Reading], batch: usize) -> Result<Self> {
        let cluster = redis.capabilities().cluster;
        let mut sorted: Vec<(&str, Vec<Stream>)> = Vec::new();
        for (at, reading) in readings.iter().enumerate() {
            let keys = reading.tape.keys();
            let log = (keys.log().to_owned(), StreamStart::After(reading.tape.read()));
            let changes = (keys.changes(), StreamStart::After(reading.values.from()));
            let streams = [(Part::Log(at), log), (Part::Changes(at), changes)];
            let tag = if cluster { keys.tag() } else { "" };
            match sorted.iter_mut().find(|(known, _)| *known == tag) {
                Some((_, all)) => all.extend(streams),
                None => sorted.push((tag, streams.into())),
            }
        }
        let mut options = ReaderOptions::default().batch(batch.clamp(1, 1000));
        if !redis.capabilities().blocking {
            // Where each look is billed: entries are numbered, so what is missing shows.
            options = options.check_later();
        }
        let mut groups = Vec::with_capacity(sorted.len());
        for (_, streams) in sorted {
            let (parts, streams) = streams.into_iter().unzip();
            let reader =
                StreamReader::open(redis.clone(), streams, options.clone()).await.told()?;
            groups.push(Group { reader, parts });
        }
        Ok(Self { groups, first: 0 })
    }

    /// The next thing that happens. Cancel safe.
    pub(super) async fn next(&mut self) -> Result<(Part, Told)> {
        loop {
            let (at, event) = self.any().await?;
            self.first = (at + 1) % self.groups.len().max(1);
            if let Some(told) = self.groups.get(at).and_then(|group| group.read(event)) {
                return Ok(told);
            }
        }
    }

    async fn any(&mut self) -> Result<(usize, StreamEvent)> {
        let (count, first) = (self.groups.len().max(1), self.first);
        let mut waiting: Vec<_> =
            self.groups.iter_mut().map(|group| Box::pin(group.reader.next())).collect();
        poll_fn(|cx| {
            for turn in 0..count {
                let at = (first + turn) % count;
                if let Some(next) = waiting.get_mut(at)
                    && let Poll::Ready(event) = next.as_mut().poll(cx)
                {
                    return Poll::Ready(event.told().map(|event| (at, event)));
                }
            }
            Poll::Pending
        })
        .await
    }
}

impl Group {
    fn read(&self, event: StreamEvent) -> Option<(Part, Told)> {
        let (stream, told) = match event {
            StreamEvent::Entries { stream, entries } => (stream, Told::Entries(entries)),
            StreamEvent::Gap { stream, .. } => {
                (stream, Told::Removed(self.reader.position(stream)?))
            }
            StreamEvent::Reset { stream } => (stream, Told::Anew),
            _ => return None,
        };
        Some((*self.parts.get(stream)?, told))
    }
}
