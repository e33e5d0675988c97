//! What keeps a command from being answered.

use popkit_protocol::TaskId;

use super::CommandError;

/// A command that was not carried out; one line that says why.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InterfaceError {
    /// The line is no command.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// There is no such task.
    #[error("there is no task {task}; `tasks all` lists them")]
    NoTask {
        /// Which.
        task: TaskId,
    },
    /// A task of this name exists already. It was not changed.
    #[error("there is a task {task} already, and it is {stands}; choose another --id")]
    Exists {
        /// Which.
        task: TaskId,
        /// Where it stands.
        stands: String,
    },
    /// The store refuses, or fails.
    #[error(transparent)]
    Store(#[from] popkit_store::Error),
}
