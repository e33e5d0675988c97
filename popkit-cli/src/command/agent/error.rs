//! Errors of agents, with their exit codes.

use popkit_coordinator::AgentError;

use crate::error::CliError;
use crate::exit::Exit;

impl From<AgentError> for CliError {
    fn from(error: AgentError) -> Self {
        match error {
            AgentError::Inbox(error) => error.into(),
            AgentError::Post(error) => error.into(),
            AgentError::Content(error) => error.into(),
            // Somebody else was faster.
            AgentError::Replaced { .. } => Self::new(Exit::TryAgain, error.to_string()),
            _ => Self::failed(error.to_string()),
        }
    }
}
