//! Accepting tasks.

use popkit_protocol::TaskId;

/// How to insert.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct InsertOptions {
    /// Accept the batch without syncing it: a power cut may lose it. A killed process
    /// does not.
    pub relaxed: bool,
}

impl InsertOptions {
    /// Accept without syncing.
    #[must_use]
    pub fn relaxed(mut self) -> Self {
        self.relaxed = true;
        self
    }
}

/// What became of one task of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Inserted {
    /// It was accepted.
    Created(TaskId),
    /// A task with this id, or an open one with the same unique key, exists: that is its
    /// id. Nothing changed.
    Duplicate(TaskId),
}

impl Inserted {
    /// The id of the task, the accepted one or the one that stood in the way.
    #[must_use]
    pub fn id(&self) -> &TaskId {
        match self {
            Self::Created(id) | Self::Duplicate(id) => id,
        }
    }

    /// Whether it was accepted.
    #[must_use]
    pub fn is_created(&self) -> bool {
        matches!(self, Self::Created(_))
    }
}
