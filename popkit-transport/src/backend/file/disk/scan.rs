//! Going through the records of a segment.

use std::fs::File;
use std::io;

use super::record::{self, Parsed, Record, Spot};
use super::window::Window;

/// What stands at a place of a segment.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::backend::file) enum Found<'w> {
    /// A record, and where the next thing stands.
    Record(Record<'w>, u64),
    /// The end of the file.
    End,
    /// Something that is no record; the next record begins at the offset, where there is one.
    Damage(Option<u64>),
}

/// Looks at a place of a segment.
///
/// Somebody may be in the middle of writing what stands there. Records are written one after the
/// other, so once a later one is seen whole, what precedes it is whole, too: only what is then
/// still no record, read again, is damaged.
pub(in crate::backend::file) fn look<'w>(
    file: &File,
    window: &'w mut Window,
    spot: Spot,
) -> io::Result<Found<'w>> {
    let at = spot.at;
    if window.get(file, at, 1)?.is_empty() {
        return Ok(Found::End);
    }
    let (mut length, mut behind) = (record_at(file, window, spot)?, None);
    if length.is_none() {
        behind = find(file, spot)?;
        window.forget();
        length = record_at(file, window, spot)?;
        if length.is_none() && behind.is_some() {
            behind = find(file, spot)?;
        }
    }
    match record::parse(window.get(file, at, length.unwrap_or(1))?, spot) {
        Parsed::Record(record, length) => Ok(Found::Record(record, at + length as u64)),
        _ => Ok(Found::Damage(behind)),
    }
}

/// The length of the record that stands there.
fn record_at(file: &File, window: &mut Window, spot: Spot) -> io::Result<Option<usize>> {
    let mut want = 1;
    loop {
        let bytes = window.get(file, spot.at, want)?;
        match record::parse(bytes, spot) {
            Parsed::Record(_, length) => return Ok(Some(length)),
            // The piece may end within it.
            Parsed::Short(more) if more > want && bytes.len() >= want => want = more,
            Parsed::Short(_) | Parsed::Bad => return Ok(None),
        }
    }
}

/// Where the next record begins after this spot.
fn find(file: &File, mut spot: Spot) -> io::Result<Option<u64>> {
    let mut window = Window::default();
    let end = file.metadata()?.len();
    loop {
        // Twice the longest: a record that begins in the first half is there as a whole.
        let left = usize::try_from(end.saturating_sub(spot.at)).unwrap_or(usize::MAX);
        let bytes = window.get(file, spot.at, left.min(2 * record::LONGEST))?;
        if let Some(found) = record::find(bytes, spot) {
            return Ok(Some(spot.at + found as u64));
        }
        if left <= 2 * record::LONGEST {
            return Ok(None);
        }
        spot.at += record::LONGEST as u64;
    }
}

/// Where a segment ends, as far as it can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::backend::file) struct End {
    /// The end of the last record.
    pub(in crate::backend::file) at: u64,
    /// The number after that of the last record.
    pub(in crate::backend::file) next: u64,
    /// Bytes after it that are no record: a torn tail.
    pub(in crate::backend::file) torn: u64,
}

/// Reads a segment from the record at this spot, which has number `next`, to its end.
pub(in crate::backend::file) fn to_end(
    file: &File,
    Spot { epoch, mut at }: Spot,
    mut next: u64,
) -> io::Result<End> {
    let mut window = Window::default();
    loop {
        match look(file, &mut window, Spot { epoch, at })? {
            Found::Record(record, behind) => {
                next = next.max(record.number + 1);
                at = behind;
            }
            Found::Damage(Some(behind)) => at = behind,
            Found::End => return Ok(End { at, next, torn: 0 }),
            Found::Damage(None) => {
                let torn = file.metadata()?.len().saturating_sub(at);
                return Ok(End { at, next, torn });
            }
        }
    }
}
