//! From a line to its answer.

use super::command::help;
use super::{Answer, AnswerData, Command, InterfaceAgent, InterfaceError};

impl InterfaceAgent {
    /// Reads a line and carries it out; `help` says what can be written.
    ///
    /// # Errors
    ///
    /// [`InterfaceError`], one line for whoever wrote it.
    pub async fn answer(&self, line: &str) -> Result<Answer, InterfaceError> {
        self.carry_out(line.parse()?).await
    }

    /// Carries out a command.
    ///
    /// # Errors
    ///
    /// What the store says; nothing was changed then, unless its outcome is unknown.
    ///
    /// # Cancel safety
    ///
    /// Dropped, a change is made or not. Making a task again under the same id is refused;
    /// other changes can be repeated.
    pub async fn carry_out(&self, command: Command) -> Result<Answer, InterfaceError> {
        match command {
            Command::Status => {
                let report = Box::new(self.status().await?);
                Ok(Answer { text: report.to_string(), data: AnswerData::Status(report) })
            }
            Command::Summary => self.summary().await,
            Command::Tasks { filter, limit, after } => self.list(filter, limit, after).await,
            Command::Show(task) => self.show(&task).await,
            Command::Activity(count) => self.activity(count).await,
            Command::Create(task) => self.create(*task).await,
            Command::Change { task, action } => self.change(task, action).await,
            Command::Help(word) => {
                Ok(Answer { text: help(word.as_deref()), data: AnswerData::Help })
            }
        }
    }
}
