//! Standard output, which carries data and nothing else.

use std::io::{self, Write};
use std::time::Duration;

use popkit_protocol::Timestamp;
use serde::Serialize;

use crate::error::CliError;
use crate::exit::Exit;

/// The version of every JSON object this program writes.
pub(crate) const VERSION: u8 = 1;

/// Writes a line to standard output. A reader that has gone away (`popkit … | head`) ends
/// the program quietly: that is no failure.
pub(crate) fn line(text: impl std::fmt::Display) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    told(writeln!(out, "{text}").and_then(|()| out.flush()))
}

/// Writes a value as one line of JSON to standard output.
pub(crate) fn json(value: &impl Serialize) -> Result<(), CliError> {
    let text = serde_json::to_string(value)
        .map_err(|e| CliError::failed(format!("cannot write JSON: {e}")))?;
    line(text)
}

/// Writes a line to standard error, for people.
pub(crate) fn note(text: impl std::fmt::Display) {
    // Where standard error is closed there is nobody to tell.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

fn told(result: io::Result<()>) -> Result<(), CliError> {
    match result {
        // An error only in that it unwinds: `Exit::Done` is not reported.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            Err(CliError::new(Exit::Done, "nobody reads the output"))
        }
        other => other.map_err(|e| CliError::failed(format!("cannot write the output: {e}"))),
    }
}

/// Whether nobody sees a character, or it is shown as another one: what is taken out of
/// messages, and what has no width.
fn is_hidden(c: char) -> bool {
    let mut text = [0; 4];
    let text = c.encode_utf8(&mut text);
    matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}')
        || popkit_protocol::text::clean(text, usize::MAX) != *text
}

/// A text of somebody else, fit for a terminal: characters that could move the cursor, hide
/// text or turn its direction are shown by their number.
pub(crate) fn clean(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// The same on one line, cut to a number of characters.
pub(crate) fn short(text: &str, limit: usize) -> String {
    let line = clean(text).split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= limit {
        return line;
    }
    let mut cut: String = line.chars().take(limit.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// A point in time, to the second.
pub(crate) fn time(at: Timestamp) -> String {
    let text = at.to_string();
    let seconds = text.split('.').next().unwrap_or_default();
    format!("{seconds}Z")
}

/// A span by its largest unit.
pub(crate) fn age(span: Duration) -> String {
    match span.as_secs() {
        secs @ 0..60 => format!("{secs}s"),
        secs @ 60..3600 => format!("{}m", secs / 60),
        secs @ 3600..86_400 => format!("{}h", secs / 3600),
        secs => format!("{}d", secs / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_drive_the_terminal() {
        assert_eq!(clean("a\u{1b}[2Jb\u{202e}c"), "a\\u{1b}[2Jb\\u{202e}c");
        assert_eq!(
            clean("\u{e0041}\u{2028}\u{fff9}\u{200b}"),
            "\\u{e0041}\\u{2028}\\u{fff9}\\u{200b}"
        );
        assert_eq!(clean("é\t\n字"), "é\t\n字");
        assert_eq!(short("one\n two  three", 9), "one two …");
        assert_eq!(short("fits", 4), "fits");
    }
}
