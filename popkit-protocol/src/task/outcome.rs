//! How an attempt ends, and what is told on the way.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::EndKind;
use crate::{Json, ParseError, limits};

/// What a holder says when it gives its task back.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// The work is done. The task ends, or goes to review where it asks for one.
    Done {
        /// What came out, at most 256 KiB.
        result: Option<Json>,
    },
    /// This attempt failed. The task is tried again, or becomes a dead letter when its
    /// attempts are used up.
    Retry {
        /// The wait; by the task's retry policy where not given.
        delay: Option<Duration>,
        /// What went wrong.
        error: Failure,
    },
    /// The task failed for good: it becomes a dead letter now.
    Fail {
        /// What went wrong.
        error: Failure,
    },
    /// Not now: the task becomes ready again after the delay. No attempt is counted.
    Snooze {
        /// The wait.
        delay: Duration,
    },
    /// Given back, ready at once. No attempt is counted.
    Release,
    /// The task is cancelled.
    Cancel {
        /// Why.
        reason: Option<String>,
    },
    /// The holder waits for a decision: the task is paused, the lease is kept and its
    /// heartbeats go on.
    Pause {
        /// What it waits for.
        reason: Option<String>,
    },
}

impl Outcome {
    /// Done, with a value.
    ///
    /// # Errors
    ///
    /// Where the value has no JSON form.
    pub fn done<T: Serialize + ?Sized>(result: &T) -> Result<Self, crate::JsonError> {
        Json::encode(result).map(|json| Self::Done { result: Some(json) })
    }

    /// To be retried by the task's policy.
    #[must_use]
    pub fn retry(error: impl Into<String>) -> Self {
        Self::Retry { delay: None, error: Failure::new("error", error) }
    }

    /// Failed for good.
    #[must_use]
    pub fn fail(error: impl Into<String>) -> Self {
        Self::Fail { error: Failure::new("error", error) }
    }

    /// How this ends the lease; `None` where it does not.
    #[must_use]
    pub const fn ends(&self) -> Option<EndKind> {
        match self {
            Self::Done { .. } => Some(EndKind::Done),
            Self::Retry { .. } => Some(EndKind::Retry),
            Self::Fail { .. } => Some(EndKind::Fail),
            Self::Snooze { .. } => Some(EndKind::Snooze),
            Self::Release => Some(EndKind::Release),
            Self::Cancel { .. } => Some(EndKind::Cancel),
            Self::Pause { .. } => None,
        }
    }

    /// Checks the size of what it carries.
    ///
    /// # Errors
    ///
    /// [`ParseError`] that names the limit.
    pub fn check(&self) -> Result<(), ParseError> {
        match self {
            Self::Done { result: Some(json) } => limits::check_body("result size", json),
            _ => Ok(()),
        }
    }
}

/// What went wrong, for people and for rules: a short kind and a text of at most 8 KiB
/// (longer ones are cut).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Failure {
    /// A word to group failures by, for instance `timeout` or `exit`.
    pub kind: String,
    /// The text.
    pub text: String,
}

impl Failure {
    /// A failure; both texts are cut to their limits.
    #[must_use]
    pub fn new(kind: impl Into<String>, text: impl Into<String>) -> Self {
        let (kind, text) = (kind.into(), text.into());
        Self {
            kind: limits::cut(&kind, crate::id::MAX_LEN).to_owned(),
            text: limits::cut(&text, limits::ERROR_BYTES).to_owned(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.text)
    }
}

/// How far a task is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Progress {
    /// The share that is done: 0.0 to 1.0.
    pub fraction: f64,
    /// What is being done; at most 1 KiB, longer notes are cut.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl Progress {
    /// A report; the fraction is brought into 0.0 to 1.0, and what is no number is 0.0.
    #[must_use]
    pub fn new(fraction: f64, note: impl Into<String>) -> Self {
        let fraction = if fraction.is_nan() { 0.0 } else { fraction.clamp(0.0, 1.0) };
        let note = note.into();
        Self { fraction, note: limits::cut(&note, limits::NOTE_BYTES).to_owned() }
    }
}
