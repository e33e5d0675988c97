//! From a task to the form.

use super::{SCHEMA_VERSION, TaskJson, checkpoint};
use crate::compat::naive;
use crate::{ErrorEntry, Priority, Task, TaskId, TaskState};

impl TaskJson {
    /// The form of a task. `blocks` are its dependants, which only a store knows.
    ///
    /// Priorities outside 1 to 10 become the nearest of these. The assignee is the
    /// holder's agent, else the only agent that may claim the task. A checkpoint that is
    /// no object, or an empty one, becomes `{"x_popkit": checkpoint}`; its time is not
    /// known here. `completed_at` is also the time of a failure or cancellation.
    #[must_use]
    pub fn from_task(task: &Task, blocks: &[TaskId]) -> Self {
        let spec = &task.spec;
        let agent = task.hold.as_ref().map(|hold| &hold.agent).or(spec.agent.as_ref());
        Self {
            id: spec.id.to_string(),
            title: spec.title.clone(),
            description: spec.description.clone(),
            kind: spec.kind.to_string(),
            priority: level(task.priority),
            tags: spec.tags.clone(),
            state: task.state.name().to_owned(),
            assignee: agent.map(ToString::to_string),
            created_at: task.created_at,
            assigned_at: task.assigned_at,
            started_at: task.started_at,
            completed_at: task.ended_at,
            depends_on: spec.needs.iter().map(|need| need.task.to_string()).collect(),
            blocks: blocks.iter().map(ToString::to_string).collect(),
            retry_count: retries(task),
            max_retries: spec.retry.max_attempts.saturating_sub(1),
            error_log: task.errors.iter().map(line).collect(),
            checkpoint_data: checkpoint::wrap(task.checkpoint.as_ref()),
            checkpoint_timestamp: None,
            result: task.result.clone(),
            artifacts: Vec::new(),
            schema_version: SCHEMA_VERSION.to_owned(),
        }
    }
}

fn level(priority: Priority) -> i64 {
    i64::from(priority.level().clamp(1, 10))
}

fn line(entry: &ErrorEntry) -> String {
    format!("[{}] {}", naive::format(entry.at), entry.failure)
}

/// There a retry counts from the moment the task waits for it, here an attempt counts
/// from its claim: a task that waits has its next retry counted already.
fn retries(task: &Task) -> u32 {
    let waits = task.hold.is_none() && matches!(task.state, TaskState::Pending | TaskState::Paused);
    task.attempt.saturating_sub(u32::from(!waits))
}
