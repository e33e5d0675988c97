//! Looking at tasks, and changing them without a lease.

use std::collections::BTreeSet;

use popkit_protocol::{
    AgentId, Cursor, Priority, Requirement, TaskId, TaskKind, TaskState, Timestamp,
};

/// How much of an answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PageRequest {
    /// At most so many items, 1 to 1000.
    pub limit: usize,
    /// Go on after this place, from [`Page::next`].
    pub after: u64,
}

impl PageRequest {
    /// The first page.
    #[must_use]
    pub const fn first(limit: usize) -> Self {
        Self { limit, after: 0 }
    }

    /// The page after that place.
    #[must_use]
    pub const fn after(mut self, place: u64) -> Self {
        self.after = place;
        self
    }

    /// The limit, brought into 1 to 1000.
    #[must_use]
    pub fn size(&self) -> usize {
        self.limit.clamp(1, 1000)
    }
}

impl Default for PageRequest {
    /// The first 100.
    fn default() -> Self {
        Self::first(100)
    }
}

/// A part of an answer.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Page<T> {
    /// The items, in order.
    pub items: Vec<T>,
    /// Where the next page begins; `None` when this was the last.
    pub next: Option<u64>,
}

impl<T> Page<T> {
    /// A page.
    #[must_use]
    pub fn new(items: Vec<T>, next: Option<u64>) -> Self {
        Self { items, next }
    }
}

/// Which tasks. Every field narrows; an empty query is all of them, in the order of
/// insertion.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaskQuery {
    /// In one of these states; empty: in any.
    pub states: BTreeSet<TaskState>,
    /// Of this kind.
    pub kind: Option<TaskKind>,
    /// With this tag.
    pub tag: Option<String>,
    /// Held by this agent now.
    pub agent: Option<AgentId>,
    /// How much.
    pub page: PageRequest,
}

impl TaskQuery {
    /// All tasks.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// In one of these states.
    #[must_use]
    pub fn in_states(mut self, states: impl IntoIterator<Item = TaskState>) -> Self {
        self.states = states.into_iter().collect();
        self
    }

    /// Of this kind.
    #[must_use]
    pub fn of_kind(mut self, kind: TaskKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// With this tag.
    #[must_use]
    pub fn tagged(mut self, tag: impl Into<String>) -> Self {
        self.tag = Some(tag.into());
        self
    }

    /// Held by this agent.
    #[must_use]
    pub fn held_by(mut self, agent: AgentId) -> Self {
        self.agent = Some(agent);
        self
    }

    /// This much.
    #[must_use]
    pub fn page(mut self, page: PageRequest) -> Self {
        self.page = page;
        self
    }

    /// Whether a task is wanted, by all fields but the page.
    #[must_use]
    pub fn wants(&self, task: &popkit_protocol::Task) -> bool {
        (self.states.is_empty() || self.states.contains(&task.state))
            && self.kind.as_ref().is_none_or(|kind| *kind == task.spec.kind)
            && self.tag.as_ref().is_none_or(|tag| task.spec.tags.contains(tag))
            && self
                .agent
                .as_ref()
                .is_none_or(|agent| task.hold.as_ref().is_some_and(|h| h.agent == *agent))
    }
}

/// What to count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CountQuery {
    /// Also per lane.
    pub lanes: bool,
}

impl CountQuery {
    /// Also per lane.
    #[must_use]
    pub const fn with_lanes(mut self) -> Self {
        self.lanes = true;
        self
    }
}

/// How many tasks stand where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaskCounts {
    /// Stored, not enqueued.
    pub backlog: u64,
    /// Pending and ready to be claimed, as far as the rules of their lanes let them.
    pub ready: u64,
    /// Pending until a point in time.
    pub due: u64,
    /// Pending behind open parents.
    pub blocked: u64,
    /// Claimed.
    pub assigned: u64,
    /// Claimed, with progress.
    pub active: u64,
    /// Set aside.
    pub paused: u64,
    /// Waiting for a verdict.
    pub review: u64,
    /// Ended well.
    pub done: u64,
    /// Dead letters.
    pub failed: u64,
    /// Cancelled.
    pub cancelled: u64,
    /// Per lane, where asked for; by lane key.
    pub lanes: Vec<LaneCount>,
}

impl TaskCounts {
    /// All tasks.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.open() + self.done + self.failed + self.cancelled
    }

    /// Tasks that have not ended.
    #[must_use]
    pub fn open(&self) -> u64 {
        let pending = self.backlog + self.ready + self.due + self.blocked;
        pending + self.assigned + self.active + self.paused + self.review
    }

    /// The number that tasks at this place count in.
    pub fn at(&mut self, place: crate::engine::Place) -> &mut u64 {
        use crate::engine::Place;
        match place {
            Place::Ready | Place::State(TaskState::Pending) => &mut self.ready,
            Place::Due => &mut self.due,
            Place::Blocked => &mut self.blocked,
            Place::State(TaskState::Backlog) => &mut self.backlog,
            Place::State(TaskState::Assigned) => &mut self.assigned,
            Place::State(TaskState::Active) => &mut self.active,
            Place::State(TaskState::Paused) => &mut self.paused,
            Place::State(TaskState::Review) => &mut self.review,
            Place::State(TaskState::Done) => &mut self.done,
            Place::State(TaskState::Failed) => &mut self.failed,
            Place::State(_) => &mut self.cancelled,
        }
    }
}

/// One lane, counted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LaneCount {
    /// What the lane requires.
    pub requirement: Requirement,
    /// Tasks ready in it, whatever its rule says.
    pub ready: u64,
    /// Tasks of it that have not ended, the ready ones included.
    pub open: u64,
}

impl LaneCount {
    /// A counted lane.
    #[must_use]
    pub fn new(requirement: Requirement, ready: u64, open: u64) -> Self {
        Self { requirement, ready, open }
    }
}

/// Which events.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct HistoryQuery {
    /// Of this task; of all tasks, in the order of the store's log, where not given.
    pub task: Option<TaskId>,
    /// How much; the place is a [`Cursor`]'s number.
    pub page: PageRequest,
}

impl HistoryQuery {
    /// The events of one task, from its first.
    #[must_use]
    pub fn of(task: TaskId) -> Self {
        Self { task: Some(task), page: PageRequest::first(1000) }
    }

    /// All events after this cursor.
    #[must_use]
    pub fn after(cursor: Cursor) -> Self {
        Self { task: None, page: PageRequest::first(1000).after(cursor.number()) }
    }

    /// This much.
    #[must_use]
    pub fn page(mut self, page: PageRequest) -> Self {
        self.page = page;
        self
    }
}

/// What may go: ended tasks that no open task depends on, with their events.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PruneQuery {
    /// Ended before this.
    pub ended_before: Timestamp,
    /// In one of these states, all of them terminal; empty: in any.
    pub states: BTreeSet<TaskState>,
    /// Of this kind.
    pub kind: Option<TaskKind>,
    /// One of these; empty: any.
    pub tasks: BTreeSet<TaskId>,
    /// At most so many in this call.
    pub limit: usize,
}

impl PruneQuery {
    /// What ended before this, at most 1000 tasks.
    #[must_use]
    pub fn before(at: Timestamp) -> Self {
        Self {
            ended_before: at,
            states: BTreeSet::new(),
            kind: None,
            tasks: BTreeSet::new(),
            limit: 1000,
        }
    }

    /// In one of these states.
    #[must_use]
    pub fn in_states(mut self, states: impl IntoIterator<Item = TaskState>) -> Self {
        self.states = states.into_iter().collect();
        self
    }

    /// Of this kind.
    #[must_use]
    pub fn of_kind(mut self, kind: TaskKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// One of these.
    #[must_use]
    pub fn among(mut self, tasks: impl IntoIterator<Item = TaskId>) -> Self {
        self.tasks = tasks.into_iter().collect();
        self
    }

    /// At most so many.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Whether a task may go, as far as the query is concerned.
    #[must_use]
    pub fn wants(&self, task: &popkit_protocol::Task) -> bool {
        task.ended_at.is_some_and(|at| at < self.ended_before)
            && (self.states.is_empty() || self.states.contains(&task.state))
            && self.kind.as_ref().is_none_or(|kind| *kind == task.spec.kind)
            && (self.tasks.is_empty() || self.tasks.contains(task.id()))
    }
}

/// A change without a lease, by an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChangeRequest {
    /// The task.
    pub task: TaskId,
    /// What to do.
    pub action: Action,
    /// By whom: a name for the history.
    pub by: String,
    /// Only while the task is at this revision.
    pub revision: Option<u64>,
}

impl ChangeRequest {
    /// A change.
    #[must_use]
    pub fn new(task: TaskId, action: Action, by: impl Into<String>) -> Self {
        Self { task, action, by: by.into(), revision: None }
    }

    /// Only while the task is at this revision.
    #[must_use]
    pub fn at_revision(mut self, revision: u64) -> Self {
        self.revision = Some(revision);
        self
    }
}

/// What an operator can do to a task.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Take it out of the backlog.
    Enqueue,
    /// Cancel it. Its holder learns of it at its next heartbeat.
    Cancel {
        /// Why.
        reason: Option<String>,
    },
    /// Put a dead letter back, with fresh attempts.
    Requeue,
    /// Set a pending task aside.
    Pause {
        /// Why.
        reason: Option<String>,
    },
    /// End a pause: an operator's, or the one of a holder that waits for a decision.
    Resume,
    /// Accept reviewed work.
    Approve,
    /// Send reviewed work back.
    Reject {
        /// Why.
        reason: Option<String>,
    },
    /// Change its priority, and with it its place.
    Reprioritise {
        /// The new priority.
        priority: Priority,
    },
}
