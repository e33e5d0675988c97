//! Which numbered messages were handled before.

use std::collections::BTreeMap;

use popkit_protocol::Envelope;
use serde::{Deserialize, Serialize};

use super::Origin;

/// Producers that are remembered, per channel; who was silent for longest gives way.
const PRODUCERS: usize = 512;
/// Numbers below the highest that may still come.
const WINDOW: u64 = 128;

/// The numbers that were handled, per producer and channel.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::machine) struct Seen {
    windows: BTreeMap<String, Window>,
    /// Counts the calls, to know who was silent for longest.
    turn: u64,
}

/// The highest number, and which of those before it were handled: the lowest bit of the
/// first half is the one right before it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Window {
    highest: u64,
    before: [u64; 2],
    turn: u64,
}

impl Seen {
    /// Notes a message; `false` where it was handled before, or is too old to know.
    pub(in crate::machine) fn is_new(&mut self, origin: Origin, envelope: &Envelope) -> bool {
        self.turn = self.turn.saturating_add(1);
        let turn = self.turn;
        let key = format!("{}@{}", origin.producer, envelope.topic().name());
        if let Some(window) = self.windows.get_mut(&key) {
            window.turn = turn;
            return window.note(origin.sequence);
        }
        if self.windows.len() >= PRODUCERS {
            let oldest = self.windows.iter().min_by_key(|(_, w)| w.turn).map(|(k, _)| k.clone());
            oldest.and_then(|key| self.windows.remove(&key));
        }
        let window = Window { highest: origin.sequence, before: [0; 2], turn };
        self.windows.insert(key, window);
        true
    }
}

impl Window {
    fn note(&mut self, number: u64) -> bool {
        let mut bits = u128::from(self.before[0]) | u128::from(self.before[1]) << 64;
        let is_new = if number > self.highest {
            let ahead = number - self.highest;
            let old_highest = 1_u128.checked_shl(bit(ahead - 1)).unwrap_or(0);
            bits = bits.checked_shl(bit(ahead)).unwrap_or(0) | old_highest;
            self.highest = number;
            true
        } else {
            let behind = self.highest - number;
            let mask = match behind {
                0 => 0,
                _ => 1_u128.checked_shl(bit(behind - 1)).unwrap_or(0),
            };
            let is_new = behind > 0 && behind <= WINDOW && bits & mask == 0;
            bits |= mask;
            is_new
        };
        let low = bits & u128::from(u64::MAX);
        self.before = [u64::try_from(low).unwrap_or(0), u64::try_from(bits >> 64).unwrap_or(0)];
        is_new
    }
}

/// A distance as a shift; what is too far shifts everything out.
fn bit(distance: u64) -> u32 {
    u32::try_from(distance).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(numbers: &[u64]) -> Vec<bool> {
        let mut window = Window { highest: numbers[0], ..Window::default() };
        numbers[1..].iter().map(|n| window.note(*n)).collect()
    }

    #[test]
    fn each_number_is_new_once_in_any_order() {
        assert_eq!(
            fed(&[1, 2, 2, 1, 5, 3, 4, 3, 5]),
            [true, false, false, true, true, true, false, false]
        );
        assert_eq!(fed(&[0, 0, 128, 0, 1, 1]), [false, true, false, true, false]);
        assert_eq!(
            fed(&[7, 1000, 7, 872, 871, u64::MAX, 1000]),
            [true, false, true, false, true, false]
        );
    }
}
