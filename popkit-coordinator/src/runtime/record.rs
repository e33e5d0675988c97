//! The log of inputs in a file: JSON lines, the first one the start.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::RuntimeError;
use crate::machine::{Entry, Start};

/// A line.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Start(Box<Start>),
    Input { epoch: u64, entry: Entry },
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum LineRef<'a> {
    Start(&'a Start),
    Input { epoch: u64, entry: &'a Entry },
}

/// A record that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The file cannot be read.
    #[error("cannot read {}", file.display())]
    Io {
        /// Its path.
        file: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A line is no line of a record.
    #[error("{}:{line}: {reason}", file.display())]
    Line {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// It does not begin with a start.
    #[error("{} is no record of a session: it does not begin with its start", .0.display())]
    NoStart(PathBuf),
}

/// Reads a record: with what the session began, and its inputs. [`Machine::replay`](crate::machine::Machine::replay) makes the
/// machine of it.
///
/// Inputs are written before they are saved. What a leader wrote and could not save before it
/// ended was overwritten by the next one: of two entries with one number the later one counts,
/// and what came between them does not. What a leader wrote after a later one did is left out,
/// and so is a last line that was cut off.
///
/// # Errors
///
/// [`RecordError`] with the line.
pub fn read_record(path: impl AsRef<Path>) -> Result<(Start, Vec<Entry>), RecordError> {
    let file = path.as_ref().to_owned();
    let failed = |source| RecordError::Io { file: file.clone(), source };
    let mut lines = BufReader::new(File::open(&file).map_err(failed)?);
    let (mut start, mut entries): (Option<Start>, Vec<Entry>) = (None, Vec::new());
    let (mut text, mut last) = (String::new(), 0);
    for line in 1.. {
        text.clear();
        if lines.read_line(&mut text).map_err(failed)? == 0 {
            break;
        }
        let is_whole = text.ends_with('\n');
        match serde_json::from_str(&text) {
            Ok(Line::Start(found)) => {
                start = Some(*found);
                entries.clear();
                last = 0;
            }
            Ok(Line::Input { epoch, .. }) if epoch < last => {}
            Ok(Line::Input { epoch, entry }) => {
                last = epoch;
                let known = entries.partition_point(|old| old.number < entry.number);
                entries.truncate(known);
                entries.push(entry);
            }
            Err(_) if !is_whole => break,
            Err(error) => {
                let reason = error.to_string();
                return Err(RecordError::Line { file, line, reason });
            }
        }
    }
    let start = start.ok_or(RecordError::NoStart(file))?;
    Ok((start, entries))
}

/// The file that is written.
#[derive(Debug)]
pub(super) struct Record {
    path: PathBuf,
    file: File,
}

impl Record {
    /// Opens it for more.
    pub(super) fn open(path: &Path) -> Result<Self, RuntimeError> {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path);
        let file = file.map_err(|source| RuntimeError::Record { file: path.into(), source })?;
        Ok(Self { path: path.into(), file })
    }

    pub(super) fn start(&mut self, start: &Start) -> Result<(), RuntimeError> {
        self.write(&[LineRef::Start(start)])
    }

    /// The inputs of the leader of this epoch.
    pub(super) fn entries(&mut self, epoch: u64, entries: &[Entry]) -> Result<(), RuntimeError> {
        let lines: Vec<_> = entries.iter().map(|entry| LineRef::Input { epoch, entry }).collect();
        self.write(&lines)
    }

    /// In one write, so that lines of two coordinators do not mix.
    fn write(&mut self, lines: &[LineRef<'_>]) -> Result<(), RuntimeError> {
        let mut text = Vec::new();
        for line in lines {
            serde_json::to_writer(&mut text, line)
                .map_err(|e| RuntimeError::Record { file: self.path.clone(), source: e.into() })?;
            text.push(b'\n');
        }
        let written = self.file.write_all(&text);
        written.map_err(|source| RuntimeError::Record { file: self.path.clone(), source })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use popkit_protocol::{Objective, RandomIds, Timestamp};

    use super::*;
    use crate::machine::Input;

    fn entry(number: u64, secs: u64) -> Entry {
        Entry { number, at: Timestamp::from_millis(secs * 1000), input: Input::Tick }
    }

    #[test]
    fn what_a_dead_leader_could_not_save_is_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("record.jsonl");
        let start =
            Start::new(Objective::new(&RandomIds, Timestamp::EPOCH, "x"), 1, Timestamp::EPOCH);
        let mut record = Record::open(&path).unwrap();
        record.start(&start).unwrap();
        record.entries(1, &[entry(1, 1), entry(2, 2), entry(3, 3)]).unwrap();
        Record::open(&path).unwrap().entries(2, &[entry(2, 9)]).unwrap();
        // It slept, and does not know yet that another leads.
        record.entries(1, &[entry(2, 4), entry(3, 5)]).unwrap();
        drop(record);
        let mut torn = fs::read(&path).unwrap();
        torn.extend_from_slice(b"{\"input\":{\"ep");
        fs::write(&path, torn).unwrap();
        let (read, entries) = read_record(&path).unwrap();
        assert_eq!(read, start);
        assert_eq!(entries, [entry(1, 1), entry(2, 9)]);
    }

    #[test]
    fn what_is_no_record_says_where() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("record.jsonl");
        fs::write(&path, "").unwrap();
        assert!(matches!(read_record(&path), Err(RecordError::NoStart(_))));
        fs::write(&path, "{}\nx\n").unwrap();
        assert!(read_record(&path).unwrap_err().to_string().contains("record.jsonl:1: "));
    }
}
