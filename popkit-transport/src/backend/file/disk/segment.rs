//! A segment file: a head, then records.
//!
//! ```text
//! 0   8  POPKITM1
//! 8   8  number of the channel's folder    all numbers little-endian
//! 16  8  number of the first message
//! 24  8  when it was made, microseconds since 1970: no message before it is younger
//! 32  8  the start of the machine in which it was made
//! 40  4  repairs before it
//! 44  4  CRC-32 (IEEE) of what precedes
//! ```

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use popkit_protocol::Timestamp;

use super::files;
use super::layout::SegmentId;

const MARK: &[u8; 8] = b"POPKITM1";
/// Where the records begin.
pub(in crate::backend::file) const HEAD: u64 = 48;
const LENGTH: usize = 48;

/// The head of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::backend::file) struct Head {
    pub(in crate::backend::file) epoch: u64,
    pub(in crate::backend::file) id: SegmentId,
    pub(in crate::backend::file) made: Timestamp,
    pub(in crate::backend::file) boot: u64,
}

impl Head {
    fn encode(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.extend_from_slice(MARK);
        bytes.extend_from_slice(&self.epoch.to_le_bytes());
        bytes.extend_from_slice(&self.id.first.to_le_bytes());
        bytes.extend_from_slice(&self.made.as_micros().to_le_bytes());
        bytes.extend_from_slice(&self.boot.to_le_bytes());
        bytes.extend_from_slice(&self.id.repair.to_le_bytes());
        let sum = crc32fast::hash(&bytes);
        bytes.extend_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// Reads a head; `None` for what is none.
    pub(in crate::backend::file) fn parse(bytes: &[u8]) -> Option<Self> {
        let (head, sum) = bytes.get(..LENGTH)?.split_at_checked(LENGTH - 4)?;
        if !head.starts_with(MARK) || crc32fast::hash(head).to_le_bytes() != *sum {
            return None;
        }
        let word = |at: usize| head.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes);
        let repair = u32::from_le_bytes(head.get(40..44)?.try_into().ok()?);
        let id = SegmentId { first: word(16)?, repair };
        let (epoch, made, boot) = (word(8)?, Timestamp::from_micros(word(24)?), word(32)?);
        Some(Self { epoch, id, made, boot })
    }

    /// Reads the head of a file; `None` where it has none.
    pub(in crate::backend::file) fn read(file: &File) -> io::Result<Option<Self>> {
        let mut bytes = [0; LENGTH];
        let count = files::read_at(file, &mut bytes, 0)?;
        Ok(bytes.get(..count).and_then(Self::parse))
    }
}

/// Makes a segment that is there as a whole or not at all, and opens it for appending.
pub(in crate::backend::file) fn create(
    folder: &Path,
    head: Head,
    synced: bool,
) -> io::Result<File> {
    let path = head.id.path(folder);
    let (temporary, mut file) = files::create_temporary(folder)?;
    let made = file.write_all(&head.encode()).and_then(|()| {
        if synced {
            file.sync_all()?;
        }
        std::fs::rename(&temporary, &path)
    });
    if let Err(error) = made {
        let _ = std::fs::remove_file(&temporary);
        return Err(error);
    }
    if synced {
        files::sync_folder(folder)?;
    }
    files::open_append(&path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_survives_its_bytes_and_nothing_else_is_one() {
        let id = SegmentId { first: 12, repair: 3 };
        let head = Head { epoch: 7, id, made: Timestamp::from_micros(99), boot: 3 };
        let bytes = head.encode();
        assert_eq!(bytes.len() as u64, HEAD);
        assert_eq!(Head::parse(&bytes), Some(head));
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(Head::parse(&changed), None, "{at}");
            assert_eq!(Head::parse(&bytes[..at]), None, "{at}");
        }
    }
}
