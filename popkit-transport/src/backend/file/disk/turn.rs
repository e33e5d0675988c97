//! The file `turn`: appenders lock it, and it says where the log ends.
//!
//! What it says is a hint, for it is never synced. An appender that knows a log already may
//! believe it where the segment has just the length that it says; everybody else reads the
//! segment. It names a segment before that is made, so a segment that it does not name is
//! never the newest for long.

use std::fs::{File, TryLockError};
use std::io;
use std::thread;
use std::time::Duration;

use super::files;
use super::layout::SegmentId;

/// Bytes of what it says.
const LENGTH: usize = 48;

/// What says more, or that the next message is none, is no mark: counting on from it must not
/// overflow.
const MOST: u64 = 1 << 62;

/// Where a log ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::backend::file) struct Mark {
    /// The newest segment.
    pub(in crate::backend::file) segment: SegmentId,
    /// Its length.
    pub(in crate::backend::file) length: u64,
    /// The number of the next message.
    pub(in crate::backend::file) next: u64,
    /// Changes of latest values.
    pub(in crate::backend::file) changes: u64,
}

impl Mark {
    fn encode(self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        let words = [
            self.segment.first,
            u64::from(self.segment.repair),
            self.length,
            self.next,
            self.changes,
        ];
        let body = words.into_iter().flat_map(u64::to_le_bytes);
        bytes.iter_mut().zip(body).for_each(|(to, from)| *to = from);
        let sum = crc32fast::hash(bytes.get(..40).unwrap_or_default()).to_le_bytes();
        bytes.iter_mut().skip(40).zip(sum).for_each(|(to, from)| *to = from);
        bytes
    }

    fn parse(bytes: &[u8; LENGTH]) -> Option<Self> {
        let (body, sum) = bytes.split_at_checked(40)?;
        if !sum.starts_with(&crc32fast::hash(body).to_le_bytes()) {
            return None;
        }
        let word =
            |at: usize| body.get(at * 8..at * 8 + 8)?.try_into().ok().map(u64::from_le_bytes);
        let segment = SegmentId { first: word(0)?, repair: u32::try_from(word(1)?).ok()? };
        let (length, next, changes) = (word(2)?, word(3)?, word(4)?);
        let counted = next > 0 && [length, next, changes].iter().all(|number| *number <= MOST);
        counted.then_some(Self { segment, length, next, changes })
    }

    /// What the file says; `None` where it says nothing that can be read.
    pub(in crate::backend::file) fn read(turn: &File) -> io::Result<Option<Self>> {
        let mut bytes = [0; LENGTH];
        let count = files::read_at(turn, &mut bytes, 0)?;
        Ok((count == LENGTH).then(|| Self::parse(&bytes)).flatten())
    }

    /// Says so from now on. Only under the lock.
    pub(in crate::backend::file) fn write(self, turn: &File) -> io::Result<()> {
        files::write_at_start(turn, &self.encode())
    }
}

/// Tries at short notice, for a peer that is in the middle of a write.
const EAGER: u32 = 20;
const NAP: Duration = Duration::from_micros(50);
const LONGEST_NAP: Duration = Duration::from_millis(1);
/// How long a peer may keep the lock. It is held for a write, now and then for the sync of a new
/// segment; somebody who keeps it longer is stopped, or its disk is.
const PATIENCE: Duration = Duration::from_secs(5);

/// The lock, until dropped.
#[derive(Debug)]
pub(in crate::backend::file) struct Locked<'t>(&'t File);

impl<'t> Locked<'t> {
    /// Waits for the lock; `Ok(None)` where somebody keeps it.
    pub(in crate::backend::file) fn take(turn: &'t File) -> io::Result<Option<Self>> {
        let (mut waited, mut nap) = (Duration::ZERO, NAP);
        for tries in 1_u32.. {
            match turn.try_lock() {
                Ok(()) => return Ok(Some(Self(turn))),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(error),
            }
            if tries < EAGER {
                thread::yield_now();
                continue;
            }
            if waited >= PATIENCE {
                break;
            }
            thread::sleep(nap);
            waited += nap;
            nap = (nap * 2).min(LONGEST_NAP);
        }
        Ok(None)
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        // It cannot fail on a file that is open and locked; closing it ends the lock too.
        let _ = self.0.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_survives_its_bytes_and_a_torn_one_is_none() {
        let segment = SegmentId { first: 12, repair: 3 };
        let mark = Mark { segment, length: 400, next: 15, changes: 2 };
        let bytes = mark.encode();
        assert_eq!(Mark::parse(&bytes), Some(mark));
        assert_eq!(Mark::parse(&[0; LENGTH]), None);
        for next in [0, u64::MAX] {
            assert_eq!(Mark::parse(&Mark { next, ..mark }.encode()), None);
        }
        for at in 0..44 {
            let mut changed = bytes;
            changed[at] ^= 1;
            assert_eq!(Mark::parse(&changed), None, "{at}");
        }
    }
}
