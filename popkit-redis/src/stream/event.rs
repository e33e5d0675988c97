//! What a reader begins with, and what it tells.

use super::entry::Entry;
use super::id::StreamId;

/// Where a reader begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamStart {
    /// With what is added from now on.
    Now,
    /// With the first entry that is there.
    Earliest,
    /// With what follows this entry, which was read before. What has been removed since is
    /// told as a gap.
    After(StreamId),
}

/// One thing that a reader tells. `stream` is the place of the stream in the list that the
/// reader was opened with.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamEvent {
    /// Entries, in the order of the stream; at least one.
    Entries {
        /// Whose they are.
        stream: usize,
        /// They themselves.
        entries: Vec<Entry>,
    },
    /// Entries were removed before they were read.
    Gap {
        /// The stream.
        stream: usize,
        /// What was read last before them.
        after: StreamId,
        /// What is there again behind them; `None` where nothing is, or where they are known
        /// only by their number.
        before: Option<StreamId>,
        /// How many they are, where the server tells.
        missing: Option<u64>,
    },
    /// The stream is another one than was read before: it was removed and made anew, or the
    /// server lost its end. Reading goes on with its first entry.
    Reset {
        /// The stream.
        stream: usize,
    },
}
