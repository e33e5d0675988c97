//! Removing what is no longer kept, a segment at a time.

use std::fs::File;
use std::io;
use std::path::Path;

use popkit_protocol::Timestamp;

use crate::Keep;
use crate::backend::file::disk::layout::{SegmentId, segments};
use crate::backend::file::disk::segment::Head;
use crate::backend::file::disk::{files, latest};

/// Under the lock: removes what crashed appenders left, and the oldest segments as long as what remains is all that has to be kept. The
/// newest stays in any case.
pub(super) fn prune(folder: &Path, keep: Keep, next: u64, now: Timestamp) -> io::Result<()> {
    files::sweep(folder)?;
    latest::sweep(folder)?;
    let all = segments(folder)?;
    let mut sizes = Vec::with_capacity(all.len());
    for id in &all {
        sizes.push(std::fs::metadata(id.path(folder))?.len());
    }
    let mut remaining: u64 = sizes.iter().sum();
    for ((oldest, successor), size) in all.iter().zip(all.iter().skip(1)).zip(sizes) {
        remaining -= size;
        let enough = keep.messages.is_some_and(|most| next - successor.first.min(next) >= most)
            || keep.bytes.is_some_and(|most| remaining >= most)
            || keep.age.is_some_and(|age| is_older(folder, *successor, age, now));
        if !enough {
            return Ok(());
        }
        std::fs::remove_file(oldest.path(folder))?;
    }
    Ok(())
}

/// Whether all messages before this segment are older.
fn is_older(folder: &Path, id: SegmentId, age: std::time::Duration, now: Timestamp) -> bool {
    let head = File::open(id.path(folder)).and_then(|file| Head::read(&file));
    // A segment that cannot be read proves nothing.
    head.is_ok_and(|head| head.is_some_and(|head| now.since(head.made) > age))
}
