//! What a process writes down, line by line, and finds again after it was killed.
//!
//! A line is eight hex digits of CRC-32 (IEEE), a space, and JSON. It is one write: it is
//! there as a whole, or its end is torn and it never was.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use popkit_benches::Failure;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A journal that is written to.
#[derive(Debug)]
pub(crate) struct Journal(Mutex<File>);

impl Journal {
    /// Opens or makes it; answers with all its lines. A torn one is cut off.
    pub(crate) fn open<T: DeserializeOwned>(path: &Path) -> Result<(Self, Vec<T>), Failure> {
        let mut file =
            OpenOptions::new().read(true).append(true).create(true).truncate(false).open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let (lines, whole) = parse(path, &bytes)?;
        file.set_len(whole)?;
        Ok((Self(Mutex::new(file)), lines))
    }

    /// Writes a line.
    pub(crate) fn add(&self, line: &impl Serialize) -> Result<(), Failure> {
        let json = serde_json::to_string(line)?;
        let text = format!("{:08x} {json}\n", crc32fast::hash(json.as_bytes()));
        // Not synced: a process that is killed leaves what it wrote.
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(file.write_all(text.as_bytes())?)
    }
}

/// All lines of a journal; none where it is not there yet.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, Failure> {
    Tail::new(path.to_owned()).more()
}

/// Somebody else's journal, read as it grows.
#[derive(Debug)]
pub(crate) struct Tail {
    path: PathBuf,
    at: u64,
}

impl Tail {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, at: 0 }
    }

    /// The lines that came since.
    pub(crate) fn more<T: DeserializeOwned>(&mut self) -> Result<Vec<T>, Failure> {
        let mut file = match File::open(&self.path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            file => file?,
        };
        file.seek(SeekFrom::Start(self.at))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let (lines, whole) = parse(&self.path, &bytes)?;
        self.at += whole;
        Ok(lines)
    }
}

/// The whole lines, and how many bytes they are. Only the last line may be torn.
fn parse<T: DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<(Vec<T>, u64), Failure> {
    let (mut lines, mut whole) = (Vec::new(), 0);
    for text in bytes.split_inclusive(|byte| *byte == b'\n') {
        let Some(text) = text.strip_suffix(b"\n") else { break };
        let damaged = || format!("{}: the line at byte {whole} is damaged", path.display());
        let (sum, json) = text.split_at_checked(9).ok_or_else(damaged)?;
        if sum != format!("{:08x} ", crc32fast::hash(json)).as_bytes() {
            return Err(damaged().into());
        }
        lines.push(serde_json::from_slice(json)?);
        whole += text.len() + 1;
    }
    Ok((lines, whole as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_line_never_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        let (journal, lines) = Journal::open::<u64>(&path).unwrap();
        assert!(lines.is_empty());
        journal.add(&1).unwrap();
        journal.add(&2).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        let mut tail = Tail::new(path.clone());
        assert_eq!(tail.more::<u64>().unwrap(), [1]);
        let (journal, lines) = Journal::open::<u64>(&path).unwrap();
        assert_eq!(lines, [1]);
        journal.add(&3).unwrap();
        assert_eq!(tail.more::<u64>().unwrap(), [3]);
        assert_eq!(read::<u64>(&path).unwrap(), [1, 3]);
    }

    #[test]
    fn damage_before_the_end_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        let (journal, _) = Journal::open::<u64>(&path).unwrap();
        journal.add(&1).unwrap();
        journal.add(&2).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[9] = b'7';
        std::fs::write(&path, bytes).unwrap();
        let error = read::<u64>(&path).unwrap_err().to_string();
        assert!(error.contains("the line at byte 0 is damaged"), "{error}");
    }
}
