//! Texts for people: readable without colour, safe on a terminal.

use popkit_protocol::text::clean;
use popkit_protocol::{Progress, Timestamp};

/// A text of somebody else on one line of at most so many bytes.
pub(super) fn line(text: &str, limit: usize) -> String {
    // Cleaned first: an escape may stand between two words.
    let cleaned = clean(text, limit.saturating_mul(4));
    let words = cleaned.split_whitespace().collect::<Vec<_>>().join(" ");
    clean(&words, limit).into_owned()
}

/// A point in time, to the second.
pub(super) fn time(at: Timestamp) -> String {
    let text = at.to_string();
    format!("{}Z", text.split('.').next().unwrap_or_default())
}

/// A span by its largest unit.
pub(super) fn age(now: Timestamp, then: Timestamp) -> String {
    match now.since(then).as_secs() {
        secs @ 0..60 => format!("{secs}s"),
        secs @ 60..3600 => format!("{}m", secs / 60),
        secs @ 3600..86_400 => format!("{}h", secs / 3600),
        secs => format!("{}d", secs / 86_400),
    }
}

/// A report of progress.
pub(super) fn progress(progress: &Progress) -> String {
    let share = format!("{:.0}%", progress.fraction * 100.0);
    let note = line(&progress.note, 120);
    if note.is_empty() { share } else { format!("{share} {note}") }
}

/// A word for each count that is not zero: `2 running, 1 failed`.
pub(super) fn counts<'w>(counts: impl IntoIterator<Item = (&'w str, u64)>) -> String {
    let some = counts.into_iter().filter(|(_, count)| *count > 0);
    some.map(|(word, count)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
}

/// Rows with their columns below each other, two spaces between them, each behind `indent`.
pub(super) fn columns<const N: usize>(indent: &str, rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let shown = rows.iter().map(|row| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        format!("{indent}{}", cells.collect::<Vec<_>>().join("  ")).trim_end().to_owned()
    });
    shown.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_stays_on_its_line_and_off_the_terminal() {
        assert_eq!(line("one\n two\t\u{1b}[2Jthree\u{202e}", 40), "one two three");
        assert_eq!(line("abcdefghij", 6), "abc…");
        assert_eq!(line(&"x ".repeat(10_000), 10).len(), 10);
    }

    #[test]
    fn columns_stand_below_each_other() {
        let rows = [["a", "1"], ["build", "22"]].map(|row| row.map(str::to_owned));
        assert_eq!(columns("  ", &rows), "  a      1\n  build  22");
        assert_eq!(columns::<2>("", &[]), "");
        assert_eq!(counts([("running", 2), ("failed", 0), ("done", 1)]), "2 running, 1 done");
    }

    #[test]
    fn spans_are_told_by_their_largest_unit() {
        let at = |secs: u64| Timestamp::from_millis(secs * 1000);
        let ages = [59, 60, 7199, 90_000].map(|secs| age(at(secs), at(0)));
        assert_eq!(ages, ["59s", "1m", "1h", "1d"]);
        assert_eq!(age(at(0), at(9)), "0s");
        assert_eq!(time(at(1_767_225_600)), "2026-01-01T00:00:00Z");
    }
}
