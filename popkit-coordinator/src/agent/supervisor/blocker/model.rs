//! One thing that is in the way.

use std::fmt;

use popkit_protocol::{EndKind, Task, TaskId, TaskState};
use serde::{Deserialize, Serialize};

/// A task that has ended badly, or that nobody can begin, and what waits for it in vain.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Blocker {
    /// The task, with its errors and attempts; without its payload, result and checkpoint,
    /// which the store has.
    pub task: Task,
    /// What is wrong with it.
    pub cause: BlockerCause,
    /// The tasks of the plan that wait for it, directly or behind others, in the order of
    /// their ids.
    pub dependants: Vec<TaskId>,
    /// How often the supervisor has put it back, since anybody else did.
    pub requeues: u32,
    /// It is not of the plan: another's task, that tasks of the plan need.
    pub foreign: bool,
}

impl Blocker {
    /// A task of a plan that nothing waits for.
    #[must_use]
    pub fn new(task: Task, cause: BlockerCause) -> Self {
        Self { task, cause, dependants: Vec::new(), requeues: 0, foreign: false }
    }

    /// With what waits for it.
    #[must_use]
    pub fn with_dependants(mut self, dependants: impl IntoIterator<Item = TaskId>) -> Self {
        self.dependants = dependants.into_iter().collect();
        self
    }

    /// Put back so often.
    #[must_use]
    pub fn with_requeues(mut self, requeues: u32) -> Self {
        self.requeues = requeues;
        self
    }

    /// Not of the plan.
    #[must_use]
    pub fn foreign(mut self) -> Self {
        self.foreign = true;
        self
    }

    /// Its last error, on one line; empty where there is none.
    #[must_use]
    pub fn last_error(&self) -> String {
        self.task.errors.last().map(|entry| entry.failure.to_string()).unwrap_or_default()
    }
}

impl fmt::Display for Blocker {
    /// `task build failed in every attempt: exit: status 2`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "task {} {}", self.task.id(), self.cause)?;
        let error = self.last_error();
        if self.task.state == TaskState::Failed && !error.is_empty() {
            write!(f, ": {error}")?;
        }
        Ok(())
    }
}

/// Why a task is in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BlockerCause {
    /// Its holder says that it cannot work.
    Fatal,
    /// Its attempts are used up.
    Attempts,
    /// Its holders fell silent, too many of them.
    Abandoned,
    /// It was cancelled, and others need it done.
    Cancelled,
    /// No agent takes it.
    Unserved,
}

impl BlockerCause {
    /// The name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fatal => "fatal",
            Self::Attempts => "attempts",
            Self::Abandoned => "abandoned",
            Self::Cancelled => "cancelled",
            Self::Unserved => "unserved",
        }
    }

    /// The cause of a dead letter.
    pub(super) fn of_failed(task: &Task) -> Self {
        match task.last_end.map(|end| end.how) {
            Some(EndKind::Retry) => Self::Attempts,
            Some(EndKind::Taken) => Self::Abandoned,
            _ => Self::Fatal,
        }
    }
}

impl fmt::Display for BlockerCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Fatal => "failed for good",
            Self::Attempts => "failed in every attempt",
            Self::Abandoned => "lost every agent that held it",
            Self::Cancelled => "was cancelled",
            Self::Unserved => "waits for an agent that takes it",
        })
    }
}
