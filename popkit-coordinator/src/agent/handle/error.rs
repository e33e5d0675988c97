//! What goes wrong between an agent and its session.

use popkit_protocol::{AgentId, ParseError};

use crate::{BookmarkError, InboxError, PostError};

/// An agent that cannot go on with what it wanted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AgentError {
    /// Its messages could not be received or acknowledged.
    #[error(transparent)]
    Inbox(InboxError),
    /// A message was not sent, or that is not known.
    #[error(transparent)]
    Post(#[from] PostError),
    /// A value that cannot be written into a message.
    #[error(transparent)]
    Content(#[from] ParseError),
    /// Another start of the same agent reads its messages now.
    #[error("another start of agent {agent} has joined; end this one, or give one another name")]
    Replaced {
        /// The name of both.
        agent: AgentId,
    },
    /// The session is over, so what was waited for cannot come.
    #[error("the session is over: {how}; end the agent")]
    Ended {
        /// How it ended, for people.
        how: String,
    },
    /// The agent has left the session.
    #[error("agent {agent} has left the session; join again to go on")]
    Left {
        /// Which.
        agent: AgentId,
    },
}

impl AgentError {
    /// Whether the same call may succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Inbox(error) => error.is_retryable(),
            Self::Post(error) => error.is_retryable(),
            _ => false,
        }
    }

    pub(super) fn inbox(agent: &AgentId, error: InboxError) -> Self {
        match error {
            InboxError::Place(BookmarkError::Taken { .. }) => {
                Self::Replaced { agent: agent.clone() }
            }
            error => Self::Inbox(error),
        }
    }
}
