//! Times and rates computed from a task.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Task, TaskState};

/// What a task took.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TaskMetrics {
    /// From acceptance to the end.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::duration::optional")]
    pub cycle_time: Option<Duration>,
    /// From acceptance to the first claim.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::duration::optional")]
    pub wait_time: Option<Duration>,
    /// From the last claim to the end.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::duration::optional")]
    pub work_time: Option<Duration>,
    /// Attempts that were counted.
    pub attempts: u32,
    /// Failures in the error log.
    pub errors: usize,
    /// Whether it ended well; `None` while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success: Option<bool>,
}

impl TaskMetrics {
    /// The metrics of a task.
    #[must_use]
    pub fn of(task: &Task) -> Self {
        let until_end = |from| task.ended_at.map(|end: crate::Timestamp| end.since(from));
        Self {
            cycle_time: until_end(task.created_at),
            wait_time: task.started_at.map(|start| start.since(task.created_at)),
            work_time: task.assigned_at.and_then(until_end),
            attempts: task.attempt,
            errors: task.errors.len(),
            success: task.state.is_terminal().then_some(task.state == TaskState::Done),
        }
    }

    /// The share of ended tasks that ended well, `None` where none has ended.
    #[must_use]
    pub fn success_rate<'a>(tasks: impl IntoIterator<Item = &'a Task>) -> Option<f64> {
        let (mut ended, mut well) = (0_u64, 0_u64);
        for task in tasks.into_iter().filter(|task| task.state.is_terminal()) {
            ended += 1;
            well += u64::from(task.state == TaskState::Done);
        }
        (ended > 0).then(|| well as f64 / ended as f64)
    }
}
