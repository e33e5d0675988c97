//! Where a new reader starts.

use std::fs::File;
use std::io;

use popkit_protocol::Channel;

use super::tape::{Start as TapeStart, Stop, Tape};
use crate::backend::file::classify::refused;
use crate::backend::file::disk::folder::Folder;
use crate::backend::file::disk::layout::segments;
use crate::backend::file::disk::record::Spot as RecordSpot;
use crate::backend::file::disk::scan::to_end;
use crate::backend::file::disk::turn::Mark;
use crate::backend::file::disk::{latest, segment};
use crate::backend::file::position::Place as Spot;
use crate::{Place, Result, Start, SubscribeOptions};

/// Where a log ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct LogEnd {
    pub(super) repair: u32,
    /// The last message; 0 where there was none.
    pub(super) number: u64,
    pub(super) offset: u64,
    /// Changes of latest values.
    pub(super) changes: u64,
}

/// Finds where a log ends, without its lock: at least all that was answered before.
pub(super) fn end_of(folder: &Folder) -> io::Result<LogEnd> {
    let mark = match File::open(folder.path.join("turn")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        turn => Mark::read(&turn?)?,
    };
    let changes = match mark {
        Some(mark) => mark.changes,
        None => latest::last_change(&folder.path, folder.epoch)?,
    };
    let Some(newest) = segments(&folder.path)?.last().copied() else {
        return Ok(LogEnd { repair: 0, number: 0, offset: segment::HEAD, changes });
    };
    let file = File::open(newest.path(&folder.path))?;
    if let Some(mark) = mark
        && mark.segment == newest
        && file.metadata()?.len() == mark.length
    {
        let (number, offset) = (mark.next - 1, mark.length);
        return Ok(LogEnd { repair: newest.repair, number, offset, changes });
    }
    let begin = RecordSpot { epoch: folder.epoch, at: segment::HEAD };
    let end = to_end(&file, begin, newest.first)?;
    Ok(LogEnd { repair: newest.repair, number: end.next - 1, offset: end.at, changes })
}

pub(super) fn begin(
    channel: Channel,
    folder: Folder,
    opts: &SubscribeOptions,
) -> Result<(Tape, Place)> {
    let end = end_of(&folder).map_err(|e| refused("read", &folder.path, e))?;
    let stop =
        (!opts.follow).then_some(Stop { log: (end.repair, end.number), changes: end.changes });
    let from_end = TapeStart {
        spot: Spot {
            epoch: folder.epoch,
            repair: end.repair,
            number: end.number,
            offset: end.offset,
        },
        seen: end.changes,
        ..TapeStart::default()
    };
    // Before the first message ever: what is no longer kept is told by a gap.
    let oldest = Spot { epoch: folder.epoch, ..Spot::default() };
    let (start, known) = match &opts.start {
        Start::Now => (from_end, None),
        Start::Earliest => (TapeStart { spot: oldest, ..<_>::default() }, None),
        Start::After(cursor) => match cursor.get(&channel) {
            None => (TapeStart { spot: oldest, ..<_>::default() }, None),
            Some(place) => match Spot::of(&place.position).filter(|s| s.epoch == folder.epoch) {
                // The end that it saw is gone: a crash of the machine took what was not synced.
                Some(spot) if spot.repair >= end.repair && spot.number > end.number => {
                    (TapeStart { shortened: true, seen: 0, ..from_end }, Some(place))
                }
                Some(spot) => (TapeStart { spot, ..<_>::default() }, Some(place)),
                None => (TapeStart { spot: oldest, reset: true, ..<_>::default() }, None),
            },
        },
    };
    let place = match &opts.start {
        // Until the reset is told the cursor stays one of the other log: whoever goes on from it
        // is told, too.
        Start::After(cursor) if start.reset => cursor.get(&channel).cloned(),
        _ => None,
    };
    let place = match place {
        Some(other) => other,
        None => {
            let position = start.spot.position()?;
            match known {
                Some(known) => Place { position, ..known.clone() },
                None => Place::at(position),
            }
        }
    };
    Ok((Tape::new(channel, folder, start, stop), place))
}
