//! What stops a mirror.

use std::time::Duration;

use popkit_protocol::{JsonError, ReplayError, TaskId};

use crate::BookmarkError;

/// A mirror that cannot go on. What was not told yet is told when it is run again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MirrorError {
    /// The history of the store could not be read.
    #[error("cannot read the history of tasks")]
    Store(#[source] popkit_store::Error),
    /// The transport took no message, or not all.
    #[error("cannot publish the history of tasks")]
    Transport(#[source] popkit_transport::Error),
    /// Its place could not be kept, or another mirror took over.
    #[error(transparent)]
    Place(#[from] BookmarkError),
    /// The events of a task do not follow from each other: the store is damaged.
    #[error("the history of task {task} does not replay; check the store")]
    Replay {
        /// The task.
        task: TaskId,
        /// What does not fit.
        #[source]
        source: Box<ReplayError>,
    },
    /// An event that cannot be written as JSON.
    #[error("an event of task {task} cannot be told")]
    Message {
        /// The task.
        task: TaskId,
        /// Why.
        #[source]
        source: JsonError,
    },
}

impl MirrorError {
    /// Whether trying again later may help.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Store(error) => error.is_retryable(),
            Self::Transport(error) => error.is_retryable(),
            Self::Place(error) => error.is_retryable(),
            Self::Replay { .. } | Self::Message { .. } => false,
        }
    }

    /// When to try again at the earliest, where the store or transport said so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Store(error) | Self::Place(BookmarkError::Store { source: error, .. }) => {
                error.retry_after()
            }
            Self::Transport(error) => error.retry_after(),
            _ => None,
        }
    }
}
