//! The error of everything that parses a name or a number.

/// A text or number that is not what its type demands.
///
/// One line that says what was expected, what was found and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid {what} {found:?}: {reason}")]
pub struct ParseError {
    what: &'static str,
    found: String,
    reason: String,
}

impl ParseError {
    /// At most this many characters of the offending text are kept.
    const SHOWN: usize = 80;

    pub(crate) fn new(what: &'static str, found: &str, reason: impl Into<String>) -> Self {
        let mut shown: String = found.chars().take(Self::SHOWN).collect();
        if shown.len() < found.len() {
            shown.push('…');
        }
        Self { what, found: shown, reason: reason.into() }
    }

    /// What was being parsed, for instance `task id`.
    #[must_use]
    pub fn what(&self) -> &'static str {
        self.what
    }

    /// Why it was refused.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}
