//! What must hold of whatever was read.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use crate::{Delivery, Event};

/// The number that a message has for its payload.
pub(super) fn number(message: &Delivery) -> u64 {
    let text = String::from_utf8_lossy(&message.payload);
    text.parse().unwrap_or_else(|_| panic!("a payload that nobody published: {text:?}"))
}

/// Checks that events of one channel tell all of these numbers: each once, in order, as
/// message or as missing. A gap that says how many are missing must be right. Answers with
/// the numbers that were read.
pub fn account(events: &[Event], all: RangeInclusive<u64>) -> Vec<u64> {
    let mut read = Vec::new();
    let mut next = *all.start();
    // After a gap that does not know how many are missing.
    let mut unsure = false;
    for event in events {
        match event {
            Event::Message(message) => {
                let number = number(message);
                let fits = if unsure { number >= next } else { number == next };
                assert!(fits, "number {number} where {next} is due, after {read:?}");
                (next, unsure) = (number + 1, false);
                read.push(number);
            }
            Event::Gap(gap) => match gap.missed {
                Some(0) => panic!("a gap where nothing is missing: {gap:?}"),
                Some(missed) => next += missed,
                None => unsure = true,
            },
            Event::Reset { channel, .. } => panic!("{channel} is no other log"),
        }
    }
    let end = all.end() + 1;
    assert!(next == end || unsure && next < end, "told up to {next}, not {end}: {read:?}");
    read
}

/// What one reader was told of several publishers whose payloads are `PUBLISHER NUMBER`:
/// each one's numbers must come as 1, 2, 3 … on each channel.
#[derive(Debug, Default)]
pub struct Ledger {
    last: BTreeMap<String, u64>,
    /// All payloads, in the order they were read.
    order: Vec<String>,
}

impl Ledger {
    /// Enters an event; anything lost, repeated or out of order is seen at once.
    pub fn enter(&mut self, event: &Event) {
        let Event::Message(message) = event else { panic!("nothing is missing, yet: {event:?}") };
        let text = String::from_utf8_lossy(&message.payload).into_owned();
        let (publisher, number) = text.split_once(' ').expect("`PUBLISHER NUMBER`");
        let number: u64 = number.parse().expect("a number");
        let last = self.last.entry(format!("{publisher} on {}", message.channel)).or_default();
        assert!(number > *last, "repeated: {text:?} after {last}");
        assert!(number == *last + 1, "lost: {text:?} after {last}");
        *last = number;
        self.order.push(text);
    }

    /// How many messages were entered.
    #[must_use]
    pub fn total(&self) -> usize {
        self.order.len()
    }

    /// The payloads, in the order they were entered.
    #[must_use]
    pub fn order(&self) -> &[String] {
        &self.order
    }
}
