//! Reading a file forward, in large pieces.

use std::fs::File;
use std::io;

use super::files;

/// Bytes read at once.
const PIECE: usize = 128 * 1024;

/// A piece of a file in memory.
#[derive(Debug, Default)]
pub(in crate::backend::file) struct Window {
    bytes: Vec<u8>,
    at: u64,
}

impl Window {
    /// What the file has from `offset` on: at least `want` bytes, or all there is. May be as old
    /// as the last [`forget`](Self::forget).
    pub(in crate::backend::file) fn get(
        &mut self,
        file: &File,
        offset: u64,
        want: usize,
    ) -> io::Result<&[u8]> {
        let skip = offset.checked_sub(self.at).and_then(|skip| usize::try_from(skip).ok());
        let there = skip.and_then(|skip| self.bytes.get(skip..)).is_some_and(|b| b.len() >= want);
        if !there {
            self.bytes.resize(want.max(PIECE), 0);
            self.at = offset;
            let count = files::read_at(file, &mut self.bytes, offset)?;
            self.bytes.truncate(count);
        }
        let skip = usize::try_from(offset - self.at).unwrap_or(usize::MAX);
        Ok(self.bytes.get(skip..).unwrap_or_default())
    }

    /// Reads anew next time.
    pub(in crate::backend::file) fn forget(&mut self) {
        self.bytes.clear();
    }
}
