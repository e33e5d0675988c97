//! What a person gets.

use std::fmt;

use popkit_protocol::{AgentId, Priority, Task, TaskEvent, TaskId, TaskKind, Timestamp};
use popkit_store::TaskCounts;
use serde::Serialize;

use super::StatusReport;
use super::look::what;

/// An answer, for people and for programs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Answer {
    /// For people: lines without colour. Texts of agents in it are cleaned.
    pub text: String,
    /// The same for programs. Texts of agents in it are as they were written.
    pub data: AnswerData,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What an answer tells.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AnswerData {
    /// What runs, what failed, what waits for a person.
    Status(Box<StatusReport>),
    /// How many tasks stand where.
    Summary(TaskSummary),
    /// Some tasks.
    Tasks(TaskList),
    /// One task, whole.
    Task(Box<Task>),
    /// The last events, oldest first.
    Activity(Vec<ActivityEntry>),
    /// A task that was made.
    Created(TaskLine),
    /// A task that was changed.
    Changed(TaskLine),
    /// Only the text.
    Help,
}

/// How many tasks stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct TaskSummary {
    /// All.
    pub total: u64,
    /// Those that have not ended.
    pub open: u64,
    /// Parked.
    pub backlog: u64,
    /// Ready to be claimed.
    pub ready: u64,
    /// Ready later.
    pub due: u64,
    /// Behind other tasks.
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
}

impl TaskSummary {
    /// Each place by its name, in the order of a task's life.
    #[must_use]
    pub fn places(&self) -> [(&'static str, u64); 11] {
        [
            ("backlog", self.backlog),
            ("ready", self.ready),
            ("due", self.due),
            ("blocked", self.blocked),
            ("assigned", self.assigned),
            ("active", self.active),
            ("paused", self.paused),
            ("review", self.review),
            ("done", self.done),
            ("failed", self.failed),
            ("cancelled", self.cancelled),
        ]
    }

    /// How much of all tasks has ended, in per cent, rounded down; 100 where there are none.
    #[must_use]
    pub fn percent_ended(&self) -> u64 {
        let ended = self.total - self.open.min(self.total);
        (ended * 100).checked_div(self.total).unwrap_or(100)
    }
}

impl From<&TaskCounts> for TaskSummary {
    fn from(counts: &TaskCounts) -> Self {
        Self {
            total: counts.total(),
            open: counts.open(),
            backlog: counts.backlog,
            ready: counts.ready,
            due: counts.due,
            blocked: counts.blocked,
            assigned: counts.assigned,
            active: counts.active,
            paused: counts.paused,
            review: counts.review,
            done: counts.done,
            failed: counts.failed,
            cancelled: counts.cancelled,
        }
    }
}

/// Some tasks.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TaskList {
    /// The tasks, in the order of insertion.
    pub tasks: Vec<TaskLine>,
    /// Where the list goes on; `None` where this was the end.
    pub next: Option<u64>,
}

/// A task in one line.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TaskLine {
    /// Its name.
    pub id: TaskId,
    /// One line for people.
    pub title: String,
    /// Where it stands: a state, or what a pending task waits for.
    pub stands: String,
    /// The kind of work.
    pub kind: TaskKind,
    /// How urgent it is.
    pub priority: Priority,
    /// Attempts begun.
    pub attempt: u32,
    /// Attempts it may have.
    pub max_attempts: u32,
    /// Who holds it.
    pub agent: Option<AgentId>,
    /// How far it is, 0.0 to 1.0, where it runs and that was reported.
    pub progress: Option<f64>,
    /// What is being done; empty where it does not run or nothing was said.
    pub note: String,
    /// Its last error, where it is a dead letter or will be tried again.
    pub error: Option<String>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl From<&Task> for TaskLine {
    fn from(task: &Task) -> Self {
        let stands = match task.pending() {
            Some(pending) => pending.to_string(),
            None => task.state.to_string(),
        };
        let running = task.progress.as_ref().filter(|_| task.hold.is_some());
        let error = task.errors.last().filter(|_| task.hold.is_none());
        let is_over = task.state.is_terminal() && task.state != popkit_protocol::TaskState::Failed;
        Self {
            id: task.id().clone(),
            title: task.spec.title.clone(),
            stands,
            kind: task.spec.kind.clone(),
            priority: task.priority,
            attempt: task.attempt,
            max_attempts: task.spec.retry.max_attempts,
            agent: task.hold.as_ref().map(|hold| hold.agent.clone()),
            progress: running.map(|progress| progress.fraction),
            note: running.map(|progress| progress.note.clone()).unwrap_or_default(),
            error: error.filter(|_| !is_over).map(|entry| entry.failure.to_string()),
            created_at: task.created_at,
            updated_at: task.updated_at,
        }
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ActivityEntry {
    /// When, by the store's clock.
    pub at: Timestamp,
    /// To which task.
    pub task: TaskId,
    /// The name of the event.
    pub event: &'static str,
    /// The same as a sentence.
    pub what: String,
}

impl From<&TaskEvent> for ActivityEntry {
    fn from(event: &TaskEvent) -> Self {
        let (task, name) = (event.task.clone(), event.change.name());
        Self { at: event.at, task, event: name, what: what(&event.change) }
    }
}
