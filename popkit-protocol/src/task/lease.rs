//! What a holder has.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Task;
use crate::{AgentId, ClaimId, Fence, HolderId, TaskId, Timestamp};

/// The proof that a holder still holds a task. Every guarded write presents it; the store
/// compares fence and claim id, both, in the same atomic step as the write.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LeaseToken {
    /// The task.
    pub task: TaskId,
    /// The growing half.
    pub fence: Fence,
    /// The random half.
    pub claim: ClaimId,
}

/// A claimed task, as its holder gets it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Lease {
    /// The proof to present with every write.
    pub token: LeaseToken,
    /// The task as it was claimed.
    pub task: Task,
    /// What was left of the lease when the store answered. Count it from the instant
    /// *before* the request was sent.
    pub remaining: Duration,
}

impl Lease {
    /// A lease, as a backend hands it out.
    #[must_use]
    pub fn new(token: LeaseToken, task: Task, remaining: Duration) -> Self {
        Self { token, task, remaining }
    }
}

/// The lease as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Hold {
    /// Who holds the task.
    pub holder: HolderId,
    /// The agent's name, for people.
    pub agent: AgentId,
    /// The growing half of the token.
    pub fence: Fence,
    /// The random half.
    pub claim: ClaimId,
    /// When the store takes its next look, by the store's clock: the end of the lease,
    /// or, once `suspect`, the second look.
    pub deadline: Timestamp,
    /// The first look found the lease expired; the second rescues the task. A heartbeat
    /// in between clears it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suspect: bool,
    /// The length of the lease, as its holder last asked for it.
    #[serde(with = "crate::duration::text")]
    pub length: Duration,
}

impl Hold {
    /// A fresh hold.
    #[must_use]
    pub fn new(
        (holder, agent): (HolderId, AgentId),
        (fence, claim): (Fence, ClaimId),
        deadline: Timestamp,
        length: Duration,
    ) -> Self {
        Self { holder, agent, fence, claim, deadline, suspect: false, length }
    }

    /// Whether this hold was given out under that pair.
    #[must_use]
    pub fn is(&self, token: &LeaseToken) -> bool {
        self.fence == token.fence && self.claim == token.claim
    }
}

/// How a lease ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EndKind {
    /// With the work done, or submitted for review.
    Done,
    /// With a failure to be retried; also when that was the last attempt.
    Retry,
    /// With a final failure.
    Fail,
    /// Put off by its holder.
    Snooze,
    /// Given back by its holder.
    Release,
    /// Cancelled by its holder.
    Cancel,
    /// Taken away: the lease expired, or an operator cancelled the task.
    Taken,
}

/// The last lease that ended, so that the call that ended it can be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LeaseEnd {
    /// The growing half of its token.
    pub fence: Fence,
    /// The random half.
    pub claim: ClaimId,
    /// How it ended.
    pub how: EndKind,
}

impl LeaseEnd {
    /// The end of the lease with this token, from a store's record.
    #[must_use]
    pub const fn new((fence, claim): (Fence, ClaimId), how: EndKind) -> Self {
        Self { fence, claim, how }
    }

    /// The end of a hold.
    #[must_use]
    pub fn of(hold: &Hold, how: EndKind) -> Self {
        Self { fence: hold.fence, claim: hold.claim, how }
    }
}
