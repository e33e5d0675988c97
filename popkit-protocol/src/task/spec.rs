//! What is asked for.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Priority, Requirement, RetryPolicy};
use crate::{AgentId, Capability, Json, TaskId, TaskKind, Timestamp, UniqueKey};

/// What becomes of a task when a parent fails or is cancelled.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EdgePolicy {
    /// It stays blocked, visibly, until the parent is requeued and done.
    #[default]
    Block,
    /// It is cancelled as well.
    Cancel,
    /// It runs only then: the edge of a clean-up or a report. It is cancelled when the
    /// parent is done.
    Run,
    /// It runs whatever becomes of the parent.
    Ignore,
}

/// One parent of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Need {
    /// The parent.
    pub task: TaskId,
    /// What to do when it does not end well.
    #[serde(default)]
    pub on_failure: EdgePolicy,
}

impl Need {
    /// An edge with a policy.
    #[must_use]
    pub fn new(task: TaskId, on_failure: EdgePolicy) -> Self {
        Self { task, on_failure }
    }
}

impl From<TaskId> for Need {
    fn from(task: TaskId) -> Self {
        Self { task, on_failure: EdgePolicy::Block }
    }
}

/// A task to insert. Nothing here changes after it was accepted, but for the priority,
/// which the stored [`Task`](super::Task) carries beside it.
///
/// Sizes are bounded by [`limits`](crate::limits).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NewTask {
    /// Its name. Inserting the same id again answers that it is a duplicate.
    pub id: TaskId,
    /// The kind of work; only agents that offer it can claim the task.
    pub kind: TaskKind,
    /// One line for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// More for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The input of the work, at most 256 KiB.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub payload: Json,
    /// Words to find it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// What an agent must be able to do, all of it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub requires: BTreeSet<Capability>,
    /// The only agent that may claim it, where given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentId>,
    /// How urgent it is.
    #[serde(default)]
    pub priority: Priority,
    /// Its parents: it becomes ready once all have ended as their edges demand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Need>,
    /// How often it is tried.
    #[serde(default)]
    pub retry: RetryPolicy,
    /// After so many leases that ended without a word it becomes a dead letter, whatever
    /// attempts are left: it may be the task that kills its holders. At least 1.
    #[serde(default = "three")]
    pub max_abandons: u32,
    /// Not ready before this point in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// How long one attempt may run; the agent stops it then.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::duration::optional")]
    pub timeout: Option<Duration>,
    /// A holder that reports no progress for so long stops renewing the lease: a
    /// heartbeat proves that the process lives, not that the work moves.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::duration::optional")]
    pub progress_every: Option<Duration>,
    /// While a task with this key is open, no other with it is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique: Option<UniqueKey>,
    /// Done work waits for a verdict.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub review: bool,
    /// Store it without enqueuing it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub backlog: bool,
}

const fn three() -> u32 {
    3
}

impl NewTask {
    /// A task with nothing but a name and a kind.
    #[must_use]
    pub fn new(id: TaskId, kind: TaskKind) -> Self {
        Self {
            id,
            kind,
            title: String::new(),
            description: String::new(),
            payload: Json::null(),
            tags: Vec::new(),
            requires: BTreeSet::new(),
            agent: None,
            priority: Priority::NORMAL,
            needs: Vec::new(),
            retry: RetryPolicy::default(),
            max_abandons: three(),
            not_before: None,
            timeout: None,
            progress_every: None,
            unique: None,
            review: false,
            backlog: false,
        }
    }

    /// With a title.
    #[must_use]
    pub fn with_title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// With a description.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// With an input.
    #[must_use]
    pub fn with_payload(mut self, payload: Json) -> Self {
        self.payload = payload;
        self
    }

    /// With tags.
    #[must_use]
    pub fn with_tags<T: Into<String>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.tags = tags.into_iter().map(Into::into).collect();
        self
    }

    /// With capabilities that an agent must have, all of them.
    #[must_use]
    pub fn with_requires(mut self, requires: impl IntoIterator<Item = Capability>) -> Self {
        self.requires = requires.into_iter().collect();
        self
    }

    /// For this agent only.
    #[must_use]
    pub fn with_agent(mut self, agent: AgentId) -> Self {
        self.agent = Some(agent);
        self
    }

    /// With a priority.
    #[must_use]
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// With parents.
    #[must_use]
    pub fn with_needs<N: Into<Need>>(mut self, needs: impl IntoIterator<Item = N>) -> Self {
        self.needs = needs.into_iter().map(Into::into).collect();
        self
    }

    /// With a retry policy.
    #[must_use]
    pub fn with_retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// With a limit of abandoned leases.
    #[must_use]
    pub fn with_max_abandons(mut self, max_abandons: u32) -> Self {
        self.max_abandons = max_abandons;
        self
    }

    /// Not before this point in time.
    #[must_use]
    pub fn with_not_before(mut self, at: Timestamp) -> Self {
        self.not_before = Some(at);
        self
    }

    /// With a time limit for one attempt.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// With a deadline for progress reports.
    #[must_use]
    pub fn with_progress_every(mut self, span: Duration) -> Self {
        self.progress_every = Some(span);
        self
    }

    /// With a key that is unique among open tasks.
    #[must_use]
    pub fn with_unique(mut self, key: UniqueKey) -> Self {
        self.unique = Some(key);
        self
    }

    /// Done work waits for a verdict.
    #[must_use]
    pub fn with_review(mut self) -> Self {
        self.review = true;
        self
    }

    /// Stored without being enqueued.
    #[must_use]
    pub fn in_backlog(mut self) -> Self {
        self.backlog = true;
        self
    }

    /// What an agent must be and have: the task's lane.
    #[must_use]
    pub fn requirement(&self) -> Requirement {
        let mut wants = Requirement::new(self.kind.clone());
        wants.capabilities.clone_from(&self.requires);
        wants.agent.clone_from(&self.agent);
        wants
    }
}
