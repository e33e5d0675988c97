//! Errors that answer several messages.

use crate::{Error, OutcomeKind};

/// The same failure once more, for another message.
pub(super) fn copy(error: &Error) -> Error {
    let mut copy = Error::new(error.kind(), error.message());
    if let Some(delay) = error.retry_after() {
        copy = copy.with_retry_after(delay);
    }
    if error.outcome() != OutcomeKind::NotApplied {
        copy = copy.unknown();
    }
    copy.at(error.backend(), error.operation())
}
