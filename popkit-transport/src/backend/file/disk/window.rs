//! Reading a file forward, in large pieces.

use std::fs::File;
use std::io;

use super::files;

/// Bytes read at once.
const PIECE: usize = 128 * 1024;

/// A piece of a file in memory.
#[derive(Debug, Default)]
pub(in crate::backend::file) struct Window {
    buffer: Vec<u8>,
    /// How many bytes of the buffer are the file's, and from where on.
    filled: usize,
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
        if self.from(offset).len() < want {
            let size = want.max(PIECE);
            if self.buffer.len() < size {
                self.buffer.resize(size, 0);
            }
            (self.filled, self.at) = (0, offset);
            self.filled = files::read_at(file, &mut self.buffer, offset)?;
        }
        Ok(self.from(offset))
    }

    fn from(&self, offset: u64) -> &[u8] {
        let skip = offset.checked_sub(self.at).and_then(|skip| usize::try_from(skip).ok());
        let filled = self.buffer.get(..self.filled).unwrap_or_default();
        skip.and_then(|skip| filled.get(skip..)).unwrap_or_default()
    }

    /// Reads anew next time.
    pub(in crate::backend::file) fn forget(&mut self) {
        self.filled = 0;
    }
}
