//! What a failure on the wire means here.

use popkit_redis::ErrorKind as Wire;

use crate::{Error, ErrorKind, Result};

/// The same failure as an error of this crate.
pub(super) fn convert(error: popkit_redis::Error) -> Error {
    popkit_redis::convert(error, kind)
}

fn kind(kind: Wire) -> ErrorKind {
    match kind {
        Wire::Unavailable => ErrorKind::Unavailable,
        Wire::Timeout => ErrorKind::Timeout,
        Wire::RateLimited => ErrorKind::RateLimited,
        Wire::Unauthenticated => ErrorKind::Unauthenticated,
        Wire::PermissionDenied => ErrorKind::PermissionDenied,
        Wire::PayloadTooLarge => ErrorKind::PayloadTooLarge,
        Wire::Unsupported => ErrorKind::Unsupported,
        Wire::Closed => ErrorKind::Closed,
        Wire::InvalidConfig => ErrorKind::InvalidConfig,
        Wire::InvalidInput => ErrorKind::InvalidInput,
        Wire::Corrupt => ErrorKind::Corrupt,
        Wire::Full => ErrorKind::Full,
        Wire::Unexpected => ErrorKind::Unexpected,
    }
}

/// Results of the wire that are told as results of the transport.
pub(super) trait Told<T> {
    /// With the failure as an error of this crate.
    fn told(self) -> Result<T>;
}

impl<T> Told<T> for popkit_redis::Result<T> {
    fn told(self) -> Result<T> {
        self.map_err(convert)
    }
}
