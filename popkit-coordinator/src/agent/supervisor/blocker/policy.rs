//! What is to be done about a blocker.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Blocker, BlockerCause};

/// What to do about one blocker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Resolution {
    /// Put the dead letter back, with fresh attempts, unless the supervisor did so this
    /// often already: then it is escalated. So is what is no dead letter.
    Requeue {
        /// How often at most.
        at_most: u32,
    },
    /// Cancel what waits for it; also the task itself where it has not begun.
    CancelDependants,
    /// Ask a person, once, and go on waiting.
    Escalate,
    /// Leave it. A plan in which nothing else moves ends without it.
    Ignore,
}

impl Resolution {
    /// The name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Requeue { .. } => "requeue",
            Self::CancelDependants => "cancel_dependants",
            Self::Escalate => "escalate",
            Self::Ignore => "ignore",
        }
    }

    /// What it comes to for this blocker: a requeue that is not possible, or not any more,
    /// is an escalation.
    pub(super) fn settled(self, blocker: &Blocker) -> Self {
        let is_dead_letter =
            !matches!(blocker.cause, BlockerCause::Cancelled | BlockerCause::Unserved);
        match self {
            Self::Requeue { at_most } if !is_dead_letter || blocker.requeues >= at_most => {
                Self::Escalate
            }
            other => other,
        }
    }
}

/// Decides about blockers: a pure function of what is in the way.
///
/// It is asked when a blocker appears and again when it has changed: another failure, other
/// tasks that wait for it. It decides by typed fields; texts of tasks and errors are other
/// agents' and prove nothing.
///
/// ```
/// use popkit_coordinator::agent::supervisor::{Blocker, BlockerPolicy, Resolution};
///
/// /// Nobody is there at night.
/// #[derive(Debug)]
/// struct Night;
///
/// impl BlockerPolicy for Night {
///     fn resolve(&self, blocker: &Blocker) -> Resolution {
///         match blocker.requeues {
///             0..=4 if !blocker.foreign => Resolution::Requeue { at_most: 5 },
///             _ => Resolution::CancelDependants,
///         }
///     }
/// }
/// ```
pub trait BlockerPolicy: fmt::Debug + Send + Sync + 'static {
    /// What to do.
    fn resolve(&self, blocker: &Blocker) -> Resolution;
}

/// The policy of a supervisor that was given none.
///
/// | Blocker | Resolution |
/// |---|---|
/// | its attempts are used up | requeue, so often; then as the next row |
/// | a dead letter that tasks wait for | escalate |
/// | a dead letter that nothing waits for | ignore: the summary tells of it |
/// | cancelled, and tasks need it done | cancel them: it cannot come back |
/// | no agent takes it | escalate |
///
/// A task that is not of the plan is never requeued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct StandardPolicy {
    /// How often a task whose attempts are used up is put back. The default is once.
    pub requeues: u32,
}

impl Default for StandardPolicy {
    fn default() -> Self {
        Self { requeues: 1 }
    }
}

impl StandardPolicy {
    /// With so many requeues.
    #[must_use]
    pub const fn with_requeues(mut self, requeues: u32) -> Self {
        self.requeues = requeues;
        self
    }
}

impl BlockerPolicy for StandardPolicy {
    fn resolve(&self, blocker: &Blocker) -> Resolution {
        match blocker.cause {
            BlockerCause::Attempts if !blocker.foreign && blocker.requeues < self.requeues => {
                Resolution::Requeue { at_most: self.requeues }
            }
            BlockerCause::Cancelled => Resolution::CancelDependants,
            BlockerCause::Unserved => Resolution::Escalate,
            _ if blocker.dependants.is_empty() => Resolution::Ignore,
            _ => Resolution::Escalate,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::board::stage::{Script, task};
    use super::*;

    fn blocker(cause: BlockerCause) -> Blocker {
        Blocker::new(Script::new([task("a", &[])]).get("a").clone(), cause)
    }

    #[test]
    fn used_up_attempts_are_tried_again_a_limited_number_of_times() {
        let policy = StandardPolicy::default().with_requeues(2);
        let of =
            |requeues| policy.resolve(&blocker(BlockerCause::Attempts).with_requeues(requeues));
        assert_eq!([of(0), of(1)], [Resolution::Requeue { at_most: 2 }; 2]);
        assert_eq!(of(2), Resolution::Ignore, "nothing waits for it");
    }

    #[test]
    fn a_person_is_asked_only_where_something_waits() {
        let policy = StandardPolicy::default();
        for cause in [BlockerCause::Fatal, BlockerCause::Abandoned] {
            assert_eq!(policy.resolve(&blocker(cause)), Resolution::Ignore, "{cause:?}");
            let waited_for = blocker(cause).with_dependants(["b".try_into().unwrap()]);
            assert_eq!(policy.resolve(&waited_for), Resolution::Escalate, "{cause:?}");
        }
        assert_eq!(policy.resolve(&blocker(BlockerCause::Unserved)), Resolution::Escalate);
    }

    #[test]
    fn what_was_cancelled_takes_along_what_needs_it() {
        let cancelled = blocker(BlockerCause::Cancelled).with_dependants(["b".try_into().unwrap()]);
        assert_eq!(StandardPolicy::default().resolve(&cancelled), Resolution::CancelDependants);
    }

    #[test]
    fn a_task_of_somebody_else_is_never_requeued() {
        let foreign =
            blocker(BlockerCause::Attempts).with_dependants(["b".try_into().unwrap()]).foreign();
        assert_eq!(StandardPolicy::default().resolve(&foreign), Resolution::Escalate);
    }

    #[test]
    fn a_policy_cannot_requeue_without_end() {
        let again = Resolution::Requeue { at_most: 3 };
        let put_back = |n| again.settled(&blocker(BlockerCause::Fatal).with_requeues(n));
        assert_eq!((put_back(2), put_back(3)), (again, Resolution::Escalate));
        for cause in [BlockerCause::Cancelled, BlockerCause::Unserved] {
            assert_eq!(again.settled(&blocker(cause)), Resolution::Escalate, "{cause:?}");
        }
        assert_eq!(Resolution::Ignore.settled(&blocker(BlockerCause::Fatal)), Resolution::Ignore);
    }
}
