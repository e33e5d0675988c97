//! The source of a subscription.

use std::sync::Arc;

use async_trait::async_trait;
use popkit_protocol::Channel;
use tokio::sync::Notify;

use super::broker::{Broker, State, closed};
use crate::{
    Cursor, Event, Gap, GapCause, Overflow, Place, Result, Source, Start, SubscribeOptions,
    Subscription,
};

/// How far one channel was read.
#[derive(Debug)]
struct Reading {
    channel: Channel,
    /// The number of the last message that was read.
    read: u64,
    /// The last change of a latest value that was read.
    seen: u64,
    /// Where a reader that does not follow ends.
    end: Option<(u64, u64)>,
    /// The cursor was made for another log.
    reset: bool,
}

#[derive(Debug)]
struct MemorySource {
    broker: Arc<Broker>,
    wake: Arc<Notify>,
    readings: Vec<Reading>,
    capacity: usize,
    overflow: Overflow,
}

pub(super) fn subscribe(
    broker: &Arc<Broker>,
    channels: &[Channel],
    opts: &SubscribeOptions,
) -> Result<Subscription> {
    let wake = Arc::new(Notify::new());
    // Before looking: what is published in between is then looked at twice, not missed.
    broker.watch(channels, &wake);
    let mut state = broker.lock();
    if state.closed {
        return Err(closed());
    }
    let (mut cursor, mut readings) = (Cursor::new(), Vec::with_capacity(channels.len()));
    for channel in channels {
        let (reading, place) = begin(broker, &mut state, channel, opts)?;
        cursor.set(channel.clone(), place);
        readings.push(reading);
    }
    drop(state);
    let (capacity, overflow) = (opts.capacity.max(1), opts.overflow);
    let source = MemorySource { broker: Arc::clone(broker), wake, readings, capacity, overflow };
    Ok(Subscription::new(cursor, source))
}

fn begin(
    broker: &Broker,
    state: &mut State,
    channel: &Channel,
    opts: &SubscribeOptions,
) -> Result<(Reading, Place)> {
    let log = state.log(channel);
    let mut reading = Reading {
        channel: channel.clone(),
        // Before the first message ever: what is no longer kept is told by a gap.
        read: 0,
        seen: 0,
        end: (!opts.follow).then(|| (log.last(), log.changes())),
        reset: false,
    };
    let place = match &opts.start {
        Start::Now => {
            (reading.read, reading.seen) = (log.last(), log.changes());
            None
        }
        Start::Earliest => None,
        Start::After(cursor) => cursor.get(channel),
    };
    let Some(place) = place else {
        let place = Place::at(broker.position(reading.read)?);
        return Ok((reading, place));
    };
    match broker.number(&place.position) {
        // A cursor from the future is one of another log.
        Some(number) if number <= log.last() => {
            reading.read = number;
            Ok((reading, place.clone()))
        }
        _ => {
            // Until the reset is told the cursor stays one of the other log: whoever goes on from it
            // is told, too.
            reading.reset = true;
            Ok((reading, place.clone()))
        }
    }
}

impl MemorySource {
    /// What there is to tell now.
    fn look(&mut self, state: &mut State) -> Result<Vec<Event>> {
        let mut events = Vec::new();
        let mut room = self.capacity;
        // Another channel first each time: where there is always more in one of them, the
        // others get their turn, too.
        self.readings.rotate_left(1);
        for reading in &mut self.readings {
            let channel = reading.channel.clone();
            let log = state.log(&channel);
            if std::mem::take(&mut reading.reset) {
                let resumed = self.broker.position(0).ok();
                events.push(Event::Reset { channel: channel.clone(), resumed });
            }
            let changes = reading.end.map_or_else(|| log.changes(), |(_, changes)| changes);
            if reading.seen < changes {
                events.extend(log.latest_since(reading.seen).cloned().map(Event::Message));
                reading.seen = log.changes();
            }
            let mut skip_to = |from: u64, cause| -> Result<()> {
                if from > reading.read + 1 {
                    let missed = from - reading.read - 1;
                    let gap = Gap::new(channel.clone(), cause, Some(missed));
                    let resumed = self.broker.position(from - 1)?;
                    events.push(Event::Gap(gap.resumed_after(resumed)));
                    reading.read = from - 1;
                }
                Ok(())
            };
            skip_to(log.first(), GapCause::Retention)?;
            if let Overflow::Skip { behind } = self.overflow {
                skip_to((log.last() + 1).saturating_sub(behind), GapCause::Overflow)?;
            }
            let end = reading.end.map_or_else(|| log.last(), |(last, _)| last);
            let wanted = usize::try_from(end.saturating_sub(reading.read)).unwrap_or(usize::MAX);
            let some = wanted.min(room);
            room -= some;
            events.extend(log.since(reading.read + 1).take(some).cloned().map(Event::Message));
            reading.read += u64::try_from(some).unwrap_or_default();
        }
        Ok(events)
    }

    fn is_at_end(&self) -> bool {
        self.readings.iter().all(|r| r.end.is_some_and(|(last, _)| r.read >= last))
    }
}

#[async_trait]
impl Source for MemorySource {
    async fn next(&mut self) -> Result<Vec<Event>> {
        let broker = Arc::clone(&self.broker);
        loop {
            {
                let mut state = broker.lock();
                let events = self.look(&mut state)?;
                // What was accepted before closing is still told.
                if !events.is_empty() || state.closed || self.is_at_end() {
                    return Ok(events);
                }
            }
            self.wake.notified().await;
        }
    }
}
