//! The file of insights.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use popkit_protocol::Timestamp;
use serde_json::value::RawValue;

use super::entry::Entry;
use super::{FileError, FileInsight, whole};

/// The key of the entries in the form of the documents.
const ENTRIES: &str = "insights";

/// `insights.json`: what the agents of a session found.
///
/// Two forms are read, and entries of both in either:
///
/// | Form | File | Entry |
/// |---|---|---|
/// | of the code | a list | `{id, source_agent, phase, type, content, tags, timestamp}` |
/// | of the documents | `{"insights": [...]}` | `{agent, content, tags, phase}` |
///
/// It is written in that of the code. Only an object with keys beside `insights` stays one, so
/// that they are kept.
#[derive(Debug, Clone)]
pub struct InsightsFile {
    path: PathBuf,
    most: usize,
}

/// What a merge did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Merged {
    /// How many entries are new in the file.
    pub added: usize,
    /// How many old ones gave way.
    pub dropped: usize,
    /// Where an unreadable file was moved.
    pub moved_aside: Option<PathBuf>,
}

type List = Vec<Box<RawValue>>;
type Keys = BTreeMap<String, Box<RawValue>>;

/// What the file holds: its entries, and the other keys where it is an object.
#[derive(Default)]
struct Content {
    entries: Vec<Entry>,
    beside: Option<Keys>,
}

impl InsightsFile {
    /// How many entries are kept, unless it is said otherwise.
    pub const MOST: usize = 100;

    /// The file at this path. Nothing is read yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), most: Self::MOST }
    }

    /// With another limit of entries, at least 1.
    #[must_use]
    pub fn with_most(mut self, most: usize) -> Self {
        self.most = most.max(1);
        self
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The insights in the file, oldest first; none where there is no file. Entries that are
    /// in none of the documented forms are left out.
    ///
    /// # Errors
    ///
    /// [`FileError::Io`], [`FileError::Unreadable`].
    pub fn read(&self) -> Result<Vec<FileInsight>, FileError> {
        let content = self.parse(whole::read(&self.path)?.as_deref())?;
        let known = content.entries.into_iter().filter_map(|entry| entry.insight);
        Ok(known.collect())
    }

    /// Adds those that are not in the file, orders all by time and keeps the newest. An entry
    /// without a time stays where it was, behind the entry before it.
    ///
    /// Atomic: readers see the file before or after. Processes of popkit take turns; it waits
    /// for its own. Merging the same insights again changes nothing.
    ///
    /// # Errors
    ///
    /// [`FileError::Io`] with nothing changed; [`FileError::Busy`].
    pub fn merge(&self, insights: &[FileInsight]) -> Result<Merged, FileError> {
        let changed = whole::change(&self.path, |old| {
            let mut content = self.parse(old)?;
            let before = content.entries.len();
            for insight in insights {
                let is_there = |entry: &Entry| {
                    entry.insight.as_ref().is_some_and(|there| there.is_same(insight))
                };
                if !content.entries.iter().any(is_there) {
                    content.entries.extend(Entry::of(insight));
                }
            }
            let added = content.entries.len() - before;
            let mut entries = by_time(content.entries);
            let dropped = entries.len().saturating_sub(self.most);
            entries.drain(..dropped);
            content.entries = entries;
            let text = content.write().map_err(|e| FileError::io("write", &self.path, e.into()))?;
            Ok((text, (added, dropped)))
        })?;
        let (added, dropped) = changed.value;
        Ok(Merged { added, dropped, moved_aside: changed.moved_aside })
    }

    fn parse(&self, old: Option<&[u8]>) -> Result<Content, FileError> {
        let Some(bytes) = old else { return Ok(Content::default()) };
        let unreadable = |reason: String| FileError::unreadable(&self.path, reason);
        let (entries, beside) = match serde_json::from_slice::<List>(bytes) {
            Ok(entries) => (entries, None),
            Err(_) => {
                let mut keys: Keys =
                    serde_json::from_slice(bytes).map_err(|_| unreadable(wrong(bytes)))?;
                let list = keys.remove(ENTRIES);
                let list = list.and_then(|list| serde_json::from_str::<List>(list.get()).ok());
                let entries = list.ok_or_else(|| unreadable(wrong(bytes)))?;
                (entries, Some(keys).filter(|keys| !keys.is_empty()))
            }
        };
        Ok(Content { entries: entries.into_iter().map(Entry::of_file).collect(), beside })
    }
}

/// What is wrong with a text that has none of the forms.
fn wrong(bytes: &[u8]) -> String {
    match serde_json::from_slice::<serde::de::IgnoredAny>(bytes) {
        Ok(_) => format!("it is neither a list nor an object with the list {ENTRIES:?}"),
        Err(e) => format!("it is no JSON, {e}"),
    }
}

impl Content {
    fn write(self) -> Result<Vec<u8>, serde_json::Error> {
        let entries: Vec<&RawValue> = self.entries.iter().map(Entry::raw).collect();
        let mut text = match self.beside {
            None => serde_json::to_vec_pretty(&entries)?,
            Some(mut keys) => {
                keys.insert(ENTRIES.to_owned(), serde_json::value::to_raw_value(&entries)?);
                serde_json::to_vec_pretty(&keys)?
            }
        };
        text.push(b'\n');
        Ok(text)
    }
}

/// Oldest first; the order of those of one time stays.
fn by_time(entries: Vec<Entry>) -> Vec<Entry> {
    let mut last = Timestamp::EPOCH;
    let mut timed: Vec<(Timestamp, Entry)> = Vec::with_capacity(entries.len());
    for entry in entries {
        last = entry.insight.as_ref().and_then(|insight| insight.timestamp).unwrap_or(last);
        timed.push((last, entry));
    }
    timed.sort_by_key(|(at, _)| *at);
    timed.into_iter().map(|(_, entry)| entry).collect()
}
