//! A try that failed, and what that says of another.

use crate::Error;

/// Why a try failed, for the question whether to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rest) enum Sort {
    /// Nothing was sent: no connection was made.
    Unreached,
    /// What was sent may have been done: the answer was lost, was late, or came from somebody
    /// in between.
    Lost,
    /// The service has said no. Asking again would not help, and may cost.
    Told,
}

/// A try that failed.
#[derive(Debug)]
pub(in crate::rest) struct Trouble {
    pub(in crate::rest) error: Error,
    pub(in crate::rest) sort: Sort,
}

impl Trouble {
    pub(in crate::rest) fn new(sort: Sort, error: Error) -> Self {
        Self { error, sort }
    }

    pub(in crate::rest) fn told(error: Error) -> Self {
        Self::new(Sort::Told, error)
    }
}
