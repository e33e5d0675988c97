//! The one function that changes a task's state. Every backend obeys this table; the
//! test `tables_in_the_docs_match` holds `docs/state-machines.md` against it.

use std::fmt;

use super::TaskState;

/// What makes a task change its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Trigger {
    /// An operator enqueues a task from the backlog.
    Enqueue,
    /// An agent claims it.
    Claim,
    /// Its holder reports progress.
    Progress,
    /// Its holder finished the work.
    Complete,
    /// Its holder finished work that asks for a review.
    Submit,
    /// Its holder gives it back: to be retried, snoozed or released.
    GiveBack,
    /// It failed for good: a final failure, or no attempts left.
    Fail,
    /// Its lease expired and attempts are left.
    Rescue,
    /// Its holder waits for a decision, or an operator sets it aside.
    Pause,
    /// A decision lets its holder go on.
    Resume,
    /// An operator puts it back into its lane.
    Unpause,
    /// A reviewer accepts the work.
    Approve,
    /// A reviewer sends it back.
    Reject,
    /// An operator requeues a dead letter.
    Requeue,
    /// It is cancelled.
    Cancel,
}

impl Trigger {
    /// Every trigger.
    pub const ALL: [Self; 15] = [
        Self::Enqueue,
        Self::Claim,
        Self::Progress,
        Self::Complete,
        Self::Submit,
        Self::GiveBack,
        Self::Fail,
        Self::Rescue,
        Self::Pause,
        Self::Resume,
        Self::Unpause,
        Self::Approve,
        Self::Reject,
        Self::Requeue,
        Self::Cancel,
    ];

    /// The name used in texts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Enqueue => "enqueue",
            Self::Claim => "claim",
            Self::Progress => "progress",
            Self::Complete => "complete",
            Self::Submit => "submit",
            Self::GiveBack => "give back",
            Self::Fail => "fail",
            Self::Rescue => "rescue",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Unpause => "unpause",
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Requeue => "requeue",
            Self::Cancel => "cancel",
        }
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A change that the state of the task does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot {by} a task that is {from}")]
#[non_exhaustive]
pub struct TransitionError {
    /// The state it is in.
    pub from: TaskState,
    /// What was tried.
    pub by: Trigger,
}

impl TransitionError {
    /// A refusal.
    #[must_use]
    pub const fn new(from: TaskState, by: Trigger) -> Self {
        Self { from, by }
    }
}

/// The state that `by` leads to from `from`.
///
/// Leases and reasons to wait are the caller's to check: this is the table of states
/// alone.
///
/// # Errors
///
/// [`TransitionError`] where the table has no such entry.
///
/// ```
/// use popkit_protocol::task::{TaskState, Trigger, transition};
/// assert_eq!(transition(TaskState::Pending, Trigger::Claim), Ok(TaskState::Assigned));
/// assert!(transition(TaskState::Done, Trigger::Claim).is_err());
/// ```
pub const fn transition(from: TaskState, by: Trigger) -> Result<TaskState, TransitionError> {
    use TaskState as S;
    use Trigger as T;
    let to = match (from, by) {
        (S::Backlog, T::Enqueue)
        | (S::Assigned | S::Active | S::Paused, T::GiveBack | T::Rescue)
        | (S::Paused, T::Unpause)
        | (S::Review, T::Reject)
        | (S::Failed, T::Requeue) => S::Pending,
        (S::Pending, T::Claim) => S::Assigned,
        (S::Assigned | S::Active, T::Progress) | (S::Paused, T::Resume) => S::Active,
        (S::Pending | S::Assigned | S::Active, T::Pause) => S::Paused,
        (S::Assigned | S::Active, T::Submit) => S::Review,
        (S::Assigned | S::Active, T::Complete) | (S::Review, T::Approve) => S::Done,
        (S::Assigned | S::Active | S::Paused, T::Fail) => S::Failed,
        (S::Backlog | S::Pending | S::Assigned | S::Active | S::Paused | S::Review, T::Cancel) => {
            S::Cancelled
        }
        _ => return Err(TransitionError { from, by }),
    };
    Ok(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_done_or_cancelled() {
        for by in Trigger::ALL {
            assert!(transition(TaskState::Done, by).is_err(), "{by}");
            assert!(transition(TaskState::Cancelled, by).is_err(), "{by}");
        }
    }

    #[test]
    fn every_state_but_done_failed_cancelled_can_be_cancelled() {
        for from in TaskState::ALL {
            assert_eq!(transition(from, Trigger::Cancel).is_ok(), !from.is_terminal(), "{from}");
        }
    }

    #[test]
    fn every_state_can_be_reached_from_the_backlog() {
        let mut reached = vec![TaskState::Backlog];
        let mut next = 0;
        while let Some(&from) = reached.get(next) {
            next += 1;
            for to in Trigger::ALL.into_iter().filter_map(|by| transition(from, by).ok()) {
                if !reached.contains(&to) {
                    reached.push(to);
                }
            }
        }
        assert_eq!(reached.len(), TaskState::ALL.len());
    }
}
