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

/// A text that cannot command a terminal or turn the line around, on one line.
pub(in super::super) fn clean(text: &str) -> String {
    crate::output::clean(text).replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_harmless() {
        assert_eq!(clean("a\x1b[2Jb\u{202e}c\td\n\u{200b}"), "a\\u{1b}[2Jb\\u{202e}c\td \\u{200b}");
    }

    #[test]
    fn a_cause_is_one_line() {
        assert_eq!(cause(&Failure::new("exit", "exit code 3\nmore")), "exit code 3");
        assert_eq!(cause(&Failure::new("timeout", "stopped")), "timeout: stopped");
    }
}
