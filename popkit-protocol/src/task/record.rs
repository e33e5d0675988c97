//! A task as a store keeps it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    Failure, Hold, LaneKey, LeaseEnd, NewTask, Pending, Priority, Progress, Score, TaskState,
};
use crate::{Fence, Json, TaskId, Timestamp};

/// A failure of one attempt, as the error log keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ErrorEntry {
    /// When.
    pub at: Timestamp,
    /// In which attempt.
    pub attempt: u32,
    /// What.
    pub failure: Failure,
}

impl ErrorEntry {
    /// An entry, from a store's record.
    #[must_use]
    pub fn new(at: Timestamp, attempt: u32, failure: Failure) -> Self {
        Self { at, attempt, failure }
    }
}

/// A task: what was asked for, and where it stands.
///
/// Everything but the deadline of its lease follows from its events: replaying them with
/// [`Task::inserted`] and [`Task::apply`] gives the same record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Task {
    /// What was asked for.
    pub spec: Arc<NewTask>,
    /// The lane it stands in while ready.
    pub lane: LaneKey,
    /// How urgent it is now.
    pub priority: Priority,
    /// Its place in its lane.
    pub score: Score,
    /// Where it stands.
    pub state: TaskState,
    /// Parents that are still open.
    #[serde(default)]
    pub open_parents: u32,
    /// Not ready before, while that lies ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// Attempts begun and counted.
    #[serde(default)]
    pub attempt: u32,
    /// Leases that ended without a word.
    #[serde(default)]
    pub abandons: u32,
    /// The fence of the last claim.
    #[serde(default)]
    pub fence: Fence,
    /// Who holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// The last lease that ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_end: Option<LeaseEnd>,
    /// How far it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// Where the next attempt can go on from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<Json>,
    /// What came out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Json>,
    /// The last failures, oldest first; at most 16.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ErrorEntry>,
    /// The number of its last event.
    pub revision: u64,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When the current or last attempt was claimed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_at: Option<Timestamp>,
    /// When the first attempt was claimed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended: done, failed or cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

impl Task {
    /// Its name.
    #[must_use]
    pub fn id(&self) -> &TaskId {
        &self.spec.id
    }

    /// What a pending task waits for; `None` in every other state.
    #[must_use]
    pub fn pending(&self) -> Option<Pending> {
        if self.state != TaskState::Pending {
            return None;
        }
        Some(if self.open_parents > 0 {
            Pending::Blocked
        } else if self.due_at.is_some() {
            Pending::Due
        } else {
            Pending::Ready
        })
    }

    /// Whether it stands in its lane, ready to be claimed.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.pending() == Some(Pending::Ready)
    }

    /// The record without what its events do not tell: the lease's current deadline.
    /// Two records with the same events are equal in this form.
    #[must_use]
    pub fn replayable(mut self) -> Self {
        if let Some(hold) = &mut self.hold {
            hold.deadline = Timestamp::EPOCH;
            hold.suspect = false;
            hold.length = std::time::Duration::ZERO;
        }
        self
    }
}
