//! What was received, what is handled, how far the place may move.
//!
//! A place says that everything before it is handled. Messages are acknowledged in any order:
//! the place moves over the first ones that are, and no further; those beyond it that are
//! handled, too, are kept one by one.

use std::collections::VecDeque;

use popkit_protocol::Channel;
use popkit_transport::{Cursor, Position};
use serde::{Deserialize, Serialize};

/// Messages beyond the place that are kept as handled. One that is not kept is received again.
const AHEAD: usize = 1024;

/// Where one message stands.
pub(super) type Spot = (Channel, Position);

/// What is kept between two openings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seen {
    /// Everything up to here is handled.
    pub(super) cursor: Cursor,
    /// And these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) ahead: Vec<Spot>,
}

#[derive(Debug)]
struct Entry {
    number: u64,
    /// Where the reader was after it.
    after: Cursor,
    handled: bool,
    /// The messages in it.
    spots: Vec<Spot>,
}

/// What was read and is not behind the place yet.
#[derive(Debug)]
pub(super) struct Ledger {
    place: Cursor,
    entries: VecDeque<Entry>,
    /// Handled before the inbox was opened, and not read again yet.
    ahead: Vec<Spot>,
    last: u64,
    open: usize,
}

impl Ledger {
    pub(super) fn new(seen: Seen) -> Self {
        let Seen { cursor: place, ahead } = seen;
        Self { place, entries: VecDeque::new(), ahead, last: 0, open: 0 }
    }

    /// What is to be kept.
    pub(super) fn seen(&self) -> Seen {
        let handled = self.entries.iter().filter(|entry| entry.handled);
        let spots = handled.flat_map(|entry| &entry.spots).chain(&self.ahead);
        Seen { cursor: self.place.clone(), ahead: spots.take(AHEAD).cloned().collect() }
    }

    /// How much was read and is not handled.
    pub(super) fn open(&self) -> usize {
        self.open
    }

    /// Something was read that will be handled; answers with its number.
    pub(super) fn read(&mut self, after: Cursor, spot: Option<Spot>) -> u64 {
        self.open += 1;
        self.push(after, false, spot)
    }

    /// Something was read that needs no handling.
    pub(super) fn pass(&mut self, after: Cursor, spot: Option<Spot>) {
        match self.entries.back_mut() {
            None => self.place = after,
            Some(entry) if entry.handled => {
                entry.after = after;
                entry.spots.extend(spot);
                entry.spots.truncate(AHEAD);
            }
            Some(_) => {
                self.push(after, true, spot);
            }
        }
    }

    fn push(&mut self, after: Cursor, handled: bool, spot: Option<Spot>) -> u64 {
        self.last += 1;
        let spots = spot.into_iter().collect();
        self.entries.push_back(Entry { number: self.last, after, handled, spots });
        self.last
    }

    /// Whether this message was handled before the inbox was opened. Asked once.
    pub(super) fn was_handled(&mut self, spot: &Spot) -> bool {
        let found = self.ahead.iter().position(|known| known == spot);
        found.map(|at| self.ahead.swap_remove(at)).is_some()
    }

    /// All that a channel has was read, or it is another channel now: what was handled before
    /// and was not met is gone.
    pub(super) fn forget(&mut self, channel: &Channel) {
        self.ahead.retain(|(known, _)| known != channel);
    }

    /// It is handled; nothing happens if it was before.
    pub(super) fn handle(&mut self, number: u64) {
        let found = self.entries.binary_search_by_key(&number, |entry| entry.number);
        let Ok(at) = found else { return };
        if let Some(entry) = self.entries.get_mut(at).filter(|entry| !entry.handled) {
            entry.handled = true;
            self.open -= 1;
            self.join(at);
            self.join(at.wrapping_sub(1));
            self.advance();
        }
    }

    /// Joins an entry with the next one, where both are handled: however much is handled
    /// behind one that is not, it does not pile up.
    fn join(&mut self, at: usize) {
        let both = [self.entries.get(at), self.entries.get(at.wrapping_add(1))];
        if both.iter().all(|entry| entry.is_some_and(|entry| entry.handled))
            && let Some(first) = self.entries.remove(at)
            && let Some(next) = self.entries.get_mut(at)
        {
            next.spots.splice(0..0, first.spots);
            next.spots.truncate(AHEAD);
        }
    }

    /// All up to this number is handled.
    pub(super) fn handle_to(&mut self, number: u64) {
        for entry in self.entries.iter_mut().take_while(|entry| entry.number <= number) {
            self.open -= usize::from(!entry.handled);
            entry.handled = true;
        }
        self.advance();
    }

    fn advance(&mut self) {
        while let Some(first) = self.entries.front().filter(|entry| entry.handled) {
            self.place.clone_from(&first.after);
            self.entries.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use popkit_transport::Place;

    use super::*;

    fn channel() -> Channel {
        Channel::new("a").unwrap()
    }

    fn spot(number: u64) -> Spot {
        (channel(), Position::new(number.to_string()).unwrap())
    }

    fn at(number: u64) -> Cursor {
        Cursor::from_iter([(channel(), Place::at(spot(number).1))])
    }

    fn ledger() -> Ledger {
        Ledger::new(Seen { cursor: at(0), ahead: Vec::new() })
    }

    fn read(ledger: &mut Ledger, number: u64) -> u64 {
        ledger.read(at(number), Some(spot(number)))
    }

    fn seen(cursor: u64, ahead: impl IntoIterator<Item = u64>) -> Seen {
        Seen { cursor: at(cursor), ahead: ahead.into_iter().map(spot).collect() }
    }

    #[test]
    fn the_place_moves_over_the_first_ones_that_are_handled() {
        let mut ledger = ledger();
        let numbers: Vec<_> = (1..=4).map(|n| read(&mut ledger, n)).collect();
        assert_eq!(ledger.open(), 4);
        ledger.handle(numbers[1]);
        assert_eq!((ledger.seen(), ledger.open()), (seen(0, [2]), 3));
        ledger.handle(numbers[0]);
        ledger.handle(numbers[0]);
        assert_eq!((ledger.seen(), ledger.open()), (seen(2, []), 2));
        ledger.handle_to(numbers[3]);
        assert_eq!((ledger.seen(), ledger.open()), (seen(4, []), 0));
        ledger.handle(99);
        assert_eq!(ledger.open(), 0);
    }

    #[test]
    fn what_needs_no_handling_does_not_pile_up() {
        let mut ledger = ledger();
        (1..=1000).for_each(|n| ledger.pass(at(n), None));
        assert_eq!((ledger.seen(), ledger.entries.len()), (seen(1000, []), 0));
        let number = read(&mut ledger, 1001);
        (1002..=2000).for_each(|n| ledger.pass(at(n), None));
        assert_eq!((ledger.seen(), ledger.entries.len()), (seen(1000, []), 2));
        ledger.handle(number);
        assert_eq!((ledger.seen(), ledger.entries.len()), (seen(2000, []), 0));
    }

    #[test]
    fn what_is_handled_behind_one_that_is_not_does_not_pile_up() {
        let mut ledger = ledger();
        let first = read(&mut ledger, 1);
        for number in (2..=4000).step_by(2) {
            let (one, other) = (read(&mut ledger, number), read(&mut ledger, number + 1));
            ledger.handle(other);
            assert_eq!(ledger.open(), 2);
            ledger.handle(one);
            ledger.handle(one);
            assert!(ledger.entries.len() <= 2, "{}", ledger.entries.len());
        }
        let kept = ledger.seen();
        assert_eq!((kept.cursor, kept.ahead.len()), (at(0), AHEAD));
        assert_eq!(kept.ahead[..3], [spot(2), spot(3), spot(4)]);
        ledger.handle(first);
        assert_eq!((ledger.seen(), ledger.open()), (seen(4001, []), 0));
    }

    #[test]
    fn handling_up_to_a_number_leaves_what_came_later() {
        let mut ledger = ledger();
        let first = read(&mut ledger, 1);
        read(&mut ledger, 2);
        ledger.handle_to(first);
        assert_eq!((ledger.seen(), ledger.open()), (seen(1, []), 1));
    }

    #[test]
    fn what_was_handled_beyond_the_place_is_known_at_the_next_opening() {
        let mut ledger = Ledger::new(seen(0, [2, 3, 9]));
        let first = read(&mut ledger, 1);
        assert!(!ledger.was_handled(&spot(1)));
        assert_eq!(ledger.seen(), seen(0, [2, 3, 9]), "until it is met");
        for number in [2, 3] {
            assert!(ledger.was_handled(&spot(number)));
            ledger.pass(at(number), Some(spot(number)));
        }
        assert_eq!(ledger.seen(), seen(0, [2, 3, 9]), "and as long as the place is before it");
        ledger.handle(first);
        assert_eq!(ledger.seen(), seen(3, [9]));
        ledger.forget(&Channel::new("b").unwrap());
        assert_eq!(ledger.seen(), seen(3, [9]));
        ledger.forget(&channel());
        assert_eq!(ledger.seen(), seen(3, []));
    }
}
