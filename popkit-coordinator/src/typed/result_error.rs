//! Why there is no result.

use std::fmt;

use popkit_protocol::{Failure, JsonError, TaskId, TaskKind, TaskState};

/// A task whose result cannot be had. `last` is the failure of its last attempt that failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResultError {
    /// It failed for good.
    #[error("task {task} failed{}", Because(last))]
    Failed {
        /// The task.
        task: TaskId,
        /// How.
        last: Option<Failure>,
    },
    /// It was cancelled.
    #[error("task {task} was cancelled{}", Because(last))]
    Cancelled {
        /// The task.
        task: TaskId,
        /// What went wrong before.
        last: Option<Failure>,
    },
    /// It has not ended in time.
    #[error("task {task} is still {state}{}", Because(last))]
    Timeout {
        /// The task.
        task: TaskId,
        /// Where it stands.
        state: TaskState,
        /// What went wrong so far.
        last: Option<Failure>,
    },
    /// The store does not know it, perhaps not any more.
    #[error("there is no task {task}")]
    NotFound {
        /// The task.
        task: TaskId,
    },
    /// It is of another kind: the unique key stood for that one.
    #[error("task {task} is of kind {kind}, not {expected}")]
    OtherKind {
        /// The task.
        task: TaskId,
        /// Its kind.
        kind: TaskKind,
        /// The kind of the handle.
        expected: &'static str,
    },
    /// The result is not what the kind promises.
    #[error("the result of task {task} does not fit")]
    Decode {
        /// The task.
        task: TaskId,
        /// Why.
        source: JsonError,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] popkit_store::Error),
}

struct Because<'a>(&'a Option<Failure>);

impl fmt::Display for Because<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |failure| write!(f, ": {failure}"))
    }
}
