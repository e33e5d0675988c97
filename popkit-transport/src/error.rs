//! The one error of this crate.

use std::fmt;

use popkit_protocol::{CallError, CallErrorKind};

/// The result of every transport call.
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
    /// The credentials are missing or wrong, or a signature is.
    Unauthenticated,
    /// The credentials, or the file system, do not allow it.
    PermissionDenied,
    /// Something is larger than its limit.
    PayloadTooLarge,
    /// This backend, or this stack of layers, cannot do it.
    Unsupported,
    /// The transport was closed.
    Closed,
    /// The configuration or URL is wrong.
    InvalidConfig,
    /// What was asked for is wrong in itself.
    InvalidInput,
    /// Stored data is damaged. What is readable is still read; nothing is overwritten.
    Corrupt,
    /// The disk, or a configured limit, is full.
    Full,
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

/// A failed transport call.
///
/// `Display` is one line: the operation, what went wrong and what it was about. The cause,
/// if any, is its source. Secrets never appear.
pub type Error = CallError<ErrorKind>;
