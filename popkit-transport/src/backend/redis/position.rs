//! What a position of this backend says: `EPOCH.ID`.

use popkit_redis::StreamId;

use crate::{Position, Result};

/// Where a message stands, or where a reader is: after the entry `id`.
///
/// The second part of an id is the message's number in its log, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Place {
    /// The number that was drawn when the log began; 0 before a log's first message, which is
    /// a place in any log.
    pub(super) epoch: u64,
    pub(super) id: StreamId,
}

impl Place {
    pub(super) fn new(epoch: u64, id: StreamId) -> Self {
        Self { epoch, id }
    }

    /// Before this entry, and behind the one numbered before it.
    pub(super) fn before(epoch: u64, id: StreamId) -> Self {
        Self { epoch, id: StreamId::new(id.ms, id.seq.saturating_sub(1)) }
    }

    pub(super) fn position(self) -> Result<Position> {
        Position::new(format!("{}.{}", epoch_text(self.epoch), self.id))
    }

    /// Reads a position; `None` for one of another backend.
    pub(super) fn of(position: &Position) -> Option<Self> {
        let (epoch, id) = position.as_str().split_once('.')?;
        let place = Self { epoch: read_epoch(epoch.as_bytes())?, id: id.parse().ok()? };
        (place.epoch != 0 || place.id == StreamId::ZERO).then_some(place)
    }
}

/// As it is kept on the server: 16 hexadecimal digits.
pub(super) fn epoch_text(epoch: u64) -> String {
    format!("{epoch:016x}")
}

pub(super) fn read_epoch(text: &[u8]) -> Option<u64> {
    let text = str::from_utf8(text).ok().filter(|text| text.len() == 16)?;
    u64::from_str_radix(text, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_survives_its_position() {
        for place in [
            Place::default(),
            Place::new(7, StreamId::new(1_789_000_000_000, 41)),
            Place::new(u64::MAX, StreamId::new(u64::MAX, u64::MAX)),
        ] {
            assert_eq!(Place::of(&place.position().unwrap()), Some(place));
        }
        let foreign =
            ["7", "0000000000000007", "7.1-2", "0000000000000007.1", "0000000000000000.1-2"];
        for text in foreign {
            assert_eq!(Place::of(&Position::new(text).unwrap()), None, "{text}");
        }
    }
}
