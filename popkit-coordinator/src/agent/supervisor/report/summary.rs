//! How a plan ended.

use std::fmt;

use popkit_protocol::{Task, TaskId};
use serde::{Deserialize, Serialize};

use super::PlanProgress;
use crate::agent::supervisor::board::{Board, Standing, Standings};

/// Why a supervisor stopped watching.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Ending {
    /// Every task of the plan has ended.
    Complete,
    /// Nothing moves any more, and the policy leaves it so.
    Stuck,
    /// It was told to end.
    Stopped,
}

/// What became of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Summary {
    /// Why the watching ended.
    pub ending: Ending,
    /// The last look.
    pub progress: PlanProgress,
    /// The dead letters, by id.
    pub failed: Vec<FailedTask>,
    /// What has not ended, by id.
    pub unfinished: Vec<TaskId>,
    /// Tasks of the plan that somebody removed from the store.
    pub removed: usize,
    /// Dead letters that were put back.
    pub requeued: u64,
    /// Tasks that were cancelled because they waited in vain.
    pub cancelled: u64,
    /// Blockers that were left to a person, who was asked where the supervisor has a post.
    pub escalated: u64,
    /// Messages that could not be sent. The tasks do not depend on them.
    pub unsent: u64,
}

impl Summary {
    /// Whether every task ended well, or was rightly not run.
    #[must_use]
    pub fn is_success(&self) -> bool {
        let look = &self.progress;
        self.ending == Ending::Complete && look.done + look.skipped == look.total
    }
}

impl fmt::Display for Summary {
    /// One line: `complete: 5 of 6 done (100%), 1 failed`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.ending {
            Ending::Complete => "complete",
            Ending::Stuck => "stuck",
            Ending::Stopped => "stopped",
        };
        write!(f, "{word}: {}", self.progress)
    }
}

/// A dead letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FailedTask {
    /// Which.
    pub task: TaskId,
    /// Its title.
    pub title: String,
    /// Attempts of its last round.
    pub attempts: u32,
    /// Its last error; empty where there is none.
    pub error: String,
}

impl FailedTask {
    fn of(task: &Task) -> Self {
        let error = task.errors.last().map(|entry| entry.failure.to_string());
        Self {
            task: task.id().clone(),
            title: task.spec.title.clone(),
            attempts: task.attempt,
            error: error.unwrap_or_default(),
        }
    }
}

/// What a supervisor did.
#[derive(Debug, Clone, Copy, Default)]
pub(in super::super) struct Tally {
    pub(in super::super) requeued: u64,
    pub(in super::super) cancelled: u64,
    pub(in super::super) escalated: u64,
    pub(in super::super) unsent: u64,
}

impl Tally {
    /// The summary of a board.
    pub(in super::super) fn summary(
        self,
        ending: Ending,
        board: &Board,
        standings: &Standings,
        progress: PlanProgress,
    ) -> Summary {
        let standing = |id: &TaskId| standings.get(id);
        let dead = board.own().filter(|seen| standing(seen.task.id()) == Some(&Standing::Failed));
        let open = board
            .own()
            .filter(|seen| standing(seen.task.id()).is_some_and(|standing| !standing.has_ended()));
        Summary {
            ending,
            failed: dead.map(|seen| FailedTask::of(&seen.task)).collect(),
            unfinished: open.map(|seen| seen.task.id().clone()).collect(),
            removed: board.removed(),
            requeued: self.requeued,
            cancelled: self.cancelled,
            escalated: self.escalated,
            unsent: self.unsent,
            progress,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::progress;
    use super::*;
    use crate::agent::supervisor::board::stage::{Script, task};
    use popkit_protocol::Timestamp;

    fn summary(script: &Script, ending: Ending) -> Summary {
        let (board, standings) = (script.board(&[]), script.standings(None));
        let look = progress(&board, &standings, &[], &[], Timestamp::EPOCH);
        Tally::default().summary(ending, &board, &standings, look)
    }

    #[test]
    fn what_failed_and_what_is_left_is_named() {
        let tasks = [task("a", &[]), task("b", &["a"]), task("c", &[])];
        let script = Script::new(tasks).claim("a").fatal("a").claim("c").done("c");
        let end = summary(&script, Ending::Stuck);
        assert_eq!(end.failed.len(), 1);
        assert_eq!(end.failed[0].error, "error: it cannot work");
        assert_eq!(end.unfinished, ["b".try_into().unwrap()]);
        assert!(!end.is_success());
        assert_eq!(end.to_string(), "stuck: 1 of 3 done (66%), 1 blocked, 1 failed");
    }

    #[test]
    fn success_is_all_of_it_done() {
        let script = Script::new([task("a", &[])]).claim("a").done("a");
        assert!(summary(&script, Ending::Complete).is_success());
        assert!(!summary(&script, Ending::Stopped).is_success());
        let failed = Script::new([task("a", &[])]).claim("a").fatal("a");
        assert!(!summary(&failed, Ending::Complete).is_success());
    }
}
