//! What a position of this backend says: `EPOCH.REPAIR.NUMBER.OFFSET`.

use crate::{Position, Result};

/// Where a message stands, or where a reader is: after the message `number`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Place {
    /// The number that was drawn when the channel's folder was made.
    pub(super) epoch: u64,
    /// Repairs before the segment it stands in. The same number may have been given out
    /// twice, when the first one could not be read any more.
    pub(super) repair: u32,
    /// The message; 0 before the first.
    pub(super) number: u64,
    /// Where it ends in its segment: only to find it faster.
    pub(super) offset: u64,
}

/// The largest number that a message can have.
const MOST: u64 = 1 << 53;

impl Place {
    pub(super) fn position(self) -> Result<Position> {
        let Self { epoch, repair, number, offset } = self;
        Position::new(format!("{epoch:016x}.{repair}.{number}.{offset}"))
    }

    /// Reads a position; `None` for one of another backend.
    pub(super) fn of(position: &Position) -> Option<Self> {
        let mut parts = position.as_str().split('.');
        let epoch = u64::from_str_radix(parts.next()?, 16).ok()?;
        let (repair, number) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let offset = parts.next()?.parse().ok()?;
        let place = Self { epoch, repair, number, offset };
        (parts.next().is_none() && number <= MOST).then_some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_survives_its_position() {
        let place = Place { epoch: 7, repair: 3, number: 41, offset: 900 };
        assert_eq!(Place::of(&place.position().unwrap()), Some(place));
        let largest =
            Place { epoch: u64::MAX, repair: 999, number: 10_u64.pow(15), offset: 1 << 40 };
        assert_eq!(Place::of(&largest.position().unwrap()), Some(largest));
        let beyond = format!("0.1.{}.3", u64::MAX);
        for foreign in [beyond.as_str(), "7", "a.b", "0000.1.2", "0.1.2.3.4", "x.1.2.3"] {
            assert_eq!(Place::of(&Position::new(foreign).unwrap()), None, "{foreign}");
        }
    }
}
