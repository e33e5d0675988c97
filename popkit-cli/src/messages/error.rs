//! Errors of messages, with their exit codes.

use popkit_coordinator::agent::interface::InterfaceError;
use popkit_coordinator::{BookmarkError, InboxError, PostError};
use popkit_protocol::CodecError;
use popkit_transport::ErrorKind;

use crate::error::{CliError, with_cause};
use crate::exit::Exit;

impl From<popkit_transport::Error> for CliError {
    fn from(error: popkit_transport::Error) -> Self {
        Self::new(exit_of(error.kind()), with_cause(&error))
    }
}

/// The exit code of a transport's error. The table is in `docs/cli.md`.
fn exit_of(kind: ErrorKind) -> Exit {
    match kind {
        ErrorKind::Unavailable | ErrorKind::Timeout => Exit::Unavailable,
        ErrorKind::RateLimited | ErrorKind::Closed | ErrorKind::Full => Exit::TryAgain,
        ErrorKind::Unauthenticated | ErrorKind::PermissionDenied => Exit::Refused,
        ErrorKind::InvalidConfig | ErrorKind::Unsupported => Exit::Usage,
        ErrorKind::InvalidInput | ErrorKind::Corrupt | ErrorKind::PayloadTooLarge => Exit::Data,
        // Unexpected: trying the same again does not help.
        _ => Exit::Failed,
    }
}

impl From<BookmarkError> for CliError {
    fn from(error: BookmarkError) -> Self {
        match error {
            BookmarkError::Store { key, source } => Self::from(source).at(key),
            // Somebody else was faster.
            BookmarkError::Taken { .. } => Self::new(Exit::TryAgain, error.to_string()),
            _ => Self::data(error.to_string()),
        }
    }
}

impl From<InboxError> for CliError {
    fn from(error: InboxError) -> Self {
        match error {
            InboxError::Transport { source, .. } => source.into(),
            InboxError::Place(error) => error.into(),
            InboxError::Key(error) => error.into(),
            _ => Self::failed(error.to_string()),
        }
    }
}

impl From<PostError> for CliError {
    fn from(error: PostError) -> Self {
        match error {
            PostError::Codec { source, .. } => source.into(),
            PostError::Transport { source, .. } => source.into(),
            _ => Self::failed(error.to_string()),
        }
    }
}

impl From<CodecError> for CliError {
    fn from(error: CodecError) -> Self {
        Self::data(error.to_string())
    }
}

impl From<InterfaceError> for CliError {
    fn from(error: InterfaceError) -> Self {
        match error {
            InterfaceError::Store(error) => error.into(),
            _ => Self::failed(error.to_string()),
        }
    }
}
