//! What happened to a task.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Failure, NewTask, Priority, Progress, Score};
use crate::{AgentId, ClaimId, Fence, HolderId, Json, TaskId, Timestamp};

/// A place in a store's event log. Grows with every event, not necessarily by one; resume
/// reading after the last one seen.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Cursor(u64);

impl Cursor {
    /// Before the first event.
    pub const START: Self = Self(0);

    /// Takes a number from a store's record.
    #[must_use]
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Who made a change by decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Actor {
    /// The holder of the task, under its lease.
    Holder,
    /// A person or program with administrative access, by name.
    Operator(String),
    /// An edge of the task graph: this parent ended.
    Parent(TaskId),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Holder => f.write_str("its holder"),
            Self::Operator(name) => f.write_str(name),
            Self::Parent(task) => write!(f, "parent {task}"),
        }
    }
}

/// Why a task became a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FailCause {
    /// Its holder said so.
    Fatal,
    /// Its attempts are used up.
    Attempts,
    /// Too many leases ended without a word.
    Abandoned,
}

/// One event of a task. Written in the same atomic step as the change it tells of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TaskEvent {
    /// Its place in the store's log.
    pub cursor: Cursor,
    /// The task.
    pub task: TaskId,
    /// Its number among the task's events: 1, 2, 3 … without gap.
    pub number: u64,
    /// When, by the store's clock.
    pub at: Timestamp,
    /// What.
    pub change: Change,
}

impl TaskEvent {
    /// An event, as a store records it.
    #[must_use]
    pub fn new(
        (cursor, at): (Cursor, Timestamp),
        (task, number): (TaskId, u64),
        change: Change,
    ) -> Self {
        Self { cursor, task, number, at, change }
    }
}

/// What changed. The change carries everything that replaying it needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
// Not internally tagged: serde buffers such enums, and a raw JSON body cannot be read back
// from its buffer.
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// The task was accepted.
    Inserted {
        /// What was asked for.
        spec: Arc<NewTask>,
        /// Its place in its lane.
        score: Score,
        /// Parents that are still open.
        open: u32,
    },
    /// It left the backlog.
    Enqueued,
    /// A parent ended in a way that opens this edge.
    ParentEnded {
        /// The parent.
        parent: TaskId,
        /// Parents that are still open.
        open: u32,
    },
    /// Its time has come.
    Promoted,
    /// An agent claimed it.
    Claimed {
        /// Who holds it.
        holder: HolderId,
        /// The agent's name.
        agent: AgentId,
        /// The token's growing half.
        fence: Fence,
        /// The token's random half.
        claim: ClaimId,
        /// The attempt that begins, from 1.
        attempt: u32,
        /// The end of the lease, unless renewed.
        deadline: Timestamp,
        /// The length of the lease.
        #[serde(with = "crate::duration::text")]
        lease: std::time::Duration,
    },
    /// Its holder reported progress.
    Progressed {
        /// How far it is.
        progress: Progress,
    },
    /// Its holder saved a point to go on from.
    Checkpointed {
        /// What it saved.
        value: Json,
    },
    /// The work is done; the task is done or in review.
    Completed {
        /// What came out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        result: Option<Json>,
    },
    /// An attempt failed and another will follow.
    Retried {
        /// Not before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<Timestamp>,
        /// What went wrong.
        error: Failure,
    },
    /// Its holder put it off.
    Snoozed {
        /// Not before.
        due: Timestamp,
    },
    /// Its holder gave it back.
    Released,
    /// It became a dead letter.
    Failed {
        /// Why.
        cause: FailCause,
        /// What went wrong.
        error: Failure,
    },
    /// Its lease expired; it is ready again.
    Rescued {
        /// The holder that fell silent.
        holder: HolderId,
    },
    /// It was cancelled.
    Cancelled {
        /// By whom.
        by: Actor,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// It was set aside.
    Paused {
        /// By whom: the lease is kept when by its holder.
        by: Actor,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// It goes on: with its holder, or back in its lane.
    Resumed {
        /// By whom.
        by: Actor,
    },
    /// A dead letter was put back, with fresh attempts.
    Requeued {
        /// By whom.
        by: Actor,
    },
    /// A reviewer accepted the work.
    Approved {
        /// By whom.
        by: Actor,
    },
    /// A reviewer sent the work back.
    Rejected {
        /// By whom.
        by: Actor,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Its place in the lane changed.
    Reprioritised {
        /// The new priority.
        priority: Priority,
        /// The new place.
        score: Score,
    },
}

impl Change {
    /// The name of the event, as in JSON.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Inserted { .. } => "inserted",
            Self::Enqueued => "enqueued",
            Self::ParentEnded { .. } => "parent_ended",
            Self::Promoted => "promoted",
            Self::Claimed { .. } => "claimed",
            Self::Progressed { .. } => "progressed",
            Self::Checkpointed { .. } => "checkpointed",
            Self::Completed { .. } => "completed",
            Self::Retried { .. } => "retried",
            Self::Snoozed { .. } => "snoozed",
            Self::Released => "released",
            Self::Failed { .. } => "failed",
            Self::Rescued { .. } => "rescued",
            Self::Cancelled { .. } => "cancelled",
            Self::Paused { .. } => "paused",
            Self::Resumed { .. } => "resumed",
            Self::Requeued { .. } => "requeued",
            Self::Approved { .. } => "approved",
            Self::Rejected { .. } => "rejected",
            Self::Reprioritised { .. } => "reprioritised",
        }
    }
}
