//! The messages of one channel.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Weak;

use popkit_protocol::{ProducerId, Timestamp};
use tokio::sync::Notify;

use crate::{Delivery, Keep, LatestKey, Stamp};

/// One channel.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// The number of the oldest message that is kept; the first one ever is 1.
    first: u64,
    entries: VecDeque<Delivery>,
    bytes: u64,
    /// Each key's value, with the number of its change.
    latest: BTreeMap<LatestKey, (u64, Delivery)>,
    changes: u64,
    /// The last sequence that this transport gave out, and that of latest values.
    sequence: u64,
    latest_sequence: u64,
    /// Who is to be woken.
    readers: Vec<Weak<Notify>>,
}

/// What a delivery costs beside its payload, roughly.
const OVERHEAD: u64 = 128;

fn cost(delivery: &Delivery) -> u64 {
    u64::try_from(delivery.payload.len()).unwrap_or(u64::MAX).saturating_add(OVERHEAD)
}

impl Log {
    /// The number of the oldest message that is kept, or of the next one.
    pub(super) fn first(&self) -> u64 {
        self.first.max(1)
    }

    /// The number of the newest message; 0 before the first.
    pub(super) fn last(&self) -> u64 {
        self.first() + u64::try_from(self.entries.len()).unwrap_or(u64::MAX) - 1
    }

    pub(super) fn append(&mut self, delivery: Delivery, keep: Keep, now: Timestamp) {
        self.bytes += cost(&delivery);
        self.entries.push_back(delivery);
        while self.is_over(keep, now)
            && let Some(gone) = self.entries.pop_front()
        {
            self.bytes -= cost(&gone);
            self.first = self.first() + 1;
        }
    }

    fn is_over(&self, keep: Keep, now: Timestamp) -> bool {
        let count = u64::try_from(self.entries.len()).unwrap_or(u64::MAX);
        let old = |age| self.entries.front().is_some_and(|oldest| now.since(oldest.at) > age);
        keep.messages.is_some_and(|most| count > most)
            || keep.bytes.is_some_and(|most| self.bytes > most)
            || keep.age.is_some_and(old)
    }

    pub(super) fn replace(&mut self, key: LatestKey, delivery: Delivery) {
        self.changes += 1;
        self.latest.insert(key, (self.changes, delivery));
    }

    /// The number of the last change of a latest value.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// Values that changed after the change `seen`.
    pub(super) fn latest_since(&self, seen: u64) -> impl Iterator<Item = &Delivery> {
        self.latest.values().filter(move |(change, _)| *change > seen).map(|(_, value)| value)
    }

    /// Messages from number `from` on.
    pub(super) fn since(&self, from: u64) -> impl Iterator<Item = &Delivery> {
        let skip = usize::try_from(from.saturating_sub(self.first())).unwrap_or(usize::MAX);
        self.entries.iter().skip(skip)
    }

    /// Wakes this reader, too, from now on.
    pub(super) fn watch(&mut self, reader: Weak<Notify>) {
        // Where nobody publishes, nobody else forgets the readers that are gone.
        if self.readers.len() == self.readers.capacity() {
            self.readers.retain(|reader| reader.strong_count() > 0);
        }
        self.readers.push(reader);
    }

    /// Wakes who reads, and forgets who no longer does.
    pub(super) fn wake(&mut self) {
        self.readers.retain(|reader| match reader.upgrade() {
            Some(reader) => {
                reader.notify_one();
                true
            }
            None => false,
        });
    }

    /// The next sequence of the transport's own producer.
    pub(super) fn next_stamp(&mut self, producer: ProducerId) -> Stamp {
        self.sequence += 1;
        Stamp { producer, sequence: self.sequence }
    }

    /// The next sequence of the transport's own producer of latest values.
    pub(super) fn next_latest_stamp(&mut self, producer: ProducerId) -> Stamp {
        self.latest_sequence += 1;
        Stamp { producer, sequence: self.latest_sequence }
    }
}
