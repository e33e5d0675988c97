//! Finding the end of a log, and going on after what cannot be read.
//!
//! Nothing is ever overwritten or cut off: what is torn stays where it is, and the log goes on
//! in a new segment that counts one more repair.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use popkit_protocol::Timestamp;

use crate::backend::file::disk::boot::boot;
use crate::backend::file::disk::layout::{SegmentId, segments};
use crate::backend::file::disk::record::Spot;
use crate::backend::file::disk::scan::to_end;
use crate::backend::file::disk::segment::{self, Head};
use crate::backend::file::disk::turn::Mark;
use crate::backend::file::disk::{files, latest};

/// The end of a log, as this process knows it.
#[derive(Debug)]
pub(super) struct Tail {
    pub(super) file: Arc<File>,
    pub(super) head: Head,
    pub(super) length: u64,
    /// The number of the next message.
    pub(super) next: u64,
    /// Changes of latest values.
    pub(super) changes: u64,
}

/// What has to be known to find it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site<'a> {
    pub(super) folder: &'a Path,
    pub(super) turn: &'a File,
    pub(super) epoch: u64,
    pub(super) now: Timestamp,
    pub(super) synced: bool,
}

impl Tail {
    pub(super) fn mark(&self) -> Mark {
        let (length, next, changes) = (self.length, self.next, self.changes);
        Mark { segment: self.head.id, length, next, changes }
    }

    /// Brings what is known up to date; only under the lock.
    ///
    /// Believes the mark where the segment is just as long as it says.
    pub(super) fn refresh(known: Option<Self>, site: Site<'_>) -> io::Result<Self> {
        let mark = Mark::read(site.turn)?;
        if let Some(mut tail) = known
            && let Some(mark) = mark.filter(|mark| mark.segment == tail.head.id)
            && files::is_at(&tail.file, &mark.segment.path(site.folder))?
            && tail.file.metadata()?.len() == mark.length
            && tail.length <= mark.length
        {
            (tail.length, tail.next, tail.changes) = (mark.length, mark.next, mark.changes);
            return Ok(tail);
        }
        Self::find(site, mark)
    }

    /// Reads the newest segment.
    fn find(site: Site<'_>, mark: Option<Mark>) -> io::Result<Self> {
        let changes =
            latest::last_change(site.folder, site.epoch)?.max(mark.map_or(0, |mark| mark.changes));
        let Some(newest) = segments(site.folder)?.last().copied() else {
            let first = SegmentId { first: 1, repair: 0 };
            return Self::begin(site, first, changes);
        };
        let file = files::open_append(&newest.path(site.folder))?;
        let head = Head::read(&file)?.filter(|head| head.epoch == site.epoch && head.id == newest);
        let begin = Spot { epoch: site.epoch, at: segment::HEAD };
        let end = to_end(&file, begin, newest.first)?;
        if let Some(head) = head.filter(|head| end.torn == 0 && head.boot == boot()) {
            if site.synced {
                // Who made it may have been killed before its name was on the disk.
                files::sync_folder(site.folder)?;
            }
            let (length, next) = (end.at, end.next);
            return Ok(Self { file: Arc::new(file), head, length, next, changes });
        }
        #[cfg(feature = "tracing")]
        if end.torn > 0 || head.is_none() {
            tracing::warn!(
                segment = %newest.path(site.folder).display(),
                torn = end.torn,
                "the end of a log cannot be read; the log goes on in a new segment"
            );
        }
        let repaired = SegmentId { first: end.next, repair: newest.repair + 1 };
        Self::begin(site, repaired, changes)
    }

    /// Goes on in a new segment. The one before is to be synced by the caller.
    pub(super) fn roll(&self, site: Site<'_>) -> io::Result<Self> {
        let next = SegmentId { first: self.next, repair: self.head.id.repair };
        Self::begin(site, next, self.changes)
    }

    fn begin(site: Site<'_>, id: SegmentId, changes: u64) -> io::Result<Self> {
        let (length, next) = (segment::HEAD, id.first);
        Mark { segment: id, length, next, changes }.write(site.turn)?;
        let head = Head { epoch: site.epoch, id, made: site.now, boot: boot() };
        let file = Arc::new(segment::create(site.folder, head, site.synced)?);
        Ok(Self { file, head, length, next, changes })
    }
}
