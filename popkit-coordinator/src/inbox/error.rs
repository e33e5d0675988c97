//! What goes wrong with messages.

use popkit_protocol::{AgentId, CodecError, MessageId};

use crate::BookmarkError;

/// An inbox that cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InboxError {
    /// The channels could not be read.
    #[error("cannot read the inbox of {agent}")]
    Transport {
        /// Whose inbox.
        agent: AgentId,
        /// Why.
        #[source]
        source: popkit_transport::Error,
    },
    /// Its place could not be kept, or another process opened the inbox.
    #[error(transparent)]
    Place(#[from] BookmarkError),
    /// The name of its document is no key.
    #[error(transparent)]
    Key(popkit_store::Error),
    /// Too much was received and not acknowledged.
    #[error("{pending} messages to {agent} are unacknowledged; acknowledge before receiving more")]
    Unacknowledged {
        /// Whose inbox.
        agent: AgentId,
        /// Messages that are not acknowledged.
        pending: usize,
    },
    /// A message of another inbox, or one that this inbox had received before it was opened
    /// anew.
    #[error("message {id} was not received from this inbox of {agent}; receive it again first")]
    Foreign {
        /// Whose inbox.
        agent: AgentId,
        /// The message.
        id: MessageId,
    },
}

impl InboxError {
    /// Whether the same call may succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Transport { source, .. } => source.is_retryable(),
            Self::Place(error) => error.is_retryable(),
            _ => false,
        }
    }
}

/// A message that was not sent, or of which that is not known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PostError {
    /// It cannot be written within the limits.
    #[error("message {id} cannot be sent")]
    Codec {
        /// The message.
        id: MessageId,
        /// Why.
        #[source]
        source: CodecError,
    },
    /// The transport did not take it, or did not say so. See
    /// [`outcome`](popkit_protocol::CallError::outcome).
    #[error("message {id} was not sent")]
    Transport {
        /// The message.
        id: MessageId,
        /// Why.
        #[source]
        source: popkit_transport::Error,
    },
}

impl PostError {
    /// Whether the same call may succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Transport { source, .. } if source.is_retryable())
    }
}
