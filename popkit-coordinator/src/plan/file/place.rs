//! Where something stands in a plan file.

use super::PlanIssue;

/// A line and a column, both from 1; 0 where unknown.
///
/// All places are equal: two plans with the same content are the same plan, wherever
/// the content stood. So a place may sit in a type that derives [`PartialEq`].
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Place {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl Place {
    /// A place from counts that both start at 1.
    pub(crate) fn new(line: usize, column: usize) -> Self {
        let narrow = |n| u32::try_from(n).unwrap_or(u32::MAX);
        Self { line: narrow(line), column: narrow(column) }
    }

    /// An issue at this place.
    pub(crate) fn issue(self, message: impl Into<String>) -> PlanIssue {
        let known = |n| (n > 0).then_some(n);
        PlanIssue {
            line: known(self.line),
            column: known(self.column),
            message: message.into().replace(['\n', '\r'], " "),
        }
    }
}

impl PartialEq for Place {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Place {}

/// A value and where it stood.
#[derive(Debug, Clone)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) place: Place,
}

impl<T> At<T> {
    pub(crate) fn new(value: T, place: Place) -> Self {
        Self { value, place }
    }
}

/// Finds lines and columns (in characters) of byte offsets.
#[derive(Debug)]
pub(crate) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
    /// The characters before every [`STEP`]th byte, as a file may be one long line.
    counts: Vec<usize>,
}

const STEP: usize = 1024;

impl<'t> Lines<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        let starts = std::iter::once(0).chain(breaks).collect();
        let counts = text.as_bytes().chunks(STEP).scan(0, |total, chunk| {
            let before = *total;
            *total += characters(chunk);
            Some(before)
        });
        Self { text, starts, counts: counts.collect() }
    }

    pub(crate) fn place(&self, offset: usize) -> Place {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let column = self.before(offset).saturating_sub(self.before(start)) + 1;
        Place::new(line, column)
    }

    fn before(&self, offset: usize) -> usize {
        let offset = offset.min(self.text.len());
        let chunk = offset / STEP;
        let rest = self.text.as_bytes().get(chunk * STEP..offset).unwrap_or_default();
        match self.counts.get(chunk) {
            Some(count) => count + characters(rest),
            None => self.text.chars().count(),
        }
    }
}

/// Counts the bytes that start a character.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let lines = Lines::new("aü=1\nb\n");
        for (offset, line, column) in
            [(0, 1, 1), (3, 1, 3), (5, 1, 5), (6, 2, 1), (8, 3, 1), (99, 3, 1)]
        {
            let place = lines.place(offset);
            assert_eq!((place.line, place.column), (line, column), "offset {offset}");
        }
    }

    #[test]
    fn long_lines_are_counted_too() {
        for text in ["aü😀".repeat(3000), format!("a\n{}", "ü".repeat(3000)), "x".repeat(2 * STEP)]
        {
            let lines = Lines::new(&text);
            for (offset, _) in text.char_indices().chain([(text.len(), ' ')]) {
                let before = &text[..offset];
                let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
                assert_eq!(lines.place(offset).column as usize, column, "offset {offset}");
            }
        }
    }
}
