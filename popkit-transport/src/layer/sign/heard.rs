//! What a reader has heard, to tell what is replayed.

mod owners;

use std::collections::HashMap;

use popkit_protocol::{Channel, Party, ProducerId};

pub(super) use self::owners::Owners;
use super::verify::Genuine;
use crate::{Cursor, Delivery, LatestKey, Stamp};

/// Producers that are remembered, over all channels.
const REMEMBERED: usize = 16 * 1024;

/// Messages after which a subscription may have forgotten a producer. It remembers more
/// producers of a channel than this.
const SURE: u64 = 1000;

/// The genuine messages that one reader has heard.
///
/// Repeats of the log are left to the subscription, which drops and counts them: a transport
/// that delivers at least once has them without anybody's fault. What the subscription may
/// have forgotten is caught here, and so are latest values, at whose stamps it never looks.
#[derive(Debug, Default)]
pub(super) struct Heard {
    log: HashMap<(Channel, ProducerId), Mark>,
    /// By party, too: one that writes to another's key must not silence it.
    latest: HashMap<(Channel, LatestKey, Party), Genuine>,
    messages: u64,
}

#[derive(Debug, Clone, Copy)]
struct Mark {
    last: u64,
    /// When it was heard, in messages of this reader.
    heard: u64,
}

impl Heard {
    /// What the cursor says was heard before.
    pub(super) fn before(cursor: &Cursor) -> Self {
        let mut all = Self::default();
        for (channel, place) in cursor.iter() {
            for (producer, last) in &place.producers {
                let mark = Mark { last: *last, heard: 0 };
                all.log.insert((channel.clone(), *producer), mark);
            }
        }
        all
    }

    /// Whether a genuine message is a replay; if not, it is heard now.
    pub(super) fn is_replay(&mut self, delivery: &Delivery, genuine: Genuine) -> bool {
        self.messages += 1;
        match &delivery.latest {
            None => self.is_replay_of_log(&delivery.channel, genuine.stamp),
            Some(key) => self.is_replay_of_latest(&delivery.channel, key, genuine),
        }
    }

    fn is_replay_of_log(&mut self, channel: &Channel, stamp: Stamp) -> bool {
        let heard = self.messages;
        let key = (channel.clone(), stamp.producer);
        match self.log.get(&key) {
            // A repeat that the subscription drops does not renew its memory either.
            Some(mark) if stamp.sequence <= mark.last => heard - mark.heard > SURE,
            _ => {
                self.log.insert(key, Mark { last: stamp.sequence, heard });
                self.shrink();
                false
            }
        }
    }

    fn is_replay_of_latest(&mut self, channel: &Channel, key: &LatestKey, new: Genuine) -> bool {
        let place = (channel.clone(), key.clone(), new.from.clone());
        let Some(known) = self.latest.get_mut(&place) else {
            self.latest.insert(place, new);
            return false;
        };
        let is_older = if known.stamp.producer == new.stamp.producer {
            new.stamp.sequence < known.stamp.sequence
        } else {
            new.signed_at < known.signed_at
        };
        if !is_older {
            *known = new;
        }
        is_older
    }

    /// A channel's log begins anew, and is read anew: the reader was told.
    pub(super) fn reset(&mut self, channel: &Channel) {
        self.log.retain(|(known, _), _| known != channel);
    }

    /// Forgets the half of the producers that was heard longest ago, when there are too many.
    fn shrink(&mut self) {
        if self.log.len() <= REMEMBERED {
            return;
        }
        let mut heard: Vec<u64> = self.log.values().map(|mark| mark.heard).collect();
        heard.sort_unstable();
        let border = heard.get(REMEMBERED / 2).copied().unwrap_or_default();
        self.log.retain(|_, mark| mark.heard >= border);
    }
}

#[cfg(test)]
mod tests;
