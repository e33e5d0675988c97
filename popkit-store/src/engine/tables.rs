//! What the engine needs of a backend.

use std::sync::Arc;

use popkit_protocol::{
    EdgePolicy, HolderId, Json, LaneKey, Pending, Profile, Requirement, Score, Task, TaskEvent,
    TaskId, TaskState, Timestamp, UniqueKey,
};

use super::Replay;
use crate::{LaneRule, LaneStatus, Result};

/// A backend's tables, inside one atomic step: a locked map, an open transaction.
///
/// A task is addressed by its insertion number, `task.score.seq`, which is never used
/// again. All changes of one engine call become visible together or, when the call ends
/// with an error, not at all.
pub trait Tables {
    /// Sets `count` insertion numbers aside and answers with the first. Starts at 1.
    fn reserve(&mut self, count: u64) -> Result<u64>;

    /// The task with this id.
    fn find(&mut self, id: &TaskId) -> Result<Option<Task>>;

    /// The task with this number.
    fn by_seq(&mut self, seq: u64) -> Result<Option<Task>>;

    /// Whether an open task has this key, and which.
    fn open_with(&mut self, key: &UniqueKey) -> Result<Option<TaskId>>;

    /// Keeps a new task, in the indexes that [`Stand::of`] demands. Its lane is registered.
    fn create(&mut self, task: &Task) -> Result<()>;

    /// Keeps a changed task and moves it between the indexes, from `before` to
    /// [`Stand::of`] the task.
    fn replace(&mut self, before: &Stand, task: &Task) -> Result<()>;

    /// Appends an event to the log, under the next cursor. The cursor of the given event
    /// means nothing.
    fn append(&mut self, seq: u64, event: TaskEvent) -> Result<()>;

    /// Keeps an edge.
    fn link(&mut self, parent: u64, child: u64, policy: EdgePolicy) -> Result<()>;

    /// Drops an edge.
    fn unlink(&mut self, parent: u64, child: u64) -> Result<()>;

    /// Up to `limit` edges of a parent; where `blocking` is false, without those of policy
    /// `Block`.
    fn edges(
        &mut self,
        parent: u64,
        blocking: bool,
        limit: usize,
    ) -> Result<Vec<(u64, EdgePolicy)>>;

    /// Remembers that edges of this ended parent are still to be followed. May be called
    /// again for the same parent.
    fn defer(&mut self, parent: u64) -> Result<()>;

    /// Forgets it.
    fn undefer(&mut self, parent: u64) -> Result<()>;

    /// Any parent whose edges are still to be followed.
    fn deferred(&mut self) -> Result<Option<u64>>;

    /// Registers a lane, if it is new.
    ///
    /// # Errors
    ///
    /// `Full` where that would exceed the limit of lanes.
    fn register(&mut self, requirement: &Requirement) -> Result<()>;

    /// Keeps the rule of a lane, which is registered unless the rule is none. Where it lets
    /// more be claimed than the one before, those who wait are to be woken.
    fn set_rule(&mut self, requirement: &Requirement, rule: LaneRule) -> Result<()>;

    /// A lane, counted; without rule and tasks where it is not registered.
    fn lane(&mut self, requirement: &Requirement) -> Result<LaneStatus>;

    /// The numbers of the lanes that this profile may serve; paused ones may be left out.
    fn eligible(&mut self, profile: &Profile) -> Result<Arc<[u32]>>;

    /// The lowest score of the ready tasks in a lane; `None`, too, where its rule lets
    /// nothing be claimed now.
    fn head(&mut self, lane: u32) -> Result<Option<Score>>;

    /// Up to `limit` tasks whose timer (see [`Stand::timer`]) is not after `now`, earliest
    /// first.
    fn timers(&mut self, now: Timestamp, limit: usize) -> Result<Vec<u64>>;

    /// The earliest timer.
    fn next_timer(&mut self) -> Result<Option<Timestamp>>;

    /// The last answered step of a slot.
    fn replay(&mut self, holder: HolderId, slot: u32) -> Result<Option<Replay>>;

    /// Keeps the last answered step of a slot.
    fn remember(&mut self, holder: HolderId, slot: u32, replay: Replay) -> Result<()>;
}

/// Which index, and which number of the counts, a task belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Place {
    /// Pending, in its lane.
    Ready,
    /// Pending until a point in time.
    Due,
    /// Pending behind open parents.
    Blocked,
    /// In any other state.
    State(TaskState),
}

/// The part of a task that indexes are made of.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Stand {
    /// Its lane.
    pub lane: LaneKey,
    /// Its place in the lane while ready.
    pub score: Score,
    /// Where it stands.
    pub place: Place,
    /// When something is to be done about it: the time it is due, or the deadline of its
    /// lease.
    pub timer: Option<Timestamp>,
    /// Its checkpoint, to see whether that changed.
    pub checkpoint: Option<Json>,
    /// Its result, to see whether that changed.
    pub result: Option<Json>,
    /// Its last failure, to see whether the error log changed.
    pub last_error: Option<Timestamp>,
}

impl Stand {
    /// Where a task stands.
    #[must_use]
    pub fn of(task: &Task) -> Self {
        let place = match task.pending() {
            Some(Pending::Ready) => Place::Ready,
            Some(Pending::Due) => Place::Due,
            Some(_) => Place::Blocked,
            None => Place::State(task.state),
        };
        let timer = match (&task.hold, place) {
            (Some(hold), _) => Some(hold.deadline),
            (None, Place::Due) => task.due_at,
            (None, _) => None,
        };
        Self {
            lane: task.lane,
            score: task.score,
            place,
            timer,
            checkpoint: task.checkpoint.clone(),
            result: task.result.clone(),
            last_error: task.errors.last().map(|entry| entry.at),
        }
    }

    /// Whether a lease of the task is held.
    #[must_use]
    pub fn is_held(&self) -> bool {
        // A pending task is in no lease; its timer is the time it is due.
        self.timer.is_some() && matches!(self.place, Place::State(_))
    }

    /// Whether the task has not ended.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !matches!(self.place, Place::State(state) if state.is_terminal())
    }
}
