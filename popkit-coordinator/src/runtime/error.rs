//! What keeps a coordinator from running.

use std::path::PathBuf;

use popkit_store::StateKey;

use crate::machine::{SnapshotError, StartError};

/// Why a session cannot begin or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RuntimeError {
    /// The session cannot work as it is meant. Nothing has happened.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Another session runs under these names.
    #[error(
        "session {session} runs here already: {objective}; go on with it, stop it first, or give \
         this one a name of its own"
    )]
    Running {
        /// Its id.
        session: String,
        /// What it is for.
        objective: String,
    },
    /// There is no session to go on with.
    #[error("there is no session here; begin one first")]
    Nothing,
    /// The store of documents failed.
    #[error("cannot keep the session in the document {key}")]
    Documents {
        /// Which document.
        key: StateKey,
        /// Why.
        #[source]
        source: popkit_store::Error,
    },
    /// The name of a document is none.
    #[error(transparent)]
    Key(popkit_store::Error),
    /// The task store failed.
    #[error("cannot read the log of the tasks")]
    Tasks(#[source] popkit_store::Error),
    /// The transport failed.
    #[error("cannot hear the session's messages")]
    Transport(#[source] popkit_transport::Error),
    /// What was kept cannot be read.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// What was kept cannot be read.
    #[error("the document {key} is unreadable: {reason}; delete it to begin anew")]
    Damaged {
        /// Which document.
        key: StateKey,
        /// Why.
        reason: String,
    },
    /// The log of inputs cannot be written.
    #[error("cannot write the record {}", file.display())]
    Record {
        /// Its file.
        file: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl RuntimeError {
    /// Whether the same call may succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Documents { source, .. } | Self::Tasks(source) => source.is_retryable(),
            Self::Transport(source) => source.is_retryable(),
            _ => false,
        }
    }
}
