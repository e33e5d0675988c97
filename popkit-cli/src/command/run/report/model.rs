//! The report of a run.

use popkit_protocol::{TaskId, Timestamp};
use serde::Serialize;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(in super::super) enum Outcome {
    /// Every task is done and every criterion holds.
    Done,
    /// A task failed or is blocked, or a criterion does not hold.
    Failed,
    /// It was told to stop.
    Interrupted,
}

/// One run of a plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in super::super) struct Report {
    /// The plan's name.
    pub(in super::super) plan: String,
    /// What it is for.
    pub(in super::super) objective: String,
    /// How it ended.
    pub(in super::super) outcome: Outcome,
    /// When it began.
    pub(in super::super) started_at: Timestamp,
    /// When it ended.
    pub(in super::super) ended_at: Timestamp,
    /// From begin to end, in seconds.
    pub(in super::super) wall_seconds: f64,
    /// What the agents worked in this run, added up.
    pub(in super::super) work_seconds: f64,
    /// How many tasks were at work at a time, on average.
    pub(in super::super) parallelism: f64,
    /// How many tasks stand where.
    pub(in super::super) counts: Counts,
    /// The chain of tasks that no number of agents makes shorter.
    pub(in super::super) critical_path: CriticalPath,
    /// Every task: those of the plan in its order, then others.
    pub(in super::super) tasks: Vec<TaskReport>,
    /// The success criteria.
    pub(in super::super) criteria: Vec<CriterionReport>,
    /// In one sentence each, why it did not end well.
    pub(in super::super) problems: Vec<String>,
}

/// How many tasks stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(in super::super) struct Counts {
    /// All of them.
    pub(in super::super) total: usize,
    /// Ended well.
    pub(in super::super) done: usize,
    /// Of those, the ones that were done before this run.
    pub(in super::super) done_before: usize,
    /// Ended badly.
    pub(in super::super) failed: usize,
    /// Rightly not run: what they were to mend did not break.
    pub(in super::super) skipped: usize,
    /// Ended by decision.
    pub(in super::super) cancelled: usize,
    /// Not ended.
    pub(in super::super) open: usize,
}

/// The longest chain of work, through the needs of tasks.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub(in super::super) struct CriticalPath {
    /// The tasks, first to last.
    pub(in super::super) tasks: Vec<TaskId>,
    /// Their work, added up.
    pub(in super::super) seconds: f64,
}

/// One task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in super::super) struct TaskReport {
    /// Its name.
    pub(in super::super) id: TaskId,
    /// What people see.
    pub(in super::super) title: String,
    /// A task's state, or `blocked`, `skipped`.
    pub(in super::super) state: &'static str,
    /// How often it was tried.
    pub(in super::super) attempts: u32,
    /// How long it stood ready, in seconds.
    pub(in super::super) wait_seconds: f64,
    /// How long it was at work, over all runs.
    pub(in super::super) work_seconds: f64,
    /// Who had it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) agent: Option<String>,
    /// What went wrong last, in one line; absent when it ended well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) error: Option<String>,
    /// What holds it up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) reason: Option<String>,
    /// Done before this run.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(in super::super) before: bool,
    /// Its text in the plan is not the one it ran with.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(in super::super) changed: bool,
}

/// What became of a success criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(in super::super) enum Checked {
    /// It holds.
    Passed,
    /// It does not.
    Failed,
    /// Not looked at: not every task is done.
    Skipped,
}

/// One success criterion.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in super::super) struct CriterionReport {
    /// Its name.
    pub(in super::super) name: String,
    /// What became of it.
    pub(in super::super) result: Checked,
    /// How long the look took.
    pub(in super::super) seconds: f64,
    /// Why it does not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) detail: Option<String>,
}
