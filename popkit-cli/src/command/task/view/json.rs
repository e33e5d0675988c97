//! Tasks as JSON.

use std::collections::BTreeSet;
use std::time::Duration;

use popkit_protocol::{
    AgentId, Capability, Json, Lease, LeaseToken, Need, Pending, Progress, Task, TaskId, TaskKind,
    TaskMetrics, TaskState, Timestamp, UniqueKey, duration,
};
use serde::Serialize;

use super::VERSION;

/// A task, version 1. What is empty is left out, but for `id` to `max_attempts`.
#[derive(Debug, Serialize)]
pub(in crate::command::task) struct TaskView<'a> {
    v: u8,
    id: &'a TaskId,
    kind: &'a TaskKind,
    title: &'a str,
    state: TaskState,
    priority: u8,
    attempt: u32,
    max_attempts: u32,
    revision: u64,
    created_at: Timestamp,
    updated_at: Timestamp,
    /// What a pending task waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pending: Option<Pending>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "is_zero")]
    open_parents: u32,
    /// Who holds it, and until when unless renewed.
    #[serde(skip_serializing_if = "Option::is_none")]
    held_by: Option<HeldView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<&'a Progress>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    needs: &'a [Need],
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    requires: &'a BTreeSet<Capability>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    tags: &'a [String],
    /// The only agent that may claim it.
    #[serde(skip_serializing_if = "Option::is_none")]
    only_agent: Option<&'a AgentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unique: Option<&'a UniqueKey>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    review: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    more: Option<MoreView<'a>>,
}

/// What a list leaves out: it may be long.
#[derive(Debug, Serialize)]
struct MoreView<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    payload: &'a Json,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint: Option<&'a Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a Json>,
    abandons: u32,
    errors: Vec<ErrorView<'a>>,
    metrics: TaskMetrics,
}

#[derive(Debug, Serialize)]
struct HeldView<'a> {
    agent: &'a AgentId,
    until: Timestamp,
}

#[derive(Debug, Serialize)]
struct ErrorView<'a> {
    at: Timestamp,
    attempt: u32,
    kind: &'a str,
    text: &'a str,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl<'a> TaskView<'a> {
    /// A line of a list.
    pub(in crate::command::task) fn brief(task: &'a Task) -> Self {
        let spec = &task.spec;
        Self {
            v: VERSION,
            id: &spec.id,
            kind: &spec.kind,
            title: &spec.title,
            state: task.state,
            priority: task.priority.level(),
            attempt: task.attempt,
            max_attempts: spec.retry.max_attempts,
            revision: task.revision,
            created_at: task.created_at,
            updated_at: task.updated_at,
            pending: task.pending(),
            due_at: task.due_at,
            open_parents: task.open_parents,
            held_by: task.hold.as_ref().map(|h| HeldView { agent: &h.agent, until: h.deadline }),
            progress: task.progress.as_ref(),
            needs: &spec.needs,
            requires: &spec.requires,
            tags: &spec.tags,
            only_agent: spec.agent.as_ref(),
            unique: spec.unique.as_ref(),
            review: spec.review,
            assigned_at: task.assigned_at,
            started_at: task.started_at,
            ended_at: task.ended_at,
            more: None,
        }
    }

    /// Everything.
    pub(in crate::command::task) fn full(task: &'a Task) -> Self {
        let errors = task.errors.iter().map(|entry| ErrorView {
            at: entry.at,
            attempt: entry.attempt,
            kind: &entry.failure.kind,
            text: &entry.failure.text,
        });
        let more = MoreView {
            description: &task.spec.description,
            payload: &task.spec.payload,
            timeout: task.spec.timeout.map(duration::format),
            checkpoint: task.checkpoint.as_ref(),
            result: task.result.as_ref(),
            abandons: task.abandons,
            errors: errors.collect(),
            metrics: TaskMetrics::of(task),
        };
        Self { more: Some(more), ..Self::brief(task) }
    }
}

/// Where a task stands after a command, version 1.
#[derive(Debug, Serialize)]
pub(in crate::command::task) struct StateView<'a> {
    v: u8,
    id: &'a TaskId,
    state: TaskState,
}

impl<'a> StateView<'a> {
    /// The form of a change.
    pub(in crate::command::task) fn new(id: &'a TaskId, state: TaskState) -> Self {
        Self { v: VERSION, id, state }
    }
}

/// What became of a task that was to be added, version 1.
#[derive(Debug, Serialize)]
pub(in crate::command::task) struct AddedView<'a> {
    v: u8,
    id: &'a TaskId,
    created: bool,
    /// Where it stood, where that is why it was not imported.
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<TaskState>,
}

impl<'a> AddedView<'a> {
    /// The form of an answer.
    pub(in crate::command::task) fn new(id: &'a TaskId, created: bool) -> Self {
        Self { v: VERSION, id, created, skipped: None }
    }

    /// The form of a task that was left out.
    pub(in crate::command::task) fn skipped(id: &'a TaskId, state: TaskState) -> Self {
        Self { v: VERSION, id, created: false, skipped: Some(state) }
    }
}

/// A claimed task, version 1.
#[derive(Debug, Serialize)]
pub(in crate::command::task) struct ClaimView<'a> {
    v: u8,
    task: TaskView<'a>,
    token: &'a LeaseToken,
    agent: &'a AgentId,
    lease: String,
    /// What is left of it.
    remaining: String,
}

impl<'a> ClaimView<'a> {
    /// A lease as `claim --json` writes it.
    pub(in crate::command::task) fn new(
        lease: &'a Lease,
        agent: &'a AgentId,
        length: Duration,
    ) -> Self {
        Self {
            v: VERSION,
            task: TaskView::full(&lease.task),
            token: &lease.token,
            agent,
            lease: duration::format(length),
            remaining: duration::format(lease.remaining),
        }
    }
}
