//! One channel's log: where it is read, and what its entries tell.

use popkit_protocol::Channel;
use popkit_redis::{Entry, StreamId};

use super::head::Head;
use crate::backend::redis::keys::Keys;
use crate::backend::redis::position::Place;
use crate::backend::redis::record;
use crate::{Event, Gap, GapCause};

/// The largest number that a message can have: beyond are ids that popkit has not made.
const MOST: u64 = 1 << 53;

/// One channel's reading. Messages of a log are numbered without gaps, so what is missing shows
/// by itself.
#[derive(Debug)]
pub(super) struct Tape {
    channel: Channel,
    keys: Keys,
    /// Which log is read; 0 as long as nobody knows.
    epoch: u64,
    /// The entry that was read last.
    read: StreamId,
    /// The number of the last message that was read, or is told to be missing.
    number: u64,
    /// Messages up to this number are passed over, for the reader is too far behind.
    skip_to: u64,
    /// The number before the first of those that were passed over and not told yet.
    skipped_after: Option<u64>,
    /// What is told before anything else.
    first: Vec<Event>,
}

impl Tape {
    pub(super) fn new(channel: Channel, keys: Keys, place: Place) -> Self {
        let Place { epoch, id } = place;
        let (skip_to, skipped_after, first) = (0, None, Vec::new());
        Self { channel, keys, epoch, read: id, number: id.seq, skip_to, skipped_after, first }
    }

    pub(super) fn channel(&self) -> &Channel {
        &self.channel
    }

    pub(super) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The entry that was read last.
    pub(super) fn read(&self) -> StreamId {
        self.read
    }

    /// Where it is read.
    pub(super) fn place(&self) -> Place {
        Place::new(self.epoch, self.read)
    }

    /// Has the cursor told to be one of another log.
    pub(super) fn reset_first(&mut self) {
        self.first.push(self.reset(Place::default()));
    }

    /// Has it told that the log is shorter than the cursor says: the server has lost its end. It
    /// is read from its beginning; what is repeated is recognised by its stamp.
    pub(super) fn shortened_first(&mut self) {
        self.first.push(self.gap(GapCause::Damage, None, Place::default()));
    }

    /// Has it told that all that was not read has expired.
    pub(super) fn expired_first(&mut self, head: &Head) {
        let mut first = Vec::new();
        self.vanished(head, &mut first);
        self.first.extend(first);
    }

    /// What is told before anything else.
    pub(super) fn begin(&mut self, events: &mut Vec<Event>) {
        events.append(&mut self.first);
    }

    /// Passes over what lies further behind the end than this.
    pub(super) fn skip(&mut self, head: &Head, behind: u64) {
        self.skip_to = head.last.seq.saturating_sub(behind);
    }

    /// Takes an entry; tells its message, and what is missing before it.
    pub(super) fn take(&mut self, entry: &Entry, events: &mut Vec<Event>) {
        let id = entry.id;
        self.read = id;
        let origin = record::origin(entry);
        let epoch = origin.map(|origin| origin.epoch).filter(|_| id.seq < MOST);
        if let Some(epoch) = epoch
            && !self.takes_number(epoch, id, events)
        {
            return;
        }
        match record::message(&self.channel, self.epoch, origin, entry) {
            Some(message) => events.push(Event::Message(message)),
            // Somebody else has added it; numbers say nothing of it.
            None if epoch.is_none() => {}
            None => {
                let place = Place::new(self.epoch, id);
                events.push(self.gap(GapCause::Damage, Some(1), place));
            }
        }
    }

    /// Compares a message's number to those before it; answers false where it is passed over.
    fn takes_number(&mut self, epoch: u64, id: StreamId, events: &mut Vec<Event>) -> bool {
        let before = Place::before(epoch, id);
        if self.epoch != 0 && self.epoch != epoch {
            events.push(self.reset(before));
            (self.number, self.skip_to, self.skipped_after) = (0, 0, None);
        } else if id.seq <= self.number {
            // The server has lost the log's end, and goes on where it was before.
            events.push(self.gap(GapCause::Damage, None, before));
            self.number = id.seq - u64::from(id.seq > 0);
        }
        self.epoch = epoch;
        if id.seq <= self.skip_to {
            self.skipped_after.get_or_insert(self.number);
            self.number = id.seq;
            return false;
        }
        if let Some(after) = self.skipped_after.take() {
            let missed = Some(id.seq - 1 - after);
            events.push(self.gap(GapCause::Overflow, missed, before));
        } else if id.seq > self.number + 1 {
            let missed = Some(id.seq - 1 - self.number);
            events.push(self.gap(GapCause::Retention, missed, before));
        }
        self.number = id.seq;
        true
    }

    /// All up to this entry is gone from the log that is read. Where nobody knows which log that
    /// is, the next entry tells.
    pub(super) fn removed_up_to(&mut self, id: StreamId, events: &mut Vec<Event>) {
        if self.epoch != 0 {
            self.lost_up_to(Place::new(self.epoch, id), events);
        }
    }

    /// All up to this place is gone.
    pub(super) fn lost_up_to(&mut self, place: Place, events: &mut Vec<Event>) {
        let Place { epoch, id } = place;
        if id.seq >= MOST || id.seq <= self.number {
            return;
        }
        let missed = Some(id.seq - self.number);
        (self.epoch, self.read, self.number) = (epoch, id, id.seq);
        events.push(self.gap(GapCause::Retention, missed, place));
    }

    /// The stream is not there any more; its head tells whether it has expired.
    pub(super) fn vanished(&mut self, head: &Head, events: &mut Vec<Event>) {
        if self.epoch == 0 || head.exists {
            // Nothing was read of it; or there is another one already, whose entries tell.
            return;
        }
        if head.epoch == self.epoch {
            self.removed_up_to(head.last, events);
        } else {
            events.push(self.reset(Place::default()));
            (self.epoch, self.read, self.number) = (0, StreamId::ZERO, 0);
        }
    }

    fn reset(&self, resumed: Place) -> Event {
        Event::Reset { channel: self.channel.clone(), resumed: resumed.position().ok() }
    }

    fn gap(&self, cause: GapCause, missed: Option<u64>, resumed: Place) -> Event {
        let gap = Gap::new(self.channel.clone(), cause, missed);
        Event::Gap(match resumed.position() {
            Ok(position) => gap.resumed_after(position),
            Err(_) => gap,
        })
    }
}

#[cfg(test)]
#[path = "tape/tests.rs"]
mod tests;
