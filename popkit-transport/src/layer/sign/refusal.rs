//! Messages that were not delivered.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use popkit_protocol::{Channel, Party, Timestamp};

use crate::Position;

/// Refusals that are remembered one by one: the last ones.
const REMEMBERED: usize = 64;

/// Why a message was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RefusalReason {
    /// It has no signature.
    Unsigned,
    /// Its sender's key is not in the keyring.
    UnknownSender,
    /// Its signature is incomplete or no signature.
    Malformed,
    /// It is not what its sender signed: forged, altered, cut, moved from another channel or
    /// session, or renumbered.
    BadSignature,
    /// The transport accepted it too long after it was signed.
    Late,
    /// It was signed more than a minute after the transport accepted it.
    Early,
    /// Its stamp has a producer that was first heard from another party.
    BorrowedProducer,
    /// It was read long before, or is a latest value older than the one that was read.
    Replayed,
}

impl RefusalReason {
    /// A few words for people and for JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::UnknownSender => "unknown sender",
            Self::Malformed => "malformed signature",
            Self::BadSignature => "bad signature",
            Self::Late => "late",
            Self::Early => "early",
            Self::BorrowedProducer => "borrowed producer",
            Self::Replayed => "replayed",
        }
    }
}

impl fmt::Display for RefusalReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A message that was not delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// Where it stands.
    pub channel: Channel,
    /// Where it stands there.
    pub position: Position,
    /// When the transport accepted it.
    pub at: Timestamp,
    /// Why it was refused.
    pub reason: RefusalReason,
    /// Who it says signed it, if that is a name at all. Not to be believed.
    pub claimed: Option<Party>,
}

/// How many messages were refused, by reason. One that two subscriptions read, or one twice,
/// counts twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Refusals {
    /// [`RefusalReason::Unsigned`].
    pub unsigned: u64,
    /// [`RefusalReason::UnknownSender`].
    pub unknown_sender: u64,
    /// [`RefusalReason::Malformed`].
    pub malformed: u64,
    /// [`RefusalReason::BadSignature`].
    pub bad_signature: u64,
    /// [`RefusalReason::Late`].
    pub late: u64,
    /// [`RefusalReason::Early`].
    pub early: u64,
    /// [`RefusalReason::BorrowedProducer`].
    pub borrowed_producer: u64,
    /// [`RefusalReason::Replayed`].
    pub replayed: u64,
}

impl Refusals {
    /// All of them.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.unsigned
            + self.unknown_sender
            + self.malformed
            + self.bad_signature
            + self.late
            + self.early
            + self.borrowed_producer
            + self.replayed
    }

    fn count(&mut self, reason: RefusalReason) {
        let count = match reason {
            RefusalReason::Unsigned => &mut self.unsigned,
            RefusalReason::UnknownSender => &mut self.unknown_sender,
            RefusalReason::Malformed => &mut self.malformed,
            RefusalReason::BadSignature => &mut self.bad_signature,
            RefusalReason::Late => &mut self.late,
            RefusalReason::Early => &mut self.early,
            RefusalReason::BorrowedProducer => &mut self.borrowed_producer,
            RefusalReason::Replayed => &mut self.replayed,
        };
        *count += 1;
    }
}

/// What a layer and all its subscriptions refused.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<Book>);

#[derive(Debug, Default)]
struct Book {
    counts: Refusals,
    last: VecDeque<Refusal>,
}

impl Ledger {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn note(&self, refusal: Refusal) {
        #[cfg(feature = "tracing")]
        tracing::warn!(
            channel = %refusal.channel,
            position = %refusal.position,
            reason = refusal.reason.as_str(),
            claimed = refusal.claimed.as_ref().map(Party::as_str),
            "a message was refused"
        );
        let mut book = self.book();
        book.counts.count(refusal.reason);
        if book.last.len() == REMEMBERED {
            book.last.pop_front();
        }
        book.last.push_back(refusal);
    }

    pub(super) fn counts(&self) -> Refusals {
        self.book().counts
    }

    pub(super) fn last(&self) -> Vec<Refusal> {
        self.book().last.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_counted_and_the_last_ones_are_remembered() {
        let ledger = Ledger::default();
        let reasons = [
            RefusalReason::Unsigned,
            RefusalReason::UnknownSender,
            RefusalReason::Malformed,
            RefusalReason::BadSignature,
            RefusalReason::Late,
            RefusalReason::Early,
            RefusalReason::BorrowedProducer,
            RefusalReason::Replayed,
        ];
        for number in 0..120_u64 {
            ledger.note(Refusal {
                channel: Channel::new("pop:results").unwrap(),
                position: Position::new(number.to_string()).unwrap(),
                at: Timestamp::EPOCH,
                reason: reasons[usize::try_from(number % 8).unwrap()],
                claimed: None,
            });
        }
        let all = ledger.counts();
        let unverified = [all.unsigned, all.unknown_sender, all.malformed, all.bad_signature];
        let ill_timed = [all.late, all.early, all.borrowed_producer, all.replayed];
        assert_eq!((unverified, ill_timed, all.total()), ([15; 4], [15; 4], 120));
        let last = ledger.last();
        assert_eq!((last.len(), last[0].position.as_str()), (64, "56"));
        assert_eq!(last[63].position.as_str(), "119");
    }
}
