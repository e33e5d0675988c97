//! The task log in, as inputs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{
    AgentId, Change, Cursor, NewTask, Objective, Task, TaskEvent, TaskId, TaskState,
};
use popkit_store::{HistoryQuery, PageRequest, Result, TaskStore};
use tokio::time::Instant;

use super::leader::is_passing;
use super::options::{CoordinatorOptions, Follow};
use crate::machine::{Input, TaskChange, TaskNews};

/// Events of one look.
const PAGE: usize = 500;
/// How soon after a message the log is looked at; several messages share a look.
const SOON: Duration = Duration::from_millis(20);
/// How the tag begins that names a task's phase.
const PHASE: &str = "phase:";

/// Follows the log of a task store.
#[derive(Debug)]
pub(super) struct TaskLog {
    store: Arc<dyn TaskStore>,
    follow: Follow,
    phases: BTreeMap<String, u32>,
    /// Nothing before the first look of a session is through.
    cursor: Option<Cursor>,
    /// What the first look has gathered so far: a page a look, so that a long history keeps
    /// nobody from renewing a lease.
    gathered: Gathered,
    next_look: Instant,
    /// The rest between two looks: the shortest, the longest, and the one now. A message of
    /// an agent brings the next look forward.
    rests: (Duration, Duration),
    rest: Duration,
}

/// What was read of a history before all of it was read.
#[derive(Debug, Default)]
struct Gathered {
    sums: BTreeMap<TaskId, Sum>,
    order: Vec<TaskId>,
    cursor: Cursor,
}

/// What is known of a task after its events were read once.
#[derive(Debug, Default)]
struct Sum {
    spec: Option<Arc<NewTask>>,
    number: u64,
    holder: Option<AgentId>,
    end: Option<TaskState>,
}

impl TaskLog {
    pub(super) fn new(
        store: Arc<dyn TaskStore>,
        options: &CoordinatorOptions,
        objective: &Objective,
        cursor: Option<Cursor>,
    ) -> Self {
        let phases = (0_u32..).zip(&objective.phases).map(|(at, name)| (name.clone(), at));
        let (follow, rests) = (options.follow.clone(), options.pace.look);
        let (next_look, rest) = (Instant::now(), rests.0);
        let (phases, gathered) = (phases.collect(), Gathered::default());
        Self { store, follow, phases, cursor, gathered, next_look, rests, rest }
    }

    /// How far was read.
    pub(super) fn cursor(&self) -> Option<Cursor> {
        self.cursor
    }

    /// An agent said something: perhaps there is news.
    pub(super) fn hurry(&mut self) {
        // Where looking costs something, soon is not sooner than that.
        self.rest = self.rests.0;
        self.next_look = self.next_look.min(Instant::now() + SOON.max(self.rests.0 / 12));
    }

    /// There is news.
    pub(super) fn now(&mut self) {
        self.rest = self.rests.0;
        self.next_look = Instant::now();
    }

    /// Completes when it is time to look.
    pub(super) async fn is_due(&self) {
        tokio::time::sleep_until(self.next_look).await;
    }

    /// Reads what is new. A store that cannot be reached is asked again later.
    ///
    /// Cancel safe: dropped, nothing was read.
    pub(super) async fn look(&mut self) -> Result<Vec<Input>> {
        let looked = match self.cursor {
            None => self.first_look().await,
            Some(cursor) => self.next_events(cursor).await.map(Some),
        };
        let inputs = match looked {
            Ok(None) => {
                self.next_look = Instant::now();
                Vec::new()
            }
            Ok(Some((inputs, cursor, is_more))) => {
                let is_news = self.cursor.is_some_and(|before| before != cursor);
                self.cursor = Some(cursor);
                self.rest = if is_news { self.rests.0 } else { (self.rest * 2).min(self.rests.1) };
                let rest = if is_more { Duration::ZERO } else { self.rest };
                self.next_look = Instant::now() + rest;
                inputs
            }
            Err(error) if is_passing(&error) => {
                tracing::warn!(%error, "cannot read the log of the tasks, trying again");
                self.rest = (self.rest * 2).min(self.rests.1);
                self.next_look =
                    Instant::now() + self.rest.max(error.retry_after().unwrap_or_default());
                Vec::new()
            }
            Err(error) => return Err(error),
        };
        Ok(inputs)
    }

    async fn next_events(&self, cursor: Cursor) -> Result<(Vec<Input>, Cursor, bool)> {
        let query = HistoryQuery::default().page(PageRequest::first(PAGE).after(cursor.number()));
        let page = self.store.history(query).await?;
        let last = page.items.last().map_or(cursor, |event| event.cursor);
        let reviewed = self.reviewed(&page.items).await?;
        let is_end = |event: &TaskEvent| {
            !matches!(event.change, Change::Completed { .. }) || !reviewed.contains(&event.task)
        };
        let news = page.items.into_iter().filter(is_end).filter_map(|event| self.news(event));
        Ok((news.collect(), last, page.next.is_some()))
    }

    /// Tasks of these events whose work is done and waits for a reviewer: they have not ended.
    async fn reviewed(&self, events: &[TaskEvent]) -> Result<BTreeSet<TaskId>> {
        let is_done = |event: &&TaskEvent| matches!(event.change, Change::Completed { .. });
        let done: BTreeSet<TaskId> =
            events.iter().filter(is_done).map(|event| event.task.clone()).collect();
        if done.is_empty() {
            return Ok(done);
        }
        let ids: Vec<TaskId> = done.into_iter().collect();
        let tasks = self.store.get_many(&ids).await?;
        let waits = tasks.into_iter().flatten().filter(|task| task.state == TaskState::Review);
        Ok(waits.map(|task| task.id().clone()).collect())
    }

    /// All that is there when the session begins, a task's events taken together: what was
    /// put back after its end is open. `None` while there is more to read.
    async fn first_look(&mut self) -> Result<Option<(Vec<Input>, Cursor, bool)>> {
        let page = PageRequest::first(PAGE).after(self.gathered.cursor.number());
        let page = self.store.history(HistoryQuery::default().page(page)).await?;
        let gathered = &mut self.gathered;
        for event in page.items {
            gathered.cursor = event.cursor;
            let order = &mut gathered.order;
            let sum = gathered.sums.entry(event.task.clone()).or_insert_with(|| {
                order.push(event.task.clone());
                Sum::default()
            });
            sum.add(event);
        }
        if page.next.is_some() {
            return Ok(None);
        }
        let mut inputs = Vec::new();
        for task in &self.gathered.order {
            if let Some(sum) = self.gathered.sums.get(task) {
                self.begin_with(task.clone(), sum, &mut inputs).await?;
            }
        }
        let cursor = self.gathered.cursor;
        self.gathered = Gathered::default();
        Ok(Some((inputs, cursor, false)))
    }

    async fn begin_with(&self, task: TaskId, sum: &Sum, inputs: &mut Vec<Input>) -> Result<()> {
        let is_wanted = match &self.follow {
            Follow::Open => sum.end.is_none(),
            Follow::Tagged(_) => true,
        };
        if !is_wanted {
            return Ok(());
        }
        let spec = match &sum.spec {
            Some(spec) => Arc::clone(spec),
            // Its first events were pruned.
            None => {
                let found = self.store.get_many(std::slice::from_ref(&task)).await?;
                let Some(Task { spec, .. }) = found.into_iter().flatten().next() else {
                    return Ok(());
                };
                spec
            }
        };
        let Some(inserted) = self.inserted(&spec) else { return Ok(()) };
        let second = match (sum.end, sum.holder.clone()) {
            (Some(state), _) => Some(TaskChange::Ended { state }),
            (None, Some(agent)) => Some(TaskChange::Claimed { agent }),
            (None, None) => None,
        };
        // What the task is now has its last number, so what comes next is news.
        let number = if second.is_some() { sum.number.saturating_sub(1) } else { sum.number };
        inputs.push(Input::Task(TaskNews { task: task.clone(), number, change: inserted }));
        if let Some(change) = second {
            inputs.push(Input::Task(TaskNews { task, number: sum.number, change }));
        }
        Ok(())
    }

    fn inserted(&self, spec: &NewTask) -> Option<TaskChange> {
        if let Follow::Tagged(tag) = &self.follow
            && !spec.tags.iter().any(|one| one == tag)
        {
            return None;
        }
        let named = spec.tags.iter().find_map(|tag| tag.strip_prefix(PHASE));
        let phase = named.and_then(|name| self.phases.get(name)).copied();
        let tags: BTreeSet<String> = spec.tags.iter().cloned().collect();
        Some(TaskChange::Inserted { phase, tags })
    }

    fn news(&self, event: TaskEvent) -> Option<Input> {
        let TaskEvent { task, number, change, .. } = event;
        let change = match change {
            Change::Inserted { spec, .. } => self.inserted(&spec)?,
            other => change_of(&other)?,
        };
        Some(Input::Task(TaskNews { task, number, change }))
    }
}

impl Sum {
    fn add(&mut self, event: TaskEvent) {
        self.number = event.number;
        match event.change {
            Change::Inserted { spec, .. } => self.spec = Some(spec),
            Change::Requeued { .. } | Change::Rejected { .. } => self.end = None,
            Change::Completed { .. } if self.spec.as_ref().is_some_and(|spec| spec.review) => {
                self.holder = None;
            }
            other => match change_of(&other) {
                Some(TaskChange::Claimed { agent }) => self.holder = Some(agent),
                Some(TaskChange::Ended { state }) => {
                    (self.holder, self.end) = (None, Some(state));
                }
                Some(_) => self.holder = None,
                None => {}
            },
        }
    }
}

/// What an event means for a session; nothing for most.
fn change_of(change: &Change) -> Option<TaskChange> {
    Some(match change {
        Change::Claimed { agent, .. } => TaskChange::Claimed { agent: agent.clone() },
        Change::Rescued { .. } => TaskChange::Rescued,
        Change::Released | Change::Retried { .. } | Change::Snoozed { .. } => TaskChange::Released,
        Change::Completed { .. } | Change::Approved { .. } => {
            TaskChange::Ended { state: TaskState::Done }
        }
        Change::Failed { .. } => TaskChange::Ended { state: TaskState::Failed },
        Change::Cancelled { .. } => TaskChange::Ended { state: TaskState::Cancelled },
        _ => return None,
    })
}
