//! Replaying events into a task. Stores change tasks through this function alone, so the
//! log and the record cannot part.

use std::sync::Arc;

use super::record::ErrorEntry;
use super::{
    Actor, Change, EndKind, Failure, Hold, LeaseEnd, NewTask, Score, Task, TaskEvent, TaskState,
    TransitionError, Trigger, transition,
};
use crate::{Fence, TaskId, Timestamp, limits};

/// Events that do not fit the task they are applied to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// An event is missing, doubled or out of order.
    #[error("event {found} of task {task} follows event {last}")]
    Gap {
        /// The task.
        task: TaskId,
        /// The number of the last event that was applied.
        last: u64,
        /// The number of the event that was to be applied.
        found: u64,
    },
    /// The event belongs to another task, or the first event is no insertion.
    #[error("event {number} of task {task} does not belong here")]
    Foreign {
        /// The task the event names.
        task: TaskId,
        /// Its number.
        number: u64,
    },
    /// The state does not allow the change.
    #[error("event {number} of task {task}")]
    Illegal {
        /// The task.
        task: TaskId,
        /// The number of the event.
        number: u64,
        /// What the state machine says.
        #[source]
        source: TransitionError,
    },
    /// The change ends a lease, and there is none.
    #[error("event {number} of task {task} needs a lease, and there is none")]
    NoLease {
        /// The task.
        task: TaskId,
        /// The number of the event.
        number: u64,
    },
}

enum Refusal {
    State(TransitionError),
    NoLease,
}

impl From<TransitionError> for Refusal {
    fn from(error: TransitionError) -> Self {
        Self::State(error)
    }
}

impl Task {
    /// The record after its first event.
    #[must_use]
    pub fn inserted(spec: Arc<NewTask>, score: Score, open: u32, at: Timestamp) -> Self {
        Self {
            lane: spec.requirement().lane(),
            priority: spec.priority,
            score,
            state: if spec.backlog { TaskState::Backlog } else { TaskState::Pending },
            open_parents: open,
            due_at: spec.not_before.filter(|due| *due > at),
            attempt: 0,
            abandons: 0,
            fence: Fence::NONE,
            hold: None,
            last_end: None,
            progress: None,
            checkpoint: None,
            result: None,
            errors: Vec::new(),
            revision: 1,
            created_at: at,
            updated_at: at,
            assigned_at: None,
            started_at: None,
            ended_at: None,
            spec,
        }
    }

    /// Replays a task's events from the first.
    ///
    /// # Errors
    ///
    /// [`ReplayError`] where they have a gap, mix tasks or break the state machine; also
    /// where there are none.
    pub fn replay<'a>(
        events: impl IntoIterator<Item = &'a TaskEvent>,
    ) -> Result<Option<Self>, ReplayError> {
        let mut events = events.into_iter();
        let Some(first) = events.next() else {
            return Ok(None);
        };
        let Change::Inserted { spec, score, open } = &first.change else {
            return Err(ReplayError::Foreign { task: first.task.clone(), number: first.number });
        };
        let mut task = Self::inserted(Arc::clone(spec), *score, *open, first.at);
        if first.number != 1 {
            let (id, found) = (first.task.clone(), first.number);
            return Err(ReplayError::Gap { task: id, last: 0, found });
        }
        for event in events {
            task.apply(event)?;
        }
        Ok(Some(task))
    }

    /// Applies the next event.
    ///
    /// # Errors
    ///
    /// [`ReplayError`]; the task is unchanged then.
    pub fn apply(&mut self, event: &TaskEvent) -> Result<(), ReplayError> {
        if event.task != *self.id() {
            return Err(ReplayError::Foreign { task: event.task.clone(), number: event.number });
        }
        if event.number != self.revision + 1 {
            return Err(ReplayError::Gap {
                task: event.task.clone(),
                last: self.revision,
                found: event.number,
            });
        }
        self.change(event.at, &event.change).map_err(|refusal| {
            let (task, number) = (event.task.clone(), event.number);
            match refusal {
                Refusal::State(source) => ReplayError::Illegal { task, number, source },
                Refusal::NoLease => ReplayError::NoLease { task, number },
            }
        })?;
        self.revision = event.number;
        self.updated_at = event.at;
        if self.state.is_terminal() && self.ended_at.is_none() {
            self.ended_at = Some(event.at);
        }
        Ok(())
    }

    fn change(&mut self, at: Timestamp, change: &Change) -> Result<(), Refusal> {
        match change {
            Change::Inserted { .. } => {
                // An insertion is only ever the first event: no state accepts it later.
                return Err(TransitionError { from: self.state, by: Trigger::Enqueue }.into());
            }
            Change::Enqueued => self.go(Trigger::Enqueue)?,
            Change::ParentEnded { open, .. } => self.open_parents = *open,
            Change::Promoted => self.due_at = None,
            Change::Claimed { .. } => self.claimed(at, change)?,
            Change::Progressed { progress } => {
                self.go(Trigger::Progress)?;
                self.progress = Some(progress.clone());
            }
            Change::Checkpointed { value } => {
                if self.hold.is_none() {
                    return Err(Refusal::NoLease);
                }
                self.checkpoint = Some(value.clone()).filter(|value| !value.is_null());
            }
            Change::Completed { result } => {
                let by = if self.spec.review { Trigger::Submit } else { Trigger::Complete };
                self.end(by, EndKind::Done)?;
                self.result = result.clone().filter(|result| !result.is_null());
            }
            Change::Retried { due, error } => {
                self.end(Trigger::GiveBack, EndKind::Retry)?;
                self.due_at = *due;
                self.log(at, error);
            }
            Change::Snoozed { due } => {
                self.end(Trigger::GiveBack, EndKind::Snooze)?;
                self.due_at = Some(*due);
                self.uncount();
            }
            Change::Released => {
                self.end(Trigger::GiveBack, EndKind::Release)?;
                self.uncount();
            }
            Change::Failed { .. } | Change::Rescued { .. } => self.fell(at, change)?,
            Change::Cancelled { by, .. } => {
                self.go(Trigger::Cancel)?;
                let how = if *by == Actor::Holder { EndKind::Cancel } else { EndKind::Taken };
                self.last_end =
                    self.hold.take().map_or(self.last_end, |h| Some(LeaseEnd::of(&h, how)));
            }
            Change::Paused { .. } => self.go(Trigger::Pause)?,
            Change::Resumed { .. } => {
                let held = self.hold.is_some();
                self.go(if held { Trigger::Resume } else { Trigger::Unpause })?;
            }
            Change::Requeued { .. } => self.requeued()?,
            Change::Approved { .. } => self.go(Trigger::Approve)?,
            Change::Rejected { .. } => {
                self.go(Trigger::Reject)?;
                self.result = None;
                self.progress = None;
            }
            Change::Reprioritised { priority, score } => {
                self.priority = *priority;
                self.score = *score;
            }
        }
        Ok(())
    }

    fn go(&mut self, by: Trigger) -> Result<(), TransitionError> {
        self.state = transition(self.state, by)?;
        Ok(())
    }

    fn end(&mut self, by: Trigger, how: EndKind) -> Result<(), Refusal> {
        let to = transition(self.state, by)?;
        let hold = self.hold.take().ok_or(Refusal::NoLease)?;
        self.last_end = Some(LeaseEnd::of(&hold, how));
        self.state = to;
        if to == TaskState::Pending {
            self.progress = None;
        }
        Ok(())
    }

    fn claimed(&mut self, at: Timestamp, change: &Change) -> Result<(), Refusal> {
        let Change::Claimed { holder, agent, fence, claim, attempt, deadline, lease } = change
        else {
            return Ok(());
        };
        self.go(Trigger::Claim)?;
        self.hold = Some(Hold::new((*holder, agent.clone()), (*fence, *claim), *deadline, *lease));
        self.fence = *fence;
        self.attempt = *attempt;
        self.assigned_at = Some(at);
        self.started_at.get_or_insert(at);
        Ok(())
    }

    fn fell(&mut self, at: Timestamp, change: &Change) -> Result<(), Refusal> {
        match change {
            Change::Rescued { .. } => {
                self.end(Trigger::Rescue, EndKind::Taken)?;
                self.abandons += 1;
                self.log(at, &Failure::new("abandoned", "its holder fell silent"));
            }
            Change::Failed { cause, error } => {
                let how = match cause {
                    super::FailCause::Fatal => EndKind::Fail,
                    super::FailCause::Attempts => EndKind::Retry,
                    super::FailCause::Abandoned => EndKind::Taken,
                };
                self.end(Trigger::Fail, how)?;
                self.abandons += u32::from(how == EndKind::Taken);
                self.log(at, error);
            }
            _ => {}
        }
        Ok(())
    }

    fn requeued(&mut self) -> Result<(), TransitionError> {
        self.go(Trigger::Requeue)?;
        self.attempt = 0;
        self.abandons = 0;
        self.due_at = None;
        self.ended_at = None;
        self.progress = None;
        Ok(())
    }

    fn uncount(&mut self) {
        self.attempt = self.attempt.saturating_sub(1);
    }

    fn log(&mut self, at: Timestamp, failure: &Failure) {
        if self.errors.len() >= limits::ERROR_LOG {
            self.errors.remove(0);
        }
        self.errors.push(ErrorEntry::new(at, self.attempt, failure.clone()));
    }
}

#[cfg(test)]
#[path = "apply/tests.rs"]
mod tests;
