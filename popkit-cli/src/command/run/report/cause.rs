//! Texts of others, made fit for one line.

use popkit_protocol::Failure;

/// What went wrong, in one line.
pub(in super::super) fn cause(error: &Failure) -> String {
    let first = clean(error.text.lines().next().unwrap_or_default());
    match error.kind.as_str() {
        // These kinds say nothing that the text does not.
        "exit" | "error" => first,
        kind => format!("{kind}: {first}"),
    }
}

/// A text that cannot command a terminal or turn the line around.
pub(in super::super) fn clean(text: &str) -> String {
    let bad = |c: char| {
        (c.is_control() && c != '\t')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if bad(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_harmless() {
        assert_eq!(clean("a\x1b[2Jb\u{202e}c\td"), "a\u{fffd}[2Jb\u{fffd}c\td");
    }

    #[test]
    fn a_cause_is_one_line() {
        assert_eq!(cause(&Failure::new("exit", "exit code 3\nmore")), "exit code 3");
        assert_eq!(cause(&Failure::new("timeout", "stopped")), "timeout: stopped");
    }
}
