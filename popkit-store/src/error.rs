//! The one error of this crate.

use std::fmt;

use popkit_protocol::{CallError, CallErrorKind, TransitionError};

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

impl CallErrorKind for ErrorKind {
    const INVALID_INPUT: Self = Self::InvalidInput;

    fn is_retryable(self) -> bool {
        matches!(self, Self::Unavailable | Self::Timeout | Self::RateLimited)
    }
}

/// A failed store call.
///
/// `Display` is one line: the operation, what went wrong and what it was about. The cause,
/// if any, is its source. Secrets never appear.
pub type Error = CallError<ErrorKind>;

pub(crate) fn illegal(error: &TransitionError) -> Error {
    Error::new(ErrorKind::IllegalTransition, error.to_string())
}

#[cfg(test)]
mod tests {
    use popkit_protocol::OutcomeKind;

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
