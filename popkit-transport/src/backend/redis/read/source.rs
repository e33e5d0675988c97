//! All channels of a subscription.

use std::sync::Arc;

use async_trait::async_trait;
use popkit_protocol::Channel;
use popkit_redis::StreamId;
use tokio::sync::watch;

use super::begin::{Reading, begin, is_trouble};
use super::follow::{Follower, Part, Told};
use super::head::Head;
use super::page::page;
use crate::backend::redis::keys::Keys;
use crate::backend::redis::shared::{Reader, Shared};
use crate::{Cursor, Event, Overflow, Result, Source, SubscribeOptions, Subscription};

struct RedisSource {
    shared: Reader,
    closed: watch::Receiver<bool>,
    readings: Vec<Reading>,
    /// What waits for more; `None` for a reader that ends.
    follower: Option<Follower>,
    capacity: usize,
    overflow: Overflow,
    /// What the follower told last, and will not tell again, until it is taken.
    pending: Option<(Part, Told)>,
    /// What is to be told, and stays so when something fails.
    events: Vec<Event>,
    /// The channel that is looked at first next time, so that a busy one starves nobody.
    first: usize,
}

pub(in crate::backend::redis) async fn subscribe(
    shared: &Arc<Shared>,
    channels: &[Channel],
    opts: &SubscribeOptions,
) -> Result<Subscription> {
    let shared = shared.read();
    shared.check_open()?;
    let keys: Vec<Keys> = channels.iter().map(|channel| shared.keys(channel)).collect();
    let heads = Head::ask(&shared.redis, &keys.iter().collect::<Vec<_>>()).await?;
    let (mut cursor, mut readings) = (Cursor::new(), Vec::with_capacity(channels.len()));
    for ((channel, keys), mut head) in channels.iter().zip(keys).zip(heads) {
        // Over REST it may be a replica that knows of less than the cursor.
        if !shared.is_native() && is_trouble(channel, &head, opts) {
            head = Head::newest(&shared.redis, &keys).await?.unwrap_or(head);
        }
        let (reading, place) = begin(channel, &keys, &head, opts)?;
        cursor.set(channel.clone(), place);
        readings.push(reading);
    }
    // All channels' messages lie in memory together.
    let capacity = (opts.capacity / channels.len().max(1)).max(1);
    let follower = match opts.follow {
        true => {
            for channel in channels {
                shared.redis.hear(&shared.keyspace.wake_of(channel));
            }
            Some(Follower::begin(&shared.redis, &readings, capacity).await?)
        }
        false => None,
    };
    let source = RedisSource {
        closed: shared.watch(),
        shared,
        readings,
        follower,
        capacity,
        overflow: opts.overflow,
        pending: None,
        events: Vec::new(),
        first: 0,
    };
    Ok(Subscription::new(cursor, source))
}

#[async_trait]
impl Source for RedisSource {
    async fn next(&mut self) -> Result<Vec<Event>> {
        match self.gather().await {
            Err(error) if self.events.is_empty() => Err(error),
            // What there is comes first; the next call tries again what has failed.
            Ok(()) | Err(_) => Ok(std::mem::take(&mut self.events)),
        }
    }
}

impl RedisSource {
    /// Waits until there is something to tell, or will be nothing.
    async fn gather(&mut self) -> Result<()> {
        for reading in &mut self.readings {
            reading.tape.begin(&mut self.events);
        }
        self.look().await?;
        while self.events.is_empty() {
            if self.pending.is_none() {
                let Some(follower) = &mut self.follower else { return self.pages().await };
                tokio::select! {
                    biased;
                    _ = self.closed.wait_for(|closed| *closed) => {}
                    told = follower.next() => self.pending = Some(told?),
                }
            }
            match self.pending {
                Some(_) => self.take().await?,
                None => self.finish().await?,
            }
            self.look().await?;
        }
        Ok(())
    }

    /// Looks at all values where changes may have been missed.
    async fn look(&mut self) -> Result<()> {
        let (redis, events) = (&self.shared.redis, &mut self.events);
        for Reading { tape, values, .. } in &mut self.readings {
            if values.is_stale() {
                values.look(redis, tape.channel(), tape.keys(), events).await?;
            }
        }
        Ok(())
    }

    /// Takes what the follower told last. What has to be asked for it is asked before.
    async fn take(&mut self) -> Result<()> {
        let Some((part, told)) = &self.pending else { return Ok(()) };
        let (Part::Log(at) | Part::Changes(at)) = *part;
        let Some(reading) = self.readings.get(at) else {
            self.pending = None;
            return Ok(());
        };
        let redis = &self.shared.redis;
        let newest = match !self.shared.is_native() && is_trouble_told(*part, told) {
            true => Head::newest(redis, reading.tape.keys()).await?,
            false => None,
        };
        if newest.is_some_and(|head| reading.goes_on(*part, &head)) {
            // A replica that is behind was asked. What was read stays read.
            let follower = Follower::begin(redis, &self.readings, self.capacity).await?;
            (self.follower, self.pending) = (Some(follower), None);
            return Ok(());
        }
        let head = match (newest, part) {
            (Some(head), _) => head,
            (None, Part::Log(_)) if needs_head(told, self.overflow) => {
                Head::of(redis, &reading.tape).await?
            }
            (None, _) => Head::default(),
        };
        let Some((part, told)) = self.pending.take() else { return Ok(()) };
        let Some(Reading { tape, values, .. }) = self.readings.get_mut(at) else { return Ok(()) };
        let events = &mut self.events;
        match (part, told) {
            (Part::Log(_), Told::Entries(entries)) => {
                if let Overflow::Skip { behind } = self.overflow {
                    tape.skip(&head, behind);
                }
                entries.iter().for_each(|entry| tape.take(entry, events));
            }
            (Part::Log(_), Told::Removed(StreamId::ZERO)) => tape.vanished(&head, events),
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
        let keys: Vec<&Keys> = self.readings.iter().map(|reading| reading.tape.keys()).collect();
        let heads = Head::ask(&self.shared.redis, &keys).await?;
        for (reading, head) in self.readings.iter_mut().zip(heads) {
            reading.end = head.end();
            reading.values.missed();
        }
        self.follower = None;
        Ok(())
    }

    /// What is there, a page of each channel in turn.
    async fn pages(&mut self) -> Result<()> {
        let count = self.readings.len();
        let first = self.first;
        self.first = (first + 1) % count.max(1);
        for turn in 0..count {
            let Some(reading) = self.readings.get_mut((first + turn) % count) else { continue };
            let before = self.events.len();
            // Where all of a page is passed over, the next one is asked for.
            loop {
                if let (Overflow::Skip { behind }, Some(end)) = (self.overflow, reading.end) {
                    reading.tape.skip(&Head { last: end.id, ..Head::default() }, behind);
                }
                let read = reading.tape.read();
                page(&self.shared.redis, reading, self.capacity, &mut self.events).await?;
                if self.events.len() > before || reading.tape.read() == read {
                    break;
                }
            }
            if self.events.len() >= self.capacity {
                break;
            }
        }
        Ok(())
    }
}

/// Whether a stream is said to be another one, or a log to be gone.
fn is_trouble_told(part: Part, told: &Told) -> bool {
    match told {
        Told::Anew => true,
        Told::Removed(up_to) => matches!(part, Part::Log(_)) && *up_to == StreamId::ZERO,
        Told::Entries(_) => false,
    }
}

/// Whether what happened to a log cannot be told without its head.
fn needs_head(told: &Told, overflow: Overflow) -> bool {
    match told {
        Told::Entries(_) => matches!(overflow, Overflow::Skip { .. }),
        Told::Removed(up_to) => *up_to == StreamId::ZERO,
        Told::Anew => false,
    }
}

#[cfg(test)]
#[path = "source/tests.rs"]
mod tests;
