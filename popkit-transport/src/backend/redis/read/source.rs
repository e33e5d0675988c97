//! All channels of a subscription.

use std::sync::Arc;

use async_trait::async_trait;
use popkit_protocol::Channel;
use tokio::sync::watch;

use super::begin::{Reading, begin};
use super::follow::{Follower, Part, Told};
use super::head::Head;
use super::page::page;
use crate::backend::redis::keys::Keys;
use crate::backend::redis::shared::Shared;
use crate::{Cursor, Event, Overflow, Result, Source, SubscribeOptions, Subscription};

struct RedisSource {
    shared: Arc<Shared>,
    closed: watch::Receiver<bool>,
    readings: Vec<Reading>,
    /// What waits for more; `None` for a reader that ends.
    follower: Option<Follower>,
    capacity: usize,
    overflow: Overflow,
    /// The channel that is looked at first next time, so that a busy one starves nobody.
    first: usize,
}

pub(in crate::backend::redis) async fn subscribe(
    shared: &Arc<Shared>,
    channels: &[Channel],
    opts: &SubscribeOptions,
) -> Result<Subscription> {
    let keys: Vec<Keys> = channels.iter().map(|channel| shared.keys(channel)).collect();
    let heads = Head::ask(&shared.redis, &keys.iter().collect::<Vec<_>>()).await?;
    let (mut cursor, mut readings) = (Cursor::new(), Vec::with_capacity(channels.len()));
    for ((channel, keys), head) in channels.iter().zip(keys).zip(heads) {
        let (reading, place) = begin(channel, &keys, &head, opts)?;
        cursor.set(channel.clone(), place);
        readings.push(reading);
    }
    // All channels' messages lie in memory together.
    let capacity = (opts.capacity / channels.len().max(1)).max(1);
    let follower = match opts.follow {
        true => Some(Follower::begin(&shared.redis, &readings, capacity).await?),
        false => None,
    };
    let source = RedisSource {
        shared: Arc::clone(shared),
        closed: shared.watch(),
        readings,
        follower,
        capacity,
        overflow: opts.overflow,
        first: 0,
    };
    Ok(Subscription::new(cursor, source))
}

#[async_trait]
impl Source for RedisSource {
    async fn next(&mut self) -> Result<Vec<Event>> {
        let mut events = Vec::new();
        for reading in &mut self.readings {
            reading.tape.begin(&mut events);
        }
        self.look(&mut events).await?;
        while events.is_empty() {
            let Some(follower) = &mut self.follower else { return self.pages().await };
            let told = tokio::select! {
                biased;
                _ = self.closed.wait_for(|closed| *closed) => None,
                told = follower.next() => Some(told?),
            };
            match told {
                Some((part, told)) => self.take(part, told, &mut events).await?,
                None => self.finish().await?,
            }
            self.look(&mut events).await?;
        }
        Ok(events)
    }
}

impl RedisSource {
    /// Looks at all values where changes may have been missed.
    async fn look(&mut self, events: &mut Vec<Event>) -> Result<()> {
        for Reading { tape, values, .. } in &mut self.readings {
            if values.is_stale() {
                values.look(&self.shared.redis, tape.channel(), tape.keys(), events).await?;
            }
        }
        Ok(())
    }

    async fn take(&mut self, part: Part, told: Told, events: &mut Vec<Event>) -> Result<()> {
        let (Part::Log(at) | Part::Changes(at)) = part;
        let Some(Reading { tape, values, .. }) = self.readings.get_mut(at) else { return Ok(()) };
        let redis = &self.shared.redis;
        match (part, told) {
            (Part::Log(_), Told::Entries(entries)) => {
                if let Overflow::Skip { behind } = self.overflow {
                    tape.skip(&Head::of(redis, tape).await?, behind);
                }
                entries.iter().for_each(|entry| tape.take(entry, events));
            }
            (Part::Log(_), Told::Removed(up_to)) if up_to == popkit_redis::StreamId::ZERO => {
                tape.vanished(&Head::of(redis, tape).await?, events);
            }
            (Part::Log(_), Told::Removed(up_to)) => tape.removed_up_to(up_to, events),
            // Its entries tell which of both it is.
            (Part::Log(_), Told::Anew) => {}
            (Part::Changes(_), Told::Entries(entries)) => {
                let channel = tape.channel().clone();
                entries.iter().for_each(|entry| values.take(&channel, entry, events));
            }
            (Part::Changes(_), Told::Removed(_)) => values.missed(),
            (Part::Changes(_), Told::Anew) => values.forget(),
        }
        Ok(())
    }

    /// The transport was closed: what was accepted before is still told.
    async fn finish(&mut self) -> Result<()> {
        self.follower = None;
        let keys: Vec<&Keys> = self.readings.iter().map(|reading| reading.tape.keys()).collect();
        let heads = Head::ask(&self.shared.redis, &keys).await?;
        for (reading, head) in self.readings.iter_mut().zip(heads) {
            reading.end = head.end();
            reading.values.missed();
        }
        Ok(())
    }

    /// What is there, a page of each channel in turn.
    async fn pages(&mut self) -> Result<Vec<Event>> {
        let mut events = Vec::new();
        let count = self.readings.len();
        let first = self.first;
        self.first = (first + 1) % count.max(1);
        for turn in 0..count {
            let Some(reading) = self.readings.get_mut((first + turn) % count) else { continue };
            let before = events.len();
            // Where all of a page is passed over, the next one is asked for.
            loop {
                if let (Overflow::Skip { behind }, Some(end)) = (self.overflow, reading.end) {
                    reading.tape.skip(&Head { last: end.id, ..Head::default() }, behind);
                }
                let read = reading.tape.read();
                page(&self.shared.redis, reading, self.capacity, &mut events).await?;
                if events.len() > before || reading.tape.read() == read {
                    break;
                }
            }
            if events.len() >= self.capacity {
                break;
            }
        }
        Ok(events)
    }
}
