//! The carrier of every seam's error.

use std::fmt;
use std::time::Duration;

use crate::ParseError;

/// The kinds of failure that a seam has.
pub trait CallErrorKind: fmt::Debug + fmt::Display + Copy + Eq + Send + Sync + 'static {
    /// The kind of input that is wrong in itself.
    const INVALID_INPUT: Self;

    /// Whether the same call may succeed later.
    fn is_retryable(self) -> bool;
}

/// Whether the call may have taken effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OutcomeKind {
    /// It surely has not.
    NotApplied,
    /// It may have: the answer was lost. Repeat it only where repeating is safe: a step
    /// with its request id, a publish with its producer and sequence.
    Unknown,
}

/// A failed call over a seam. Each seam's crate names it `Error`, with kinds of its own.
///
/// `Display` is one line: the operation, what went wrong and what it was about. The cause,
/// if any, is [`source`](std::error::Error::source). Secrets never appear.
pub struct CallError<K>(Box<Inner<K>>);

struct Inner<K> {
    kind: K,
    outcome: OutcomeKind,
    backend: &'static str,
    operation: &'static str,
    message: String,
    retry_after: Option<Duration>,
    context: Vec<(&'static str, String)>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl<K: CallErrorKind> CallError<K> {
    /// An error with its kind and one line of text. The outcome is
    /// [`OutcomeKind::NotApplied`] until said otherwise.
    #[must_use]
    pub fn new(kind: K, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            outcome: OutcomeKind::NotApplied,
            backend: "",
            operation: "",
            message: message.into(),
            retry_after: None,
            context: Vec::new(),
            source: None,
        }))
    }

    /// The same, in this backend and operation. What is set already stays: the innermost
    /// place knows best.
    #[must_use]
    pub fn at(mut self, backend: &'static str, operation: &'static str) -> Self {
        if self.0.backend.is_empty() {
            self.0.backend = backend;
        }
        if self.0.operation.is_empty() {
            self.0.operation = operation;
        }
        self
    }

    /// The same, about this.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl fmt::Display) -> Self {
        self.0.context.push((key, value.to_string()));
        self
    }

    /// The same, with its cause.
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The same, with an unknown outcome.
    #[must_use]
    pub fn unknown(mut self) -> Self {
        self.0.outcome = OutcomeKind::Unknown;
        self
    }

    /// The same, to be tried again no earlier than this.
    #[must_use]
    pub fn with_retry_after(mut self, delay: Duration) -> Self {
        self.0.retry_after = Some(delay);
        self
    }

    /// The same failure once more, for another caller. Its cause, which cannot be told twice,
    /// stays with the first.
    #[must_use]
    pub fn again(&self) -> Self {
        let inner = &self.0;
        Self(Box::new(Inner {
            kind: inner.kind,
            outcome: inner.outcome,
            backend: inner.backend,
            operation: inner.operation,
            message: inner.message.clone(),
            retry_after: inner.retry_after,
            context: inner.context.clone(),
            source: None,
        }))
    }

    /// What sort of failure.
    #[must_use]
    pub fn kind(&self) -> K {
        self.0.kind
    }

    /// Whether the call may have taken effect.
    #[must_use]
    pub fn outcome(&self) -> OutcomeKind {
        self.0.outcome
    }

    /// The backend's name; empty where none was involved.
    #[must_use]
    pub fn backend(&self) -> &'static str {
        self.0.backend
    }

    /// The operation's name.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.0.operation
    }

    /// The text alone, without operation and context.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Whether the same call may succeed later. Says nothing about whether repeating it is
    /// safe: see [`outcome`](Self::outcome).
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.0.kind.is_retryable()
    }

    /// When to try again at the earliest, where the backend said so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }
}

impl<K: CallErrorKind> fmt::Display for CallError<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        if !inner.operation.is_empty() {
            write!(f, "{}: ", inner.operation)?;
        }
        write!(f, "{}", inner.kind)?;
        if !inner.message.is_empty() {
            write!(f, ": {}", inner.message)?;
        }
        for (i, (key, value)) in inner.context.iter().enumerate() {
            let lead = if i == 0 { " (" } else { ", " };
            write!(f, "{lead}{key} {value}")?;
        }
        if !inner.context.is_empty() {
            f.write_str(")")?;
        }
        Ok(())
    }
}

impl<K: CallErrorKind> fmt::Debug for CallError<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("outcome", &inner.outcome)
            .field("backend", &inner.backend)
            .field("operation", &inner.operation)
            .field("message", &inner.message)
            .field("retry_after", &inner.retry_after)
            .field("context", &inner.context)
            .field("source", &inner.source)
            .finish()
    }
}

impl<K: CallErrorKind> std::error::Error for CallError<K> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|s| s as _)
    }
}

impl<K: CallErrorKind> From<ParseError> for CallError<K> {
    fn from(error: ParseError) -> Self {
        Self::new(K::INVALID_INPUT, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    struct Down;

    impl fmt::Display for Down {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("down")
        }
    }

    impl CallErrorKind for Down {
        const INVALID_INPUT: Self = Self;

        fn is_retryable(self) -> bool {
            true
        }
    }

    #[test]
    fn a_failure_told_again_is_the_same_but_for_its_cause() {
        let error = CallError::new(Down, "no answer")
            .at("memory", "get")
            .with("task", "t-1")
            .with_retry_after(Duration::from_secs(3))
            .unknown();
        let whole = format!("{error:?}");
        let error = error.with_source("the line was cut");
        let again = error.again();
        assert_eq!(again.to_string(), "get: down: no answer (task t-1)");
        assert_eq!(format!("{again:?}"), whole);
        assert!(again.source().is_none() && error.source().is_some());
    }
}
