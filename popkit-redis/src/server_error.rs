//! An error as a Redis server answers it.

use std::fmt;

/// The words before which a server repeats what it was sent, passwords included.
const ECHO: &str = ", with args beginning with";
/// The most of a server's text that is kept, in bytes.
const MAX_TEXT: usize = 400;

/// What a server answered instead of a result: a code (`WRONGTYPE`, `NOPERM`, `ERR` …) and a
/// text of one line. Arguments that a server repeats in it are cut off, for they may be
/// secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerError {
    code: String,
    text: String,
}

impl ServerError {
    /// From the line that a server sent, without its leading `-`.
    #[must_use]
    pub fn parse(line: &str) -> Self {
        let (code, text) = line.split_once(' ').unwrap_or((line, ""));
        Self::new(code, text)
    }

    /// From its parts.
    #[must_use]
    pub fn new(code: &str, text: &str) -> Self {
        let text = text.split_once(ECHO).map_or(text, |(before, _)| before);
        let text = popkit_protocol::limits::cut(text, MAX_TEXT);
        let text = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        Self { code: code.to_owned(), text }
    }

    /// The code: the first word.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The text after the code.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it was raised in the midst of a script, whose earlier writes then stay.
    pub(crate) fn is_of_script(&self) -> bool {
        // These words alone say who refuses: the script may have asked carefully (`pcall`), and
        // have answered with that by its own will.
        let text = self.text.strip_prefix("ACL failure in script: ").unwrap_or(&self.text);
        text.contains("user_script:") || text.contains("script: ")
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)?;
        if !self.text.is_empty() {
            write!(f, " {}", self.text)?;
        }
        Ok(())
    }
}

impl fmt::Debug for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerError({self})")
    }
}

impl std::error::Error for ServerError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_text_come_apart_and_together() {
        let error = ServerError::parse("WRONGTYPE Operation against a key");
        assert_eq!((error.code(), error.text()), ("WRONGTYPE", "Operation against a key"));
        assert_eq!(error.to_string(), "WRONGTYPE Operation against a key");
        assert_eq!(ServerError::parse("LANES_STALE").to_string(), "LANES_STALE");
    }

    #[test]
    fn repeated_arguments_are_cut_off() {
        let line = "ERR unknown command `HELLO`, with args beginning with: `3`, `AUTH`, `pw`";
        assert_eq!(ServerError::parse(line).to_string(), "ERR unknown command `HELLO`");
    }

    #[test]
    fn it_is_one_short_line() {
        let error = ServerError::parse(&format!("ERR a\nb\u{1b}[31m{}", "x".repeat(5000)));
        assert!(error.text().starts_with("a b [31mx"), "{error}");
        assert!(error.text().len() <= MAX_TEXT + 4 && !error.text().contains('\n'));
    }
}
