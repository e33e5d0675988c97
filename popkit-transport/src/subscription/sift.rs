//! Telling new messages from repeated ones, and noticing what is missing.

use std::collections::{BTreeMap, HashMap};

use popkit_protocol::{Channel, ProducerId};

use crate::{Cursor, Event, Gap, GapCause, Place, Position, Stamp};

/// Producers of a channel that are remembered while it is read.
const REMEMBERED: usize = 1024;
/// Producers of a channel that a cursor carries: those heard last.
const CARRIED: usize = 64;

/// What becomes of an event.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Tell,
    /// It was told before.
    Drop,
    /// Something is missing just before it; once that is told it is judged again.
    TellFirst(Gap),
}

/// What is known of one producer.
#[derive(Debug, Clone, Copy)]
struct Mark {
    /// Its last sequence.
    last: u64,
    /// When it was heard, in events of this reader.
    heard: u64,
    /// Whether everything since was read: if not, a jump in its numbers is no news.
    sure: bool,
}

#[derive(Debug)]
struct Channels {
    position: Position,
    producers: HashMap<ProducerId, Mark>,
}

/// The memory of one reader.
#[derive(Debug)]
pub(super) struct Sift {
    channels: BTreeMap<Channel, Channels>,
    events: u64,
    duplicates: u64,
}

impl Sift {
    pub(super) fn new(start: Cursor) -> Self {
        let channels = start.into_iter().map(|(channel, place)| {
            let Place { position, producers, unsure } = place;
            let mark = |(id, last): (ProducerId, u64)| {
                (id, Mark { last, heard: 0, sure: !unsure.contains(&id) })
            };
            (channel, Channels { position, producers: producers.into_iter().map(mark).collect() })
        });
        Self { channels: channels.collect(), events: 0, duplicates: 0 }
    }

    pub(super) fn duplicates(&self) -> u64 {
        self.duplicates
    }

    pub(super) fn cursor(&self) -> Cursor {
        let place = |known: &Channels| {
            let mut all: Vec<_> = known.producers.iter().collect();
            if all.len() > CARRIED {
                all.sort_unstable_by_key(|(_, mark)| std::cmp::Reverse(mark.heard));
                all.truncate(CARRIED);
            }
            let mut place = Place::at(known.position.clone());
            let unsure = all.iter().filter(|(_, mark)| !mark.sure);
            place.unsure = unsure.map(|(id, _)| **id).collect();
            place.producers = all.into_iter().map(|(id, mark)| (*id, mark.last)).collect();
            place
        };
        self.channels.iter().map(|(channel, known)| (channel.clone(), place(known))).collect()
    }

    /// Judges an event, and takes as told what is to be told: it, or what is missing before it.
    pub(super) fn judge(&mut self, event: &Event) -> Verdict {
        if let Some((channel, stamp)) = stamped(event)
            && let Some(known) = self.channels.get_mut(channel)
            && let Some(mark) = known.producers.get_mut(&stamp.producer)
        {
            if stamp.sequence <= mark.last {
                self.duplicates += 1;
                self.moved(event);
                return Verdict::Drop;
            }
            let missed = stamp.sequence - mark.last - 1;
            if missed > 0 && mark.sure {
                mark.last += missed;
                return Verdict::TellFirst(Gap::new(
                    channel.clone(),
                    GapCause::Sequence,
                    Some(missed),
                ));
            }
        }
        self.note(event);
        Verdict::Tell
    }

    /// Takes an event as told.
    fn note(&mut self, event: &Event) {
        self.events += 1;
        self.moved(event);
        let Some(known) = self.channels.get_mut(event.channel()) else { return };
        match event {
            Event::Gap(_) => known.producers.values_mut().for_each(|mark| mark.sure = false),
            Event::Reset { .. } => known.producers.clear(),
            Event::Message(_) => {
                let Some((_, stamp)) = stamped(event) else { return };
                let mark = Mark { last: stamp.sequence, heard: self.events, sure: true };
                known.producers.insert(stamp.producer, mark);
                if known.producers.len() > REMEMBERED {
                    let oldest = known.producers.iter().min_by_key(|(_, mark)| mark.heard);
                    let oldest = oldest.map(|(id, _)| *id);
                    oldest.map(|id| known.producers.remove(&id));
                }
            }
        }
    }

    fn moved(&mut self, event: &Event) {
        let position = match event {
            // A latest value stands beside the log: to have read it says nothing of the log.
            Event::Message(delivery) if delivery.latest.is_some() => None,
            Event::Message(delivery) => Some(&delivery.position),
            Event::Gap(gap) => gap.resumed.as_ref(),
            Event::Reset { resumed, .. } => resumed.as_ref(),
        };
        if let Some(position) = position
            && let Some(known) = self.channels.get_mut(event.channel())
        {
            known.position = position.clone();
        }
    }
}

/// The stamp of a message of the log. Latest values replace each other: which of them are
/// read says nothing.
fn stamped(event: &Event) -> Option<(&Channel, Stamp)> {
    match event {
        Event::Message(delivery) if delivery.latest.is_none() => {
            delivery.stamp.map(|stamp| (&delivery.channel, stamp))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
