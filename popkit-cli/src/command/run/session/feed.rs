//! The tasks of a run, as its session learns of them: from the board, so that the history is
//! read once.

use std::collections::BTreeMap;

use popkit_coordinator::machine::{Input, TaskChange, TaskNews};
use popkit_protocol::{Change, NewTask, Objective, Task, TaskId, TaskState};

use crate::command::run::watch::{Board, News};

/// How the tag begins that names a task's phase.
pub(super) const PHASE: &str = "phase:";

/// Turns what the board knows into what the machine is told.
#[derive(Debug, Clone)]
pub(in super::super) struct Feed {
    /// Only tasks with this tag are the session's.
    tag: String,
    phases: BTreeMap<String, u32>,
}

impl Feed {
    pub(super) fn new(tag: &str, objective: &Objective) -> Self {
        let phases = (0_u32..).zip(&objective.phases).map(|(at, name)| (name.clone(), at));
        Self { tag: tag.to_owned(), phases: phases.collect() }
    }

    /// All that is there when the run begins, in the order in which it came to be.
    pub(in super::super) fn all(&self, board: &Board) -> Vec<Input> {
        let mut tasks: Vec<&Task> = board.all().map(|seen| &seen.task).collect();
        tasks.sort_by_key(|task| (task.created_at, task.id().clone()));
        let mut inputs = Vec::new();
        for task in tasks {
            let Some(inserted) = self.inserted(&task.spec) else { continue };
            let now = match &task.hold {
                _ if is_over(task.state) => Some(TaskChange::Ended { state: task.state }),
                Some(hold) => Some(TaskChange::Claimed { agent: hold.agent.clone() }),
                None => None,
            };
            // What the task is now has its last number, so what comes next is news.
            let before = task.revision.saturating_sub(u64::from(now.is_some()));
            inputs.push(news(task.id(), before, inserted));
            inputs.extend(now.map(|change| news(task.id(), task.revision, change)));
        }
        inputs
    }

    /// What an event means; nothing for most.
    pub(in super::super) fn of(&self, found: &News<'_>) -> Option<Input> {
        let event = found.event;
        let change = match &event.change {
            Change::Inserted { spec, .. } => self.inserted(spec)?,
            _ if is_over(found.state) => TaskChange::Ended { state: found.state },
            Change::Claimed { agent, .. } => TaskChange::Claimed { agent: agent.clone() },
            Change::Rescued { .. } => TaskChange::Rescued,
            Change::Released | Change::Retried { .. } | Change::Snoozed { .. } => {
                TaskChange::Released
            }
            _ => return None,
        };
        Some(news(&event.task, event.number, change))
    }

    /// What is not over and need not be: the run has judged that it rightly never runs.
    pub(in super::super) fn rest(&self, board: &Board) -> Vec<Input> {
        let open = board.all().map(|seen| &seen.task).filter(|task| !is_over(task.state));
        let state = TaskState::Cancelled;
        let end = |task: &Task| {
            news(task.id(), task.revision.saturating_add(1), TaskChange::Ended { state })
        };
        open.map(end).collect()
    }

    fn inserted(&self, spec: &NewTask) -> Option<TaskChange> {
        if !spec.tags.contains(&self.tag) {
            return None;
        }
        let named = spec.tags.iter().find_map(|tag| tag.strip_prefix(PHASE));
        let phase = named.and_then(|name| self.phases.get(name)).copied();
        Some(TaskChange::Inserted { phase, tags: spec.tags.iter().cloned().collect() })
    }
}

fn news(task: &TaskId, number: u64, change: TaskChange) -> Input {
    Input::Task(TaskNews { task: task.clone(), number, change })
}

fn is_over(state: TaskState) -> bool {
    matches!(state, TaskState::Done | TaskState::Failed | TaskState::Cancelled)
}
