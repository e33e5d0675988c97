//! A task by hand.

use popkit_protocol::{Pending, Task, TaskState, limits};
use popkit_store::{Error, InsertOptions, Inserted, TaskStoreExt as _};

use crate::agent::interface::text::line;
use crate::agent::interface::{
    Answer, AnswerData, CreateTask, InterfaceAgent, InterfaceError, TaskLine,
};

impl InterfaceAgent {
    /// Makes a task and says where it stands.
    ///
    /// # Errors
    ///
    /// [`InterfaceError::Exists`]; `InvalidInput` for a broken limit or an unknown parent.
    pub(in crate::agent::interface) async fn create(
        &self,
        task: CreateTask,
    ) -> Result<Answer, InterfaceError> {
        let task = task.into_task(|| self.ids.task_id());
        limits::check_new_task(&task).map_err(Error::from)?;
        let id = task.id.clone();
        let answers = self.store.insert_opts(vec![task], InsertOptions::default()).await;
        // An outcome may be unknown: by its name one can look.
        let answers = answers.map_err(|error| error.with("task", &id))?;
        let stored = self.store.get(&id).await?;
        let stored = stored.ok_or_else(|| InterfaceError::NoTask { task: id.clone() })?;
        if !answers.iter().all(Inserted::is_created) {
            let stands = TaskLine::from(&stored).stands;
            return Err(InterfaceError::Exists { task: id, stands });
        }
        let text = format!("created task {id}: {}", stands(&stored));
        Ok(Answer { text, data: AnswerData::Created(TaskLine::from(&stored)) })
    }
}

/// Where a new task stands, and what it waits for.
fn stands(task: &Task) -> String {
    match (task.state, task.pending()) {
        (TaskState::Backlog, _) => {
            format!("parked in the backlog; `enqueue {}` makes it claimable", task.id())
        }
        (_, Some(Pending::Ready)) => {
            format!("ready for an agent with {}", line(&task.spec.requirement().to_string(), 300))
        }
        (_, Some(Pending::Blocked)) => match task.open_parents {
            1 => "blocked until 1 other task has ended".to_owned(),
            more => format!("blocked until {more} other tasks have ended"),
        },
        // An agent may have been faster, or a parent had ended.
        _ => TaskLine::from(task).stands,
    }
}
