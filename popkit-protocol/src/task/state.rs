//! The states of a task.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ParseError;

/// Where a task stands. See [`transition`](super::transition) for what leads where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TaskState {
    /// Stored, not enqueued.
    Backlog,
    /// Enqueued; [`Pending`] says what it waits for.
    Pending,
    /// Claimed; no progress reported yet.
    Assigned,
    /// Claimed, and progress was reported.
    Active,
    /// Set aside: by the holder that waits for a decision (the lease is kept), or by an
    /// operator (no lease).
    Paused,
    /// The work is finished and waits for a verdict; dependants still wait.
    Review,
    /// Ended well; dependants are released.
    Done,
    /// Dead letter: attempts are used up, or the failure is final.
    Failed,
    /// Ended by decision.
    Cancelled,
}

impl TaskState {
    /// Every state, in the order of a task's life.
    pub const ALL: [Self; 9] = [
        Self::Backlog,
        Self::Pending,
        Self::Assigned,
        Self::Active,
        Self::Paused,
        Self::Review,
        Self::Done,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The name used in text, JSON and on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Backlog => "backlog",
            Self::Pending => "pending",
            Self::Assigned => "assigned",
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Review => "review",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether the task has ended: done, failed or cancelled. Only a failed task can be
    /// brought back, by hand.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

impl fmt::Display for TaskState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for TaskState {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let names = || Self::ALL.map(Self::name).join(", ");
        Self::ALL.into_iter().find(|state| state.name() == text).ok_or_else(|| {
            ParseError::new("task state", text, format!("expected one of {}", names()))
        })
    }
}

/// What a pending task waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Pending {
    /// An agent: it is in its lane.
    Ready,
    /// A point in time: a delay, a backoff or a snooze.
    Due,
    /// Open parents.
    Blocked,
}

impl fmt::Display for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ready => "ready",
            Self::Due => "due",
            Self::Blocked => "blocked",
        })
    }
}
