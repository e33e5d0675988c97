//! Who sent a message, and which of its messages it is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use popkit_protocol::{Channel, IdSource, ProducerId};
use tokio::sync::OwnedMutexGuard;

/// The mark of one message on one channel: its producer, and which of that producer's
/// messages on this channel it is, counted from 1 without gaps.
///
/// A reader takes a number that is left out for a message that is missing. Latest values
/// replace each other unseen, so they are not in this count: who publishes both into one
/// channel is two producers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// The publishing handle.
    pub producer: ProducerId,
    /// Its n-th message on this channel.
    pub sequence: u64,
}

/// Gives stamps: for whoever has to know a message's stamp before the transport sees it,
/// because it repeats or signs it.
///
/// A channel's [`Turn`] is held while its message is in flight, so that no later message can
/// overtake one that is repeated. Clones share the count. Latest values need a `Stamps` of
/// their own, see [`Stamp`].
#[derive(Debug, Clone)]
pub struct Stamps {
    producer: ProducerId,
    channels: Arc<Mutex<HashMap<Channel, Arc<tokio::sync::Mutex<u64>>>>>,
}

/// The right to publish the next message of one channel.
#[derive(Debug)]
pub struct Turn {
    producer: ProducerId,
    last: OwnedMutexGuard<u64>,
}

impl Stamps {
    /// A producer of its own.
    #[must_use]
    pub fn new(ids: &dyn IdSource) -> Self {
        Self::resume(ids.producer(), [])
    }

    /// A producer that published before: the last sequence of each channel. For a process
    /// that keeps its count, so that what it repeats after a restart is recognised.
    #[must_use]
    pub fn resume(producer: ProducerId, last: impl IntoIterator<Item = (Channel, u64)>) -> Self {
        let lock = |(channel, last)| (channel, Arc::new(tokio::sync::Mutex::new(last)));
        Self { producer, channels: Arc::new(Mutex::new(last.into_iter().map(lock).collect())) }
    }

    /// Waits until no other message of this channel is in flight.
    ///
    /// Cancel safe: a dropped future holds nothing.
    pub async fn turn(&self, channel: &Channel) -> Turn {
        let last = {
            let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
            match channels.get(channel) {
                Some(last) => Arc::clone(last),
                None => Arc::clone(channels.entry(channel.clone()).or_default()),
            }
        };
        Turn { producer: self.producer, last: last.lock_owned().await }
    }
}

impl Turn {
    /// The stamp of the message that this turn is for.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        self.stamp_of(0)
    }

    /// The stamp of one of several messages that are sent together, in their order; the
    /// first is 0.
    #[must_use]
    pub fn stamp_of(&self, nth: u64) -> Stamp {
        Stamp { producer: self.producer, sequence: *self.last + 1 + nth }
    }

    /// The message was sent, or may have been. A turn that is dropped instead leaves its
    /// sequence to the next message: right only where surely nothing was sent.
    pub fn used(self) {
        self.used_by(1);
    }

    /// Several messages were sent together, or may have been: this many stamps are used up.
    pub fn used_by(mut self, messages: u64) {
        *self.last += messages;
    }
}

#[cfg(test)]
mod tests {
    use popkit_protocol::RandomIds;

    use super::*;

    #[tokio::test]
    async fn a_sequence_counts_what_was_used() {
        let (stamps, channel) = (Stamps::new(&RandomIds), Channel::new("a").unwrap());
        let first = stamps.turn(&channel).await.stamp();
        assert_eq!(first.sequence, 1);
        let turn = stamps.turn(&channel).await;
        assert_eq!(turn.stamp(), first, "a dropped turn leaves its number");
        turn.used();
        let turn = stamps.clone().turn(&channel).await;
        assert_eq!((turn.stamp().sequence, turn.stamp_of(2).sequence), (2, 4));
        turn.used_by(3);
        assert_eq!(stamps.turn(&channel).await.stamp().sequence, 5);
        assert_eq!(stamps.turn(&Channel::new("b").unwrap()).await.stamp().sequence, 1);
    }

    #[tokio::test]
    async fn one_turn_at_a_time_per_channel() {
        let (stamps, channel) = (Stamps::new(&RandomIds), Channel::new("a").unwrap());
        let held = stamps.turn(&channel).await;
        let mut next = Box::pin(stamps.turn(&channel));
        let waiting =
            std::future::poll_fn(|cx| std::task::Poll::Ready(next.as_mut().poll(cx).is_pending()));
        assert!(waiting.await);
        held.used();
        assert_eq!(next.await.stamp().sequence, 2);
    }
}
