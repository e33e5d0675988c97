//! Where a reader is in one stream.

use super::event::StreamStart;
use super::id::StreamId;
use super::summary::Summary;

/// Where a reader is in one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The last entry that was read; what follows is asked for.
    pub(super) read: StreamId,
    /// How many entries were ever added up to `read`, that one included, as far as known: by
    /// the difference to what the server counts, losses show.
    pub(super) count: Option<u64>,
    /// What was read when the stream was last looked at.
    pub(super) checked: StreamId,
    /// The first entry of the stream of which it is known that nothing is missing before it.
    pub(super) sound: Option<StreamId>,
}

impl Place {
    /// Where to begin in a stream of which this is known.
    pub(super) fn new(start: StreamStart, found: Option<&Summary>) -> Self {
        let at = |read, count, sound| Self { read, count, checked: read, sound };
        match (start, found) {
            (StreamStart::Now, Some(found)) => at(found.last, found.added, None),
            // What is gone already is not missed.
            (StreamStart::Earliest, Some(found)) => {
                at(StreamId::ZERO, found.removed(), found.first)
            }
            (StreamStart::After(id), _) if id != StreamId::ZERO => at(id, None, None),
            // Nothing was ever added, or nothing of it was read.
            (_, None) | (StreamStart::After(_), _) => at(StreamId::ZERO, Some(0), None),
        }
    }

    /// Entries were read, up to this one.
    pub(super) fn advance(&mut self, to: StreamId, entries: usize) {
        self.read = to;
        let entries = u64::try_from(entries).unwrap_or(u64::MAX);
        self.count = self.count.map(|count| count.saturating_add(entries));
    }
}
