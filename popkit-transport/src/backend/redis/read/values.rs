//! One channel's latest values.

use popkit_protocol::Channel;
use popkit_redis::{Command, Entry, Redis, Reply, StreamId};

use crate::backend::redis::classify::Told as _;
use crate::backend::redis::keys::Keys;
use crate::backend::redis::record;
use crate::{Delivery, Event, Result};

/// How far the changes of a channel's latest values were read. Changes are numbered without
/// gaps, and only the last ones are there to be read one by one: behind those, all values are.
#[derive(Debug)]
pub(super) struct Values {
    /// The last change that was told.
    seen: StreamId,
    /// What there was when it began: from there on, or from what was seen since, changes are read
    /// one by one.
    from: StreamId,
    /// Whether all values have to be looked at.
    stale: bool,
}

impl Values {
    /// What changes from now on.
    pub(super) fn from_now(from: StreamId) -> Self {
        Self { seen: from, from, stale: false }
    }

    /// All that are there, and what changes.
    pub(super) fn all(from: StreamId) -> Self {
        Self { seen: StreamId::ZERO, from, stale: from != StreamId::ZERO }
    }

    /// Where to begin to read changes, or to go on.
    pub(super) fn from(&self) -> StreamId {
        self.from.max(self.seen)
    }

    /// Whether changes up to this one go on from what was read.
    pub(super) fn is_before(&self, changed: StreamId) -> bool {
        let from = self.from();
        changed.ms >= from.ms && changed.seq >= from.seq
    }

    pub(super) fn is_stale(&self) -> bool {
        self.stale
    }

    /// Changes may have been missed.
    pub(super) fn missed(&mut self) {
        self.stale = true;
    }

    /// They are others than were seen.
    pub(super) fn forget(&mut self) {
        (self.seen, self.from, self.stale) = (StreamId::ZERO, StreamId::ZERO, true);
    }

    /// Takes a change.
    pub(super) fn take(&mut self, channel: &Channel, entry: &Entry, events: &mut Vec<Event>) {
        if self.stale || entry.id <= self.seen {
            // It is among all values, or was.
            return;
        }
        if entry.id.seq != self.seen.seq + 1 {
            self.stale = true;
            return;
        }
        self.seen = entry.id;
        events.extend(record::value(channel, entry.id, &entry.fields).map(Event::Message));
    }

    /// Looks at all values, and tells those that were not seen. One round trip.
    pub(super) async fn look(
        &mut self,
        redis: &Redis,
        channel: &Channel,
        keys: &Keys,
        events: &mut Vec<Event>,
    ) -> Result<()> {
        let all = redis.execute(Command::new("HGETALL").arg(keys.values())).await.told()?;
        let mut fresh: Vec<(StreamId, Delivery)> = Vec::new();
        let mut newest = self.seen;
        for (_, packed) in all.into_option(Reply::into_map).told()?.unwrap_or_default() {
            // One that cannot be read is no value; the next change replaces it.
            let Some((id, fields)) = record::unpack(packed.into_bytes().told()?) else { continue };
            newest = newest.max(id);
            if id > self.seen
                && let Some(value) = record::value(channel, id, &fields)
            {
                fresh.push((id, value));
            }
        }
        fresh.sort_unstable_by_key(|(id, _)| *id);
        events.extend(fresh.into_iter().map(|(_, value)| Event::Message(value)));
        (self.seen, self.stale) = (newest, false);
        Ok(())
    }
}
