//! What a codec refuses, and why.

use std::fmt;

use crate::ParseError;

/// The sort of a [`CodecError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CodecErrorKind {
    /// More bytes than the limit.
    TooLarge,
    /// Nested deeper than the limit.
    TooDeep,
    /// No JSON, something behind it, or a key that is there twice.
    Malformed,
    /// JSON whose keys or values are not those of a message.
    Invalid,
    /// A message that this form cannot carry.
    NotCarried,
}

/// Bytes that are no message or document, or one that a form cannot carry.
///
/// One line: the key, what is wrong with it, what is expected. Values are shown only where
/// they should be names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodecError {
    kind: CodecErrorKind,
    key: String,
    reason: String,
}

impl CodecError {
    pub(crate) fn new(kind: CodecErrorKind, reason: impl Into<String>) -> Self {
        Self { kind, key: String::new(), reason: reason.into() }
    }

    pub(crate) fn invalid(reason: impl Into<String>) -> Self {
        Self::new(CodecErrorKind::Invalid, reason)
    }

    pub(crate) fn not_carried(reason: impl Into<String>) -> Self {
        Self::new(CodecErrorKind::NotCarried, reason)
    }

    /// The same, of a value that is found under `key`.
    pub(crate) fn under(mut self, key: &str) -> Self {
        self.key = match self.key.chars().next() {
            None => key.to_owned(),
            Some('[') => format!("{key}{}", self.key),
            Some(_) => format!("{key}.{}", self.key),
        };
        self
    }

    /// What sort of refusal it is.
    #[must_use]
    pub fn kind(&self) -> CodecErrorKind {
        self.kind
    }

    /// The key it is about, as a path: `payload.agent.id`, `payload.options[1]`. Empty where
    /// it is about the whole.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What is wrong, and what is expected.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.kind == CodecErrorKind::NotCarried { "unsuitable" } else { "invalid" };
        write!(f, "{what} data")?;
        if !self.key.is_empty() {
            write!(f, " at {}", self.key)?;
        }
        write!(f, ": {}", self.reason)
    }
}

impl std::error::Error for CodecError {}

impl From<ParseError> for CodecError {
    fn from(error: ParseError) -> Self {
        Self::invalid(error.to_string())
    }
}
