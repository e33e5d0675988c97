//! The state of open tasks, replayed from the log: an event alone does not tell it.

use std::collections::HashMap;
use std::sync::Arc;

use popkit_protocol::{Change, Json, NewTask, Task, TaskEvent, TaskId};
use popkit_store::{HistoryQuery, TaskStore};

use super::MirrorError;

/// Tasks that are remembered; beyond that all are forgotten, and replayed when they are met
/// again.
const REMEMBERED: usize = 16_384;

/// Tasks as they are after the events that were read.
#[derive(Debug, Default)]
pub(super) struct Replicas {
    known: HashMap<TaskId, Task>,
}

impl Replicas {
    /// The task after this event, without its payload and other bulk; `None` where the store
    /// has removed it with its events.
    ///
    /// Cancel safe: what is known stays true.
    pub(super) async fn after(
        &mut self,
        store: &dyn TaskStore,
        event: &TaskEvent,
    ) -> Result<Option<Task>, MirrorError> {
        let task = match self.known.remove(&event.task) {
            Some(mut task) if task.revision + 1 == event.number => {
                apply(&mut task, event)?;
                task
            }
            _ => match replay(store, event).await? {
                Some(task) => task,
                None => return Ok(None),
            },
        };
        if !task.state.is_terminal() {
            if self.known.len() >= REMEMBERED {
                self.known.clear();
            }
            self.known.insert(event.task.clone(), task.clone());
        }
        Ok(Some(task))
    }
}

/// The task after `until`, from its first event.
async fn replay(store: &dyn TaskStore, until: &TaskEvent) -> Result<Option<Task>, MirrorError> {
    if let Some(task) = inserted(until) {
        return Ok(Some(task));
    }
    let mut query = HistoryQuery::of(until.task.clone());
    let mut task: Option<Task> = None;
    loop {
        let page = store.history(query.clone()).await.map_err(MirrorError::Store)?;
        for event in page.items.iter().take_while(|event| event.number <= until.number) {
            match &mut task {
                None => task = inserted(event),
                Some(task) => apply(task, event)?,
            }
        }
        let more = page.next.filter(|next| *next < until.cursor.number());
        let Some(next) = more else {
            return Ok(task.filter(|task| task.revision == until.number));
        };
        query.page = query.page.after(next);
    }
}

fn inserted(event: &TaskEvent) -> Option<Task> {
    let Change::Inserted { spec, score, open } = &event.change else { return None };
    let mut slim = NewTask::clone(spec);
    slim.payload = Json::null();
    slim.description = String::new();
    Some(Task::inserted(Arc::new(slim), *score, *open, event.at))
}

fn apply(task: &mut Task, event: &TaskEvent) -> Result<(), MirrorError> {
    task.apply(event).map_err(|source| MirrorError::Replay {
        task: event.task.clone(),
        source: Box::new(source),
    })?;
    task.checkpoint = None;
    task.errors.clear();
    Ok(())
}
