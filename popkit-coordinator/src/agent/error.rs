//! How a handler ends other than well.

use std::time::Duration;

use popkit_protocol::{Failure, Outcome};

use super::StopReason;

/// Control flow of a handler, as a type.
///
/// Any error converts into [`TaskError::Retry`] with `?`; therefore this type is no
/// [`Error`](std::error::Error) itself.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum TaskError {
    /// This attempt failed: try again, by the task's policy where `after` is not given.
    Retry {
        /// The wait.
        after: Option<Duration>,
        /// What went wrong.
        failure: Failure,
    },
    /// The task failed for good.
    Fail(Failure),
    /// Not now: try again after the delay, without counting the attempt.
    Snooze(Duration),
    /// Give the task back, ready at once, without counting the attempt.
    Release,
    /// Cancel the task.
    Cancel(Option<String>),
    /// The attempt was told to stop: nothing is reported beyond what the reason demands.
    Stopped(StopReason),
}

impl TaskError {
    /// The task failed for good.
    #[must_use]
    pub fn fail(text: impl Into<String>) -> Self {
        Self::Fail(Failure::new("error", text))
    }

    /// This attempt failed.
    #[must_use]
    pub fn retry(text: impl Into<String>) -> Self {
        Self::Retry { after: None, failure: Failure::new("error", text) }
    }

    /// Not now.
    #[must_use]
    pub const fn snooze(delay: Duration) -> Self {
        Self::Snooze(delay)
    }

    /// The outcome to report. A stopped attempt is given back; where its lease is gone, the
    /// worker reports nothing.
    #[must_use]
    pub fn into_outcome(self) -> Outcome {
        match self {
            Self::Retry { after, failure } => Outcome::Retry { delay: after, error: failure },
            Self::Fail(error) => Outcome::Fail { error },
            Self::Snooze(delay) => Outcome::Snooze { delay },
            Self::Release | Self::Stopped(_) => Outcome::Release,
            Self::Cancel(reason) => Outcome::Cancel { reason },
        }
    }
}

impl<E: std::error::Error> From<E> for TaskError {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            text.push_str(": ");
            text.push_str(&inner.to_string());
            cause = inner.source();
        }
        Self::retry(text)
    }
}
