//! A change by hand.

use popkit_protocol::TaskId;
use popkit_store::{Action, ChangeRequest, ErrorKind, TaskStoreExt as _};

use crate::agent::interface::{Answer, AnswerData, InterfaceAgent, InterfaceError, TaskLine};

impl InterfaceAgent {
    /// Changes a task and says what it is now.
    ///
    /// # Errors
    ///
    /// [`InterfaceError::NoTask`]; `IllegalTransition` where its state does not allow it.
    pub(in crate::agent::interface) async fn change(
        &self,
        id: TaskId,
        action: Action,
    ) -> Result<Answer, InterfaceError> {
        // Who works on it is known only before: a cancelled task is held by nobody.
        let cancels = matches!(action, Action::Cancel { .. });
        let before = if cancels { self.store.get(&id).await? } else { None };
        let request = ChangeRequest::new(id.clone(), action, self.name.as_str());
        let task = match self.store.change(request).await {
            Ok(task) => task,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(InterfaceError::NoTask { task: id });
            }
            Err(error) => return Err(error.into()),
        };
        let line = TaskLine::from(&task);
        let mut text = format!("task {id} is {} now", line.stands);
        if let Some(hold) = before.and_then(|task| task.hold) {
            text.push_str(&format!("; {} is told to stop working on it", hold.agent));
        }
        Ok(Answer { text, data: AnswerData::Changed(line) })
    }
}
