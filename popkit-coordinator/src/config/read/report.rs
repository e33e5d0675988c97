//! What is found on the way.

use std::collections::BTreeMap;
use std::path::Path;

use super::nearest;
use crate::config::{ConfigError, Mistake, Warning, example};

/// Mistakes that are shown, and warnings.
const MOST: usize = 100;

/// What is said about a file, and where its keys stand.
#[derive(Debug)]
pub(in crate::config) struct Report<'t> {
    text: &'t str,
    file: &'t Path,
    mistakes: Vec<Mistake>,
    warnings: Vec<Warning>,
    left_out: usize,
    places: BTreeMap<String, usize>,
}

impl<'t> Report<'t> {
    pub(in crate::config) fn new(text: &'t str, file: &'t Path) -> Self {
        let (mistakes, warnings, places) = (Vec::new(), Vec::new(), BTreeMap::new());
        Self { text, file, mistakes, warnings, left_out: 0, places }
    }

    /// Notes where the value of a key stands.
    pub(super) fn note(&mut self, key: &str, offset: usize) {
        self.places.insert(key.to_owned(), offset);
    }

    /// Whether the file has this key.
    pub(in crate::config) fn has(&self, key: &str) -> bool {
        self.places.contains_key(key)
    }

    /// Refuses a key that was read, at its place.
    pub(in crate::config) fn refuse(&mut self, key: &str, message: impl Into<String>) {
        self.mistake(key, self.offset(key), message);
    }

    /// Says that something about a key that was read changes nothing.
    pub(in crate::config) fn warn(&mut self, key: &str, message: impl Into<String>) {
        self.warning(key, self.offset(key), message);
    }

    /// A key's place, or that of the block it should be in.
    fn offset(&self, key: &str) -> usize {
        let block = key.rsplit_once('.').map_or("", |(block, _)| block);
        let place = self.places.get(key).or_else(|| self.places.get(block));
        place.copied().unwrap_or(0)
    }

    pub(in crate::config) fn mistake(
        &mut self,
        key: &str,
        offset: usize,
        message: impl Into<String>,
    ) {
        if self.mistakes.len() >= MOST {
            self.left_out += 1;
            return;
        }
        let (line, column) = place(self.text, offset);
        let (file, key) = (self.file.to_path_buf(), shown(key));
        self.mistakes.push(Mistake { file, line, column, key, message: message.into() });
    }

    fn warning(&mut self, key: &str, offset: usize, message: impl Into<String>) {
        if self.warnings.len() >= MOST {
            return;
        }
        let (line, column) = place(self.text, offset);
        let (file, key) = (self.file.to_path_buf(), shown(key));
        self.warnings.push(Warning { file, line, column, key, message: message.into() });
    }

    /// A key that nobody reads.
    pub(super) fn unknown(&mut self, block: &str, key: &str, offset: usize, known: &[&str]) {
        let path = join(block, key);
        let near = nearest(key, known.iter().copied()).map(|near| join(block, near));
        let moved =
            || example::keys().into_iter().find(|path| path.rsplit('.').next() == Some(key));
        let message = match near.or_else(moved) {
            Some(near) => format!("unknown key, it has no effect (did you mean {near}?)"),
            None => {
                format!("unknown key, it has no effect (known here: {})", known.join(", "))
            }
        };
        self.warning(&path, offset, message);
    }

    /// The warnings, or the error where there were mistakes.
    pub(in crate::config) fn finish(mut self) -> Result<Vec<Warning>, ConfigError> {
        if !self.mistakes.is_empty() {
            return Err(ConfigError::new(self.file, self.mistakes, self.left_out));
        }
        self.warnings.sort_by_key(|warning| (warning.line, warning.column));
        Ok(self.warnings)
    }
}

/// The path of a key in a block.
pub(super) fn join(block: &str, key: &str) -> String {
    if block.is_empty() { key.to_owned() } else { format!("{block}.{key}") }
}

/// A key that somebody else has written, on one line.
fn shown(key: &str) -> String {
    const LONGEST: usize = 160;
    let plain = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let mut text: String = key.chars().take(LONGEST).map(plain).collect();
    if text.len() < key.len() && key.chars().nth(LONGEST).is_some() {
        text.push('…');
    }
    text
}

/// The line and column of an offset, both from 1.
fn place(text: &str, offset: usize) -> (u32, u32) {
    let before = text.get(..offset).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.matches('\n').count() + 1;
    let column = before.get(start..).unwrap_or_default().chars().count() + 1;
    let narrow = |n| u32::try_from(n).unwrap_or(u32::MAX);
    (narrow(line), narrow(column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let text = "{\n  \"ü\": 1,\n}";
        for (offset, line, column) in [(0, 1, 1), (2, 2, 1), (10, 2, 8), (99, 3, 2)] {
            assert_eq!(place(text, offset), (line, column), "offset {offset}");
        }
    }

    #[test]
    fn what_a_key_is_shows_no_control_characters() {
        assert_eq!(shown("a\nb\u{1b}[31m"), "a\u{fffd}b\u{fffd}[31m");
        assert_eq!(shown(&"x".repeat(500)).chars().count(), 161);
    }
}
