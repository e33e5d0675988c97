//! The one error of this crate, and the way from it to the errors of the seams.

use std::error::Error as _;
use std::fmt;

use popkit_protocol::{CallError, CallErrorKind, OutcomeKind};

use crate::ServerError;

/// The result of every call over a wire.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What sort of failure it was.
///
/// Exhaustive on purpose: a kind that is added here must be mapped by the transport and the
/// store before they compile again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The server cannot be reached, or is busy, loading, failing over.
    Unavailable,
    /// No answer within the deadline.
    Timeout,
    /// The server asks to slow down, or a quota is used up.
    RateLimited,
    /// The user or password is missing or wrong.
    Unauthenticated,
    /// The user's rules (ACL), or the file system, do not allow it.
    PermissionDenied,
    /// Something is larger than a limit of the server.
    PayloadTooLarge,
    /// The server, or this wire, cannot do it.
    Unsupported,
    /// The handle was closed.
    Closed,
    /// The URL or an option is wrong.
    InvalidConfig,
    /// What was asked for is wrong in itself.
    InvalidInput,
    /// A key holds something else than popkit writes.
    Corrupt,
    /// The server's memory, or a plan's capacity, is full.
    Full,
    /// A defect, here or in the server.
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

/// A failed call over a wire.
///
/// Backend and operation are empty: whoever calls a wire knows which operation it serves, and
/// says so with `at`. The text is whole without them. Where the server answered with an error,
/// that is the [`source`](std::error::Error::source); see [`server_error`]. Secrets never
/// appear.
pub type Error = CallError<ErrorKind>;

/// The server's own words, where it was the server that refused: for callers that must tell
/// apart what a kind does not, by [`ServerError::code`].
///
/// ```
/// use popkit_redis::{ErrorKind, Error, ServerError, server_error};
///
/// let refused = ServerError::parse("WRONGTYPE Operation against a key");
/// let error = Error::new(ErrorKind::Corrupt, "pop:results is no stream").with_source(refused);
/// assert_eq!(server_error(&error).map(ServerError::code), Some("WRONGTYPE"));
/// ```
#[must_use]
pub fn server_error<K: CallErrorKind>(error: &CallError<K>) -> Option<&ServerError> {
    error.source()?.downcast_ref()
}

/// The same failure as an error of another seam: kind by `kind`, everything else kept.
///
/// ```
/// use popkit_protocol::CallErrorKind;
/// use popkit_redis::{Error, ErrorKind, convert};
///
/// # #[derive(Debug, Clone, Copy, PartialEq, Eq)]
/// # enum StoreKind { Unavailable, InvalidInput }
/// # impl std::fmt::Display for StoreKind {
/// #     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str("-") }
/// # }
/// # impl CallErrorKind for StoreKind {
/// #     const INVALID_INPUT: Self = Self::InvalidInput;
/// #     fn is_retryable(self) -> bool { true }
/// # }
/// let lost = Error::new(ErrorKind::Timeout, "no answer").unknown();
/// let mapped = convert(lost, |kind| match kind {
///     ErrorKind::InvalidInput => StoreKind::InvalidInput,
///     _ => StoreKind::Unavailable,
/// });
/// assert_eq!(mapped.outcome(), popkit_protocol::OutcomeKind::Unknown);
/// ```
#[must_use]
pub fn convert<K: CallErrorKind>(error: Error, kind: impl FnOnce(ErrorKind) -> K) -> CallError<K> {
    let mut converted =
        CallError::new(kind(error.kind()), error.message()).at(error.backend(), error.operation());
    if error.outcome() == OutcomeKind::Unknown {
        converted = converted.unknown();
    }
    if let Some(delay) = error.retry_after() {
        converted = converted.with_retry_after(delay);
    }
    // The source cannot be moved out of its error. The server's words can be copied; any other
    // cause stays reachable through the error that it belongs to.
    match server_error(&error).cloned() {
        Some(refused) => converted.with_source(refused),
        None if error.source().is_some() => converted.with_source(error),
        None => converted,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_converted_keeps_text_outcome_delay_and_source() {
        let error = Error::new(ErrorKind::RateLimited, "the quota is used up")
            .unknown()
            .with_retry_after(Duration::from_secs(3))
            .with_source(ServerError::parse("ERR max requests limit exceeded"));
        let same = convert(error, |kind| kind);
        assert_eq!(same.to_string(), "rate limited: the quota is used up");
        assert_eq!(same.outcome(), OutcomeKind::Unknown);
        assert_eq!(same.retry_after(), Some(Duration::from_secs(3)));
        assert_eq!(server_error(&same).map(ServerError::code), Some("ERR"));
        assert_eq!(same.at("redis", "publish").operation(), "publish");
    }

    #[test]
    fn other_causes_stay_in_the_chain() {
        let cause = std::io::Error::other("reset");
        let error = Error::new(ErrorKind::Unavailable, "lost").with_source(cause);
        let same = convert(error, |kind| kind);
        let chain = same.source().and_then(std::error::Error::source).map(ToString::to_string);
        assert_eq!(chain.as_deref(), Some("reset"));
    }
}
