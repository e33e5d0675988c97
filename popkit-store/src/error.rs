//! The one error of this crate.

use std::fmt;
use std::time::Duration;

/// The result of every store call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What sort of failure it was. Retrying, reporting and testing go by this, never by text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The backend cannot be reached, or is busy.
    Unavailable,
    /// No answer within the deadline.
    Timeout,
    /// The backend asks to slow down.
    RateLimited,
    /// The credentials are missing or wrong.
    Unauthenticated,
    /// The credentials, or the file system, do not allow it.
    PermissionDenied,
    /// Something is larger than its limit.
    PayloadTooLarge,
    /// This backend, or this stack of layers, cannot do it.
    Unsupported,
    /// The store was closed.
    Closed,
    /// The configuration or URL is wrong.
    InvalidConfig,
    /// What was asked for is wrong in itself: an unknown parent, a cycle, a bad range.
    InvalidInput,
    /// Stored data is damaged. The store refuses to go on and overwrites nothing.
    Corrupt,
    /// The disk, or a configured limit of the store, is full.
    Full,
    /// There is no such task or document.
    NotFound,
    /// It exists already.
    AlreadyExists,
    /// It changed since it was read.
    Conflict,
    /// The lease is no longer held.
    LeaseLost,
    /// The state of the task does not allow it.
    IllegalTransition,
    /// A defect, here or in the backend.
    Unexpected,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unavailable => "unavailable",
            Self::Timeout => "timed out",
            Self::RateLimited => "rate limited",
            Self::Unauthenticated => "not authenticated",
            Self::PermissionDenied => "permission denied",
            Self::PayloadTooLarge => "too large",
            Self::Unsupported => "not supported",
            Self::Closed => "closed",
            Self::InvalidConfig => "invalid configuration",
            Self::InvalidInput => "invalid input",
            Self::Corrupt => "damaged data",
            Self::Full => "full",
            Self::NotFound => "not found",
            Self::AlreadyExists => "already exists",
            Self::Conflict => "conflict",
            Self::LeaseLost => "lease lost",
            Self::IllegalTransition => "illegal transition",
            Self::Unexpected => "unexpected failure",
        })
    }
}

/// Whether the call may have taken effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OutcomeKind {
    /// It surely has not.
    NotApplied,
    /// It may have: the answer was lost. Repeat it only where repeating is safe (a step
    /// with its request id, an insert by its ids, a heartbeat).
    Unknown,
}

/// A failed store call.
///
/// `Display` is one line: the operation, what went wrong and what it was about. The cause,
/// if any, is [`source`](std::error::Error::source). Secrets never appear.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    outcome: OutcomeKind,
    backend: &'static str,
    operation: &'static str,
    message: String,
    retry_after: Option<Duration>,
    context: Vec<(&'static str, String)>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error with its kind and one line of text. The outcome is
    /// [`OutcomeKind::NotApplied`] until said otherwise.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
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

    /// What sort of failure.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
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
        matches!(self.0.kind, ErrorKind::Unavailable | ErrorKind::Timeout | ErrorKind::RateLimited)
    }

    /// When to try again at the earliest, where the backend said so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }
}

impl fmt::Display for Error {
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

impl fmt::Debug for Error {
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

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|s| s as _)
    }
}

impl From<popkit_protocol::ParseError> for Error {
    fn from(error: popkit_protocol::ParseError) -> Self {
        Self::new(ErrorKind::InvalidInput, error.to_string())
    }
}

impl From<popkit_protocol::TransitionError> for Error {
    fn from(error: popkit_protocol::TransitionError) -> Self {
        Self::new(ErrorKind::IllegalTransition, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_one_line_with_operation_and_context() {
        let error = Error::new(ErrorKind::Timeout, "no answer")
            .at("sqlite", "step")
            .at("retry", "other")
            .with("path", "/x")
            .unknown();
        assert_eq!(error.to_string(), "step: timed out: no answer (path /x)");
        assert_eq!((error.backend(), error.outcome()), ("sqlite", OutcomeKind::Unknown));
        assert!(error.is_retryable());
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }
}
