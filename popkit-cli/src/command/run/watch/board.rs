//! A copy of the tasks, kept by replaying events, and the times they took.

use std::collections::HashMap;
use std::time::Duration;

use popkit_protocol::{AgentId, Change, FailCause, Task, TaskEvent, TaskId, TaskState, Timestamp};

/// Tasks by what happened to them.
#[derive(Debug)]
pub(in super::super) struct Board {
    seen: HashMap<TaskId, Seen>,
    began: Timestamp,
    /// Tasks with a tag of another plan are not of this run.
    tag: String,
}

/// One task and its times.
#[derive(Debug, Clone)]
pub(in super::super) struct Seen {
    /// The task.
    pub(in super::super) task: Task,
    /// Who had it last.
    pub(in super::super) agent: Option<AgentId>,
    /// How long it stood ready.
    pub(in super::super) wait: Duration,
    /// How long it was held by somebody who was heard of again.
    pub(in super::super) work: Duration,
    /// The part of that in this run.
    pub(in super::super) work_now: Duration,
}

/// An event and what it made of its task.
#[derive(Debug)]
pub(in super::super) struct News<'e> {
    /// The event.
    pub(in super::super) event: &'e TaskEvent,
    /// The state after it.
    pub(in super::super) state: TaskState,
    /// The attempt it belongs to.
    pub(in super::super) attempt: u32,
    /// Who has or had the task.
    pub(in super::super) agent: Option<AgentId>,
    /// How long the attempt that this event ended had lasted.
    pub(in super::super) lasted: Option<Duration>,
}

impl Seen {
    fn new(task: Task) -> Self {
        let zero = Duration::ZERO;
        Self { task, agent: None, wait: zero, work: zero, work_now: zero }
    }

    /// Counts the time since the last event towards what the task did in it.
    fn count(&mut self, event: &TaskEvent, began: Timestamp) {
        let since = self.task.updated_at;
        if self.task.hold.is_some() {
            // Nobody knows how long a holder that fell silent worked.
            let silent = matches!(
                event.change,
                Change::Rescued { .. } | Change::Failed { cause: FailCause::Abandoned, .. }
            );
            if !silent && self.task.state != TaskState::Paused {
                self.work += event.at.since(since);
                self.work_now += event.at.since(since.max(began));
            }
        } else if self.task.is_ready() {
            self.wait += event.at.since(since);
        }
    }
}

impl Board {
    /// Nothing yet; of this plan's tag, for a run that began then.
    pub(in super::super) fn new(began: Timestamp, tag: &str) -> Self {
        Self { seen: HashMap::new(), began, tag: tag.to_owned() }
    }

    /// Takes the next event. An event that does not fit is answered with its task, which
    /// has to be read again.
    pub(in super::super) fn take<'e>(
        &mut self,
        event: &'e TaskEvent,
    ) -> Result<Option<News<'e>>, TaskId> {
        if let Change::Inserted { spec, score, open } = &event.change {
            if is_foreign(&spec.tags, &self.tag) {
                return Ok(None);
            }
            let task = Task::inserted(std::sync::Arc::clone(spec), *score, *open, event.at);
            let news = News { event, state: task.state, attempt: 0, agent: None, lasted: None };
            self.seen.insert(event.task.clone(), Seen::new(task));
            return Ok(Some(news));
        }
        // A task of another plan, or one that was removed.
        let Some(seen) = self.seen.get_mut(&event.task) else { return Ok(None) };
        if event.number <= seen.task.revision {
            return Ok(None);
        }
        let claimed_at = seen.task.hold.as_ref().and(seen.task.assigned_at);
        let before = seen.task.attempt;
        seen.count(event, self.began);
        seen.task.apply(event).map_err(|_| event.task.clone())?;
        if let Change::Claimed { agent, .. } = &event.change {
            seen.agent = Some(agent.clone());
        }
        let ended = seen.task.hold.is_none();
        Ok(Some(News {
            event,
            state: seen.task.state,
            attempt: seen.task.attempt.max(before),
            agent: seen.agent.clone(),
            lasted: claimed_at.filter(|_| ended).map(|at| event.at.since(at)),
        }))
    }

    /// Puts a task that was read again in place of the copy; `None`: it is gone.
    pub(in super::super) fn put(&mut self, id: &TaskId, task: Option<Task>) {
        let Some(task) = task else {
            self.seen.remove(id);
            return;
        };
        match self.seen.get_mut(id) {
            Some(seen) => seen.task = task,
            None if is_foreign(&task.spec.tags, &self.tag) => {}
            None => {
                self.seen.insert(id.clone(), Seen::new(task));
            }
        }
    }

    /// One task.
    pub(in super::super) fn get(&self, id: &TaskId) -> Option<&Seen> {
        self.seen.get(id)
    }

    /// All tasks, in no order.
    pub(in super::super) fn all(&self) -> impl Iterator<Item = &Seen> {
        self.seen.values()
    }
}

/// Whether a task belongs to another plan; one of no plan belongs to whoever runs.
fn is_foreign(tags: &[String], own: &str) -> bool {
    let mut of_plans =
        tags.iter().filter(|tag| tag.starts_with(super::super::begin::TAG)).peekable();
    of_plans.peek().is_some() && !of_plans.any(|tag| tag == own)
}
