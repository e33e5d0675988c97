//! One look at a plan.

use std::fmt;

use popkit_protocol::{AgentId, TaskId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::agent::supervisor::{BlockerCause, Resolution};

/// How far a plan is. Every task of the plan is counted once.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlanProgress {
    /// When this was so, by the supervisor's clock.
    pub at: Timestamp,
    /// Tasks of the plan that are stored.
    pub total: usize,
    /// Ended well.
    pub done: usize,
    /// Dead letters.
    pub failed: usize,
    /// Ended by decision.
    pub cancelled: usize,
    /// Rightly not run: what they were to mend did not break.
    pub skipped: usize,
    /// Held by an agent.
    pub running: usize,
    /// Ready, due later, or behind tasks that still move.
    pub coming: usize,
    /// Paused, in the backlog or in review: a person's turn.
    pub waiting: usize,
    /// Behind a blocker, or without an agent that takes them.
    pub blocked: usize,
    /// The share of the plan that is over, 0.0 to 1.0: what has ended, and the reported part
    /// of what runs. An empty plan is over.
    pub fraction: f64,
    /// The first phase that is not over, as a place in `phases`; `None` without phases and
    /// after the last.
    pub phase: Option<usize>,
    /// Each phase, in order.
    pub phases: Vec<PhaseProgress>,
    /// What runs, in the order of ids.
    pub tasks: Vec<RunningTask>,
    /// What is in the way, and what is done about it.
    pub blockers: Vec<BlockerNote>,
}

impl PlanProgress {
    /// `fraction` in per cent, rounded down: 100 only when all is over.
    #[must_use]
    pub fn percent(&self) -> u8 {
        percent(self.fraction)
    }

    /// Tasks that have ended.
    #[must_use]
    pub fn ended(&self) -> usize {
        self.done + self.failed + self.cancelled + self.skipped
    }

    /// Tasks that have not ended.
    #[must_use]
    pub fn open(&self) -> usize {
        self.total - self.ended().min(self.total)
    }
}

impl fmt::Display for PlanProgress {
    /// One line: `3 of 6 done (58%), 2 running, 1 failed, phase build`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} done ({}%)", self.done, self.total, self.percent())?;
        let rest = [
            ("running", self.running),
            ("waiting for a person", self.waiting),
            ("blocked", self.blocked),
            ("failed", self.failed),
            ("cancelled", self.cancelled),
            ("skipped", self.skipped),
        ];
        for (word, count) in rest.into_iter().filter(|(_, count)| *count > 0) {
            write!(f, ", {count} {word}")?;
        }
        match self.phase.and_then(|place| self.phases.get(place)) {
            Some(phase) => write!(f, ", phase {}", phase.name),
            None => Ok(()),
        }
    }
}

/// How far a phase is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PhaseProgress {
    /// Its name.
    pub name: String,
    /// Its tasks.
    pub total: usize,
    /// Those that ended well.
    pub done: usize,
    /// Those that have ended, well or not.
    pub ended: usize,
    /// As [`PlanProgress::fraction`].
    pub fraction: f64,
}

impl PhaseProgress {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), total: 0, done: 0, ended: 0, fraction: 1.0 }
    }
}

/// A task that an agent holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RunningTask {
    /// Which.
    pub task: TaskId,
    /// Its title.
    pub title: String,
    /// Who holds it.
    pub agent: AgentId,
    /// In which attempt.
    pub attempt: u32,
    /// How far it is, 0.0 to 1.0, where it was reported.
    pub fraction: Option<f64>,
    /// What is being done; empty where nothing was said.
    pub note: String,
}

/// What is in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BlockerNote {
    /// The task.
    pub task: TaskId,
    /// Its title.
    pub title: String,
    /// What is wrong with it.
    pub cause: BlockerCause,
    /// Its last error; empty where there is none.
    pub error: String,
    /// What waits for it.
    pub dependants: Vec<TaskId>,
    /// What is done about it; `None` while it is waited whether an agent comes.
    pub resolution: Option<Resolution>,
}

pub(super) fn percent(fraction: f64) -> u8 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "brought into 0 to 100 before"
    )]
    let whole = (fraction.clamp(0.0, 1.0) * 100.0).floor() as u8;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_per_cent_is_all_of_it() {
        assert_eq!([0.0, 0.5, 0.999_999, 1.0, 7.0].map(percent), [0, 50, 99, 100, 100]);
    }

    #[test]
    fn the_line_tells_only_what_there_is() {
        let mut progress = PlanProgress { total: 6, done: 3, fraction: 0.5, ..Default::default() };
        assert_eq!(progress.to_string(), "3 of 6 done (50%)");
        progress.running = 2;
        progress.failed = 1;
        progress.phases = vec![PhaseProgress::new("build")];
        progress.phase = Some(0);
        assert_eq!(progress.to_string(), "3 of 6 done (50%), 2 running, 1 failed, phase build");
        assert_eq!((progress.ended(), progress.open()), (4, 2));
    }
}
